// tincan/detail/api/any_future.hpp - a Future, whatever the type of its answer
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/await/deadline_after.hpp>
#include <tincan/detail/await/pending_answer.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/wait_end.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// What a Future does that is the same for all types. See there.
///
///   Threads   One at a time.
class AnyFuture {
 public:
  AnyFuture() noexcept = default;
  explicit AnyFuture(PendingAnswer&& request) noexcept : answer(std::move(request)) {}
  explicit AnyFuture(std::exception_ptr&& thrown) noexcept : failure_(std::move(thrown)) {}
  AnyFuture(AnyFuture&& other) noexcept
      : answer(std::exchange(other.answer, std::nullopt)),
        failure_(std::exchange(other.failure_, nullptr)) {}
  AnyFuture& operator=(AnyFuture&& other) noexcept {
    if (this == &other) return *this;
    cancel();
    answer.reset();
    if (other.answer.has_value()) answer.emplace(*std::exchange(other.answer, std::nullopt));
    failure_ = std::exchange(other.failure_, nullptr);
    return *this;
  }
  ~AnyFuture() = default;

  bool ready() const noexcept { return !answer.has_value() || answer->isReady(); }

  void wait() const {
    if (answer.has_value()) refuseDeserted(answer->wait(NoDeadline));
  }
  /// Blocks until ready(), but not longer than the deadline; true if it is.
  bool waitUntil(Nanoseconds deadline) const {
    if (!answer.has_value()) return true;
    WaitEnd const end = answer->wait(deadline);
    refuseDeserted(end);
    return end != WaitEnd::Timeout || ready();
  }

  void cancel() noexcept {
    if (answer.has_value()) answer->cancel(Errc::Cancelled);
  }

  /// Blocks until there is an answer, and gives that away. Throws why there is none; Deadlock leaves it.
  [[gnu::noinline]] PendingAnswer settle(Nanoseconds deadline) {
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (!answer.has_value()) {
      throw Error(Errc::AlreadyRetrieved, {}, "a Future gives its answer once");
    }
    WaitEnd const end = answer->wait(deadline);  // throws Deadlock: the answer stays
    PendingAnswer taken = std::move(*answer);
    answer.reset();
    taken.settle(end);
    return taken;
  }

  template <class Rep, class Period>
  Nanoseconds deadlineAfter(std::chrono::duration<Rep, Period> most) const noexcept {
    if (!answer.has_value()) return NoDeadline;
    return detail::deadlineAfter(*answer->receiver().bus, most);
  }

  std::optional<PendingAnswer> answer;

 private:
  void refuseDeserted(WaitEnd end) const {
    if (end != WaitEnd::Deserted) return;
    throwFailure(Errc::Deadlock, answer->channel(), answer->receiver().displayName());
  }

  std::exception_ptr failure_;
};

}  // namespace tincan::inline abi0::detail
