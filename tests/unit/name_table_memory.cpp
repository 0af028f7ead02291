// tests/unit/name_table_memory.cpp - behaviour 25: names and receivers that are new, without memory
#include <optional>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "support.hpp"

using namespace test;

TEST_CASE("without memory: a name that is new to the sender is sent, or is not") {
  if (!countsAllocations()) return;
  for (int others : {0, 3, 4, 7, 8, 15, 16, 31, 32, 33}) {
    bool isOver = false;
    for (int n = 1; !isOver; ++n) {
      REQUIRE(n < 30);
      tincan::Bus bus;
      int got = 0;
      for (int i = 0; i < others; ++i) bus.main().on(channelNumber(i), [&] { ++got; });
      bus.main().on(LongName, [&] { got += 1000; });
      auto window = bus.attach("window");
      for (int i = 0; i < others; ++i) window.send(channelNumber(i));
      isOver = runsWithout(n, false, [&] { window.send(LongName); });
      for (int i = 0; i < others; ++i) window.send(channelNumber(i));
      window.send(LongName);
      bus.main().poll();
      REQUIRE(got == 2 * others + (isOver ? 2000 : 1000));
      REQUIRE(addsUp(bus.stats()));
    }
  }
}

TEST_CASE("without memory: the first message to one more receiver is sent, or is not") {
  if (!countsAllocations()) return;
  for (int others = 0; others <= 18; ++others) {
    bool isOver = false;
    for (int n = 1; !isOver; ++n) {
      REQUIRE(n < 30);
      tincan::Bus bus;
      bus.main().poll();
      std::vector<tincan::Renderer> renderers;
      for (int i = 0; i <= others; ++i) renderers.push_back(bus.attach("r"));
      int got = 0;
      for (auto& renderer : renderers) renderer.on("x", [&] { ++got; });
      for (int i = 0; i < others; ++i) renderers[static_cast<std::size_t>(i)].peer().send("x");
      isOver = runsWithout(n, false, [&] { renderers.back().peer().send("x"); });
      for (auto& renderer : renderers) renderer.peer().send("x");
      for (auto& renderer : renderers) renderer.poll();
      REQUIRE(got == 2 * others + (isOver ? 2 : 1));
      REQUIRE(addsUp(bus.stats()));
    }
  }
}

TEST_CASE("without memory: an endpoint is made, or is not, and is found accordingly") {
  if (!countsAllocations()) return;
  bool isOver = false;
  for (int n = 1; !isOver; ++n) {
    REQUIRE(n < 30);
    tincan::Bus bus;
    std::optional<tincan::Renderer> window;
    isOver = runsWithout(n, false, [&] { window.emplace(bus.attach("window")); });
    REQUIRE(bus.main().renderer("window").has_value() == isOver);
    REQUIRE(bus.main().renderers().size() == (isOver ? 1u : 0u));
    auto other = bus.attach("window");
    REQUIRE(bus.main().renderer("window").has_value());
    REQUIRE(runsWithout(1, true, [&] { other.close(); }));
  }
}
