// tests/testing/shared.cpp - objects that endpoints share besides their messages
#include <tincan/testing.hpp>

#include <memory>
#include <set>
#include <string>
#include <thread>

#include "../unit/support.hpp"

using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Shared;
using tincan::testing::Simulation;

TEST_CASE(
    "shared: a race on an object that two bodies share is found, and without the wrapper is not") {
  auto const lostUpdate = [](auto makeAdd) {
    std::set<int> sums;
    auto const result = explore([&](Simulation& sim) {
      auto const functions = makeAdd();
      for (char const* const name : {"a", "b"}) {
        sim.spawn(name, [add = functions.first](Renderer&) { add(); });
      }
      sim.eventually("both are done", [&sums, get = functions.second] {
        sums.insert(get());
        return true;
      });
    });
    CHECK(result.failure == "");
    CHECK(result.complete);
    return sums;
  };
  CHECK(lostUpdate([] {
          auto const count = std::make_shared<Shared<int>>(0);
          return std::pair([count] { count->store(count->load() + 1); },
                           [count] { return count->load(); });
        }) == std::set<int>{1, 2});
  CHECK(lostUpdate([] {
          auto const count = std::make_shared<int>(0);
          return std::pair([count] { *count = *count + 1; }, [count] { return *count; });
        }) == std::set<int>{2});
}

TEST_CASE("shared: a function that is given to write() is one access") {
  auto const result = explore([](Simulation& sim) {
    auto const count = std::make_shared<Shared<int>>(0);
    for (char const* const name : {"a", "b"}) {
      sim.spawn(name, [count](Renderer&) { count->write([](int& value) { ++value; }); });
    }
    sim.eventually("none is lost", [count] { return count->load() == 2; });
  });
  CHECK(result.failure == "");
  CHECK(result.complete);
  CHECK(result.schedules == 2);
}

TEST_CASE("shared: reads commute, and so do uses of two objects") {
  auto const count = [](auto use) {
    auto const result = explore([&](Simulation& sim) {
      auto const one = std::make_shared<Shared<int>>(0);
      auto const other = std::make_shared<Shared<int>>(0);
      sim.spawn("a", [one, other, use](Renderer&) { use(*one, *other, true); });
      sim.spawn("b", [one, other, use](Renderer&) { use(*one, *other, false); });
    });
    CHECK(result.failure == "");
    CHECK(result.complete);
    return result.schedules;
  };
  CHECK(count([](auto& one, auto&, bool) { static_cast<void>(one.load()); }) == 1);
  CHECK(count([](auto& one, auto& other, bool isA) { (isA ? one : other).store(1); }) == 1);
  CHECK(count([](auto& one, auto&, bool) { one.store(1); }) == 2);
}

TEST_CASE("shared: handlers of two endpoints see each other's changes in every order") {
  std::set<std::string> seen;
  auto const result = explore([&](Simulation& sim) {
    auto const text = std::make_shared<Shared<std::string>>("");
    for (char const* const name : {"a", "b", "c"}) {
      sim.spawn(name, [text, name](Renderer& ipc) {
        ipc.on("x", [text, name] { text->write([&](std::string& all) { all += name; }); });
        ipc.run();
      });
      sim.bus().main().renderer(name)->send("x");
    }
    sim.eventually("all are there", [text, &seen] {
      seen.insert(text->load());
      return text->load().size() == 3;
    });
  });
  CHECK(result.failure == "");
  CHECK(result.complete);
  CHECK(seen.size() == 6);
}

TEST_CASE("shared: a loop that waits for what another endpoint writes goes on when it has") {
  auto const result = explore([](Simulation& sim) {
    auto const flag = std::make_shared<Shared<bool>>(false);
    sim.spawn("a", [flag](Renderer&) {
      while (!flag->load()) {
      }
    });
    sim.spawn("b", [flag](Renderer&) { flag->store(true); });
  });
  CHECK(result.failure == "");
  CHECK(result.complete);
}

TEST_CASE("shared: a loop that waits for what nobody writes is a failure") {
  auto const result = explore([](Simulation& sim) {
    auto const flag = std::make_shared<Shared<bool>>(false);
    sim.spawn("a", [flag](Renderer&) {
      while (!flag->load()) {
      }
    });
  });
  CHECK(test::contains(result.failure,
                       "'a' looks again and again whether something shared has changed"));
}

TEST_CASE("shared: what an endpoint makes, and what is made elsewhere, is seen, too") {
  Shared<int> outside(0);
  std::set<int> sums;
  auto const result = explore([&](Simulation& sim) {
    outside.store(0);
    sim.spawn("a", [&](Renderer& ipc) {
      auto const own = std::make_shared<Shared<int>>(0);
      ipc.send("use", own);
      own->store(own->load() + 1);
      outside.store(outside.load() + own->load());
    });
    sim.bus().main().on("use", [&](std::shared_ptr<Shared<int>> const& own) {
      own->store(own->load() + 1);
      outside.store(outside.load() + 10);
    });
    sim.eventually("both are done", [&] {
      sums.insert(outside.load());
      return true;
    });
  });
  CHECK(result.failure == "");
  CHECK(result.complete);
  CHECK(sums == std::set<int>{1, 2, 10, 11, 12});
}

TEST_CASE("shared: outside of a simulation it is a plain object") {
  Shared<std::string> text("a");
  tincan::Bus bus;
  bus.main().on("x", [&] { text.write([](std::string& all) { all += "b"; }); });
  bus.main().peer().send("x");
  bus.main().poll();
  CHECK(text.load() == "ab");
  CHECK(text.read([](std::string const& all) { return all.size(); }) == 2);
}

TEST_CASE("shared: a run that fails shows each read and write, with the value") {
  auto const result = explore([](Simulation& sim) {
    auto const count = std::make_shared<Shared<int>>(0);
    for (char const* const name : {"a", "b"}) {
      sim.spawn(name, [count](Renderer&) { count->store(count->load() + 1); });
    }
    sim.eventually("none is lost", [count] { return count->load() == 2; });
  });
  CHECK(result.mermaid ==
        "sequenceDiagram\n"
        "  participant p0 as a\n"
        "  participant p1 as b\n"
        "  Note over p0: reads Shared 1#58; 0\n"
        "  Note over p1: reads Shared 1#58; 0\n"
        "  Note over p0: writes Shared 1#58; 1\n"
        "  Note over p1: writes Shared 1#58; 1\n"
        "  Note over p0,p1: eventually#58; none is lost\n");
}
