// tests/kit/run_on_threads.hpp - a run of a program on real threads
#pragma once

#include <tincan/tincan.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "performance.hpp"

namespace kit {

/// Finds out when a program on threads has nothing left to do: when rounds of questions to all of its
/// endpoints have met no activity. Whatever was on its way to one of them before such a question was
/// handled before it.
class IdleWatch {
 public:
  IdleWatch(tincan::Bus& bus, Performance const& performance, std::size_t actors)
      : bus_(bus), performance_(performance), actors_(actors) {}

  /// Returns true once the program is idle, and false if an endpoint does not answer any more.
  bool wait() {
    constexpr int Enough = 2;
    for (int quiet = 0; quiet < Enough;) {
      // A question may change what a program does: which messages a quit lets through. So there is none while
      // there is anything to see.
      if (quiet == 0) waitForCalm();
      std::uint64_t const before = performance_.activity().happened();
      bool mayBeQuiet = true;
      for (std::size_t a = 0; a < actors_; ++a) {
        Answer const answer = ask(a);
        if (answer == Answer::None) return false;
        mayBeQuiet = mayBeQuiet && (answer == Answer::Given || !performance_.isThere(a));
      }
      mayBeQuiet = mayBeQuiet && !performance_.activity().isBusy();
      quiet = mayBeQuiet && performance_.activity().happened() == before ? quiet + 1 : 0;
    }
    return true;
  }

 private:
  static constexpr std::chrono::seconds patience{10};

  void waitForCalm() {
    constexpr std::chrono::milliseconds Calm{1};
    for (auto waited = Calm; waited < patience; waited += Calm) {
      std::uint64_t const before = performance_.activity().happened();
      std::this_thread::sleep_for(Calm);
      if (!performance_.activity().isBusy() && performance_.activity().happened() == before) return;
    }
  }

  enum class Answer { Given, Closed, None };

  Answer ask(std::size_t a) {
    auto const peer = a == 0 ? bus_.main().peer() : bus_.main().renderer(nameOf(a));
    if (!peer.has_value()) return Answer::Closed;
    try {
      (void)peer->within(patience).sendSync<int>("are you there");
      return Answer::Given;
    } catch (tincan::Error const& error) {
      return error.code() == tincan::Errc::Timeout ? Answer::None : Answer::Closed;
    }
  }

  tincan::Bus& bus_;
  Performance const& performance_;
  std::size_t const actors_;
};

/// Runs the program on threads, with pauses as the seed says. Returns what it came to.
inline std::string runOnThreads(Program const& program, std::uint64_t seed) {
  Performance performance(program, seed);
  Pauses pauses(seed);
  bool isIdle = false;
  {
    tincan::Bus bus;
    std::vector<tincan::RendererThread> threads;
    performance.begin(bus,
                      [&](std::string name, tincan::InboxOptions inbox, Performance::Body body) {
                        threads.push_back(bus.spawn(std::move(name), inbox, std::move(body)));
                      });
    std::thread watch([&] {
      isIdle = IdleWatch(bus, performance, program.actors.size()).wait();
      performance.freeze();
      bus.close();
    });
    bus.main().run();
    watch.join();
  }
  return performance.outcome() + (isIdle ? "" : "  and then somebody waits for ever\n");
}

}  // namespace kit
