// tincan/detail/send/sure_lane.ipp - brings tasks into an endpoint's inbox without any memory: the bodies
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/dispatch/loop.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/send/sure_lane.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::shared_ptr<SureLane> SureLane::of(EndpointCore& where) {
  auto kept = where.closeListeners.kept();
  if (kept == nullptr) kept = where.closeListeners.keep(std::make_shared<SureLane>(where));
  if (kept == nullptr) where.checkOpen("start");
  return std::static_pointer_cast<SureLane>(std::move(kept));  // nothing else is kept
}

TINCAN_INLINE SureLane::SureLane(EndpointCore& where) : lane_(where.makeLane(where)) {
  if (lane_ == nullptr) return;  // the endpoint is closed, and does not keep this
  try {
    for (std::size_t i = 0; i < CellsPerChunk; ++i) publish(lane_->open(), Kind::Nothing);
    ready_ = &lane_->open();
  } catch (...) {
    letGo();
    throw;
  }
}

TINCAN_INLINE void SureLane::bring(Owned<SureTask> task) noexcept {
  std::shared_ptr<MessageLane> lane;
  {
    std::lock_guard const lock(mutex_);
    if (lane_ == nullptr) return;
    if (isUnderWay_) {
      auto& place = first_ == nullptr ? first_ : last_->next_;
      place = std::move(task);
      last_ = place.get();
      return;
    }
    isUnderWay_ = true;
    lane = lane_;
    task->lane_ = std::static_pointer_cast<SureLane>(shared_from_this());
    MessageCell& cell = *std::exchange(ready_, nullptr);
    cell.task = task.release();
    publish(cell, Kind::Post);
    ready_ = &lane_->open();
  }
  Sending const sending;
  lane->receiver->pushed(*lane);
}

TINCAN_INLINE void SureLane::endpointIsClosed() noexcept {
  std::shared_ptr<MessageLane> lane;
  Owned<SureTask> tasks;
  {
    std::lock_guard const lock(mutex_);
    lane.swap(lane_);
    tasks = std::move(first_);
  }
  while (tasks != nullptr) tasks = std::move(tasks->next_);
}

TINCAN_INLINE void SureLane::runRest() noexcept {
  for (;;) {
    Owned<SureTask> task;
    {
      std::lock_guard const lock(mutex_);
      if (first_ == nullptr) {
        isUnderWay_ = false;
        return;
      }
      task = std::move(first_);
      first_ = std::move(task->next_);
    }
    task->runOnce();
  }
}

TINCAN_INLINE void SureLane::publish(MessageCell& cell, Kind kind) noexcept {
  raiseClock(lane_->lastStamp);
  raiseClock(threadState().clock + 1);
  lane_->lastStamp = threadState().clock;
  lane_->publish(cell, makeWord(lane_->lastStamp, kind));
}

TINCAN_INLINE void SureLane::letGo() noexcept {
  if (lane_ == nullptr) return;
  EndpointCore& where = *lane_->receiver;
  where.pushed(*lane_);  // so that its reader comes to the end of it
  lane_->leave();
}

TINCAN_INLINE void SureTask::run() {
  runOnce();
  if (auto const lane = std::move(lane_)) lane->runRest();
}

}  // namespace tincan::inline abi0::detail
