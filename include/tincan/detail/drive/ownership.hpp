// tincan/detail/drive/ownership.hpp - decides whose the endpoints of a driven bus are
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0 {
struct InboxOptions;
}

namespace tincan::inline abi0::detail {

class BusCore;
class EndpointCore;
struct MessageLane;
template <class Platform>
struct RunningHookOf;

/// Base of whatever the driver keeps for an endpoint.
struct DrivenEndpoint {
  DrivenEndpoint() = default;
  DrivenEndpoint(DrivenEndpoint const&) = default;
  DrivenEndpoint& operator=(DrivenEndpoint const&) = default;

 protected:
  ~DrivenEndpoint() = default;
};
/// Base of whatever the driver keeps for a lane.
struct DrivenLane {
  DrivenLane() = default;
  DrivenLane(DrivenLane const&) = default;
  DrivenLane& operator=(DrivenLane const&) = default;

 protected:
  ~DrivenLane() = default;
};

/// Makes the endpoints and lanes of a driven bus, and tells which code may use them.
///
///   Threads   Those that the executor runs, one at a time; checkCaller(), mayUse() and isOwn(): any.
class Ownership {
 public:
  Ownership() = default;
  Ownership(Ownership const&) = delete;
  Ownership& operator=(Ownership const&) = delete;

  /// Makes an endpoint in memory of the driver's choice.
  virtual std::shared_ptr<EndpointCore> makeEndpoint(std::shared_ptr<BusCore> bus, std::string name,
                                                     std::uint64_t id,
                                                     InboxOptions const& options) = 0;
  /// Makes a lane in memory of the driver's choice.
  virtual std::shared_ptr<MessageLane> makeLane(std::shared_ptr<EndpointCore> from,
                                                std::shared_ptr<EndpointCore> to) = 0;

  /// Learns of a new endpoint, or of a stand-in that sends in the name of a thread.
  virtual void added(std::shared_ptr<EndpointCore> const& core) = 0;
  virtual void laneMade(std::shared_ptr<MessageLane> const& lane) = 0;
  virtual void closed(EndpointCore& core) noexcept = 0;
  /// The endpoint belongs to nobody from now on.
  virtual void released(EndpointCore& core) noexcept = 0;
  /// What runs now sets the endpoint up, which nobody has polled: it belongs to it.
  virtual void settled(EndpointCore& core) noexcept = 0;
  /// What runs now polls the endpoint: it belongs to it, until it is released.
  virtual void bound(EndpointCore& core) noexcept = 0;

  /// Throws WrongThread if the calling thread is none that the executor runs.
  virtual void checkCaller() const = 0;
  /// Whether what runs now may use the endpoint's own functions: it is its own, or nobody has polled it yet.
  virtual bool mayUse(EndpointCore const& core) const noexcept = 0;
  /// Whether what runs now has polled the endpoint, so that nobody else takes it or gives it up.
  virtual bool isBoundHere(EndpointCore const& core) const noexcept = 0;
  /// Whether the endpoint belongs to what runs now.
  virtual bool isOwn(EndpointCore const& core) const noexcept = 0;
  /// An address that stands for the thread of what runs now, while that sends as nobody; null: for the thread that has
  /// made the driver. It is no endpoint's, and may come again on another bus.
  virtual void const* whoRuns() const noexcept = 0;
  /// Whether the endpoint may end here and now: none but its own handlers run.
  virtual bool mayLeave(EndpointCore const& core) const noexcept = 0;
  /// Whose code has made a call of a hook that is under way. For the code of who has made the
  /// driver main stands.
  virtual EndpointCore& callerOf(RunningHookOf<ThreadPlatform> const& call) const noexcept = 0;

 protected:
  ~Ownership() = default;
};

}  // namespace tincan::inline abi0::detail
