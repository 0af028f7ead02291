// tests/unit/silent.cpp - which dead letters are a line on stderr without a hook, and which sentence they say
#include <chrono>
#include <string>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Overflow;
using namespace std::chrono_literals;

TEST_CASE("dead letters of other reasons than these three say nothing without a hook") {
  std::string const text = inChild([](Verdict const& verdict) {
    verdict.saysStderr();
    tincan::Bus bus;
    auto window = bus.attach("window");
    auto& main = bus.main();
    auto noHandler = window.invoke<int>("x");
    auto cancelled = window.request<int>("y");
    cancelled.cancel();
    auto late = window.within(1ns).request<int>("z");
    verdict.expect(codeOf([&] { return late.get(); }) == Errc::Timeout, "no timeout");
    window.sendLatest("at", 1);
    window.sendLatest("at", 2);
    main.on("at", [] {});
    main.on("silent", [] {});
    auto noReply = window.request<int>("silent");
    main.poll();
    for (Overflow const overflow : {Overflow::Fail, Overflow::DropNewest, Overflow::DropOldest}) {
      auto tight = bus.attach("tight", {1, overflow});
      for (int i = 0; i < 3; ++i) tight.peer().send("full");
    }  // here the others are Closed
    auto const letters = bus.stats().deadLetters;
    for (Errc const reason : {Errc::NoHandler, Errc::Cancelled, Errc::Timeout, Errc::Superseded,
                              Errc::Full, Errc::Closed}) {
      verdict.expect(letters.count(reason) > 0, "a reason has not come up");
    }
  });
  CHECK(text.empty());
}

TEST_CASE("a dead letter of a request says what its Error says") {
  tincan::Bus bus;
  std::string what;
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) { what = letter.what; });
  auto window = bus.attach("window");
  bus.main().on("typed", [](int) {});
  bus.main().handle("handled", [](int) { return 1; });
  bus.main().allow("denied", {"nobody"});
  auto const same = [&](auto future) {
    bus.main().poll();
    std::string const error = whatOf([&] { return future.get(); });
    CHECK_FALSE(error.empty());
    CHECK(what == error);
  };
  same(window.request<int>("nobody"));
  same(window.invoke<int>("nobody"));
  same(window.request<int>("typed", "text"));
  same(window.invoke<int>("handled", "text"));
  same(window.request<int>("denied"));
}
