// tests/testing/simulation.cpp - a simulation, step by step
#include <tincan/testing.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Errc;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::Failure;
using tincan::testing::Simulation;

TEST_CASE("simulation: the seed program prints ping, pong, ping, pong") {
  test::Log printed;
  Simulation sim;
  tincan::Bus& bus = sim.bus();
  tincan::Main& ipcMain = bus.main();
  ipcMain.on("asynchronous-message", [&](Event& event, std::string const& arg) {
    printed.push_back(arg);
    event.sender.send("asynchronous-reply", "pong");
  });
  ipcMain.on("synchronous-message", [&](Event& event, std::string const& arg) {
    printed.push_back(arg);
    event.returnValue = "pong";
  });
  auto window = bus.spawn("window", [&](Renderer& ipc) {
    printed.push_back(ipc.sendSync<std::string>("synchronous-message", "ping"));
    ipc.on("asynchronous-reply", [&](std::string const& arg) {
      printed.push_back(arg);
      bus.close();
    });
    ipc.send("asynchronous-message", "ping");
    ipc.run();
  });
  ipcMain.run();
  REQUIRE(printed == test::Log{"ping", "pong", "ping", "pong"});
}

TEST_CASE("simulation: nothing runs unless told") {
  Simulation sim;
  int handled = 0;
  sim.bus().main().on("x", [&](int) { ++handled; });
  auto window = sim.bus().attach("window");
  window.send("x", 1);
  window.send("x", 2);
  window.send("nobody listens");
  REQUIRE(handled == 0);
  REQUIRE(sim.pending() == 3);
  REQUIRE(sim.pending("main") == 3);
  REQUIRE(sim.pending("window") == 0);
  REQUIRE_FALSE(sim.step("window"));
  REQUIRE(sim.step("main"));
  REQUIRE(handled == 1);
  REQUIRE(sim.runUntilIdle() == 1);
  REQUIRE(handled == 2);
  REQUIRE_FALSE(sim.step());
  REQUIRE(sim.log().size() == 2);
  REQUIRE(sim.log()[1].number == 2);
  REQUIRE(sim.log()[1].from == "window");
  REQUIRE(sim.log()[1].to == "main");
  REQUIRE(sim.log()[1].channel == "x");
  REQUIRE(sim.log()[1].text == "2");
}

TEST_CASE("simulation: assertions in handlers are legal, and one that fails ends the run") {
  struct Assertion {};  // as a test framework throws
  Simulation sim;
  sim.bus().main().on("x", [](int n) {
    REQUIRE(n > 0);
    if (n == 2) throw Assertion{};
  });
  auto window = sim.bus().attach("window");
  window.send("x", 1);
  window.send("x", 2);
  window.send("x", 3);
  REQUIRE_THROWS_AS(sim.runUntilIdle(), Assertion);
  REQUIRE(sim.pending() == 1);
  REQUIRE(sim.runUntilIdle() == 1);
}

TEST_CASE("simulation: an exception of a listener goes to onError, as in production") {
  Simulation sim;
  test::Reports const reports(sim.bus());
  sim.bus().main().on("x", [] { throw std::runtime_error("oh"); });
  sim.bus().attach("window").send("x");
  REQUIRE(sim.runUntilIdle() == 1);  // sent just before it ended
  auto window = sim.bus().attach("window");
  window.send("x");
  REQUIRE(sim.runUntilIdle() == 1);
  REQUIRE(reports.errors() == test::Log{"x window>main: oh", "x window>main: oh"});
}

TEST_CASE("simulation: outside of handlers the test speaks as main") {
  Simulation sim;
  std::string sender = "?";
  sim.bus().main().on("x", [&](Event& event) {
    sender = event.sender.name();
    REQUIRE(event.sender == sim.bus().main().peer());
  });
  sim.bus().main().peer().send("x");
  sim.runUntilIdle();
  REQUIRE(sender == "main");
}

TEST_CASE("simulation: another thread gets WrongThread") {
  Simulation sim;
  auto window = sim.bus().attach("window");
  std::vector<std::optional<Errc>> codes;
  std::thread([&] {
    codes.push_back(test::codeOf([&] { window.send("x"); }));
    codes.push_back(test::codeOf([&] { window.peer().send("x"); }));
    codes.push_back(test::codeOf([&] { sim.bus().main().on("x", [] {}); }));
    codes.push_back(test::codeOf([&] { sim.bus().main().poll(); }));
    codes.push_back(test::codeOf([&] { sim.bus().attach("other"); }));
    codes.push_back(test::codeOf([&] { sim.runUntilIdle(); }));
  }).join();
  REQUIRE(codes == std::vector<std::optional<Errc>>(6, Errc::WrongThread));
}

