// benchmarks/peers/tbb.hpp - oneapi::tbb::concurrent_queue carrying callables; B polls
#pragma once

#include <fmt/format.h>
#include <tbb/concurrent_queue.h>
#include <tbb/version.h>

#include <functional>
#include <string>
#include <utility>

#include "desk.hpp"

namespace bench {

class Tbb {
 public:
  static constexpr auto key = "tbb";
  static std::string title() {
    return fmt::format("tbb::concurrent_queue {}.{}", TBB_VERSION_MAJOR, TBB_VERSION_MINOR);
  }

  template <class F>
  void post(F f) {
    queue_.emplace(std::move(f));
  }

  void poll() {
    for (std::function<void()> job; queue_.try_pop(job);) job();
  }

 private:
  tbb::concurrent_queue<std::function<void()>> queue_;
};

}  // namespace bench
