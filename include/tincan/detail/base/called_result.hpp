// tincan/detail/base/called_result.hpp - what the caller of a function elsewhere gets
#pragma once

#include <type_traits>

#include <tincan/fwd.hpp>

namespace tincan::inline abi0::detail {

/// The result of a function: of one that returns a Task, what that returns.
template <class T>
struct TaskResult {
  using type = T;
};
template <class R>
struct TaskResult<Task<R>> {
  using type = R;
};

/// Does not compile if a function cannot be posted or called: it takes an argument.
template <class F>
consteval bool refuseParameters() noexcept {
  static_assert(std::is_invocable_v<F&>,
                "tincan: a function that is posted or called elsewhere takes no arguments: capture "
                "what it needs.");
  return std::is_invocable_v<F&>;
}

template <class F, bool isCallable = refuseParameters<F>()>
struct ReturnedBy {
  using type = void;
};
template <class F>
struct ReturnedBy<F, true> {
  using type = typename TaskResult<std::invoke_result_t<F&>>::type;
};

}  // namespace tincan::inline abi0::detail
