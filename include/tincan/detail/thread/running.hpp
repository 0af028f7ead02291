// tincan/detail/thread/running.hpp - a thread runs an endpoint
#pragma once

#include <utility>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

namespace tincan::inline v0::detail {

/// While it lives, the thread runs an endpoint: what it sends by handles is sent in that one's name.
///
///   Threads   The one that makes it. One inside another.
class Running {
 public:
  explicit Running(EndpointCore& core) noexcept
      : before_(std::exchange(threadState().current, &core)) {}
  ~Running() {
    threadState().current = before_ != nullptr && before_->wasLeft() ? nullptr : before_;
  }
  Running(Running const&) = delete;
  Running& operator=(Running const&) = delete;

 private:
  EndpointCore* before_;
};

}  // namespace tincan::inline v0::detail
