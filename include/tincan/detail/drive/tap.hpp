// tincan/detail/drive/tap.hpp - listens in on the lanes of a bus
//
// For tincan::testing::Recorder. A lane that is made while its bus has a tap goes the slow way that
// lanes of limited inboxes go, and tells the tap there; the others pay nothing.
//
//   Threads   added(): any, under the lock of the bus. taken(): the receiver's. closing(): any.
//   Lifetime  Shared by the bus and the lanes.
#pragma once

#include <string_view>

namespace tincan::inline abi0::detail {

class EndpointCore;

/// Is told what happens on a bus.
class Tap {
 public:
  Tap() = default;
  Tap(Tap const&) = delete;
  Tap& operator=(Tap const&) = delete;
  virtual ~Tap() = default;

  /// Is told of a new endpoint, or of the stand-in for a thread that sends as nobody.
  virtual void added(EndpointCore const& core) = 0;
  /// Is told that the receiver has taken a message out of a lane, and handles it next.
  virtual void taken(EndpointCore const& from, EndpointCore const& to,
                     std::string_view channel) noexcept = 0;
  enum class Other { Post, Answer };
  /// Is told that the receiver has taken a posted function, or an answer that something follows.
  virtual void tookOther(EndpointCore const& from, EndpointCore const& to, Other what) noexcept = 0;
  /// Is told that the requester has looked whether an answer is ready.
  virtual void looked(EndpointCore const& requester, EndpointCore const& responder,
                      bool isReady) noexcept = 0;
  /// Is told that the bus is about to be closed by what that endpoint runs; null: by no endpoint.
  virtual void closing(EndpointCore const* by) noexcept = 0;
};

}  // namespace tincan::inline abi0::detail
