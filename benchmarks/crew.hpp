// benchmarks/crew.hpp - any number of pinned threads, beside the one that made them
//
//   Threads   run() from the maker only. Between two runs the others sleep.
//   Order     What the maker did before run() is visible to the jobs, and what they did to the
//             maker when it returns.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "basics.hpp"
#include "cores.hpp"
#include "limits.hpp"

namespace bench {

class Crew {
 public:
  /// A thread for each of the cores, which may be named several times.
  explicit Crew(std::vector<int> const& cores) {
    for (std::size_t i = 0; i < cores.size(); ++i) {
      threads_.emplace_back([this, i, core = cores[i]] { guarded([&] { live(i, core); }); });
    }
  }
  Crew(Crew const&) = delete;
  Crew& operator=(Crew const&) = delete;
  ~Crew() {
    ended_ = true;
    run([] {}, [](std::size_t) {});
    for (auto& thread : threads_) thread.join();
  }

  /// Runs job(i) on each thread i and own() here, at once. How long until all were done; the clock
  /// starts when all are ready.
  template <class Own, class Job>
  double run(Own const& own, Job const& job) {
    job_ = job;
    ready_.store(0, std::memory_order_relaxed);
    done_.store(0, std::memory_order_relaxed);
    // release: pairs with the acquires in live(); so do the counters' the other way.
    called_.store(++round_, std::memory_order_release);
    called_.notify_all();
    meet(ready_);
    auto const begin = nowNs();
    go_.store(round_, std::memory_order_release);
    guarded(own);
    meet(done_);
    return nowNs() - begin;
  }

 private:
  void live(std::size_t i, int core) {
    pinThisThread(core);
    for (std::uint32_t round = 1; !ended_; ++round) {
      called_.wait(round - 1, std::memory_order_acquire);
      ready_.fetch_add(1, std::memory_order_release);
      spinUntil([&] { return go_.load(std::memory_order_acquire) == round; }, tries);
      job_(i);
      done_.fetch_add(1, std::memory_order_release);
    }
  }

  void meet(std::atomic<std::size_t> const& count) const {
    spinUntil([&] { return count.load(std::memory_order_acquire) == threads_.size(); }, tries);
  }

  static constexpr int tries = 100;  // several threads share a core

  // Plain members are handed over by the words below.
  std::function<void(std::size_t)> job_;
  std::uint32_t round_ = 0;
  bool ended_ = false;
  alignas(apart) std::atomic<std::uint32_t> called_{0};
  alignas(apart) std::atomic<std::uint32_t> go_{0};
  alignas(apart) std::atomic<std::size_t> ready_{0};
  alignas(apart) std::atomic<std::size_t> done_{0};
  alignas(apart) std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace bench
