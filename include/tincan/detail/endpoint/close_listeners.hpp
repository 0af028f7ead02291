// tincan/detail/endpoint/close_listeners.hpp - who is told that an endpoint is closed
//
//   Threads   Any.
//   Progress  Nothing here allocates, but for the making of CloseListeners.
//   Lifetime  A listener may outlive the endpoint, and leaves the list by itself.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline v0::detail {

class CloseListener;

/// The close listeners of one endpoint, shared by them and the endpoint.
struct CloseListenerList {
  Mutex mutex;
  CloseListener* first = nullptr;
};

/// An answer that an endpoint has promised for later, or something else that ends with it. Held by
/// shared_ptr.
class CloseListener : public std::enable_shared_from_this<CloseListener> {
 public:
  CloseListener() = default;
  CloseListener(CloseListener const&) = delete;
  CloseListener& operator=(CloseListener const&) = delete;
  virtual ~CloseListener();

  /// Answers Closed, if there is no answer yet. Any thread, no lock held; once.
  virtual void endpointIsClosed() noexcept = 0;

 private:
  friend class CloseListeners;

  void unlink() noexcept {
    if (!std::exchange(isLinked_, false)) return;
    (before_ == nullptr ? list_->first : before_->after_) = after_;
    if (after_ != nullptr) after_->before_ = before_;
  }

  std::shared_ptr<CloseListenerList> list_;  // null: it was never added
  // Under the list's lock.
  CloseListener* before_ = nullptr;
  CloseListener* after_ = nullptr;
  bool isLinked_ = false;
};

inline CloseListener::~CloseListener() {
  if (list_ == nullptr) return;
  std::lock_guard const lock(list_->mutex);
  unlink();
}

class CloseListeners {
 public:
  /// Once, before others know of it.
  void add(std::shared_ptr<CloseListener> const& one) noexcept {
    one->list_ = list_;
    std::lock_guard const lock(list_->mutex);
    one->after_ = std::exchange(list_->first, one.get());
    if (one->after_ != nullptr) one->after_->before_ = one.get();
    one->isLinked_ = true;
  }

  /// The one that is kept until the endpoint is closed: the first that was given, and so this one if
  /// there is none. Null: the endpoint is closed.
  std::shared_ptr<CloseListener> keep(std::shared_ptr<CloseListener> const& one) noexcept {
    std::lock_guard const lock(list_->mutex);
    if (kept_ == nullptr && !isClosed_) kept_ = one;
    return kept_;
  }
  std::shared_ptr<CloseListener> kept() const noexcept {
    std::lock_guard const lock(list_->mutex);
    return kept_;
  }

  void endpointIsClosed() noexcept {
    std::shared_ptr<CloseListener> kept;
    {
      std::lock_guard const lock(list_->mutex);
      isClosed_ = true;
      kept.swap(kept_);
    }
    while (auto const one = takeOne()) one->endpointIsClosed();
    if (kept != nullptr) kept->endpointIsClosed();
  }

 private:
  /// Null if there is none any more.
  std::shared_ptr<CloseListener> takeOne() noexcept {
    std::lock_guard const lock(list_->mutex);
    while (CloseListener* const first = list_->first) {
      first->unlink();
      // Null if it is being destroyed just now; its destructor waits for the lock.
      if (auto held = first->weak_from_this().lock()) return held;
    }
    return nullptr;
  }

  std::shared_ptr<CloseListenerList> const list_ = std::make_shared<CloseListenerList>();
  std::shared_ptr<CloseListener> kept_;  // under the list's lock
  bool isClosed_ = false;
};

}  // namespace tincan::inline v0::detail
