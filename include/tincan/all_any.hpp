// tincan/all_any.hpp - a coroutine awaits several things at once
#pragma once

#include <utility>
#include <vector>

#include <tincan/detail/api/all_of.hpp>
#include <tincan/detail/api/any_of.hpp>
#include <tincan/detail/engine.hpp>

namespace tincan::inline abi0 {

/// `co_await all(...)` waits until all of the awaitables are ready, and returns a std::tuple of their results; of a
/// void one a std::monostate. If some fail, it throws what the first of those threw, in the order in which they are
/// given, when all are ready. A Future is moved from, a Task that is an lvalue is not. Nothing begins before
/// co_await. Task::cancel() cancels all of them.
template <class... A>
auto all(A&&... awaitables) {
  return detail::AllOf<typename detail::GivenAwaitable<A>::type...>(
      static_cast<typename detail::GivenAwaitable<A>::type&&>(awaitables)...);
}
/// Awaits all of a vector of Futures or Tasks, as above, and returns a std::vector of their results.
template <class A>
auto all(std::vector<A> awaitables) {
  return detail::AllOf<std::vector<A>>(std::move(awaitables));
}

/// `co_await any(...)` waits until the first of the awaitables is ready, in the order in which they are given if
/// several are at once; cancels the others, as Future::cancel() and Task::cancel() do; and returns its result, or
/// throws what it throws. The result is an R if all of them have that, else a std::variant with an alternative for each
/// of them, a std::monostate for a void one: index() tells which it was. Takes and begins what all() does.
template <class... A>
auto any(A&&... awaitables) {
  return detail::AnyOf<typename detail::GivenAwaitable<A>::type...>(
      static_cast<typename detail::GivenAwaitable<A>::type&&>(awaitables)...);
}
/// Awaits the first of a vector of Futures or Tasks, as above. co_await throws std::invalid_argument for an empty one.
template <class A>
auto any(std::vector<A> awaitables) {
  return detail::AnyOf<std::vector<A>>(std::move(awaitables));
}

}  // namespace tincan::inline abi0
