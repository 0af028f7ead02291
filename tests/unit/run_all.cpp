// tests/unit/run_all.cpp - runAll: several endpoints of one thread
#include <chrono>
#include <concepts>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

namespace {

/// Two endpoints of the test's thread, and one that sends to them.
struct ControlAndData {
  tincan::Bus bus;
  tincan::Renderer control = bus.attach("control");
  tincan::Renderer data = bus.attach("data");
  tincan::Renderer other = bus.attach("other");
  Log log;

  ControlAndData() {
    for (tincan::Renderer* const one : {&control, &data}) {
      one->on("x", [this, one](int number) {
        log.push_back(one->name() + " " + std::to_string(number));
      });
      one->on("quit", [one] { one->quit(); });
    }
  }
  void send(tincan::Renderer const& to, int number) { to.peer().send("x", number); }
};

template <class... E>
concept MayRunAll = requires(E&... endpoints) {
  tincan::runAll(endpoints...);
};
static_assert(MayRunAll<tincan::Main> &&
              MayRunAll<tincan::Renderer, tincan::Main, tincan::Endpoint>);
static_assert(!MayRunAll<>, "there is nothing to run");
static_assert(!MayRunAll<int> && !MayRunAll<tincan::Main, int>);

}  // namespace

TEST_CASE_METHOD(ControlAndData, "runAll polls its endpoints in their order") {
  send(data, 1);
  send(data, 2);
  send(control, 1);
  send(control, 2);
  data.peer().send("quit");
  tincan::runAll(control, data);
  CHECK(log == Log{"control 1", "control 2", "data 1", "data 2"});
}

TEST_CASE_METHOD(ControlAndData,
                 "runAll: what was queued before the quit is handled at each of them") {
  send(control, 1);
  send(data, 1);
  data.quit();
  send(control, 2);
  send(data, 2);
  tincan::runAll(control, data);
  CHECK(log == Log{"control 1", "data 1"});
  CHECK(control.poll() + data.poll() == 2);
}

TEST_CASE_METHOD(ControlAndData, "runAll uses up one quit, of one of them") {
  control.quit();
  data.quit();
  data.quit();
  tincan::runAll(control, data);
  tincan::runAll(control, data);
  data.run();  // by the quit that is left
  control.quit();
  control.run();
  CHECK(log.empty());
}

TEST_CASE_METHOD(ControlAndData,
                 "runAll: stop tokens are renewed by the run that their quit has ended") {
  auto const first = data.stopToken();
  auto const others = control.stopToken();
  data.quit();
  CHECK(first.stop_requested());
  tincan::runAll(control, data);
  CHECK_FALSE(data.stopToken().stop_requested());
  CHECK_FALSE(others.stop_requested());
}

TEST_CASE_METHOD(ControlAndData, "runAll ends when all are closed, not when one is") {
  control.after(0s, [this] {
    control.close();
    send(data, 1);
    data.post([this] {
      log.push_back("data runs on");
      data.close();
    });
  });
  tincan::runAll(control, data);
  CHECK(log == Log{"data 1", "data runs on"});
  tincan::runAll(control, data);
  tincan::runAll(control);
}

TEST_CASE_METHOD(ControlAndData, "runAll: one endpoint, and one twice") {
  send(control, 1);
  control.peer().send("quit");
  tincan::runAll(control);
  send(control, 2);
  control.after(1ms, [this] { control.quit(); });
  tincan::runAll(control, control);
  CHECK(log == Log{"control 1", "control 2"});
}

TEST_CASE_METHOD(ControlAndData, "runAll: timers of all of them") {
  control.after(1ms, [this] { log.push_back("control's timer"); });
  data.after(2ms, [this] {
    log.push_back("data's timer");
    control.quit();
  });
  tincan::runAll(control, data);
  CHECK(log == Log{"control's timer", "data's timer"});
}

TEST_CASE_METHOD(ControlAndData,
                 "runAll: what a handler sends comes from the endpoint that handles") {
  std::vector<std::string> senders;
  bus.main().on("who", [&](tincan::Event& event) { senders.push_back(event.sender.name()); });
  tincan::Peer const main = bus.main().peer();
  control.on("ask", [main] { main.send("who"); });
  data.on("ask", [main] { main.send("who"); });
  control.peer().send("ask");
  data.peer().send("ask");
  data.peer().send("quit");
  tincan::runAll(control, data);
  bus.main().poll();
  CHECK(senders == std::vector<std::string>{"control", "data"});
}

