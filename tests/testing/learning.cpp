// tests/testing/learning.cpp - explore keeps causal order also where code learns of something without a message
//
// Each case names all outcomes that threads give. Main hears x and y; whoever sends y has learnt of something that came
// after x.
#include <tincan/testing.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

using tincan::Errc;
using tincan::Error;
using tincan::Event;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::Peer;
using tincan::Renderer;
using tincan::RendererThread;
using tincan::SendResult;
using tincan::testing::explore;
using tincan::testing::Simulation;

namespace {

using HeardInAll = std::set<std::string>;

/// What main has heard in all runs.
HeardInAll heardIn(std::function<void(Simulation&)> const& setUp) {
  HeardInAll all;
  auto const result = explore([&](Simulation& sim) {
    auto const heard = std::make_shared<std::string>();
    for (auto const* const name : {"x", "y"}) {
      sim.bus().main().on(name, [heard, name] { *heard += name; });
    }
    setUp(sim);
    sim.eventually("heard", [heard, &all] { return all.insert(*heard), true; });
  });
  CHECK(result.ok);
  CHECK(result.complete);
  return all;
}

Peer spawnSenderOfX(Simulation& sim) {
  sim.spawn("a", [](Renderer& ipc) { ipc.send("x"); });
  return *sim.bus().main().renderer("a");
}

}  // namespace

TEST_CASE("learning: a thread knows what the one knew that has started it") {
  CHECK(heardIn([](Simulation& sim) {
          auto const thread = std::make_shared<std::optional<RendererThread>>();
          sim.spawn("a", [&sim, thread](Renderer& ipc) {
            ipc.send("x");
            *thread = sim.bus().spawn("b", [](Renderer& other) { other.send("y"); });
            ipc.run();
          });
        }) == HeardInAll{"xy"});
}

TEST_CASE("learning: whoever has joined a thread knows what that one knew") {
  CHECK(heardIn([](Simulation& sim) {
          sim.spawn("a", [&sim](Renderer& ipc) {
            sim.bus().spawn("b", [](Renderer& other) { other.send("x"); }).join();
            ipc.send("y");
          });
        }) == HeardInAll{"xy"});
}

TEST_CASE("learning: whoever finds an endpoint gone knows what it knew") {
  CHECK(heardIn([](Simulation& sim) {
          auto const a = spawnSenderOfX(sim);
          sim.spawn("b", [a](Renderer& ipc) {
            if (!a.alive()) ipc.send("y");
          });
        }) == HeardInAll{"x", "xy"});
  CHECK(heardIn([](Simulation& sim) {
          auto const a = spawnSenderOfX(sim);
          sim.spawn("b", [a](Renderer& ipc) {
            if (a.send("z") == SendResult::Closed) ipc.send("y");
          });
        }) == HeardInAll{"x", "xy"});
  CHECK(heardIn([](Simulation& sim) {
          spawnSenderOfX(sim);
          sim.spawn("b", [](Renderer& ipc) {
            if (!ipc.peer("a").has_value()) ipc.send("y");
          });
        }) == HeardInAll{"x", "xy"});
}

TEST_CASE("learning: a request that ends with Closed tells what the other side knew") {
  CHECK(heardIn([](Simulation& sim) {
          auto const a = spawnSenderOfX(sim);
          sim.spawn("b", [a](Renderer& ipc) {
            try {
              a.sendSync<int>("q");
            } catch (Error const& error) {
              if (error.code() == Errc::Closed) ipc.send("y");
            }
          });
        }) == HeardInAll{"xy"});
}

TEST_CASE(
    "learning: a request that ends with Closed tells nothing of what came too late beside it") {
  HeardInAll all;
  auto const result = explore([&](Simulation& sim) {
    auto const heard = std::make_shared<std::string>();
    auto const isLate = std::make_shared<bool>(false);
    tincan::Main& main = sim.bus().main();
    sim.spawn("ends", [](Renderer&) {});
    Peer const ends = *main.renderer("ends");
    for (auto const* const name : {"x", "w"}) main.on(name, [=](Event&) { *heard += name; });
    main.handle("asks", [=, &main]() -> tincan::Task<int> {
      main.post([=] { *heard += "p"; });
      try {
        co_await ends.invoke<int>("z");
      } catch (Error const&) {
        *heard += "y";
      }
      co_return 1;
    });
    sim.spawn("b", [](Renderer& ipc) {
      ipc.invoke<int>("asks").get();
      ipc.request<int>("w").then(ipc, [](tincan::Future<int>) {});
      ipc.run();
    });
    sim.spawn("a", [=, &main](Renderer&) {
      tincan::MessageChannel ports;
      main.peer().postMessage("x", std::move(ports.port2));
      *isLate = ends.postMessage("z", std::move(ports.port1)) == SendResult::Queued;
    });
    sim.eventually("heard", [=, &all] { return all.insert(*heard + (*isLate ? "z" : "")), true; });
  });
  CHECK(result.complete);
  HeardInAll expected;
  for (std::string const order : {"xpyw", "pxyw", "pyxw", "pywx", "xypw", "yxpw", "ypxw", "ypwx"}) {
    expected.insert({order, order + "z"});
  }
  CHECK(all == expected);
}

TEST_CASE("learning: whoever finds an endpoint knows what the one knew that has made it") {
  CHECK(heardIn([](Simulation& sim) {
          auto const thread = std::make_shared<std::optional<RendererThread>>();
          sim.spawn("a", [&sim, thread](Renderer& ipc) {
            ipc.send("x");
            *thread = sim.bus().spawn("c", [](Renderer& other) { other.run(); });
            ipc.run();
          });
          sim.spawn("b", [](Renderer& ipc) {
            if (ipc.peer("c").has_value()) ipc.send("y");
          });
        }) == HeardInAll{"x", "xy"});
}

TEST_CASE("learning: whoever finds a request cancelled knows what the requester knew") {
  CHECK(heardIn([](Simulation& sim) {
          sim.spawn("b", [](Renderer& ipc) {
            ipc.on("q", [&ipc](Event& event) {
              if (event.cancelled()) ipc.send("y");
              event.returnValue = 1;
            });
            ipc.run();
          });
          auto const b = *sim.bus().main().renderer("b");
          sim.spawn("a", [b](Renderer& ipc) {
            auto future = b.request<int>("q");
            ipc.send("x");
            future.cancel();
            ipc.run();
          });
        }) == HeardInAll{"x", "xy"});
}

TEST_CASE("learning: whoever finds room in a full inbox knows what its owner knew") {
  CHECK(heardIn([](Simulation& sim) {
          sim.spawn("b", InboxOptions{1, Overflow::Fail}, [](Renderer& ipc) {
            ipc.on("z", [] {});
            ipc.send("x");
            ipc.poll();
          });
          auto const b = *sim.bus().main().renderer("b");
          sim.spawn("a", [b](Renderer& ipc) {
            b.send("z");
            if (b.send("z") == SendResult::Queued) ipc.send("y");
          });
        }) == HeardInAll{"x", "xy"});
}
