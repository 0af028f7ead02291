// tests/unit/fine_points.cpp - halves of sentences of the contract
#include <unistd.h>
#include <chrono>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

TEST_CASE(
    "21: a port that was in a dropped message is closed, and one in a refused message stays") {
  Overflow const overflow = GENERATE(Overflow::Fail, Overflow::DropNewest, Overflow::DropOldest);
  tincan::Bus bus;
  Reports const reports(bus);
  auto to = bus.attach("to", {1, overflow});
  auto own = bus.attach("own");
  own.poll();
  tincan::MessageChannel first, second;
  int closed = 0;
  first.port1.on("close", [&] { ++closed; });
  first.port1.start(own);
  tincan::Peer const peer = *own.peer("to");
  REQUIRE(peer.postMessage("x", 1, std::move(first.port2)) == SendResult::Queued);
  auto const result = peer.postMessage("x", 2, std::move(second.port2));
  own.poll();
  if (overflow == Overflow::DropOldest) {
    CHECK(result == SendResult::Queued);
    CHECK(closed == 1);
    CHECK(reports.deadLetters() == Log{"Full x own>to"});
  } else {
    CHECK(result == SendResult::Full);
    CHECK(closed == 0);
    CHECK_NOTHROW(second.port2.postMessage(1));
    CHECK(reports.deadLetters() == Log{"Full x own>to"});
  }
  CHECK(addsUp(bus.stats()));
  bus.close();
}

TEST_CASE("21: whatever verb sends waits for room, and nothing is lost") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  Log log;
  auto to = bus.attach("to", {1, Overflow::Block});
  for (std::string const name : {"send", "latest", "request"}) {
    to.on(name, [&, name](tincan::Event& event) {
      log.push_back(name);
      event.returnValue = 1;
    });
  }
  to.on("port", [&](tincan::Event& event, int) {
    log.push_back("port " + std::to_string(event.ports.size()));
  });
  to.on("broadcast", [&] { log.push_back("broadcast"); });
  to.handle("invoke", [&] { return log.push_back("invoke"), 1; });
  to.handle("all", [&] { return log.push_back("all"), 1; });
  int answers = 0;
  auto sender = bus.spawn("sender", [&](tincan::Renderer& ipc) {
    tincan::Peer const peer = *ipc.peer("to");
    tincan::MessageChannel channel;
    peer.send("send");
    peer.sendLatest("latest");
    peer.postMessage("port", 1, std::move(channel.port1));
    auto request = peer.request<int>("request");
    auto invoke = peer.invoke<int>("invoke");
    answers += request.get() + invoke.get();
    answers += peer.sendSync<int>("request");
  });
  pollUntil(to, [&] { return log.size() == 6; });
  sender.join();
  CHECK(log == Log{"send", "latest", "port 1", "request", "invoke", "request"});
  CHECK(answers == 3);
  CHECK(bus.stats().deadLetters.empty());
}

TEST_CASE("17: runAll, runFor and runUntil keep the deadlines of what continues there") {
  std::string const run = GENERATE("runAll", "runFor", "runUntil", "run(stop_token)");
  CAPTURE(run);
  Guard const guard;
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto silent = bus.attach("silent");
  std::vector<tincan::Reply> replies;
  silent.on("x", [&](tincan::Event& event) { replies.push_back(event.defer()); });
  std::optional<Errc> code;
  silent.peer().within(1ms).request<int>("x").then(window, [&](tincan::Future<int> answer) {
    code = codeOf([&] { return answer.get(); });
    window.quit();
  });
  silent.poll();
  if (run == "runAll") tincan::runAll(bus.main(), window);
  if (run == "runFor") window.runFor(1h);
  if (run == "runUntil") window.runUntil(std::chrono::steady_clock::now() + 1h);
  if (run == "run(stop_token)") window.run(tincan::StopToken());
  CHECK(code == Errc::Timeout);
}

TEST_CASE("stopToken: any run that its quit has ended is followed by a fresh one") {
  std::string const run = GENERATE("runUntil", "run(stop_token)", "nested run");
  CAPTURE(run);
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  auto const first = main.stopToken();
  if (run == "nested run") {
    main.on("x", [&] {
      main.quit();
      main.run();
      CHECK_FALSE(main.stopToken().stop_requested());
    });
    main.peer().send("x");
    main.poll();
  } else {
    main.quit();
    if (run == "runUntil") main.runUntil(std::chrono::steady_clock::now() + 1h);
    else main.run(tincan::StopToken());
  }
  CHECK(first.stop_requested());
  CHECK_FALSE(main.stopToken().stop_requested());
  main.quit();
  CHECK(main.stopToken().stop_requested());
}

