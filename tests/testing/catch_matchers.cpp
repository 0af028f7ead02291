// tests/testing/catch_matchers.cpp - the kit's matchers for Catch2
#include <tincan/testing/catch.hpp>

#include <string>
#include <vector>

#include "../unit/support.hpp"

using tincan::Errc;
using tincan::Error;
using tincan::Event;
using tincan::Renderer;
using tincan::SendResult;
using tincan::testing::Delivered;
using tincan::testing::DeliveredInOrder;
using tincan::testing::Delivery;
using tincan::testing::Explored;
using tincan::testing::FailedWith;
using tincan::testing::HasCode;
using tincan::testing::Result;
using tincan::testing::Simulation;
using tincan::testing::Spy;

namespace {

/// What a failed assertion would show.
template <class T>
std::string shown(T const& value) {
  return Catch::StringMaker<T>::convert(value);
}

/// Pings from a window, which main answers.
void ping(Simulation& sim, int times) {
  sim.bus().main().on("ping", [](Event& event, int n) { event.reply("pong", n); });
  sim.spawn("window", [times](Renderer& ipc) {
    ipc.on("pong", [](int) {});
    for (int n = 1; n <= times; ++n) ipc.send("ping", n);
    ipc.run();
  });
  sim.runUntilIdle();
}

}  // namespace

TEST_CASE("matchers: what was delivered") {
  Simulation sim;
  ping(sim, 2);
  REQUIRE_THAT(sim.log(), Delivered("main", "ping"));
  REQUIRE_THAT(sim.log(), Delivered("main", "ping").from("window").with("2").times(1));
  REQUIRE_THAT(sim.log(), Delivered("main", "ping").times(2) && Delivered("window", "pong"));
  REQUIRE_THAT(sim.log(), !Delivered("window", "ping"));
  REQUIRE_THAT(sim.log(), !Delivered("main", "ping").from("other"));
  REQUIRE_THAT(sim.log(), !Delivered("main", "ping").with("3"));
  REQUIRE_THAT(sim.log(), !Delivered("main", "ping").times(1));
  REQUIRE_THAT(sim.log(), Delivered("", "").times(4));
}

TEST_CASE("matchers: what was delivered in an order") {
  Simulation sim;
  Spy const spy(sim);
  ping(sim, 2);
  REQUIRE_THAT(sim.log(), DeliveredInOrder({{"main", "ping"}, {"window", "pong"}}));
  REQUIRE_THAT(sim.log(), DeliveredInOrder({Delivered("main", "ping").with("1"),
                                            Delivered("main", "ping").with("2")}));
  REQUIRE_THAT(sim.log(), !DeliveredInOrder({Delivered("main", "ping").with("2"),
                                             Delivered("main", "ping").with("1")}));
  REQUIRE_THAT(sim.log(),
               !DeliveredInOrder({{"main", "ping"}, {"main", "ping"}, {"main", "ping"}}));
  REQUIRE_THAT(sim.log(), DeliveredInOrder({}));
  REQUIRE_THAT(spy.sent(), Delivered("main", "ping").times(2));
  REQUIRE_THAT(spy.handled().to("window"), DeliveredInOrder({{"window", "pong"}}));
}

TEST_CASE("matchers: what was explored") {
  auto const fine = tincan::testing::explore([](Simulation& sim) { ping(sim, 1); });
  REQUIRE_THAT(fine, Explored());
  REQUIRE_THAT(fine, Explored().schedules(1));
  REQUIRE_THAT(fine, !Explored().schedules(2));
  REQUIRE_THAT(fine, !FailedWith(""));
  auto const failed =
      tincan::testing::replay({}, [](Simulation& sim) { sim.require(false, "oh"); });
  REQUIRE_THAT(failed, FailedWith("oh"));
  REQUIRE_THAT(failed, !FailedWith("ah") && !Explored());
}

TEST_CASE("matchers: the code of an error") {
  Simulation sim;
  auto window = sim.bus().attach("window");
  window.close();
  REQUIRE_THROWS_MATCHES(window.send("x"), Error, HasCode(Errc::Closed));
  REQUIRE_THROWS_MATCHES(window.send("x"), Error, !HasCode(Errc::Full));
}

TEST_CASE("printers: what an assertion that fails shows") {
  REQUIRE(shown(Errc::NoListener) == "NoListener");
  REQUIRE(shown(SendResult::Full) == "Full");
  Delivery const delivery{1, "window", "main", "ping", "1, a"};
  REQUIRE(shown(delivery) == "window > main: ping (1, a)");
  REQUIRE(shown(Delivery{1, "window", "main", "ping", ""}) == "window > main: ping");
  std::vector<Delivery> const two(2, delivery);
  REQUIRE(shown(std::span<Delivery const>(two)) ==
          "\n  1. window > main: ping (1, a)\n  1. window > main: ping (1, a)");
  REQUIRE(shown(tincan::testing::Records()) == "no deliveries");
  Result result;
  result.schedules = 6;
  REQUIRE(shown(result) == "ok, not complete, 6 schedules");
  result.complete = true;
  REQUIRE(shown(result) == "ok, complete, 6 schedules");
  result.ok = false;
  result.failure = "always: small";
  REQUIRE(shown(result) == "failed after 6 schedules: always: small");
  result.minimal = "3:1";
  REQUIRE(shown(result) == "failed after 6 schedules: always: small (TINCAN_SIM_REPLAY='3:1')");
  REQUIRE(shown(tincan::testing::Recording::Entry{"a", "b", 3, "x"}) == "a > b: 3. x");
  REQUIRE(Catch::Detail::stringify(Errc::Timeout) == "Timeout");
}

TEST_CASE("printers: what a matcher says") {
  REQUIRE(Delivered("main", "ping").describe() == "has delivered * > main: ping");
  REQUIRE(Delivered("main", "").from("w").with("1").times(3).describe() ==
          "has delivered w > main: * (1), 3 times");
  REQUIRE(DeliveredInOrder({{"a", "x"}, {"b", "y"}}).describe() ==
          "has delivered in this order\n  * > a: x\n  * > b: y");
  REQUIRE(Explored().describe() == "(wanted: ok and complete)");
  REQUIRE(Explored().schedules(3).describe() == "(wanted: ok and complete, schedules: 3)");
  REQUIRE(FailedWith("oh").describe() == "(wanted: fails with 'oh')");
  REQUIRE(HasCode(Errc::Full).describe() == "has code Full");
}

TEST_CASE("printers: names of any bytes are shown") {
  std::string const name("a\0b", 3);
  REQUIRE(shown(tincan::testing::Recording::Entry{name, "b", 3, name}) ==
          R"(a\x00b > b: 3. a\x00b)");
  REQUIRE(shown(tincan::testing::Delivery{1, name, "b", "line\n", "text"}) ==
          R"(a\x00b > b: line\n (text))");
  tincan::testing::Simulation simulation;
  REQUIRE_THROWS_WITH(simulation.injectTo(name, "w", "x"),
                      R"(tincan: there is no endpoint 'a\x00b')");
}
