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

#include <cstdint>
#include <memory>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/endpoint/notices.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/registration.hpp>
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
    std::shared_ptr<Registration> first{};
    std::uint64_t clock = 0;  // the largest of those threads'
  };

  explicit KeptWork(Notices& notices) noexcept : notices_(notices) {}
  KeptWork(KeptWork const&) = delete;
  KeptWork& operator=(KeptWork const&) = delete;

  /// Says whether only one thread comes here.
  void beAlone(bool isAlone) noexcept { mutex_.beAlone(isAlone); }

  /// Keeps a task, or an answer. False, and it stays the caller's, if the endpoint's thread will
  /// not come back for it.
  [[nodiscard]] bool keep(TaskPtr& task) noexcept;
  [[nodiscard]] bool keep(AnswerSlot* slot) noexcept;
  /// Keeps a registration that a thread of that clock has removed. Nothing happens the second time,
  /// or if the endpoint's thread will not come back: then it ends with its table.
  void keepRemoval(std::shared_ptr<Registration> node, std::uint64_t clock) noexcept;

  [[nodiscard]] Work take() noexcept;
  [[nodiscard]] Removals takeRemovals() noexcept;
  /// Keeps nothing from now on. False, and nothing has happened, if some tasks or answers are here.
  [[nodiscard]] bool end() noexcept;

 private:
  Notices& notices_;
  BusMutex mutex_{};  // guards all that follows
  TaskList tasks_{};
  AnswerSlot* answers_ = nullptr;     // by nextFree
  AnswerSlot* lastAnswer_ = nullptr;  // if there are any
  Removals removals_{};
  bool isOver_ = false;
};

}  // namespace tincan::inline abi0::detail
