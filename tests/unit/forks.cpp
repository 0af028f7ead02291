// tests/unit/forks.cpp - behaviour 27: what a forked child has of threads that only its parent has
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;

TEST_CASE("27: a child may be forked before a thread that was spawned has begun") {
  if (!CanForkThreads) return;
  Guard const guard;
  using Ends = void (*)(std::optional<tincan::Bus>&, std::optional<tincan::RendererThread>&);
  Ends const ends[] = {
      [](auto&, auto& window) { window->peer().template sendSync<int>("x"); },
      [](auto&, auto& window) { window.reset(); },
      [](auto&, auto& window) { window->join(); },
      [](auto& bus, auto&) { bus.reset(); },
      [](auto&, auto& window) {
        if (window->peer().alive()) window->peer().template request<int>("x").get();
      },
  };
  constexpr int Rounds = 20;
  for (Ends const end : ends) {
    for (int round = 0; round < Rounds; ++round) {
      std::optional<tincan::Bus> bus(std::in_place);
      bus->main().poll();
      std::optional<tincan::RendererThread> window =
          bus->spawn("window", [](tincan::Renderer& ipc) { ipc.run(); });
      REQUIRE(inChild([&](Verdict const& verdict) {
                auto const code = codeOf([&] {
                  end(bus, window);
                  return 0;
                });
                verdict.expect(!code.has_value() || *code == Errc::Closed, "another Error");
              }) == "");
    }
  }
}
