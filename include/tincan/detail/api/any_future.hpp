// tincan/detail/api/any_future.hpp - a Future, whatever the type of its answer
#pragma once

#include <exception>
#include <utility>

#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/await/deadline_after.hpp>
#include <tincan/detail/await/pending_answer.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/thread/wait_end.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// What a Future does that is the same for all types. See there.
///
///   Threads   One at a time.
class AnyFuture {
 public:
  AnyFuture() noexcept = default;
  [[gnu::always_inline]] explicit AnyFuture(PendingAnswer&& request) noexcept
      : answer(static_cast<PendingAnswer&&>(request)) {}
  explicit AnyFuture(std::exception_ptr&& thrown) noexcept : failure_(std::move(thrown)) {}
  AnyFuture(AnyFuture&& other) noexcept = default;
  AnyFuture& operator=(AnyFuture&& other) noexcept {
    if (this == &other) return *this;
    failure_ = std::exchange(other.failure_, nullptr);
    answer = std::move(other.answer);
    return *this;
  }
  ~AnyFuture() = default;

  bool ready() const noexcept { return !answer.exists() || answer.isReady(); }

  void wait() const {
    if (answer.exists()) refuseDeserted(answer.wait(NoDeadline));
  }
  /// Blocks until ready(), but not longer than the deadline; true if it is.
  bool waitUntil(Nanoseconds deadline) const {
    if (!answer.exists()) return true;
    WaitEnd const end = answer.wait(deadline);
    refuseDeserted(end);
    return end != WaitEnd::Timeout || ready();
  }

  void cancel() noexcept {
    if (answer.exists()) answer.cancel(Errc::Cancelled);
  }

  /// Blocks until there is an answer, and gives that away. Throws why there is none; Deadlock leaves it.
  [[gnu::noinline]] PendingAnswer settle(Nanoseconds deadline) {
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (!answer.exists()) {
      throw Error(Errc::AlreadyRetrieved, {}, "a Future gives its answer once");
    }
    WaitEnd const end = answer.wait(deadline);  // throws Deadlock: the answer stays
    PendingAnswer taken = std::move(answer);
    taken.settle(end);
    return taken;
  }

  /// Blocks as settle() does, and gives away the answer, which is of that type. Throws why it is not.
  [[gnu::noinline]] PendingRequest settleFor(Nanoseconds deadline, TypeInfo const* wanted) {
    return settle(deadline).takeRequest(*wanted);
  }

  template <class Rep, class Period>
  Nanoseconds deadlineAfter(std::chrono::duration<Rep, Period> most) const noexcept {
    if (!answer.exists()) return NoDeadline;
    return detail::deadlineAfter(*answer.receiver().bus, most);
  }

  PendingAnswer answer{};

 private:
  void refuseDeserted(WaitEnd end) const {
    if (end != WaitEnd::Deserted) return;
    throwFailure(Errc::Deadlock, answer.channel(), answer.receiver().displayName());
  }

  std::exception_ptr failure_{};
};

}  // namespace tincan::inline abi0::detail
