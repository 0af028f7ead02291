// benchmarks/duo.hpp - two pinned threads that begin their jobs together
#pragma once

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "basics.hpp"
#include "cores.hpp"
#include "limits.hpp"

namespace bench {

/// How long a slice took: on A's side, and until both sides were done.
struct Times {
  double a = 0;
  double both = 0;
};

/// Two pinned threads: A is the one that made the Duo, B is a thread of its own.
class Duo {
 public:
  explicit Duo(Cores cores) : b_([this] { guarded([this] { loop(); }); }) {
    place(cores);
    run([] {}, [this] { tidB_ = gettid(); });
  }
  Duo(Duo const&) = delete;
  Duo& operator=(Duo const&) = delete;
  ~Duo() {
    run([] {}, [this] { ended_ = true; });
    b_.join();
  }

  void place(Cores cores) {
    pinThisThread(cores.a);
    pin(b_.native_handle(), cores.b);
  }

  /// Runs both at once and returns when both are done. The clock starts when both are ready.
  /// B runs a copy of its job, on its own stack: what B's loops read must not lie beside what A
  /// writes (that made the ring ten times slower). So capture by value what B's loops use.
  template <class A, class B>
  Times run(A const& a, B const& b) {
    std::function<void()> const job([&b] {
      auto own = b;
      own();
    });
    job_ = &job;
    auto const round = ++round_;
    // release, here and below: pairs with the acquire in meet().
    called_.store(round, std::memory_order_release);
    meet(ready_, round);
    auto const begin = nowNs();
    go_.store(round, std::memory_order_release);
    guarded(a);
    auto const endA = nowNs();
    meet(done_, round);
    return {endA - begin, std::max(endA, endB_) - begin};
  }

  pid_t tidB() const { return tidB_; }

 private:
  void loop() {
    for (std::uint64_t round = 1; !ended_; ++round) {
      meet(called_, round);
      ready_.store(round, std::memory_order_release);
      meet(go_, round);
      guarded(*job_);
      endB_ = nowNs();
      done_.store(round, std::memory_order_release);
    }
  }

  // Yields, because both threads may be pinned to one core.
  static void meet(std::atomic<std::uint64_t> const& mark, std::uint64_t round) {
    spinUntil([&] { return mark.load(std::memory_order_acquire) >= round; }, 1000);
  }

  // Plain members are handed over by the marks around them.
  std::function<void()> const* job_ = nullptr;
  std::uint64_t round_ = 0;
  double endB_ = 0;
  pid_t tidB_ = 0;
  bool ended_ = false;  // B's own
  alignas(apart) std::atomic<std::uint64_t> called_{0};
  alignas(apart) std::atomic<std::uint64_t> ready_{0};
  alignas(apart) std::atomic<std::uint64_t> go_{0};
  alignas(apart) std::atomic<std::uint64_t> done_{0};
  std::thread b_;  // last: it uses all of the above
};

/// A ping-pong without a break. How long A took.
inline double futexTraffic(Duo& duo, FutexPingPong& game, std::uint64_t times) {
  auto const call = [&] {
    for (std::uint64_t i = 0; i < times; ++i) game.call();
  };
  auto const serve = [&game, times] {
    for (std::uint64_t i = 0; i < times; ++i) game.serve();
  };
  return duo.run(call, serve).a;
}

}  // namespace bench
