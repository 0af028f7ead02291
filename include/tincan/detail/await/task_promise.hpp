// tincan/detail/await/task_promise.hpp - the result of a Task
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/await/coroutine_memory.hpp>
#include <tincan/detail/await/task_promise_base.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0 {

template <class R>
class Task;

}  // namespace tincan::inline abi0

namespace tincan::inline abi0::detail {

/// The promise of a Task with a result.
template <class R>
class TaskPromise final : public TaskPromiseBase,
                          public CoroutineMemory<largerOf(CacheLine, alignof(std::optional<R>))> {
 public:
  using CoroutineMemory<largerOf(CacheLine, alignof(std::optional<R>))>::operator new;
  using CoroutineMemory<largerOf(CacheLine, alignof(std::optional<R>))>::operator delete;

  Task<R> get_return_object() noexcept;
  /// Keeps the result; `co_return {a, b};` makes an R of those.
  template <class T = R>
  requires std::is_constructible_v<R, T>
  void return_value(T&& value) { value_.emplace(std::forward<T>(value)); }

  /// The result, or throws what has left the coroutine. Once.
  R take() {
    if (exception_ != nullptr) std::rethrow_exception(std::exchange(exception_, nullptr));
    if (!value_.has_value()) {
      throw Error(Errc::AlreadyRetrieved, {}, "a Task gives its result once");
    }
    R value = *std::move(value_);
    value_.reset();
    return value;
  }

 private:
  std::optional<R> value_;
};

/// The promise of a Task without a result.
template <>
class TaskPromise<void> final : public TaskPromiseBase, public CoroutineMemory<CacheLine> {
 public:
  using CoroutineMemory<CacheLine>::operator new;
  using CoroutineMemory<CacheLine>::operator delete;

  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}

  /// Throws what has left the coroutine. Once.
  void take() {
    if (exception_ != nullptr) std::rethrow_exception(std::exchange(exception_, nullptr));
  }
};

}  // namespace tincan::inline abi0::detail
