// tincan/detail/send/posted_task.hpp - a function that was posted
#pragma once

#include <type_traits>
#include <utility>

#include <tincan/detail/api/method.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/message/message.hpp>

namespace tincan::inline abi0::detail {

/// Runs a function at the receiver, in its place among the messages.
template <class F, class Result = std::invoke_result_t<F&>>
struct PostedTask final : PostedFunction {
  template <class G>
  explicit PostedTask(G&& callable) : function(std::forward<G>(callable)) {
    static_assert(refuseOtherCoroutines<Result>());
  }
  void run() override {
    if (auto const held = detail::holdObject(function)) function();
  }
  F function;
};

/// Runs a coroutine at the receiver, and keeps the function until its Task has ended. What that throws goes
/// to onError.
template <class F, class R>
struct PostedTask<F, Task<R>> final : PostedFunction, TaskHost<PostedTask<F, Task<R>>, Task<R>> {
  template <class G>
  explicit PostedTask(G&& callable) : function(std::forward<G>(callable)) {}

  void run() override {
    auto const held = detail::holdObject(function);
    if (!held) return;
    this->task_.emplace(function());
    detail::keepUntilTaskEnds(*this, users);
  }
  void end() noexcept override {
    if (--users == 0) delete this;
  }
  void taskHasEnded() noexcept {
    this->task_.reset();  // which reports what it has thrown
    end();
  }

  void taskHasGone() noexcept { end(); }

  F function;
  unsigned users = 1;  // who has been given it to run, and the task
};

}  // namespace tincan::inline abi0::detail
