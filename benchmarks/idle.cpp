// benchmarks/idle.cpp - what do renderers cost that have nothing to do?

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <deque>
#include <string>
#include <thread>
#include <tincan/tincan.hpp>
#include <vector>

#include "harness.hpp"
#include "limits.hpp"
#include "strict_bus.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::require;

// ---- threads that sleep -------------------------------------------------------------------------

/// When a woken thread ran, for the one that woke it.
class WakeMark {
 public:
  /// The sleeper.
  void set(std::uint64_t number) {
    ns_ = bench::nowNs();
    number_.store(number, std::memory_order_release);
  }

  /// The waker: waits for it.
  double get(std::uint64_t number) const {
    bench::spinUntil([&] { return number_.load(std::memory_order_acquire) == number; });
    return ns_;
  }

 private:
  alignas(bench::apart) double ns_ = 0;
  std::atomic<std::uint64_t> number_{0};
};

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
    auto const before = cpuMs();
    bench::sleepFor(time);
    return cpuMs() - before;
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
      ns += mark_.get(woken_) - begin;
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
    renderer.on("wake", [this](std::uint64_t number) { mark_.set(number); });
    renderer.send("hello", i, static_cast<int>(gettid()));
    renderer.run();
  }

  static double cpuMs() {
    timespec time{};
    require(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0, "there is no clock of CPU time");
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  }

  // The one woken last is the only one that can be awake.
  void pauseUntilAllSleep() {
    bench::pauseUntilAsleep(tids_[(woken_ + tids_.size() - 1) % tids_.size()]);
  }

  bench::StrictBus bus_;
  WakeMark mark_;
  std::vector<int> tids_;
  std::size_t awake_ = 0;
  std::uint64_t woken_ = 0;
  std::vector<tincan::RendererThread> threads_;
};

/// The limit: a thread on core B that sleeps on a futex.
class FutexSleeper {
 public:
  explicit FutexSleeper(int core) : thread_([this, core] { sleep(core); }) {
    while (tid_.load() == 0) sched_yield();
  }
  FutexSleeper(FutexSleeper const&) = delete;
  FutexSleeper& operator=(FutexSleeper const&) = delete;
  ~FutexSleeper() {
    ended_ = true;
    word_.setAndWake(++woken_);
    thread_.join();
  }

  double wake(std::uint64_t times) {
    double ns = 0;
    for (std::uint64_t i = 0; i < times; ++i) {
      bench::pauseUntilAsleep(tid_);
      auto const begin = bench::nowNs();
      word_.setAndWake(++woken_);
      ns += mark_.get(woken_) - begin;
    }
    return ns;
  }

 private:
  void sleep(int core) {
    bench::pinThisThread(core);
    tid_ = gettid();
    for (std::uint32_t number = 1;; ++number) {
      word_.sleepUntil(number - 1, number);
      if (ended_) return;
      mark_.set(number);
    }
  }

  bench::FutexWord word_;
  WakeMark mark_;
  std::atomic<pid_t> tid_{0};
  std::uint32_t woken_ = 0;
  bool ended_ = false;  // handed over by the word
  std::thread thread_;  // last: it uses all of the above
};

// ---- renderers that are attached and idle -------------------------------------------------------

/// A caller of A's and main on B, and renderers that have talked to main once and never again.
class Office {
 public:
  Office(Duo& duo, int idle) : duo_(duo), caller_(bus_->attach("caller")) {
    bus_->main().on("hello", [this](int) { ++hellos_; });
    bus_->main().on("plus-one",
                    [](tincan::Event& event, std::uint64_t x) { event.returnValue = x + 1; });
    for (int i = 0; i < idle; ++i) {
      idle_.push_back(bus_->attach(fmt::format("idle-{}", i)));
      idle_.back().send("hello", i);
    }
    duo_.run([] {},
             [&] {
               while (hellos_ < idle_.size()) bus_->main().poll();
             });
  }

  double ask(std::uint64_t times) {
    double ns = 0;
    stop_.store(false, std::memory_order_relaxed);  // relaxed: it hands over nothing
    auto const call = [&] {
      auto const begin = bench::nowNs();
      for (std::uint64_t i = 0; i < times; ++i, ++asked_) {
        auto const answer = caller_.sendSync<std::uint64_t>("plus-one", asked_);
        require(answer == asked_ + 1, "a question got the wrong answer");
      }
      ns = bench::nowNs() - begin;
      stop_.store(true, std::memory_order_relaxed);
    };
    duo_.run(call, [&] {
      while (!stop_.load(std::memory_order_relaxed)) bus_->main().poll();
    });
    return ns;
  }

  void check() { bus_.requireCount(hellos_ + asked_); }

 private:
  Duo& duo_;
  bench::StrictBus bus_;
  tincan::Renderer caller_;
  std::deque<tincan::Renderer> idle_;
  std::size_t hellos_ = 0;
  alignas(bench::apart) std::atomic<bool> stop_{false};
  alignas(bench::apart) std::uint64_t asked_ = 0;
};

// ---- measuring ----------------------------------------------------------------------------------

void measureSleep(bench::Setting const& setting, bench::Figures& figures) {
  bench::pinThisThread(setting.cores.a);
  Dormitory dormitory(64, setting.cores.b);
  // All are asleep already; this is for what a library may still do shortly afterwards.
  bench::sleepFor(std::chrono::milliseconds(100));
  figures["cpu"] = dormitory.cpuMsDuring(std::chrono::milliseconds(1000));

  FutexSleeper sleeper(setting.cores.b);
  constexpr std::uint64_t times = 4;  // the pauses take most of a slice
  Contest contest;
  contest.add(
      "futex", [&](auto n) { return sleeper.wake(n); }, times);
  contest.add(
      "renderer", [&](auto n) { return dormitory.wake(n); }, times);
  contest.run(setting.cycles(100));
  dormitory.check();
  figures["wake"] = contest.ratio("renderer", "futex");
  figures["wake-us"] = contest.ns("renderer") / 1000;
}

void measureAttached(bench::Setting const& setting, bench::Figures& figures) {
  Duo duo(setting.cores);
  Office none(duo, 0);
  Office some(duo, 64);
  Office many(duo, 512);
  Contest contest;
  contest.add("none", [&](auto times) { return none.ask(times); });
  contest.add("64", [&](auto times) { return some.ask(times); });
  contest.add("512", [&](auto times) { return many.ask(times); });
  contest.run(setting.cycles(200));
  for (auto* office : {&none, &some, &many}) office->check();
  figures["attached-64"] = contest.ratio("64", "none");
  figures["attached-512"] = contest.ratio("512", "none");
  figures["none-ns"] = contest.ns("none");
}

bench::Figures measure(bench::Setting const& setting) {
  bench::Figures figures;
  measureSleep(setting, figures);
  measureAttached(setting, figures);
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"idle: what do renderers cost that have nothing to do?",
          {
              // The goal is none at all; below a millisecond it is the measuring.
              {"cpu", "CPU time of 64 renderers asleep in run(), in 1 s", atMost(1), 3, " ms"},
              {"wake", "waking one of 64 / waking a thread on a futex", forInformation()},
              {"attached-64", "sendSync, 64 idle renderers attached / none", atMost(1.2)},
              {"attached-512", "sendSync, 512 idle renderers attached / none", atMost(1.5)},
              {"wake-us", "waking one of 64", forInformation(), 1, " us"},
              {"none-ns", "sendSync, nobody else attached", forInformation(), 1, " ns"},
          },
          measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
