// tincan/detail/answer/party.hpp - somebody who can be waited for
#pragma once

#include <atomic>
#include <string>

#include <tincan/detail/answer/thread_token.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class WaitGraph;

/// An endpoint, or a thread: whoever can be waited for, or waits in its own name.
///
///   Threads   Any.
///   Lifetime  Outlives every wait for it and in its name.
template <class Platform>
struct Party {
  using ThreadToken = ThreadTokenOf<Platform>;

  virtual std::string displayName() const = 0;
  /// True if a wait for it, or in its name, is about to end by itself.
  virtual bool isOver() const noexcept = 0;

  /// The thread that it belongs to; null: none.
  ThreadToken* owner() const noexcept {
    // acquire: pairs with the release in setOwner(): what the token's thread has made is visible.
    return owner_.load(std::memory_order_acquire);
  }
  /// Gives it to that thread; null: to none.
  void setOwner(ThreadToken* thread) noexcept {
    // release: pairs with the acquire in owner().
    owner_.store(thread, std::memory_order_release);
  }

  /// The thread that will answer: the one that it belongs to, else the one that waits in its name now;
  /// null: none.
  ThreadToken* thread() const noexcept {
    ThreadToken* const bound = owner();
    // acquire: pairs with the release in WaitGraph::publish(); what is read next is of that wait.
    return bound != nullptr ? bound : borrower.load(std::memory_order_acquire);
  }

  /// True if only the parent of this process has the thread that would answer.
  virtual bool isInParent() const noexcept {
    // Not a borrower: whoever else waits in this name has nothing to answer.
    ThreadToken const* const bound = owner();
    return bound != nullptr && bound->life.load(std::memory_order_seq_cst) == ThreadToken::InParent;
  }

  /// The thread that will answer if no other one comes, of one that belongs to none: only to be compared, for
  /// it may have ended. Null: nobody is known.
  virtual ThreadToken const* settledBy() const noexcept { return nullptr; }

  typename Platform::template atomic<ThreadToken*> borrower{
      nullptr};  // it has none, and this waits

 protected:
  virtual ~Party() = default;

  typename Platform::template atomic<ThreadToken*> owner_{nullptr};

 private:
  friend class WaitGraph<Platform>;
};

}  // namespace tincan::inline abi0::detail
