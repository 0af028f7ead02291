// benchmarks/peers/atomic_queue.hpp - atomic_queue::AtomicQueue2 carrying callables
//
// Its queue for elements that are no atoms, with its default settings: any number of threads may
// send, as they may through a bus. It holds 2048, more than A is ever ahead.
#pragma once

#include <atomic_queue/atomic_queue.h>

#include <functional>
#include <string>
#include <utility>

namespace bench {

class AtomicQueue {
 public:
  static constexpr auto key = "atomic-queue";
  static std::string title() {
    return "atomic_queue::AtomicQueue2 " TINCAN_BENCH_ATOMIC_QUEUE_VERSION;
  }

  template <class F>
  void post(F f) {
    queue_.push(std::function<void()>(std::move(f)));
  }

  void poll() {
    for (std::function<void()> job; queue_.try_pop(job);) job();
  }

 private:
  atomic_queue::AtomicQueue2<std::function<void()>, 2048> queue_;
};

}  // namespace bench
