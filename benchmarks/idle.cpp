// benchmarks/idle.cpp - what do endpoints cost that sleep?
//
// 64 renderers with a thread each sleep in run(). How much CPU time does the process take; and what
// does a message cost that wakes one of them, one after the other, against one that has the bus for
// itself.

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <tincan/tincan.hpp>
#include <vector>

#include "harness.hpp"
#include "limits.hpp"
#include "strict_bus.hpp"

namespace {

using bench::require;

/// Renderers with a thread each, all on core B, asleep in run(). Main is its maker's thread's.
class Dormitory {
 public:
  Dormitory(std::size_t renderers, int core) : tids_(renderers) {
    bus_->main().on("hello", [this](std::size_t i, int tid) {
      tids_[i] = tid;
      ++awake_;
    });
    for (std::size_t i = 0; i < renderers; ++i) {
      auto const body = [this, i, core](tincan::Renderer& renderer) { live(renderer, i, core); };
      threads_.push_back(bus_->spawn(fmt::format("sleeper-{}", i), body));
    }
    while (awake_ < renderers) bus_->main().poll();
    for (auto const tid : tids_) bench::pauseUntilAsleep(tid);
  }

  /// CPU time of the whole process while it sleeps for `time`, in milliseconds.
  double cpuMsDuring(std::chrono::milliseconds time) {
    auto const before = bench::cpuNs();
    bench::sleepFor(time);
    return (bench::cpuNs() - before) / 1e6;
  }

  /// From send() until the listener runs, for one renderer after the other.
  double wake(std::uint64_t times) {
    double ns = 0;
    for (std::uint64_t i = 0; i < times; ++i) {
      pauseUntilAllSleep();
      auto const peer = threads_[woken_ % threads_.size()].peer();
      ++woken_;
      auto const begin = bench::nowNs();
      auto const result = peer.send("wake", woken_);
      bench::spinUntil([&] { return number_.load(std::memory_order_acquire) == woken_; });
      ns += wokenAt_ - begin;
      require(result == tincan::SendResult::Queued, "a sleeping renderer takes no message");
    }
    return ns;
  }

  void check() {
    pauseUntilAllSleep();
    bus_.requireCount(tids_.size() + woken_);
  }

 private:
  void live(tincan::Renderer& renderer, std::size_t i, int core) {
    bench::pinThisThread(core);
    renderer.on("wake", [this](std::uint64_t number) {
      wokenAt_ = bench::nowNs();
      number_.store(number, std::memory_order_release);
    });
    renderer.send("hello", i, static_cast<int>(gettid()));
    renderer.run();
  }

  // The one woken last is the only one that can be awake.
  void pauseUntilAllSleep() {
    bench::pauseUntilAsleep(tids_[(woken_ + tids_.size() - 1) % tids_.size()]);
  }

  bench::StrictBus bus_;
  std::vector<int> tids_;
  std::size_t awake_ = 0;
  std::uint64_t woken_ = 0;
  // The one woken last, for the waker.
  alignas(bench::apart) double wokenAt_ = 0;
  std::atomic<std::uint64_t> number_{0};
  alignas(bench::apart) std::vector<tincan::RendererThread> threads_;
};

bench::Figures measure(bench::Setting const& setting) {
  bench::Figures figures;
  bench::pinThisThread(setting.cores.a);
  Dormitory dormitory(64, setting.cores.b);
  Dormitory lonely(1, setting.cores.b);
  // All are asleep already; this is for what a library may still do shortly afterwards.
  bench::sleepFor(std::chrono::milliseconds(100));
  figures["cpu"] = dormitory.cpuMsDuring(std::chrono::milliseconds(1000));

  constexpr std::uint64_t times = 4;  // the pauses take most of a slice
  bench::Contest contest;
  contest.add(
      "one", [&](auto n) { return lonely.wake(n); }, times);
  contest.add(
      "of-64", [&](auto n) { return dormitory.wake(n); }, times);
  contest.run(setting.cycles(300));
  dormitory.check();
  lonely.check();
  figures["wake"] = contest.ratio("of-64", "one");
  figures["wake-us"] = contest.ns("of-64") / 1000;
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"idle: what do endpoints cost that sleep?",
          {
              // The goal is none at all; below a millisecond it is the measuring.
              {"cpu", "CPU time of 64 renderers asleep in run(), in 1 s", atMost(1), 3, " ms"},
              {"wake", "waking one of 64 / the only one", forInformation()},
              {"wake-us", "waking one of 64", forInformation(), 1, " us"},
          },
          measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
