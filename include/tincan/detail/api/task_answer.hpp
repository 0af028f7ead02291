// tincan/detail/api/task_answer.hpp - answers with what a Task has come to
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/task.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

/// Answers with what convert(result) returns for the result of a Task, which has ended and goes; or with what
/// that has thrown.
template <class R, class Convert>
void answerByTask(TaskResponder& responder, std::optional<Task<R>>& task,
                  Convert&& convert) noexcept {
  responder.noteTaskOver();
  std::exception_ptr thrown;
  try {
    if constexpr (std::is_void_v<R>) {
      TaskAccess::take(*task);
      responder.giveNothing();
    } else {
      responder.give(convert(TaskAccess::take(*task)));
    }
  } catch (...) {
    thrown = std::current_exception();
  }
  task.reset();
  if (thrown != nullptr) responder.fail(std::move(thrown));
}

}  // namespace tincan::inline abi0::detail
