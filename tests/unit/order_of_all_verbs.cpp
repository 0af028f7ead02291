// tests/unit/order_of_all_verbs.cpp - behaviour 2: all verbs of one sender, and the answers to them
#include <string>

#include "support.hpp"

using namespace test;

namespace {

/// What main, or a renderer, hears, in its order.
template <class Heard>
void hear(tincan::Endpoint& at, Heard&& heard) {
  for (std::string const name : {"send", "latest", "reply"}) at.on(name, [=] { heard(name); });
  at.on("message", [=](int) { heard("message"); });
  at.on("port",
        [=](tincan::Event& event, int) { heard("port " + std::to_string(event.ports.size())); });
  at.on("request", [=](tincan::Event& event) {
    heard("request");
    event.returnValue = 1;
  });
  at.on("sync", [=](tincan::Event& event) {
    heard("sync");
    event.returnValue = 1;
  });
  at.handle("invoke", [=] { return heard("invoke"), 1; });
}

}  // namespace

TEST_CASE("2: all verbs of one sender keep their order, on one thread") {
  bool const byHandle = GENERATE(false, true);
  CAPTURE(byHandle);
  tincan::Bus bus;
  Log log;
  hear(bus.main(), [&](std::string const& what) { log.push_back(what); });
  auto window = bus.attach("window");
  tincan::Peer const toMain = window.main();
  tincan::MessageChannel channel;
  std::vector<tincan::Future<int>> futures;
  if (byHandle) {
    toMain.send("send");
    futures.push_back(toMain.invoke<int>("invoke"));
    toMain.postMessage("message", 1);
    futures.push_back(toMain.request<int>("request"));
    toMain.sendLatest("latest");
    toMain.post([&] { log.push_back("post"); });
    futures.push_back(toMain.call([&] { return log.push_back("call"), 1; }));
    toMain.postMessage("port", 1, std::move(channel.port1));
    futures.push_back(toMain.within(std::chrono::hours(1)).invoke<int>("invoke"));
    toMain.send("send");
  } else {
    window.send("send");
    futures.push_back(window.invoke<int>("invoke"));
    window.postMessage("message", 1);
    futures.push_back(window.request<int>("request"));
    window.sendLatest("latest");
    window.main().post([&] { log.push_back("post"); });
    futures.push_back(window.main().call([&] { return log.push_back("call"), 1; }));
    window.postMessage("port", 1, std::move(channel.port1));
    futures.push_back(window.within(std::chrono::hours(1)).invoke<int>("invoke"));
    window.sendToHost("send");
  }
  bus.main().poll();
  REQUIRE(log == Log{"send", "invoke", "message", "request", "latest", "post", "call", "port 1",
                     "invoke", "send"});
  for (auto& future : futures) REQUIRE(future.get() == 1);
}

TEST_CASE("2: all verbs of one sender keep their order, between threads") {
  tincan::Bus bus;
  Log log;
  hear(bus.main(), [&](std::string const& what) { log.push_back(what); });
  constexpr int Rounds = 50;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < Rounds; ++i) {
      ipc.send("send");
      auto const invoked = ipc.invoke<int>("invoke");
      ipc.postMessage("message", 1);
      auto const asked = ipc.request<int>("request");
      ipc.main().post([&] { log.push_back("post"); });
      tincan::MessageChannel channel;
      ipc.postMessage("port", 1, std::move(channel.port1));
      if (i % 2 == 0) ipc.sendSync<int>("sync");
      else asked.wait();
      invoked.wait();
    }
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  Log expected;
  for (int i = 0; i < Rounds; ++i) {
    for (char const* what : {"send", "invoke", "message", "request", "post", "port 1"}) {
      expected.push_back(what);
    }
    if (i % 2 == 0) expected.push_back("sync");
  }
  REQUIRE(log == expected);
}

TEST_CASE("2: answers keep their place among what the one who answers sends") {
  tincan::Bus bus;
  Log log;
  tincan::Main& main = bus.main();
  auto window = bus.attach("window");
  for (std::string const name : {"before", "between", "after"}) {
    window.on(name, [&, name] { log.push_back(name); });
  }
  std::optional<tincan::Reply> reply;
  main.on("request", [&](tincan::Event& event) {
    event.sender.send("before");
    event.returnValue = 1;
    event.sender.post([&] { log.push_back("between"); });
  });
  main.handle("invoke", [&](tincan::InvokeEvent& event) {
    event.sender.postMessage("before", 0);
    return 2;
  });
  main.on("defer", [&](tincan::Event& event) { reply = event.defer(); });
  auto const notes = [&](std::string what) {
    return [&log, what](tincan::Future<int> answer) {
      log.push_back(what + std::to_string(answer.get()));
    };
  };
  window.request<int>("request").then(window, notes("answer "));
  window.invoke<int>("invoke").then(window, notes("answer "));
  window.request<int>("defer").then(window, notes("answer "));
  main.poll();
  main.renderer("window")->send("between");
  reply->set(3);
  main.renderer("window")->send("after");
  window.poll();
  REQUIRE(log == Log{"before", "answer 1", "between", "before", "answer 2", "between", "answer 3",
                     "after"});
}
