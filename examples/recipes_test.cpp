// examples/recipes_test.cpp - tests pipeline.hpp, gui_loop.hpp and a plugin in every order that makes a difference
#include <tincan/testing.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "gui_loop.hpp"
#include "pipeline.hpp"
#include "plugin/upper.cpp"

namespace {

using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Result;
using tincan::testing::Simulation;

// ---- the pipeline: nothing is lost, and nobody waits for ever, however little room there is ------

Result testPipeline() {
  return explore([](Simulation& sim) {
    tincan::InboxOptions const narrow{.capacity = 1, .overflow = tincan::Overflow::Block};
    auto const sum = std::make_shared<long>(0);
    sim.spawn("squares", narrow, example::square);
    sim.spawn("source", [next = *sim.bus().main().renderer("squares")](Renderer&) {
      example::count(next, 3);
    });
    sim.bus().main().on("number", [sum](long n) { *sum += n; });
    sim.bus().main().on("end", [&sim, sum] { sim.require(*sum == 1 + 4 + 9, "all have come"); });
  });
}

// ---- the toolkit's loop: it never sleeps while a message waits -----------------------------------

/// A bell that an exploration sees: those who wait look at it until somebody has rung.
class Bell {
 public:
  void ring() { hasRung_.store(true); }
  void wait() {
    while (!hasRung_.load()) {
    }
  }
  void forget() { hasRung_.store(false); }

 private:
  tincan::testing::Shared<bool> hasRung_{false};
};

Result testToolkit() {
  return explore([](Simulation& sim) {
    auto const seen = std::make_shared<std::vector<int>>();
    sim.spawn("gui", [seen](Renderer& ipc) {
      auto const bell = std::make_shared<Bell>();
      auto const isOpen = std::make_shared<bool>(true);
      ipc.on("progress", [seen](int percent) { seen->push_back(percent); });
      ipc.on("done", [isOpen] { *isOpen = false; });
      ipc.onWake([bell] { bell->ring(); });
      example::runToolkit(ipc, *bell, *isOpen);
      ipc.onWake({});
    });
    auto const gui = *sim.bus().main().renderer("gui");
    sim.spawn("worker", [gui](Renderer&) {
      gui.send("progress", 50);
      gui.send("done");
    });
    sim.eventually("all was seen", [seen] { return *seen == std::vector<int>{50}; });
  });
}

// ---- a plugin that is unloaded while somebody asks it: an answer, or Closed ----------------------

Result testPlugin() {
  return explore([](Simulation& sim) {
    auto const plugin = std::make_shared<std::unique_ptr<tincan::RendererThread>>(
        std::make_unique<tincan::RendererThread>(sim.bus().spawn("plugin", tincanPlugin)));
    sim.spawn("asks", [&sim, peer = (*plugin)->peer()](Renderer&) {
      try {
        sim.require(peer.invoke(example::change, "a text").get() == "A TEXT", "it has answered");
      } catch (tincan::Error const& error) {
        sim.require(error.code() == tincan::Errc::Closed, "it was unloaded");
      }
    });
    sim.spawn("unloads", [plugin](Renderer&) { plugin->reset(); });
  });
}

bool passes(char const* what, Result const& result) {
  std::cout << what << ": " << (result && result.complete ? "passes" : "fails")
            << ", orders tried: " << result.schedules << '\n';
  return result.ok && result.complete;
}

}  // namespace

int main() {
  bool const flows = passes("the pipeline", testPipeline());
  bool const wakes = passes("the toolkit's loop", testToolkit());
  bool const ends = passes("the plugin", testPlugin());
  return flows && wakes && ends ? 0 : 1;
}
