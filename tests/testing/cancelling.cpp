// tests/testing/cancelling.cpp - a simulation tries what is cancelled before and after it happens
#include <tincan/testing.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "../unit/support.hpp"

using tincan::Renderer;
using tincan::Task;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Simulation;

namespace {

using Outcomes = std::set<std::string>;

/// All outcomes of a program that writes into a log, by every search there is.
template <class Program>
void requireOutcomes(Program const& program, Outcomes const& expected) {
  for (auto const strategy : {Options::Strategy::Exhaustive, Options::Strategy::Random}) {
    CAPTURE(static_cast<int>(strategy));
    Outcomes outcomes;
    Options options;
    options.strategy = strategy;
    if (strategy == Options::Strategy::Random) options.maxSchedules = 200;
    auto const result = explore(
        [&](Simulation& sim) {
          auto const log = std::make_shared<std::string>();
          program(sim, log);
          sim.eventually("outcome", [log, &outcomes] {
            outcomes.insert(*log);
            return true;
          });
        },
        options);
    INFO(result.failure);
    REQUIRE(result.ok);
    REQUIRE(outcomes == expected);
  }
}

/// A coroutine that awaits an answer.
Task<> awaitAnswer(tincan::Future<int> future, std::shared_ptr<std::string> log) {
  try {
    co_await future;
    *log += "answered";
  } catch (tincan::Error const& error) {
    *log += toString(error.code());
  }
}

}  // namespace

TEST_CASE("simulation: Pending::cancel on its endpoint, and on another one") {
  Simulation sim;
  tincan::Main& main = sim.bus().main();
  int calls = 0;
  sim.spawn("answers", [](Renderer& ipc) {
    ipc.handle("x", [] { return 1; });
    ipc.run();
  });
  sim.runUntilIdle();
  tincan::Peer const answers = *main.renderer("answers");
  auto const ask = [&] {
    return answers.invoke<int>("x").then(main, [&](auto const&) { ++calls; });
  };
  tincan::Pending pending = ask();
  pending.cancel();
  sim.runUntilIdle();
  REQUIRE(calls == 0);
  pending = ask();
  sim.spawn("cancels", [&](Renderer&) { pending.cancel(); });
  sim.runUntilIdle();
  REQUIRE(calls == 0);
  ask();
  sim.runUntilIdle();
  REQUIRE(calls == 1);
}

TEST_CASE("explore: a function of then is called, or withdrawn by somebody else before") {
  requireOutcomes(
      [](Simulation& sim, std::shared_ptr<std::string> const& log) {
        tincan::Main& main = sim.bus().main();
        auto const pending = std::make_shared<tincan::Pending>();
        sim.spawn("answers", [](Renderer& ipc) {
          ipc.handle("x", [] { return 1; });
          ipc.run();
        });
        sim.spawn("cancels", [pending](Renderer& ipc) {
          ipc.on("go", [pending] { pending->cancel(); });
          ipc.run();
        });
        main.on("go", [=, &main](tincan::Event&) {
          *pending = main.renderer("answers")->invoke<int>("x").then(
              main, [log](auto const&) { *log += "called"; });
          main.renderer("cancels")->send("go");
        });
        main.peer().send("go");
      },
      {"", "called"});
}

TEST_CASE("explore: a Task is answered, or cancelled by somebody else before") {
  requireOutcomes(
      [](Simulation& sim, std::shared_ptr<std::string> const& log) {
        tincan::Main& main = sim.bus().main();
        auto const task = std::make_shared<std::optional<Task<>>>();
        sim.spawn("answers", [](Renderer& ipc) {
          ipc.handle("x", [] { return 1; });
          ipc.run();
        });
        sim.spawn("cancels", [task](Renderer& ipc) {
          ipc.on("go", [task] { (*task)->cancel(); });
          ipc.run();
        });
        main.on("go", [=, &main] {
          task->emplace(awaitAnswer(main.renderer("answers")->invoke<int>("x"), log));
          main.renderer("cancels")->send("go");
        });
        main.peer().send("go");
      },
      {"Cancelled", "answered"});
}

TEST_CASE("explore: any takes the first of two answers, all takes both, in every order") {
  static auto const first = [](tincan::Future<int> one, tincan::Future<int> two,
                               std::shared_ptr<std::string> log) -> Task<> {
    *log += std::to_string(co_await tincan::any(std::move(one), std::move(two)));
  };
  static auto const both = [](tincan::Future<int> one, tincan::Future<int> two,
                              std::shared_ptr<std::string> log) -> Task<> {
    auto const [a, b] = co_await tincan::all(std::move(one), std::move(two));
    *log += std::to_string(a) + std::to_string(b);
  };
  auto const programOf = [](auto wait) {
    return [wait](Simulation& sim, std::shared_ptr<std::string> const& log) {
      tincan::Main& main = sim.bus().main();
      for (int n : {1, 2}) {
        sim.spawn("answers" + std::to_string(n), [n](Renderer& ipc) {
          ipc.handle("x", [n] { return n; });
          ipc.run();
        });
      }
      main.on("go", [=, &main] {
        wait(main.renderer("answers1")->invoke<int>("x"),
             main.renderer("answers2")->invoke<int>("x"), log);
      });
      main.peer().send("go");
    };
  };
  requireOutcomes(programOf(first), {"1", "2"});
  requireOutcomes(programOf(both), {"12"});
}