TEST_CASE("simulation: a body must not use main itself") {
  Simulation sim;
  std::optional<Errc> code;
  sim.spawn("window",
            [&](Renderer&) { code = test::codeOf([&] { sim.bus().main().on("x", [] {}); }); });
  sim.runUntilIdle();
  REQUIRE(code == Errc::WrongThread);
}

TEST_CASE("simulation: dead letters are no deliveries, and the counters add up") {
  Simulation sim;
  test::Reports const reports(sim.bus());
  auto window = sim.bus().attach("window");
  sim.bus().main().on("x", [](int) {});
  window.send("x", 1);
  window.send("x", "no number");
  window.send("y");
  REQUIRE(sim.runUntilIdle() == 1);
  REQUIRE(sim.log().size() == 1);
  REQUIRE(reports.deadLetters() ==
          test::Log{"TypeMismatch x window>main", "NoListener y window>main"});
  REQUIRE(test::addsUp(sim.bus().stats()));
}

TEST_CASE("simulation: the log shows strings, numbers and bools") {
  Simulation sim;
  auto window = sim.bus().attach("window");
  sim.bus().main().on("x", [](tincan::Event&) {});
  struct Other {};
  window.send("x", "text", -1, true, 2.5, Other{}, tincan::Value(7));
  sim.runUntilIdle();
  REQUIRE(test::contains(sim.log()[0].text, "text, -1, true, 2.5"));
  REQUIRE(test::contains(sim.log()[0].text, "Other"));
  REQUIRE(test::contains(sim.log()[0].text, ", 7"));
}

TEST_CASE("simulation: deadlines pass in order, each with what follows from it") {
  Simulation sim;
  test::Log log;
  auto window = sim.bus().attach("window");
  sim.bus().main().on("late", [&] { log.push_back("late"); });
  std::vector<tincan::Reply> replies;
  sim.bus().main().on("x", [&](Event& event) { replies.push_back(event.defer()); });
  auto const ask = [&](std::chrono::nanoseconds time, std::string name) {
    window.within(time).request<int>("x").then(window, [&, name](tincan::Future<int> answer) {
      if (test::codeOf([&] { answer.get(); }) != Errc::Timeout) return;
      log.push_back(name + " late");
      window.send("late");
    });
  };
  ask(20ms, "b");
  ask(10ms, "a");
  ask(90ms, "c");
  sim.runUntilIdle();
  REQUIRE(log.empty());
  REQUIRE(window.nextDeadline().has_value());
  sim.advance(5ms);
  REQUIRE(log.empty());
  sim.advance(50ms);
  REQUIRE(log == test::Log{"a late", "late", "b late", "late"});
}

TEST_CASE(
    "simulation: a deadline that passes while its endpoint is blocked is heard of afterwards") {
  bool const hasWaitWithDeadline = GENERATE(false, true);
  Simulation sim;
  test::Log log;
  auto& main = sim.bus().main();
  std::vector<tincan::Reply> never;
  std::optional<tincan::Reply> reply;
  main.on("never", [&](Event& event) { never.push_back(event.defer()); });
  main.on("slow", [&](Event& event) { reply = event.defer(); });
  main.on("go", [&] { reply->set(7); });
  sim.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.within(5ms).request<int>("never").then(ipc, [&](tincan::Future<int> answer) {
      log.push_back("never " +
                    std::to_string(test::codeOf([&] { answer.get(); }) == Errc::Timeout));
    });
    ipc.after(2ms, [&] { log.push_back("timer"); });
    auto slow = ipc.request<int>("slow");
    int const got = hasWaitWithDeadline ? slow.getFor(1h) : slow.get();
    log.push_back("slow " + std::to_string(got));
    ipc.run();
  });
  auto helper = sim.bus().attach("helper");
  sim.runUntilIdle();
  sim.advance(10ms);
  CHECK(log.empty());
  helper.send("go");
  sim.runUntilIdle();
  CHECK(log == test::Log{"slow 7", "never 1", "timer"});
}

TEST_CASE("simulation: pollFor and a future's deadline take virtual time") {
  Simulation sim;
  auto window = sim.bus().attach("window");
  sim.bus().main().on("x", [](tincan::Event&) {});
  window.send("x");
  window.send("x");
  REQUIRE(sim.bus().main().pollFor(1h) == 2);
  std::optional<tincan::Reply> reply;
  sim.bus().main().on("never", [&](Event& event) { reply = event.defer(); });
  auto answer = window.request<int>("never");
  REQUIRE_FALSE(answer.waitFor(1h));
  REQUIRE(test::codeOf([&] { answer.getFor(1h); }) == Errc::Timeout);
}

