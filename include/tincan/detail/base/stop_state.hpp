// tincan/detail/base/stop_state.hpp - what the source, the tokens and the callbacks of a stop share
//
//   Threads   Any.
//   Order     What was written before request() is visible to callbacks, and after isRequested() is true.
//   Progress  All take a lock for a moment; remove() waits for a function that runs on another thread.
//   Lifetime  From its first source until the last one, token or callback is gone.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>

#include <tincan/detail/base/light_mutex.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

/// What sources, tokens and callbacks share. Ends with the last of them.
class StopState {
 public:
  /// A callback in the list of a state.
  class Link {
   public:
    Link() = default;
    Link(Link const&) = delete;
    Link& operator=(Link const&) = delete;

   protected:
    ~Link() = default;

   private:
    friend class StopState;
    virtual void call() noexcept = 0;

    Link* before_ = nullptr;
    Link* after_ = nullptr;
    bool isListed_ = false;
    // Set while its function runs: the flag by which request() learns that the callback was destroyed meanwhile.
    bool* isEnded_ = nullptr;
  };

  void addSource() noexcept { sources_.fetch_add(1, std::memory_order_relaxed); }
  // release: whoever finds no source any more sees what they have done.
  void dropSource() noexcept { sources_.fetch_sub(1, std::memory_order_release); }
  void hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void letGo() noexcept {
    // acq_rel: the last one sees what the others have done.
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  // acquire, both: pair with the release in request() and in dropSource().
  bool isRequested() const noexcept { return isRequested_.load(std::memory_order_acquire); }
  bool isPossible() const noexcept {
    // In this order: the last source may request it, and go.
    return sources_.load(std::memory_order_acquire) != 0 || isRequested();
  }

  /// False if it has been requested before. Else calls what is listed, one after the other.
  bool request() noexcept {
    if (isRequested()) return false;
    hold();  // a function may end the last source, token and callback
    mutex_.lock();
    // release: pairs with isRequested().
    if (isRequested_.exchange(true, std::memory_order_release)) {
      mutex_.unlock();
      letGo();
      return false;
    }
    caller_ = std::this_thread::get_id();
    while (first_ != nullptr) {
      Link& link = *first_;
      unlist(link);
      bool isEnded = false;
      link.isEnded_ = &isEnded;
      running_ = &link;
      mutex_.unlock();
      link.call();
      mutex_.lock();
      if (!isEnded) running_ = nullptr;
      wakeWhoWaits();
    }
    mutex_.unlock();
    letGo();
    return true;
  }

  /// Lists a callback. False: it has been requested, and the caller calls the function itself.
  bool add(Link& link) noexcept {
    mutex_.lock();
    bool const isListed = !isRequested_.load(std::memory_order_relaxed);
    if (isListed) {
      link.after_ = first_;
      if (first_ != nullptr) first_->before_ = &link;
      first_ = &link;
      link.isListed_ = true;
    }
    mutex_.unlock();
    return isListed;
  }

  /// Takes a callback out. If its function runs on another thread, waits until it has returned.
  void remove(Link& link) noexcept {
    mutex_.lock();
    if (link.isListed_) {
      unlist(link);
    } else if (running_ == &link) {
      if (caller_ == std::this_thread::get_id()) {
        *link.isEnded_ = true;  // the function ends its own callback
        running_ = nullptr;
      } else {
        while (running_ == &link) waitForCaller();
      }
    }
    mutex_.unlock();
  }

 private:
  void unlist(Link& link) noexcept {
    (link.before_ == nullptr ? first_ : link.before_->after_) = link.after_;
    if (link.after_ != nullptr) link.after_->before_ = link.before_;
    link.before_ = link.after_ = nullptr;
    link.isListed_ = false;
  }

  void waitForCaller() noexcept {
    std::uint32_t const seen = returns_.load(std::memory_order_relaxed);
    ++waiters_;
    mutex_.unlock();
    ThreadPlatform::sleep(returns_, seen, NoDeadline);
    mutex_.lock();
    --waiters_;
  }
  void wakeWhoWaits() noexcept {
    returns_.fetch_add(1, std::memory_order_relaxed);  // under the mutex, as is the look at it
    for (unsigned i = 0; i < waiters_; ++i) ThreadPlatform::wake(returns_);
  }

  std::atomic<std::uint32_t> holders_{1};
  std::atomic<std::uint32_t> sources_{0};
  std::atomic<bool> isRequested_{false};
  LightMutex<ThreadPlatform> mutex_;       // guards what follows
  std::atomic<std::uint32_t> returns_{0};  // counts functions that have returned
  unsigned waiters_ = 0;
  Link* first_ = nullptr;
  Link* running_ = nullptr;
  std::thread::id caller_;
};

/// Holds a StopState, or none.
class StopStateHandle {
 public:
  StopStateHandle() = default;
  /// Takes over what the caller holds.
  explicit StopStateHandle(StopState* state) noexcept : state_(state) {}
  StopStateHandle(StopStateHandle const& other) noexcept : state_(other.state_) {
    if (state_ != nullptr) state_->hold();
  }
  StopStateHandle(StopStateHandle&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)) {}
  StopStateHandle& operator=(StopStateHandle other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~StopStateHandle() {
    if (state_ != nullptr) state_->letGo();
  }

  StopState* get() const noexcept { return state_; }
  bool isRequested() const noexcept { return state_ != nullptr && state_->isRequested(); }
  bool isPossible() const noexcept { return state_ != nullptr && state_->isPossible(); }

 private:
  StopState* state_ = nullptr;
};

}  // namespace tincan::inline abi0::detail
