// tincan/detail/send/sure_lane.hpp - brings tasks into an endpoint's inbox without any memory
//
// A lane from the endpoint to itself, for what must come and could not be pushed as usual. There is
// always one cell that has been opened and waits to be published, and at most one task is under way;
// those that come meanwhile are linked to each other and run after it. With one cell in use, and one
// ready, the lane gets by with the two chunks that it has from the beginning: each time the writer
// needs one, the reader has given back the other.
//
//   Threads   Any.
//   Order     A task comes after what the thread that brings it has sent before, if it is the only
//             one; one that had to wait for another takes the place of that.
//   Progress  Only the constructor allocates.
//   Lifetime  Held by the endpoint until that is closed, and by those who count on it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/dispatch/loop.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/send/post.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

class SureLane;

/// A task that a SureLane can bring. It may also be pushed like any other task.
struct SureTask : PostedFunction {
  /// Does what the task is for.
  virtual void runOnce() noexcept = 0;
  void run() final;

 private:
  friend class SureLane;
  std::shared_ptr<SureLane> lane_;  // null: it was pushed
  std::unique_ptr<SureTask> next_;
};

/// Brings tasks to an endpoint, see above.
class SureLane final : public CloseListener {
 public:
  /// Returns the one of an endpoint, made on first use. Throws Closed, and std::bad_alloc.
  static std::shared_ptr<SureLane> of(EndpointCore& where) {
    auto kept = where.closeListeners.kept();
    if (kept == nullptr) kept = where.closeListeners.keep(std::make_shared<SureLane>(where));
    if (kept == nullptr) where.checkOpen("start");
    return std::static_pointer_cast<SureLane>(std::move(kept));  // nothing else is kept
  }

  explicit SureLane(EndpointCore& where) : lane_(where.makeLane(where)) {
    if (lane_ == nullptr) return;  // the endpoint is closed, and does not keep this
    try {
      for (std::size_t i = 0; i < CellsPerChunk; ++i) publish(lane_->open(), Kind::Nothing);
      ready_ = &lane_->open();
    } catch (...) {
      letGo();
      throw;
    }
  }
  ~SureLane() override { letGo(); }

  /// Has the endpoint run the task. If that is closed the task just ends.
  void bring(std::unique_ptr<SureTask> task) noexcept {
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

  void endpointIsClosed() noexcept override {
    std::shared_ptr<MessageLane> lane;
    std::unique_ptr<SureTask> tasks;
    {
      std::lock_guard const lock(mutex_);
      lane.swap(lane_);
      tasks.swap(first_);
    }
    while (tasks != nullptr) tasks = std::move(tasks->next_);
  }

 private:
  friend struct SureTask;

  /// Runs the tasks that have come while one was under way.
  void runRest() noexcept {
    for (;;) {
      std::unique_ptr<SureTask> task;
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

  void publish(MessageCell& cell, Kind kind) noexcept {
    raiseClock(lane_->lastStamp);
    raiseClock(threadState().clock + 1);
    lane_->lastStamp = threadState().clock;
    lane_->publish(cell, makeWord(lane_->lastStamp, kind));
  }

  /// Lets the lane go: nobody brings anything any more.
  void letGo() noexcept {
    if (lane_ == nullptr) return;
    EndpointCore& where = *lane_->receiver;
    where.pushed(*lane_);  // so that its reader comes to the end of it
    lane_->leave();
  }

  Mutex mutex_;                        // guards what follows
  std::shared_ptr<MessageLane> lane_;  // null: the endpoint is closed
  MessageCell* ready_ = nullptr;       // opened, not published
  bool isUnderWay_ = false;
  std::unique_ptr<SureTask> first_;  // those that wait
  SureTask* last_ = nullptr;
};

inline void SureTask::run() {
  runOnce();
  if (auto const lane = std::move(lane_)) lane->runRest();
}

}  // namespace tincan::inline abi0::detail