TEST_CASE("a line for the first dead letter of each reason of one channel at one endpoint") {
  std::string const text = inChild([](Verdict const& verdict) {
    verdict.saysStderr();
    tincan::Bus bus;
    auto window = bus.attach("window");
    auto& main = bus.main();
    for (int round = 0; round < 3; ++round) {
      window.send("x", 1);  // NoListener
      main.poll();
      auto const listener = main.on("x", [](std::string const&) {});
      window.send("x", 1);  // TypeMismatch
      main.poll();
      main.allow("x", {"nobody"});
      window.send("x", 1);  // Denied
      main.poll();
      main.allowAll("x");
      listener.remove();
    }
  });
  INFO(text);
  int lines = 0;
  for (char const letter : text) lines += letter == '\n' ? 1 : 0;
  CHECK(lines == 3);
  CHECK(contains(text, "nobody listens"));
  CHECK(contains(text, "expected (std::string), got (int)"));
  CHECK(contains(text, "does not take"));
}

TEST_CASE(
    "10: what a listener throws that gets a request by a Peer, a port or invoke does not stop the "
    "loop") {
  tincan::Bus bus;
  Reports const reports(bus);
  bus.main().handle("x", []() -> int { throw 42; });
  auto window = bus.attach("window");
  auto first = window.invoke<int>("x");
  auto second = window.invoke<int>("x");
  bus.main().poll();
  CHECK_THROWS_AS(first.get(), int);
  CHECK_THROWS_AS(second.get(), int);
  CHECK(reports.errors().empty());  // who asked is told
}

// ---- 19: ends from any function that the library calls ------------------------------------------------

TEST_CASE("19: an endpoint, or its bus, ends in whatever function of it is called") {
  std::string const where =
      GENERATE("on", "onAny", "handle", "post", "call", "after", "every", "then", "onClose",
               "coroutine", "sleep", "scope", "kept", "port", "once");
  int const how = GENERATE(0, 1, 2, 3);  // close(), ~Renderer, bus.close(), ~Bus
  CAPTURE(where, how);
  Guard const guard;
  int const before = Counted::alive;
  {
    auto bus = std::make_optional<tincan::Bus>();
    bus->onDeadLetter([](tincan::DeadLetter const&) {});
    auto window = std::make_optional(bus->attach("window"));
    auto other = std::make_optional(bus->attach("other"));
    tincan::Endpoint& at = where == "scope" ? static_cast<tincan::Endpoint&>(bus->main()) : *window;
    bool const isMain = where == "scope";
    tincan::Peer const peer = at.peer();
    bool hasEnded = false;
    int late = 0;
    auto const end = [&] {
      if (hasEnded) return;
      hasEnded = true;
      if (how == 0 && !isMain) window->close();
      if (how == 1 && !isMain) window.reset();
      if (how == 2 || (isMain && how < 3)) bus->close();
      if (how == 3) bus.reset();
    };
    tincan::MessageChannel channel;
    auto const held = std::make_shared<Counted>(1);
    at.on("later", [&, held] { ++late; });
    tincan::Future<int> answer;
    std::optional<tincan::Task<>> task;
    auto const ends = [&, held] { end(); };
    if (where == "on") at.on("x", ends);
    if (where == "once") at.once("x", ends);
    if (where == "onAny") at.onAny([ends](tincan::Event&, tincan::Arguments const&) { ends(); });
    if (where == "handle") {
      at.handle("x", [ends] { return ends(), 1; });
      answer = peer.invoke<int>("x");
    }
    if (where == "post") at.post(ends);
    if (where == "call") answer = peer.call([ends] { return ends(), 1; });
    if (where == "after") at.after(0s, ends);
    if (where == "every") at.every(1ns, ends);
    if (where == "then") {
      other->handle("x", [] { return 1; });
      other->peer().invoke<int>("x").then(at, [ends](tincan::Future<int>) { ends(); });
      other->poll();
    }
    if (where == "onClose") {
      window->peer("other")->onClose(ends);
      other.reset();
    }
    if (where == "coroutine") {
      static auto const awaits = [](tincan::Future<int> future,
                                    std::function<void()> f) -> tincan::Task<> {
        co_await future;
        f();
      };
      other->handle("x", [] { return 1; });
      at.post([&] { task.emplace(awaits(other->peer().invoke<int>("x"), ends)); });
      at.poll();
      other->poll();
    }
    if (where == "sleep") {
      static auto const sleeps = [](tincan::Endpoint& by,
                                    std::function<void()> f) -> tincan::Task<> {
        co_await by.sleep(0s);
        f();
      };
      task.emplace(sleeps(at, ends));
    }
    if (where == "scope") bus->main().from(window->peer()).on("x", ends);
    if (where == "scope") window->send("x");
    if (where == "kept") {
      at.keepLast("kept");
      peer.send("kept");
      at.poll();
      at.on("kept", ends);
    }
    if (where == "port") {
      channel.port1.on("message", ends);
      channel.port1.start(at);
      channel.port2.postMessage();
    }
    if (where == "on" || where == "once" || where == "onAny") peer.send("x");
    peer.send("later", Counted(2));
    at.poll();
    if (window.has_value() && !isMain) window->poll();
    CHECK(hasEnded);
    CHECK(late == (where == "kept" ? late : 0));
    if (where == "handle" || where == "call") {
      std::optional<Errc> const code = codeOf([&] { return answer.get(); });
      CHECK((!code || code == Errc::Closed));
    }
    CHECK_FALSE(peer.alive());
    task.reset();
  }
  CHECK(Counted::alive == before);
}
