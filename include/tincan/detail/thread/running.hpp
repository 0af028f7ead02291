// tincan/detail/thread/running.hpp - a thread runs an endpoint
#pragma once

#include <utility>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

namespace tincan::inline abi0::detail {

/// While it lives, the thread runs an endpoint: what it sends by handles is sent in that one's name.
///
///   Threads   The one that makes it. One inside another.
class Running {
 public:
  explicit Running(EndpointCore& core) noexcept : Running(core, threadState()) {}
  Running(EndpointCore& core, ThreadState& thread) noexcept
      : thread_(thread), before_(std::exchange(thread.current, &core)) {}
  ~Running() { thread_.current = before_ != nullptr && before_->wasLeft() ? nullptr : before_; }
  Running(Running const&) = delete;
  Running& operator=(Running const&) = delete;

  /// True if the thread ran the endpoint before: its body, or another poll of it.
  bool isInside(EndpointCore const& core) const noexcept { return before_ == &core; }

 private:
  ThreadState& thread_;
  EndpointCore* before_;
};

}  // namespace tincan::inline abi0::detail
