// tincan/testing/detail/explore/crew.hpp - the threads of one exploration
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <tincan/testing/detail/search/subtree.hpp>
#include <tincan/testing/detail/simulate/assertion_watch.hpp>

namespace tincan::inline abi0::testing::detail {

/// Threads that make what is offered to them, one part after another.
///
///   Threads   Any. await(): whoever has offered the part.
///   Progress  Whoever waits for a part makes others meanwhile. A part that was begun waits only for parts that were
///             begun after it, so those who wait do not wait for one another.
///   Lifetime  The end stops and joins the threads.
class Crew {
 public:
  using Make = std::function<void(Subtree&, Crew&)>;

  /// Starts so many threads, or as many as there can be, which call make(part, *this).
  Crew(unsigned threads, Make make) : make_(std::move(make)) {
    try {
      while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
    } catch (std::exception const&) {
      // What comes of the search does not depend on how many they are.
    }
  }
  Crew(Crew const&) = delete;
  Crew& operator=(Crew const&) = delete;
  ~Crew() {
    {
      std::lock_guard const lock(mutex_);
      isEnding_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  /// Whether more threads wait for a part than there are parts for them.
  bool areWaiting() const noexcept {
    // relaxed: a guess; what is offered is looked at again under the lock.
    return missing_.load(std::memory_order_relaxed) > 0;
  }

  void offer(std::shared_ptr<Subtree> part) {
    {
      std::lock_guard const lock(mutex_);
      offered_.push_back(std::move(part));
      count(-1);
    }
    changed_.notify_all();
  }

  /// Waits until the part has been made. False: nobody has begun it, and now nobody will.
  bool await(Subtree& part) {
    std::unique_lock lock(mutex_);
    auto const mine = std::find_if(offered_.begin(), offered_.end(),
                                   [&](auto const& one) { return one.get() == &part; });
    if (mine != offered_.end()) {
      offered_.erase(mine);
      count(1);
      return false;
    }
    makeUntil(lock, [&] { return part.isOver; });
    return true;
  }

 private:
  void work() {
    AssertionWatch::isOff() = true;
    std::unique_lock lock(mutex_);
    makeUntil(lock, [&] { return isEnding_; });
  }

  /// Makes parts until isOver(), which is asked under the lock.
  template <class IsOver>
  void makeUntil(std::unique_lock<std::mutex>& lock, IsOver&& isOver) {
    count(1);
    while (!isOver()) {
      if (offered_.empty()) {
        changed_.wait(lock);
        continue;
      }
      auto const part = std::move(offered_.front());
      offered_.pop_front();
      lock.unlock();
      // The count of those that wait is one less, and so is that of the parts.
      // relaxed: it was offered and cancelled by others; a part that is made in vain does no harm.
      if (!part->isCancelled.load(std::memory_order_relaxed)) make(*part);
      lock.lock();
      part->isOver = true;
      count(1);
      changed_.notify_all();
    }
    count(-1);
  }

  /// A part that fails for want of memory is made again where it belongs.
  void make(Subtree& part) noexcept {
    try {
      make_(part, *this);
    } catch (std::exception const&) {
      part.end = Subtree::End::Unfit;
    }
  }

  void count(int change) noexcept {
    // relaxed: see areWaiting().
    missing_.fetch_add(change, std::memory_order_relaxed);
  }

  Make const make_;
  std::atomic<int> missing_{0};  // threads that wait, less the parts that are offered

  std::mutex mutex_{};  // guards the next two, and isOver of each part
  std::deque<std::shared_ptr<Subtree>> offered_{};
  bool isEnding_ = false;
  std::condition_variable changed_{};
  std::vector<std::thread> threads_{};
};

}  // namespace tincan::inline abi0::testing::detail
