// tincan/detail/endpoint/close_listeners.hpp - who is told that an endpoint is closed
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/base/shares_itself.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

template <class Mutex>
class CloseListenerOf;
template <class Mutex>
class CloseListenersOf;

/// The list of one endpoint's close listeners, which they and the endpoint hold.
template <class Mutex>
struct CloseListenerList {
  Mutex mutex{};  // guards the list, its links, and what CloseListeners keeps
  /// Some of its listeners, in the order in which they were added.
  struct Part {
    CloseListenerOf<Mutex>* first = nullptr;
    CloseListenerOf<Mutex>* last = nullptr;
  };
  Part forClosing{};
  Part forSilence{};  // those that are told later
};

/// Something that ends with an endpoint: an answer that was promised for later, a port that is started
/// there.
///
///   Threads   Any.
///   Lifetime  Held by shared_ptr. May outlive the endpoint, and leaves the list by itself.
template <class Mutex>
class CloseListenerOf : public SharesItself<CloseListenerOf<Mutex>> {
 public:
  CloseListenerOf() = default;
  CloseListenerOf(CloseListenerOf const&) = delete;
  CloseListenerOf& operator=(CloseListenerOf const&) = delete;
  virtual ~CloseListenerOf() {
    if (list_ == nullptr) return;
    std::lock_guard const lock(list_->mutex);
    unlink();
  }

  /// The endpoint is closed, or silent if that is what it was added for. Called once, on any thread, with no lock
  /// held.
  virtual void endpointIsClosed() noexcept = 0;

 private:
  friend class CloseListenersOf<Mutex>;
  using List = CloseListenerList<Mutex>;

  void unlink() noexcept {
    if (!std::exchange(isLinked_, false)) return;
    (before_ == nullptr ? part_->first : before_->after_) = after_;
    (after_ == nullptr ? part_->last : after_->before_) = before_;
  }

  std::shared_ptr<List> list_{};  // null: it was never added
  // Under the list's lock.
  typename List::Part* part_ = nullptr;  // of the list, in which it is or was
  CloseListenerOf* before_ = nullptr;
  CloseListenerOf* after_ = nullptr;
  bool isLinked_ = false;
};

/// The close listeners of one endpoint.
///
///   Threads   Any.
///   Order     One that is added before endpointIsClosed() is told, after those that were added before; who adds
///             one looks afterwards whether the endpoint is closed.
///   Progress  Only its making allocates.
template <class Mutex>
class CloseListenersOf {
 public:
  using CloseListener = CloseListenerOf<Mutex>;

  /// Says whether only one thread comes here.
  void beAlone(bool isAlone) noexcept { list_->mutex.beAlone(isAlone); }

  /// Adds one, that is in no list; before other threads know of it.
  void add(std::shared_ptr<CloseListener> const& one) noexcept {
    one->list_ = list_;
    std::lock_guard const lock(list_->mutex);
    link(*one, list_->forClosing);
  }

  /// Adds one that is told when the endpoint is closed and nothing more is sent in its name. False, and it is not
  /// added, if that is so already.
  [[nodiscard]] bool addForSilence(std::shared_ptr<CloseListener> const& one) noexcept {
    one->list_ = list_;
    std::lock_guard const lock(list_->mutex);
    if (isClosed_ && isSilent_) return false;
    link(*one, list_->forSilence);
    return true;
  }

  /// Keeps one until the endpoint is closed, if none is kept yet. Returns the one that is; null: the
  /// endpoint is closed.
  std::shared_ptr<CloseListener> keep(std::shared_ptr<CloseListener> const& one) noexcept {
    std::lock_guard const lock(list_->mutex);
    if (kept_ == nullptr && !isClosed_) kept_ = one;
    return kept_;
  }
  /// The close listener that keep() has kept; or null.
  std::shared_ptr<CloseListener> kept() const noexcept {
    std::lock_guard const lock(list_->mutex);
    return kept_;
  }

  /// Tells all of them, one after another, but for those that wait for silence. Calls `beforeEach` before it looks
  /// whether there is one.
  template <class BeforeEach>
  void endpointIsClosed(BeforeEach const& beforeEach) noexcept {
    std::shared_ptr<CloseListener> kept;
    bool isSilent = false;
    {
      std::lock_guard const lock(list_->mutex);
      isClosed_ = true;
      isSilent = isSilent_;
      kept.swap(kept_);
    }
    for (beforeEach(); auto const one = takeOne(list_->forClosing); beforeEach()) {
      one->endpointIsClosed();
    }
    if (kept != nullptr) kept->endpointIsClosed();
    if (isSilent) endpointIsSilent();
  }
  /// Learns that nothing more is sent in the endpoint's name. Tells those that wait for that, if the endpoint is
  /// closed; else endpointIsClosed() will.
  void endpointIsSilent() noexcept {
    {
      std::lock_guard const lock(list_->mutex);
      isSilent_ = true;
      if (!isClosed_) return;
    }
    while (auto const one = takeOne(list_->forSilence)) one->endpointIsClosed();
  }

 private:
  using List = CloseListenerList<Mutex>;

  static void link(CloseListener& one, typename List::Part& part) noexcept {
    one.part_ = &part;
    one.after_ = nullptr;
    one.before_ = std::exchange(part.last, &one);
    (one.before_ == nullptr ? part.first : one.before_->after_) = &one;
    one.isLinked_ = true;
  }
  /// Takes the first one off that part of the list; null: there is none any more.
  [[nodiscard]] std::shared_ptr<CloseListener> takeOne(typename List::Part& part) noexcept {
    std::lock_guard const lock(list_->mutex);
    while (CloseListener* const next = part.first) {
      next->unlink();
      // Null if it is being destroyed just now; its destructor waits for the lock.
      if (auto held = next->weak_from_this().lock()) return held;
    }
    return nullptr;
  }

  std::shared_ptr<List> const list_ = std::make_shared<List>();
  std::shared_ptr<CloseListener> kept_{};  // under the list's lock
  bool isClosed_ = false;                  // under the list's lock, as the next
  bool isSilent_ = false;
};

using CloseListener = CloseListenerOf<BusMutex>;
using CloseListeners = CloseListenersOf<BusMutex>;

}  // namespace tincan::inline abi0::detail
