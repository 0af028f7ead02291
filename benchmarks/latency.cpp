// benchmarks/latency.cpp - how long until a message reaches somebody who sleeps?
//
// A sends one message to a thread on B that has gone to sleep, and waits until the listener there
// says what time it is. Beside it a thread that sleeps on a futex, which is the limit, and one that
// waits for a deque of callables under a mutex. One after the other, so that all meet the same
// disturbances.

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <tincan/tincan.hpp>
#include <vector>

#include "harness.hpp"
#include "limits.hpp"
#include "strict_bus.hpp"

namespace {

using bench::require;

/// When a woken thread ran, for the one that woke it.
class WakeMark {
 public:
  /// The sleeper. Numbers count from 1.
  void set(std::uint64_t number) {
    ns_ = bench::nowNs();
    inOrder_ = inOrder_ && number == number_.load(std::memory_order_relaxed) + 1;
    number_.store(number, std::memory_order_release);
  }

  /// The waker: waits for it.
  double get(std::uint64_t number) const {
    bench::spinUntil([&] { return number_.load(std::memory_order_acquire) == number; });
    require(inOrder_, "a sleeper was woken twice by one message");
    return ns_;
  }

 private:
  alignas(bench::apart) double ns_ = 0;
  bool inOrder_ = true;
  std::atomic<std::uint64_t> number_{0};
};

class FutexSleeper {
 public:
  void live(WakeMark& mark) {
    for (std::uint32_t number = 1;; ++number) {
      word_.sleepUntil(number - 1, number);
      if (ended_) return;
      mark.set(number);
    }
  }
  void wake(std::uint64_t number) { word_.setAndWake(static_cast<std::uint32_t>(number)); }
  void end(std::uint64_t number) {
    ended_ = true;
    wake(number);
  }
  void check(std::uint64_t) {}

 private:
  bench::FutexWord word_;
  bool ended_ = false;  // handed over by the word
};

class HandRolledSleeper {
 public:
  void live(WakeMark& mark) {
    mark_ = &mark;
    queue_.serve();
  }
  void wake(std::uint64_t number) {
    queue_.post([this, number] { mark_->set(number); });
  }
  void end(std::uint64_t) {
    queue_.post([this] { queue_.quit(); });
  }
  void check(std::uint64_t) {}

 private:
  bench::HandRolled queue_;
  WakeMark* mark_ = nullptr;  // the sleeper's
};

class TincanSleeper {
 public:
  void live(WakeMark& mark) {
    bus_->main().on("wake", [&](std::uint64_t number) { mark.set(number); });
    bus_->main().run();
  }
  void wake(std::uint64_t number) {
    auto const result = waker_.send("wake", number);
    require(result == tincan::SendResult::Queued, "a sleeper takes no message");
  }
  void end(std::uint64_t) { bus_->main().quit(); }
  void check(std::uint64_t woken) { bus_.requireCount(woken); }

 private:
  bench::StrictBus bus_;
  tincan::Renderer waker_ = bus_->attach("waker");
};

/// A sleeper on its own thread.
template <class Sleeper>
class Bed {
 public:
  explicit Bed(int core) : thread_([this, core] { bench::guarded([&] { sleep(core); }); }) {
    bench::spinUntil([&] { return tid_.load() != 0; }, 100);
  }
  Bed(Bed const&) = delete;
  Bed& operator=(Bed const&) = delete;
  ~Bed() {
    sleeper_.end(woken_ + 1);
    thread_.join();
  }

  /// Nanoseconds until it ran. Adds how long the waker's own call took.
  double wake(std::vector<double>& calls) {
    bench::pauseUntilAsleep(tid_);
    auto const begin = bench::nowNs();
    sleeper_.wake(++woken_);
    calls.push_back((bench::nowNs() - begin) / 1000);
    return mark_.get(woken_) - begin;
  }

  void check() {
    bench::pauseUntilAsleep(tid_);
    sleeper_.check(woken_);
  }

 private:
  void sleep(int core) {
    bench::pinThisThread(core);
    tid_ = gettid();
    sleeper_.live(mark_);
  }

  Sleeper sleeper_;
  WakeMark mark_;
  std::atomic<pid_t> tid_{0};
  std::uint64_t woken_ = 0;
  std::thread thread_;  // last: it uses all of the above
};

/// A contestant and what it took each time, in microseconds.
template <class Sleeper>
struct Series {
  explicit Series(int core) : bed(core) {}

  void addTo(bench::Contest& contest, std::string const& name) {
    auto const slice = [this](std::uint64_t times) {
      double all = 0;
      for (std::uint64_t i = 0; i < times; ++i) {
        auto const ns = bed.wake(calls);
        until.push_back(ns / 1000);
        all += ns;
      }
      return all;
    };
    contest.add(name, slice, 4);
  }

  Bed<Sleeper> bed;
  std::vector<double> until;
  std::vector<double> calls;
};

bench::Figures measure(bench::Setting const& setting) {
  bench::pinThisThread(setting.cores.a);
  Series<FutexSleeper> futex(setting.cores.b);
  Series<HandRolledSleeper> handRolled(setting.cores.b);
  Series<TincanSleeper> tincan(setting.cores.b);
  bench::Contest contest;
  futex.addTo(contest, "futex");
  handRolled.addTo(contest, "hand-rolled");
  tincan.addTo(contest, "tincan");
  contest.run(setting.cycles(700, 60));
  futex.bed.check();
  handRolled.bed.check();
  tincan.bed.check();

  bench::Figures figures;
  bench::addDistribution(figures, "futex", futex.until);
  bench::addDistribution(figures, "hand-rolled", handRolled.until);
  bench::addDistribution(figures, "tincan", tincan.until);
  figures["wake"] = contest.ratio("tincan", "futex");
  figures["wake-hand-rolled"] = contest.ratio("hand-rolled", "futex");
  figures["send-us"] = bench::median(tincan.calls);
  figures["futex-us"] = bench::median(futex.calls);
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"latency: how long until a message reaches somebody who sleeps?",
          {
              {"wake", "send to an endpoint asleep in run() / futex wake", atMost(1.05)},
              {"wake-hand-rolled", "mutex + deque + condvar / the same", forInformation()},
              {"send-us", "send() itself, as long as the waker has to stay", forInformation(), 1,
               " us"},
              {"futex-us", "the wake call itself", forInformation(), 1, " us"},
          },
          measure,
          {{"tincan", "tincan, from send() to the listener", " us"},
           {"futex", "futex wake", " us"},
           {"hand-rolled", "mutex + deque + condvar", " us"}}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
