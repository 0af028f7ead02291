// tincan/detail/promises.hpp - layer 1 - the answers that an endpoint has promised for later
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace tincan::detail {

class Promise {
 public:
  Promise() = default;
  Promise(Promise const&) = delete;
  Promise& operator=(Promise const&) = delete;
  virtual ~Promise() = default;

  /// Answers Closed, if there is no answer yet. Any thread, no lock held.
  virtual void endpointIsClosed() noexcept = 0;
};

///   Threads   Any.
class Promises {
 public:
  void add(std::shared_ptr<Promise> const& promise) {
    std::lock_guard const lock(mutex_);
    if (promises_.size() >= mostDead_) {
      std::erase_if(promises_, [](auto const& held) { return held.expired(); });
      mostDead_ = promises_.size() * 2 + 16;
    }
    promises_.push_back(promise);
  }

  void endpointIsClosed() noexcept {
    std::vector<std::weak_ptr<Promise>> promises;
    {
      std::lock_guard const lock(mutex_);
      promises.swap(promises_);
    }
    for (auto const& held : promises) {
      if (auto const promise = held.lock()) promise->endpointIsClosed();
    }
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Promise>> promises_;
  std::size_t mostDead_ = 16;  // before those that are gone leave
};

}  // namespace tincan::detail
