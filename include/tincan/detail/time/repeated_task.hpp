// tincan/detail/time/repeated_task.hpp - a function that runs again and again
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/send/posted_task.hpp>

namespace tincan::inline abi0::detail {

/// Runs a coroutine as often as it is told to, and keeps the function until the Task of each run has ended. What
/// a Task throws goes to onError.
///
///   Threads   The endpoint's.
template <class F>
struct RepeatedTask final : PostedFunction {
  explicit RepeatedTask(F&& callable) : function(std::make_shared<F>(std::move(callable))) {}

  void run() override {
    auto call = [held = function] { return (*held)(); };
    TaskPtr const once = Owned<PostedTask<decltype(call)>>::make(std::move(call));
    once->run();
  }

  std::shared_ptr<F> const function;
};

/// What a timer runs: PostedTask may be run again and again if the function returns no Task.
template <class F>
using RepeatedTaskOf =
    std::conditional_t<IsTask<std::invoke_result_t<F&>>, RepeatedTask<F>, PostedTask<F>>;

}  // namespace tincan::inline abi0::detail
