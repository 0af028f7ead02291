// benchmarks/peers/moodycamel.hpp - moodycamel::ConcurrentQueue carrying callables
//
// As its README says is fastest: with a token for the producer and one for the consumer, taken out
// in bulk.
#pragma once

#include <concurrentqueue.h>

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace bench {

class Moodycamel {
 public:
  static constexpr auto key = "moodycamel";
  static std::string title() {
    return "moodycamel::ConcurrentQueue " TINCAN_BENCH_MOODYCAMEL_VERSION;
  }

  template <class F>
  void post(F f) {
    queue_.enqueue(producer_, std::move(f));
  }

  void poll() {
    auto const count = queue_.try_dequeue_bulk(consumer_, jobs_.begin(), jobs_.size());
    for (std::size_t i = 0; i < count; ++i) jobs_[i]();
  }

 private:
  using Queue = moodycamel::ConcurrentQueue<std::function<void()>>;

  Queue queue_;
  moodycamel::ProducerToken producer_{queue_};
  moodycamel::ConsumerToken consumer_{queue_};
  std::array<std::function<void()>, 64> jobs_;
};

}  // namespace bench
