// tests/testing/outliving.cpp - handles that outlive their simulation, and simulations that end at exit
//
// Each is a child process, which is ended when it hangs.
#include <tincan/testing.hpp>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../unit/child.hpp"
#include "../unit/support.hpp"

using tincan::Errc;
using tincan::Event;
using tincan::Renderer;
using tincan::RendererThread;
using tincan::testing::explore;
using tincan::testing::Simulation;

namespace {

void runsOn(Renderer& ipc) {
  ipc.on("x", [] {});
  ipc.run();
}
/// Waits for an answer that never comes.
void waits(Renderer& ipc) {
  static_cast<void>(test::codeOf([&] { return ipc.sendSync<int>("never"); }));
}

void keepsReplies(Simulation& sim, std::optional<tincan::Reply>& kept) {
  sim.bus().main().on("never", [&](Event& event) { kept.emplace(event.defer()); });
}

}  // namespace

TEST_CASE("outliving: a thread's handle that outlives its simulation ends, and may be joined") {
  using Runs = void (*)(Renderer&);
  for (auto const& [runs, most] :
       {std::pair<Runs, int>(runsOn, 0), {runsOn, 5}, {waits, 0}, {waits, 5}}) {
    for (bool const joins : {false, true}) {
      CHECK(test::inChild([&, body = runs, steps = most](test::Verdict const& verdict) {
              std::optional<RendererThread> thread;
              std::optional<tincan::Reply> kept;
              {
                Simulation sim;
                keepsReplies(sim, kept);
                thread.emplace(sim.bus().spawn("a", body));
                for (int i = 0; i < steps; ++i) sim.step();
              }
              if (joins) thread->join();
              thread.reset();
              verdict.say("ended");
            }) == "ended");
    }
  }
}

TEST_CASE("outliving: handles of the runs of an exploration that are kept beyond it end") {
  CHECK(test::inChild([](test::Verdict const& verdict) {
          std::vector<RendererThread> threads;
          auto const result = explore([&](Simulation& sim) {
            sim.bus().main().on("x", [](Event& event) { event.reply("x"); });
            for (char const* const name : {"a", "b"}) {
              threads.push_back(sim.bus().spawn(name, [](Renderer& ipc) {
                ipc.send("x");
                runsOn(ipc);
              }));
            }
          });
          verdict.expect(result.ok, result.failure);
          threads.clear();
          verdict.say("ended");
        }) == "ended");
}

TEST_CASE("outliving: a peer and a renderer that outlive their simulation are closed") {
  std::optional<tincan::Peer> peer;
  std::optional<Renderer> renderer;
  {
    Simulation sim;
    peer = sim.bus().spawn("a", runsOn).peer();
    renderer = sim.bus().attach("b");
  }
  CHECK_FALSE(peer->alive());
  CHECK(test::codeOf([&] { return peer->sendSync<int>("x"); }) == Errc::Closed);
  CHECK(test::codeOf([&] { return renderer->sendSync<int>("x"); }) == Errc::Closed);
  CHECK(renderer->poll() == 0);
}

TEST_CASE("outliving: a handle that ends on a thread of its own says what is wrong") {
  std::string const said = test::inChild([](test::Verdict const& verdict) {
    verdict.saysStderr();
    Simulation sim;
    auto thread = std::make_unique<RendererThread>(sim.bus().spawn("a", runsOn));
    sim.runUntilIdle();
    std::thread([&] { thread.reset(); }).join();
    sim.bus().main().renderer("a")->send("x");
    verdict.expect(sim.runUntilIdle() == 1, "the renderer does not run on");
  });
  CHECK(test::contains(said, "the handle of the thread of 'a' ends where it must not"));
  CHECK(test::contains(said, "this bus is simulated"));
  CHECK_FALSE(test::contains(said, "does not run on"));
}

TEST_CASE("outliving: simulations and handles that are static end at exit, whichever is first") {
  CHECK(test::inChild([](test::Verdict const&) {
          static std::optional<RendererThread> last;
          static Simulation sim;
          static RendererThread first = sim.bus().spawn("a", runsOn);
          last.emplace(sim.bus().spawn("b", runsOn));
          sim.runUntilIdle();
          std::exit(0);
        }) == "");
}
