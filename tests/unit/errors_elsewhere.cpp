// tests/unit/errors_elsewhere.cpp - errors of several threads at once, in the onError hook
#include <atomic>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;

TEST_CASE("each thread has its own errors, also while another one is in the onError hook") {
  Guard const guard;
  tincan::Bus bus;
  std::atomic<int> calls{0};
  Latch both(2);
  bus.onError([&](tincan::ErrorReport const&) {
    ++calls;
    both.arrive_and_wait();
  });
  bus.main().on("x", [] { throw std::runtime_error("here"); });
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("x", [&] {
      ipc.quit();
      throw std::runtime_error("there");
    });
    ipc.run();
  });
  window.peer().send("x");
  bus.main().peer().send("x");
  bus.main().poll();
  window.join();
  bus.onError({});
  REQUIRE(calls == 2);
}

TEST_CASE(
    "an error inside the dead-letter hook is told to onError, and a dead letter inside onError to "
    "its hook") {
  tincan::Bus bus;
  Log log;
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) {
    log.push_back("lost " + letter.channel);
    if (letter.channel != "lost") return;
    bus.main().peer().send("throws");
    bus.main().poll();
  });
  bus.onError([&](tincan::ErrorReport const& report) {
    log.push_back("threw " + report.channel);
    if (report.channel != "first") return;
    bus.main().peer().send("nobody");
    bus.main().poll();
  });
  bus.main().on("throws", [] { throw 1; });
  bus.main().on("first", [] { throw 1; });
  SECTION("an error inside the dead-letter hook") {
    bus.main().peer().send("lost");
    bus.main().poll();
    CHECK(log == Log{"lost lost", "threw throws"});
  }
  SECTION("a dead letter inside the onError hook") {
    bus.main().peer().send("first");
    bus.main().poll();
    CHECK(log == Log{"threw first", "lost nobody"});
  }
  bus.onError({});
  bus.onDeadLetter({});
}
