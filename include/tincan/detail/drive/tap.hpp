// tincan/detail/drive/tap.hpp - listens in on the lanes of a bus
//
// For tincan::testing::Recorder and tincan::Trace. A lane that is made while its bus has a tap gets a tap of its own,
// which its reader tells what it takes, and its writer, if the tap wants that, what it sends. Others pay nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

class EndpointCore;
struct NameRecord;

/// Something that goes by a lane, of one of the first kinds of cells.
struct Passing {
  enum class What : std::uint8_t { Message, Request, Invoke, Post, Answer } what;
  NameRecord const* channel;  // null: it is no message
  void const* answer;         // the state of the answer, if there is to be one, or it is one
  std::uint64_t stamp;        // which no other one of the lane has
};

/// Is told what goes by one lane.
///
///   Threads   sent(): the sender's. The others: the receiver's.
///   Lifetime  As long as the lane.
class LaneTap {
 public:
  LaneTap() = default;
  LaneTap(LaneTap const&) = delete;
  LaneTap& operator=(LaneTap const&) = delete;
  virtual ~LaneTap() = default;

  /// True if sent() is to be called. Then there is no plain way into the lane.
  virtual bool hearsSender() const noexcept { return false; }
  /// Is told of what is about to be published.
  virtual void sent(Passing const&) noexcept {}
  /// Is told what the receiver has taken, and handles next: a message, a posted function (as such, messages of ports
  /// wait their turn, too), or an answer that something follows.
  virtual void taken(Passing const& what) noexcept = 0;
  /// Is told that what was taken last, and not handled yet, has been handled. Handlers may poll: then one is handled
  /// inside of the other.
  virtual void handled() noexcept {}
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
///   Errors    None, but for what listenIn() and added() throw.
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

  /// Is told that an answer of that endpoint is about to be published.
  virtual void answers(EndpointCore const&, void const* /*state*/) noexcept {}
  /// Is told that an endpoint begins, or has ended, to wait for an answer of another one.
  virtual void waits(EndpointCore const& /*who*/, EndpointCore const& /*asked*/,
                     std::string_view /*channel*/, void const* /*state*/,
                     bool /*begins*/) noexcept {}
  /// Is told that an endpoint has closed.
  virtual void closed(EndpointCore const&) noexcept {}
  virtual void deadLetter(Errc, std::string_view /*channel*/, EndpointCore const& /*from*/,
                          EndpointCore const& /*to*/) noexcept {}
};

}  // namespace tincan::inline abi0::detail