TEST_CASE("simulation: what a test claims") {
  Simulation sim;
  int n = 0;
  auto window = sim.bus().attach("window");
  sim.bus().main().on("x", [&] { ++n; });
  SECTION("always") {
    sim.always("at most one", [&] { return n <= 1; });
    window.send("x");
    sim.runUntilIdle();
    window.send("x");
    REQUIRE_THROWS_WITH(sim.runUntilIdle(), "always: at most one");
  }
  SECTION("eventually") {
    sim.eventually("two", [&] { return n == 2; });
    window.send("x");
    REQUIRE_THROWS_WITH(sim.runUntilIdle(), "eventually: two");
    window.send("x");
    REQUIRE_NOTHROW(sim.runUntilIdle());
  }
  SECTION("require, also in a handler") {
    sim.require(true, "fine");
    REQUIRE_THROWS_AS(sim.require(false, "bad"), Failure);
    REQUIRE_THROWS_WITH(sim.runUntilIdle(), "bad");
    sim.bus().main().on("y", [&] { sim.require(false, "worse"); });
    window.send("y");
    REQUIRE_THROWS_WITH(sim.runUntilIdle(), "worse");
  }
  SECTION("choose") {
    REQUIRE(sim.choose(3) == 0);
    REQUIRE_THROWS_AS(sim.choose(0), std::invalid_argument);
  }
}

TEST_CASE("simulation: what goes round for ever is named") {
  Simulation sim;
  auto window = sim.bus().attach("window");
  sim.bus().main().on("ping", [](Event& event) { event.reply("pong"); });
  window.on("pong", [&] { window.send("ping"); });
  window.send("ping");
  std::string const what = test::whatOf([&] { sim.runUntilIdle(); });
  REQUIRE(test::contains(what, "'ping' (window > main)"));
  REQUIRE(test::contains(what, "'pong' (main > window)"));
}

TEST_CASE("simulation: posts and quit come in their place") {
  Simulation sim;
  test::Log log;
  auto& main = sim.bus().main();
  main.on("x", [&](int n) { log.push_back(std::to_string(n)); });
  auto window = sim.bus().attach("window");
  window.send("x", 1);
  main.post([&] { log.push_back("post"); });
  window.send("x", 2);
  main.quit();
  window.send("x", 3);
  main.run();
  REQUIRE(log == test::Log{"1", "post", "2"});
  REQUIRE(sim.pending() == 1);
  REQUIRE(main.poll() == 1);
}

TEST_CASE("simulation: a wake hook is told when an inbox turns from empty to not empty") {
  int woken = 0;  // the end of the bus rings, too
  Simulation sim;
  auto window = sim.bus().attach("window");
  window.send("x");
  sim.bus().main().onWake([&] { ++woken; });
  REQUIRE(woken == 1);
  window.send("x");
  REQUIRE(woken == 1);
  sim.runUntilIdle();
  window.send("x");
  REQUIRE(woken == 2);
}

TEST_CASE("simulation: a quit that ends no run keeps nothing alive") {
  auto const held = std::make_shared<int>(0);
  {
    Simulation sim;
    auto window = sim.bus().attach("window");
    window.on("x", [held] {});
    window.peer().send("x");
    window.quit();
    window.close();
    window.quit();
  }
  REQUIRE(held.use_count() == 1);
}

TEST_CASE("simulation: ports keep their place among messages") {
  Simulation sim;
  test::Log log;
  tincan::MessageChannel channel;
  auto window = sim.bus().attach("window");
  sim.bus().main().on("x", [&](int n) { log.push_back(std::to_string(n)); });
  channel.port2.on("message", [&](int n) { log.push_back("port " + std::to_string(n)); });
  channel.port1.postMessage(1);
  window.send("x", 2);
  channel.port2.start(sim.bus().main());
  channel.port1.postMessage(3);
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"port 1", "2", "port 3"});
}

TEST_CASE("simulation: coroutines go on") {
  Simulation sim;
  int sum = 0;
  auto window = sim.bus().attach("window");
  sim.bus().main().handle("twice", [](int n) { return 2 * n; });
  window.handle("sum", [&](int n) -> tincan::Task<int> {
    int const twice = co_await window.invoke<int>("twice", n);
    co_return twice + n;
  });
  window.peer().invoke<int>("sum", 5).then(sim.bus().main(),
                                           [&](tincan::Future<int> answer) { sum = answer.get(); });
  sim.runUntilIdle();
  REQUIRE(sum == 15);
}

TEST_CASE("simulation: handles may outlive it") {
  std::optional<Simulation> sim(std::in_place);
  auto window = sim->bus().attach("window");
  auto answer = window.invoke<int>("x");
  auto const peer = window.peer();
  window.on("x", [] {});
  window.send("x");
  sim.reset();
  REQUIRE_FALSE(peer.alive());
  REQUIRE(peer.send("x") == tincan::SendResult::Closed);
  REQUIRE(test::codeOf([&] { window.send("x"); }) == Errc::Closed);
  REQUIRE(test::codeOf([&] { answer.get(); }) == Errc::Closed);
}

