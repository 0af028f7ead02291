// tests/testing/operations.cpp - generated scenarios against a model
#include <tincan/testing.hpp>

#include <optional>
#include <string>

#include <tincan/testing/operations.hpp>

#include "../unit/support.hpp"

namespace scenarios {

using test::contains;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Operations;
using tincan::testing::Options;
using tincan::testing::Simulation;

/// A counter that main keeps. Who increments it without care reads it first, and then writes it.
struct Counter {
  int value = 0;

  void serve(tincan::Main& ipcMain) {
    ipcMain.handle("get", [this] { return value; });
    ipcMain.handle("set", [this](int to) { value = to; });
    ipcMain.handle("increment", [this] { return ++value; });
  }
};

Operations<int> counting(bool isCareful) {
  Operations<int> operations;
  operations.add(
      "get", [](Renderer& ipc) { return ipc.invoke<int>("get").get(); },
      [](int const& model) { return model; });
  operations.add(
      "increment",
      [isCareful](Renderer& ipc) {
        if (isCareful) return ipc.invoke<int>("increment").get();
        int const next = ipc.invoke<int>("get").get() + 1;
        ipc.invoke<void>("set", next).get();
        return next;
      },
      [](int& model) { return ++model; });
  return operations;
}

tincan::testing::Result play(Operations<int> const& operations, Operations<int>::Size size) {
  return explore([&](Simulation& sim) {
    auto const counter = std::make_shared<Counter>();
    counter->serve(sim.bus().main());
    operations.play(sim, size);
    sim.runUntilIdle();
  });
}

TEST_CASE("operations: what one handler does is linearizable, in every order of every choice") {
  auto const result = play(counting(true), {2, 2});
  INFO(result.failure);
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(result.schedules > 16);  // of the choices alone
}

TEST_CASE(
    "operations: what two messages do is not, and the failure shows two calls of one result") {
  auto const result = play(counting(false), {2, 1});
  CHECK_FALSE(result.ok);
  CHECK(contains(result.failure, "no order of these operations has their results"));
  CHECK(contains(result.failure, "caller 1"));
  CHECK(contains(result.failure, "caller 2"));
  CHECK(contains(result.failure, "increment -> 1"));
}

TEST_CASE("operations: a result that comes too late for its order is found") {
  // Main answers get from a copy that it renews with the next message: what has ended is not seen.
  Operations<int> operations;
  operations.add(
      "get", [](Renderer& ipc) { return ipc.invoke<int>("get").get(); },
      [](int const& model) { return model; });
  operations.add(
      "set 1", [](Renderer& ipc) { ipc.invoke<void>("set", 1).get(); },
      [](int& model) { model = 1; });
  auto const stale = explore([&](Simulation& sim) {
    struct Store {
      int value = 0, copy = 0;
    };
    auto const store = std::make_shared<Store>();
    sim.bus().main().handle("get", [store] { return std::exchange(store->copy, store->value); });
    sim.bus().main().handle("set", [store](int to) { store->value = to; });
    operations.play(sim, {2, 1});
    sim.runUntilIdle();
  });
  CHECK_FALSE(stale.ok);
  CHECK(contains(stale.failure, "set 1"));
  CHECK(contains(stale.failure, "get -> 0"));
}

}  // namespace scenarios
