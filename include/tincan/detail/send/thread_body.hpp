// tincan/detail/send/thread_body.hpp - the body of a renderer's thread
#pragma once

#include <type_traits>
#include <utility>

#include <tincan/detail/api/task_host.hpp>
#include <tincan/fwd.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

/// A function that a thread runs with its renderer. It stays where it is made: moving it again could throw
/// on the new thread.
class ThreadBody {
 public:
  explicit ThreadBody(bool takesStop) noexcept : takesStop_(takesStop) {}
  ThreadBody(ThreadBody const&) = delete;
  ThreadBody& operator=(ThreadBody const&) = delete;
  virtual ~ThreadBody() = default;

  /// True if run() gives the function a stop token.
  bool takesStop() const noexcept { return takesStop_; }
  /// Calls the function. Throws what that throws.
  virtual void run(Renderer& renderer, StopToken stop) = 0;

 private:
  bool const takesStop_;
};

/// The body for one type of function.
template <class F>
class ThreadBodyOf final : public ThreadBody {
 public:
  explicit ThreadBodyOf(F&& function) : ThreadBody(TakesStop), function_(std::move(function)) {
    static_assert(TakesStop || std::is_invocable_v<F&, Renderer&>,
                  "tincan: the body of a renderer is called with a Renderer&, or with a Renderer& "
                  "and a std::stop_token.");
    if constexpr (TakesStop) {
      refuseCoroutineAsBody<std::invoke_result_t<F&, Renderer&, StopToken>>();
    } else if constexpr (std::is_invocable_v<F&, Renderer&>) {
      refuseCoroutineAsBody<std::invoke_result_t<F&, Renderer&>>();
    }
  }

  void run(Renderer& renderer, StopToken stop) override {
    if constexpr (TakesStop) function_(renderer, std::move(stop));
    else if constexpr (std::is_invocable_v<F&, Renderer&>) function_(renderer);
  }

 private:
  static constexpr bool TakesStop = std::is_invocable_v<F&, Renderer&, StopToken>;

  F function_;
};

}  // namespace tincan::inline abi0::detail
