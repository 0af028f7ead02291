// tincan/detail/send/called_function.hpp - a function that was called, and whose result is an answer
#pragma once

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/api/task_answer.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

/// What all called functions have: the answer that is to be given. One that is never run answers Closed.
///
///   Threads   The requester's until it is posted, then the receiver's.
class AnyCalledFunction : public PostedFunction {
 public:
  /// Takes the slot, just before the function is posted.
  void begin(AnswerSlot& slot) noexcept { slot_ = &slot; }

  AnswerSlot* asks() const noexcept final { return slot_; }

  ~AnyCalledFunction() override {
    if (slot_ != nullptr) answerFailure(slot_, receiver_, Errc::Closed);
  }

 protected:
  explicit AnyCalledFunction(EndpointCore& receiver) noexcept : receiver_(receiver) {}
  AnyCalledFunction(AnyCalledFunction const&) = delete;
  AnyCalledFunction& operator=(AnyCalledFunction const&) = delete;

  /// The slot, for the one who answers; null if nobody waits any more: then the function is not called.
  [[nodiscard]] AnswerSlot* takeIfAwaited() noexcept {
    AnswerSlot* const slot = std::exchange(slot_, nullptr);
    noteLookAtRequester(receiver_, *slot);
    if (!slot->state.abandoned()) return slot;
    answerFailure(slot, receiver_, Errc::Cancelled);
    return nullptr;
  }

  EndpointCore& receiver() const noexcept { return receiver_; }

 private:
  EndpointCore& receiver_;  // held by the lane
  AnswerSlot* slot_ = nullptr;
};

/// Calls a function at the receiver, in its place among the messages, and answers with its result or with
/// what it throws.
template <class F, class Result = std::invoke_result_t<F&>>
class CalledFunction final : public AnyCalledFunction {
 public:
  CalledFunction(EndpointCore& receiver, F&& function)
      : AnyCalledFunction(receiver), function_(std::move(function)) {
    static_assert(refuseOtherCoroutines<Result>());
  }

  void run() override {
    AnswerSlot* const slot = takeIfAwaited();
    if (slot == nullptr) return;
    Responder responder(slot, receiver());
    std::exception_ptr thrown;
    try {
      if constexpr (std::is_void_v<Result>) {
        function_();
        responder.giveNothing();
      } else {
        responder.give(function_());
      }
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown != nullptr) responder.fail(std::move(thrown));
  }

 private:
  F function_;
};

/// Calls a coroutine at the receiver, keeps the function until its Task has ended, and answers then. Whoever waits
/// for the answer waits for what the Task waits for.
template <class F, class R>
class CalledFunction<F, Task<R>> final : public AnyCalledFunction,
                                         public TaskHost<CalledFunction<F, Task<R>>, Task<R>> {
 public:
  CalledFunction(EndpointCore& receiver, F&& function)
      : AnyCalledFunction(receiver),
        hold_(receiver.shared_from_this()),
        function_(std::move(function)),
        responder_(nullptr, receiver) {}

  void run() override {
    AnswerSlot* const slot = takeIfAwaited();
    if (slot == nullptr) return;
    Responder given(slot, receiver());
    responder_.takeOver(given);
    ++users_;
    std::exception_ptr thrown;
    bool isWaiting = false;
    try {
      responder_.reserve(nullptr);
      this->task_.emplace(function_());
      if (!this->task_->ready()) {
        responder_.handOn(nullptr, TaskAccess::suspension(*this->task_));
        responder_.noteAllCalled();  // nobody else answers
      }
      isWaiting = this->waitForTask();
    } catch (...) {
      thrown = std::current_exception();
    }
    if (isWaiting) return;
    if (thrown == nullptr) return taskHasEnded();
    responder_.fail(std::move(thrown));
    if (this->task_.has_value()) this->letGoOfTask();
    else end();
  }
  void end() noexcept override {
    if (--users_ == 0) delete this;
  }

  void taskHasEnded() noexcept {
    detail::answerByTask(responder_, this->task_, [](auto&& result) -> decltype(auto) {
      return static_cast<decltype(result)&&>(result);
    });
    end();
  }
  void taskHasGone() noexcept { end(); }

 private:
  std::shared_ptr<EndpointCore> const hold_;
  F function_;
  TaskResponder responder_;
  unsigned users_ = 1;  // who has been given it to run, and the Task
};

}  // namespace tincan::inline abi0::detail
