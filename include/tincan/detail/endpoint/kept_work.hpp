// tincan/detail/endpoint/kept_work.hpp - what other threads leave for an endpoint's thread outside the inbox
//
// A task that runs whatever happens, an answer to a continuation, and a registration that another
// thread removes must reach the endpoint's thread although the inbox is closed, or has no memory for
// them. They are linked through themselves, so keeping one cannot fail.
//
//   Threads   keep(), keepRemoval(): any. take(), takeRemovals(), end(): the endpoint's.
//   Order     What was kept first is taken first; removals in any order, all before the next message.
//   Progress  Nothing here allocates, or calls anybody while it holds the lock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/endpoint/notices.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

class KeptWork {
 public:
  /// Tasks and answers that were taken at one time.
  struct Work {
    TaskList tasks;
    AnswerSlot* answers;
    bool isForked;  // answers of threads that only the parent has are lost
  };
  /// Registrations that other threads have removed, linked by nextLeaving.
  struct Removals {
    std::shared_ptr<Registration> first;
    std::uint64_t clock = 0;  // the largest of those threads'
  };

  explicit KeptWork(Notices& notices) noexcept : notices_(notices) {}
  KeptWork(KeptWork const&) = delete;
  KeptWork& operator=(KeptWork const&) = delete;

  /// Keeps a task, or an answer. False, and it stays the caller's, if the endpoint's thread will
  /// not come back for it.
  [[nodiscard]] bool keep(TaskPtr& task) noexcept {
    std::lock_guard const lock(mutex_);
    if (isOver_) return false;
    tasks_.push(std::move(task));
    notices_.addForSleeper(Notices::Kept);
    return true;
  }
  [[nodiscard]] bool keep(AnswerSlot* slot) noexcept {
    std::lock_guard const lock(mutex_);
    if (isOver_) return false;
    slot->nextFree = nullptr;
    (answers_ == nullptr ? answers_ : lastAnswer_->nextFree) = slot;
    lastAnswer_ = slot;
    notices_.addForSleeper(Notices::Kept);
    return true;
  }
  /// Keeps a registration that a thread of that clock has removed. Nothing happens the second time,
  /// or if the endpoint's thread will not come back: then it ends with its table.
  void keepRemoval(std::shared_ptr<Registration> node, std::uint64_t clock) noexcept {
    std::lock_guard const lock(mutex_);
    if (isOver_ || std::exchange(node->isLeaving, true)) return;
    removals_.clock = (std::max)(removals_.clock, clock);
    node->nextLeaving = std::move(removals_.first);
    removals_.first = std::move(node);
    // Whoever sees a message that was sent later sees this, too.
    notices_.add(Notices::Leaving);
  }

  [[nodiscard]] Work take() noexcept {
    std::lock_guard const lock(mutex_);
    notices_.take(Notices::Kept);
    return {std::move(tasks_), std::exchange(answers_, nullptr), notices_.take(Notices::Forked)};
  }
  [[nodiscard]] Removals takeRemovals() noexcept {
    std::lock_guard const lock(mutex_);
    notices_.take(Notices::Leaving);
    return {std::exchange(removals_.first, nullptr), removals_.clock};
  }
  /// Keeps nothing from now on. False, and nothing has happened, if some tasks or answers are here.
  [[nodiscard]] bool end() noexcept {
    std::lock_guard const lock(mutex_);
    if (!tasks_.empty() || answers_ != nullptr) return false;
    isOver_ = true;
    return true;
  }

 private:
  Notices& notices_;
  Mutex mutex_;  // guards all that follows
  TaskList tasks_;
  AnswerSlot* answers_ = nullptr;     // by nextFree
  AnswerSlot* lastAnswer_ = nullptr;  // if there are any
  Removals removals_;
  bool isOver_ = false;
};

}  // namespace tincan::inline abi0::detail
