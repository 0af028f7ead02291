// tests/testing/elsewhere.cpp - functions that another endpoint runs, in a simulation
#include <tincan/testing.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Errc;
using tincan::Peer;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Simulation;

TEST_CASE("simulation: post and call are steps") {
  Simulation sim;
  test::Log log;
  auto window = sim.bus().attach("window");
  Peer const toWindow = *sim.bus().main().renderer("window");
  toWindow.post([&] { log.push_back("posted"); });
  auto number = toWindow.call([&] { return log.size(); });
  REQUIRE(log.empty());
  REQUIRE_FALSE(number.ready());
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"posted"});
  REQUIRE(number.get() == 1);
}

TEST_CASE("simulation: a deadline of a call passes in virtual time") {
  using namespace std::chrono_literals;
  Simulation sim;
  auto window = sim.bus().attach("window");
  auto late = sim.bus().main().renderer("window")->within(5s).call([] { return 1; });
  sim.advance(6s);
  REQUIRE(test::codeOf([&] { return late.get(); }) == Errc::Timeout);
}

TEST_CASE("simulation: onClose is called when a body has ended") {
  Simulation sim;
  test::Log log;
  sim.bus().main().on("x", [&] { log.push_back("x"); });
  sim.spawn("disk", [](Renderer& ipc) { ipc.send("x"); });
  sim.bus().main().renderer("disk")->onClose([&] { log.push_back("gone"); });
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"x", "gone"});
}

TEST_CASE("explore: in every order, onClose comes after what the peer has sent") {
  auto const result = explore([](Simulation& sim) {
    auto const log = std::make_shared<std::string>();
    auto& main = sim.bus().main();
    main.on("x", [log] { *log += 'x'; });
    main.on("y", [log] { *log += 'y'; });
    sim.spawn("disk", [](Renderer& ipc) { ipc.send("x"); });
    sim.spawn("other", [](Renderer& ipc) { ipc.send("y"); });
    main.renderer("disk")->onClose([log] { *log += 'c'; });
    sim.eventually("each once", [log] { return log->size() == 3; });
    sim.always("x before c", [log] {
      return log->find('c') == std::string::npos || log->find('x') < log->find('c');
    });
    sim.sometimes("y after c", [log] { return *log == "xcy"; });
    sim.sometimes("y before c", [log] { return *log == "xyc"; });
  });
  REQUIRE(result);
  REQUIRE(result.complete);
}

TEST_CASE("explore: a call is cancelled before it runs, or after, or while it does") {
  auto const result = explore([](Simulation& sim) {
    auto const runs = std::make_shared<int>(0);
    auto const got = std::make_shared<std::optional<int>>();
    sim.spawn("worker", [](Renderer& ipc) { ipc.run(); });
    sim.spawn("asker", [runs, got](Renderer& ipc) {
      auto future = ipc.peer("worker")->call([runs] { return ++*runs; });
      future.cancel();
      try {
        *got = future.get();
      } catch (tincan::Error const& error) {
        if (error.code() == Errc::Cancelled) *got = 0;
      }
      ipc.main().send("done");
    });
    auto& main = sim.bus().main();
    main.on("done", [&sim] { sim.bus().close(); });
    sim.sometimes("it ran in time", [runs, got] { return *runs == 1 && *got == 1; });
    sim.sometimes("it was cancelled first", [runs, got] { return *runs == 0 && *got == 0; });
    sim.eventually("answered", [got] { return got->has_value(); });
  });
  REQUIRE(result);
}

TEST_CASE("simulation: sendLatest leaves one message, and a dead letter for each before it") {
  Simulation sim;
  test::Log log;
  sim.bus().main().on("at", [&](int n) { log.push_back(std::to_string(n)); });
  sim.bus().main().on("x", [&] { log.push_back("x"); });
  auto window = sim.bus().attach("window");
  window.sendLatest("at", 1);
  window.send("x");
  window.sendLatest("at", 2);
  window.sendLatest("at", 3);
  REQUIRE(sim.pending() == 2);
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"x", "3"});
  REQUIRE(sim.bus().stats().deadLetters.at(Errc::Superseded) == 2);
}

TEST_CASE("explore: sendLatest supersedes, or comes too late") {
  auto const result = explore([](Simulation& sim) {
    auto const log = std::make_shared<std::string>();
    auto& main = sim.bus().main();
    main.on("at", [log](int n) { *log += std::to_string(n); });
    main.on("x", [log] { *log += 'x'; });
    sim.spawn("window", [](Renderer& ipc) {
      ipc.sendLatest("at", 1);
      ipc.send("x");
      ipc.sendLatest("at", 2);
    });
    sim.eventually("the last one came", [log] { return *log == "1x2" || *log == "x2"; });
    sim.sometimes("superseded", [log] { return *log == "x2"; });
    sim.sometimes("too late", [log] { return *log == "1x2"; });
  });
  REQUIRE(result);
  REQUIRE(result.complete);
}

TEST_CASE("simulation: code that runs in it cannot run it, and changes nothing by that") {
  Simulation sim;
  std::vector<std::string> said;
  sim.bus().onError([&](tincan::ErrorReport const& report) {
    try {
      std::rethrow_exception(report.exception);
    } catch (std::logic_error const& error) {
      said.emplace_back(error.what());
    }
  });
  auto& main = sim.bus().main();
  auto window = sim.bus().attach("window");
  bool hasRung = false;
  main.after(1h, [&] { hasRung = true; });
  main.on("advances", [&] { sim.advance(2h); });
  main.on("steps", [&] { sim.step(std::string("nowhere")); });
  main.on("idles", [&] { sim.runUntilIdle(); });
  int count = 0;
  main.on("counts", [&] { ++count; });
  for (auto const* const how : {"advances", "steps", "idles"}) {
    window.send(how);
    for (int i = 0; i < 3; ++i) window.send("counts");
    sim.runUntilIdle();
  }
  REQUIRE(said.size() == 3);
  for (auto const& one : said) REQUIRE(one.find("is run by its test") != std::string::npos);
  REQUIRE(count == 9);
  REQUIRE_FALSE(hasRung);
}

TEST_CASE("simulation: what would be over after the end of time never is") {
  Simulation sim;
  auto& main = sim.bus().main();
  bool hasRung = false;
  main.after(1h, [&] { hasRung = true; });
  sim.advance(std::chrono::nanoseconds::max());
  REQUIRE(hasRung);
  sim.advance(std::chrono::nanoseconds::max());
  auto const fault = sim.delayNext("x", std::chrono::nanoseconds::max() - 1ns);
  main.on("x", [] {});
  sim.bus().attach("window").send("x");
  sim.runUntilIdle();
}