TEST_CASE_METHOD(ControlAndData, "runAll: an endpoint of another thread") {
  std::thread([this] { data.poll(); }).join();
  CHECK(codeOf([&] {
          tincan::runAll(control, data);
          return 0;
        }) == Errc::WrongThread);
  send(control, 1);
  CHECK(control.poll() == 1);
}

TEST_CASE_METHOD(ControlAndData, "runAll: a handler ends one of its endpoints") {
  auto brief = std::make_unique<tincan::Renderer>(bus.attach("brief"));
  brief->on("end", [&] {
    brief.reset();
    data.quit();
  });
  brief->peer().send("end");
  tincan::runAll(*brief, data);
  CHECK(brief == nullptr);
}

TEST_CASE("runAll ends when a timer closes the last of them") {
  tincan::Bus bus;
  auto control = bus.attach("control");
  auto data = bus.attach("data");
  // Nothing is handled in that round, which ends with all of them closed.
  data.after(1ms, [&] { bus.close(); });
  tincan::runAll(control, data);
  CHECK_FALSE(control.peer().alive());
  CHECK_FALSE(data.peer().alive());
}

TEST_CASE("runAll clears one that a timer has closed, before it sleeps") {
  tincan::Bus bus;
  auto control = bus.attach("control");
  auto data = bus.attach("data");
  std::weak_ptr<int> held;
  {
    auto const holds = std::make_shared<int>(1);
    held = holds;
    control.on("x", [holds](int) {});
  }
  bool isCleared = false;
  data.after(1ms, [&] { control.close(); });
  data.after(2ms, [&] {
    isCleared = held.expired();
    data.quit();
  });
  tincan::runAll(control, data);
  CHECK(isCleared);
}

TEST_CASE("runAll: endpoints of several buses") {
  tincan::Bus one, two;
  Log log;
  one.main().on("x", [&](std::string const& text) {
    log.push_back(text);
    two.main().peer().send("x", text + "+");
  });
  two.main().on("x", [&](std::string const& text) {
    log.push_back(text);
    one.main().quit();
  });
  one.main().peer().send("x", "a");
  tincan::runAll(one.main(), two.main());
  CHECK(log == Log{"a", "a+"});
}

TEST_CASE("runAll sleeps, and is woken by a message to any of them, a quit, and a close",
          "[threads]") {
  for (int round = 0; round < 20; ++round) {
    tincan::Bus bus;
    auto control = bus.attach("control");
    auto data = bus.attach("data");
    int got = 0;
    auto const count = [&](int) { ++got; };
    control.on("x", count);
    data.on("x", count);
    auto const sender = bus.spawn("sender", [&](tincan::Renderer& ipc) {
      for (int i = 0; i < 10; ++i) {
        ipc.peer(i % 2 == 0 ? "control" : "data")->send("x", i);
        if (i % 3 == 0) std::this_thread::yield();
      }
      auto const askMain = ipc.peer("data")->invoke<int>("ask");
      askMain.wait();
      if (round % 3 == 0) ipc.peer("control")->send("end");
      if (round % 3 == 1) ipc.peer("data")->send("end");
      if (round % 3 == 2) bus.close();
    });
    data.handle("ask", [] { return 1; });
    control.on("end", [&] { control.quit(); });
    data.on("end", [&] { data.quit(); });
    tincan::runAll(control, data);
    CHECK(got == 10);
  }
}

TEST_CASE_METHOD(ControlAndData, "runAll: release inside of it is a logic_error") {
  int refused = 0;
  auto const tryIt = [&](tincan::Endpoint& endpoint) {
    try {
      endpoint.release();
    } catch (std::logic_error const&) {
      ++refused;
    }
  };
  control.after(0s, [&] {
    tryIt(control);
    tryIt(data);
    control.quit();
  });
  tincan::runAll(control, data);
  CHECK(refused == 2);
}