TEST_CASE("simulation: the test speaks as main, also after buses that have ended") {
  tincan::Bus before;
  before.main().peer().send("x");
  before.close();
  Simulation sim;
  auto& main = sim.bus().main();
  tincan::Bus other;
  main.on("x", [&] { other.main().peer().send("y"); });  // what is left of `before` is forgotten
  sim.spawn("window", [](Renderer& ipc) { ipc.send("x"); });
  sim.runUntilIdle();
  // One of these is likely to lie where the nobody of `before` was.
  std::vector<Renderer> tools;
  for (int i = 0; i < 8; ++i) tools.push_back(sim.bus().attach("tool"));
  std::string sender = "?";
  main.on("who", [&](Event& event) { sender = event.sender.name(); });
  main.peer().send("who");
  sim.runUntilIdle();
  REQUIRE(sender == "main");
}

TEST_CASE("simulation: maxDepth is the most that waited in one inbox") {
  Simulation sim;
  auto& main = sim.bus().main();
  main.on("x", [] {});
  auto window = sim.bus().attach("window");
  for (int i = 0; i < 150; ++i) window.send("x");
  REQUIRE(sim.bus().stats().maxDepth == 150);  // as on threads, what waits now counts
  sim.runUntilIdle();
  for (int i = 0; i < 20; ++i) window.send("x");
  sim.runUntilIdle();
  REQUIRE(sim.bus().stats().maxDepth == 150);
}

TEST_CASE("simulation: maxDepth is what was found before a message was handled") {
  Simulation sim;
  std::uint64_t found = 0;
  sim.bus().main().on("x", [&] { found = sim.bus().stats().maxDepth; });
  sim.spawn("a", [](Renderer& ipc) { ipc.send("x"); });
  sim.spawn("b", [](Renderer& ipc) { ipc.send("x"); });
  REQUIRE(sim.step());
  REQUIRE(found == 2);
}

TEST_CASE("simulation: a scope ends with its renderer while main runs") {
  Simulation sim;
  auto& main = sim.bus().main();
  auto const capture = std::make_shared<int>(0);
  long used = 0;
  sim.spawn("window", [](Renderer& ipc) { ipc.send("x"); });
  main.from(*main.renderer("window")).on("x", [capture] {});
  main.on("look", [&] { used = capture.use_count(); });
  main.on("quit", [&] { main.quit(); });
  sim.spawn("other", [](Renderer& ipc) {
    for (std::string const what : {"look", "look", "quit"}) ipc.send(what);
  });
  main.run();
  REQUIRE(used == 1);
}

TEST_CASE("simulation: quits and rings are as on threads") {
  tincan::testing::Simulation sim;
  tincan::Main& main = sim.bus().main();
  auto window = sim.bus().attach("window");
  SECTION("a stop is requested once quit() was called") {
    auto const token = main.stopToken();
    REQUIRE_FALSE(token.stop_requested());
    main.quit();
    REQUIRE(token.stop_requested());
    REQUIRE(main.stopToken().stop_requested());
    main.run();
    REQUIRE_FALSE(main.stopToken().stop_requested());
  }
  SECTION("a poll that leaves something rings") {
    int rings = 0;
    window.onWake([&] { ++rings; });
    for (int i = 0; i < 2; ++i) window.peer().send("x");
    int const before = rings;
    window.poll(1);
    REQUIRE(rings == before + 1);
  }
  SECTION("each run handles what came before its own quit") {
    std::string got;
    main.on("x", [&](int number) { got += std::to_string(number); });
    for (int i = 1; i < 4; ++i) {
      window.send("x", i);
      main.quit();
    }
    window.send("x", 4);
    main.run();
    REQUIRE(got == "1");
    main.run();
    main.run();
    REQUIRE(got == "123");
  }
}

TEST_CASE(
    "simulation: spawn takes what Bus::spawn takes, a body with a stop token and one that can only "
    "be moved") {
  test::Log log;
  Simulation sim;
  sim.spawn("polls", [&log](Renderer& ipc, tincan::StopToken stop) {
    ipc.on("quit", [&ipc] { ipc.quit(); });
    while (!stop.stop_requested()) ipc.poll();
    log.push_back("stopped");
  });
  sim.spawn("owns", tincan::InboxOptions{.capacity = 1},
            [&log, text = std::make_unique<std::string>("owned")](Renderer& ipc) {
              log.push_back(*text);
              ipc.peer("polls")->send("quit");
            });
  sim.runUntilIdle();
  CHECK(log == test::Log{"owned", "stopped"});

  auto const result = tincan::testing::explore([](Simulation& each) {
    each.bus().main().on("x", [](int) {});
    each.spawn("owns",
               [number = std::make_unique<int>(1)](Renderer& ipc) { ipc.send("x", *number); });
  });
  CHECK(result.ok);
  CHECK(result.complete);
}
