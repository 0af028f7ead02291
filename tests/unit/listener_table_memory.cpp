// tests/unit/listener_table_memory.cpp - behaviour 25: the tables of listeners when there is no memory
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "allocations.hpp"
#include "support.hpp"

using namespace test;

TEST_CASE("without memory: on, once and handle have done all or nothing, whatever grows") {
  if (!countsAllocations()) return;
  for (int others = 0; others <= 40; ++others) {
    bool isOver = false;
    for (int n = 1; !isOver; ++n) {
      REQUIRE(n < 30);
      tincan::Bus bus;
      int got = 0, mine = 0, once = 0;
      for (int i = 0; i < others; ++i) bus.main().on(channelNumber(i), [&] { ++got; });
      auto window = bus.attach("window");
      bool const added =
          runsWithout(n, false, [&] { bus.main().on(LongName, [&mine] { ++mine; }); });
      bool const addedOnce =
          runsWithout(n, false, [&] { bus.main().once(LongName, [&once] { ++once; }); });
      bool const handled =
          runsWithout(n, false, [&] { bus.main().handle(LongName, [] { return 5; }); });
      for (int i = 0; i < others; ++i) window.send(channelNumber(i));
      window.send(LongName);
      window.send(LongName);
      bus.main().poll();
      REQUIRE(got == others);
      REQUIRE(mine == (added ? 2 : 0));
      REQUIRE(once == (addedOnce ? 1 : 0));
      REQUIRE(bus.main().hasHandler(LongName) == handled);
      REQUIRE(bus.main().channels().size() == static_cast<std::size_t>(others + (added ? 1 : 0)));
      bus.main().removeHandler(LongName);
      bus.main().handle(LongName, [] { return 6; });
      isOver = added && addedOnce && handled;
    }
  }
}

TEST_CASE("without memory: allow has done all or nothing") {
  if (!countsAllocations()) return;
  bool isOver = false;
  for (int n = 1; !isOver; ++n) {
    REQUIRE(n < 30);
    tincan::Bus bus;
    int got = 0;
    bus.main().on("x", [&] { ++got; });
    isOver =
        runsWithout(n, false, [&] { bus.main().allow("x", {"nobody whose name is very long"}); });
    bus.main().peer().send("x");
    bus.main().poll();
    REQUIRE(got == (isOver ? 0 : 1));
  }
}

TEST_CASE("without memory: a scope is made, or is not") {
  if (!countsAllocations()) return;
  bool isOver = false;
  for (int n = 1; !isOver; ++n) {
    REQUIRE(n < 30);
    tincan::Bus bus;
    std::vector<tincan::Renderer> renderers;
    int before = 0, scoped = 0;
    for (int i = 0; i < 5; ++i) {
      renderers.push_back(bus.attach("window"));
      if (i < 4) bus.main().from(renderers.back().peer()).on("x", [&] { ++before; });
    }
    isOver = runsWithout(n, false,
                         [&] { bus.main().from(renderers[4].peer()).on("x", [&] { ++scoped; }); });
    for (auto& renderer : renderers) renderer.send("x");
    bus.main().poll();
    REQUIRE(before == 4);
    REQUIRE(scoped == (isOver ? 1 : 0));
    renderers.clear();
    bus.main().poll();
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE("without memory: everything that removes does without") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto const held = std::make_shared<int>(0);
  std::weak_ptr<int> const capture = held;
  int called = 0;
  auto const note = [&called, hold = held] { called += 1 + *hold; };
  auto const first = bus.main().on("x", note);
  std::optional<tincan::ScopedListener> scoped(bus.main().on("x", note));
  bus.main().on("y", note);
  bus.main().on("z", note);
  bus.main().handle("x", [hold = held] { return *hold; });
  auto const handler = bus.main().handle("y", [hold = held] { return *hold; });
  bus.main().from(window.peer()).on("x", note);
  bus.main().poll();
  long const before = capture.use_count();
  REQUIRE(runsWithout(1, true, [&] {
    bus.main().off(first);
    scoped.reset();
    bus.main().removeAllListeners("y");
    bus.main().removeAllListeners();
    bus.main().removeHandler("x");
    bus.main().off(handler);
    bus.main().from(window.peer()).removeAllListeners();
  }));
  REQUIRE(before - capture.use_count() == 7);
  for (auto const* channel : {"x", "y", "z"}) window.send(channel);
  bus.main().poll();
  REQUIRE(called == 0);
}

TEST_CASE("without memory: a once-listener and a handleOnce end while they run") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  auto window = bus.attach("window");
  int once = 0, off = 0, handled = 0;
  tincan::Listener removed;
  bus.main().once("x", [&] { ++once; });
  bus.main().on("x", [&] { removed.remove(); });
  removed = bus.main().on("x", [&] { ++off; });
  bus.main().handleOnce("x", [&] { ++handled; });
  window.send("warm");
  window.send("x");
  auto invoked = window.invoke<void>("x");
  bus.main().poll(1);
  REQUIRE(runsWithout(1, true, [&] { bus.main().poll(); }));
  invoked.get();
  REQUIRE(once == 1);
  REQUIRE(off == 0);
  REQUIRE(handled == 1);
  REQUIRE_FALSE(bus.main().hasHandler("x"));
  REQUIRE(bus.main().listenerCount("x") == 1);
}

TEST_CASE("tables: captures that end with the table may come back to it") {
  tincan::Bus bus;
  Log log;
  {
    auto window = bus.attach("window");
    auto const again = std::make_shared<AtEnd>([&] {
      log.push_back("first");
      window.removeAllListeners();
      window.on("z", [] {});
      window.removeAllListeners("z");
    });
    window.on("x", [again] {});
    window.on("y", [hold = std::make_shared<AtEnd>([&] { log.push_back("second"); })] {});
    window.allow("w", [again](tincan::Peer const&) { return true; });
    window.poll();
    window.removeAllListeners("x");
    window.allowAll("w");
  }
  REQUIRE(log == Log{"first", "second"});
}

TEST_CASE("without memory: on and once at a channel whose last message is kept do all or nothing") {
  if (!countsAllocations()) return;
  bool isOver = false;
  for (int n = 1; !isOver; ++n) {
    REQUIRE(n < 30);
    tincan::Bus bus;
    auto& main = bus.main();
    int early = 0, late = 0, lateOfScope = 0;
    main.keepLast("x");
    main.on("x", [&](int) { ++early; });
    auto window = bus.attach("window");
    window.send("x", 1);
    main.poll();
    bool const added = runsWithout(n, false, [&] { main.on("x", [&](int i) { late += i; }); });
    REQUIRE(main.listenerCount("x") == (added ? 2 : 1));
    tincan::Scope scope = main.from(window.peer());
    bool const addedOnce =
        runsWithout(n, false, [&] { scope.once("x", [&](int i) { lateOfScope += i; }); });
    REQUIRE(scope.listenerCount("x") == (addedOnce ? 1 : 0));
    main.poll();
    REQUIRE(late == (added ? 1 : 0));
    REQUIRE(lateOfScope == (addedOnce ? 1 : 0));
    REQUIRE(early == 1);
    isOver = added && addedOnce;
  }
}
