// tincan/detail/drive/tap.hpp - listens in on the lanes of a bus
//
// For tincan::testing::Recorder. A lane that is made while its bus has a tap gets a tap of its own, which its reader
// tells what it takes; writers, and the readers of other lanes, pay nothing.
#pragma once

#include <cstdint>
#include <memory>

namespace tincan::inline abi0::detail {

class EndpointCore;
struct NameRecord;

/// Is told what is taken out of one lane.
///
///   Threads   The receiver's.
///   Lifetime  As long as the lane.
class LaneTap {
 public:
  LaneTap() = default;
  LaneTap(LaneTap const&) = delete;
  LaneTap& operator=(LaneTap const&) = delete;
  virtual ~LaneTap() = default;

  /// Is told that the receiver has taken a message, and handles it next.
  virtual void taken(NameRecord const& channel) noexcept = 0;
  enum class Other { Post, Answer };
  /// Is told that the receiver has taken a posted function (as such, messages of ports wait their turn, too), or an
  /// answer that something follows.
  virtual void tookOther(Other what) noexcept = 0;
};

/// Something that code looks at, and finds so or not.
enum class LookedAt : std::uint8_t {
  Answer,  // is it ready? The one who looks is the requester, the other one the responder
  Life,    // is that endpoint alive?
  Request  // has the requester given it up? The one who looks is the responder
};

/// Is told what happens on a bus.
///
///   Threads   added(): any, under the lock of the bus. All others: any.
///   Lifetime  As long as the bus.
class Tap {
 public:
  Tap() = default;
  Tap(Tap const&) = delete;
  Tap& operator=(Tap const&) = delete;
  virtual ~Tap() = default;

  /// Is told of a new endpoint, or of the stand-in for a thread that sends as nobody.
  virtual void added(EndpointCore const& core) = 0;
  /// Makes the tap of a new lane. Throws std::bad_alloc.
  virtual std::unique_ptr<LaneTap> listenIn(EndpointCore const& from, EndpointCore const& to) = 0;
  /// Is told that the code of an endpoint has looked at something of another one.
  virtual void looked(EndpointCore const& by, EndpointCore const& at, LookedAt what,
                      bool isSo) noexcept = 0;
  /// Is told that a wait or a run of that endpoint has ended because its deadline has passed, or that a timer runs.
  virtual void deadlinePassed(EndpointCore const& at, bool isTimer) noexcept = 0;
  /// Is told that the bus is about to be closed by what that endpoint runs; null: by no endpoint.
  virtual void closing(EndpointCore const* by) noexcept = 0;
};

}  // namespace tincan::inline abi0::detail
