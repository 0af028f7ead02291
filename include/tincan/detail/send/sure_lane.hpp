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

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/dispatch/loop.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

class SureLane;

/// A task that a SureLane can bring. It may also be pushed like any other task.
struct SureTask : PostedFunction {
  /// Does what the task is for.
  virtual void runOnce() noexcept = 0;
  void run() final;

 private:
  friend class SureLane;
  std::shared_ptr<SureLane> lane_{};  // null: it was pushed
  Owned<SureTask> next_{};
};

/// Brings tasks to an endpoint, see above.
class SureLane final : public CloseListener {
 public:
  /// Returns the one of an endpoint, made on first use. Throws Closed, and std::bad_alloc.
  static std::shared_ptr<SureLane> of(EndpointCore& where);

  explicit SureLane(EndpointCore& where);
  SureLane(SureLane const&) = delete;
  SureLane& operator=(SureLane const&) = delete;
  ~SureLane() override { letGo(); }

  /// Has the endpoint run the task. If that is closed the task just ends.
  void bring(Owned<SureTask> task) noexcept;

  void endpointIsClosed() noexcept override;

 private:
  friend struct SureTask;

  /// Runs the tasks that have come while one was under way.
  void runRest() noexcept;

  void publish(MessageCell& cell, Kind kind) noexcept;

  /// Lets the lane go: nobody brings anything any more.
  void letGo() noexcept;

  Mutex mutex_{};                      // guards what follows
  std::shared_ptr<MessageLane> lane_;  // null: the endpoint is closed
  MessageCell* ready_ = nullptr;       // opened, not published
  bool isUnderWay_ = false;
  Owned<SureTask> first_{};  // those that wait
  SureTask* last_ = nullptr;
};

}  // namespace tincan::inline abi0::detail
