// tincan/detail/port/start_lane.ipp - by which what has waited at a port comes into an inbox: the bodies
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/port/start_lane.hpp>
#include <tincan/detail/send/post.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE StartLane::~StartLane() {
  if (lane_ == nullptr) return;
  where_.pushed(*lane_);
  lane_->leave();
}

TINCAN_INLINE void StartLane::push(std::uint64_t stamp, Owned<PostedFunction> task) {
  if (lane_ == nullptr) lane_ = sender_.core().makeLane(where_);
  if (lane_ == nullptr) throw Error(Errc::Closed, {}, "start: the endpoint is closed");
  pushStamped(*lane_, stamp, std::move(task));
}

}  // namespace tincan::inline abi0::detail
