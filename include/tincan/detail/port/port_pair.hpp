// tincan/detail/port/port_pair.hpp - what two ports share
//
// What has been posted waits here, see PortEnds, and goes along when an end is sent away. Where an end
// is started, a ticket for each message is posted to the endpoint's inbox, so that the message comes in
// its place among all others. What has waited before that gets tickets in a lane of its own, with the
// stamps of when it was posted, and so comes in the place that it would have had.
//
// Ports can wait in each other's queues. A cycle of them could never be received, nor end: posting
// refuses to close one. What is posted to an end that nobody has any more ends with that, however
// many ports lie in each other.
//
//   Threads   Any. Listeners are called on the endpoint's thread. No user code runs under a lock.
//   Errors    Posting, starting and listening have done all, or have thrown and done nothing. Closing
//             needs no memory: what it needs is made with the pair, and when an end is started.
//   Lifetime  Of a cycle that a listener closes by holding its own port, or one that leads back to it:
//             the pair lets go of the listeners when the end is closed, by itself, by the other end
//             (then once it has had its "close", or at once if it is not started and nothing waits
//             for it) or by its endpoint. Not broken is what nothing will ever happen to: an end that
//             is never started, held by its own listeners alone, while the other end is open too or
//             has left messages. Somebody might still start it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <tincan/detail/api/port.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/shares_itself.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_ticket.hpp>
#include <tincan/detail/port/port_world.hpp>
#include <tincan/detail/port/start_lane.hpp>

namespace tincan::inline abi0::detail {

/// What two ports share: starting, closing, and the turns of what was posted. For posting see PortPosting.
class PortPair : public SharesItself<PortPair> {
 public:
  using Message = Owned<PortMessage>;

  PortPair() : number_(numberOfPorts()), ends_(makeClose(), makeClose()) {}

  static unsigned other(unsigned end) noexcept { return TwoEnds::other(end); }

  /// Whether one of the ports is an end of that pair.
  static bool isAmong(std::shared_ptr<PortPair> const& pair,
                      std::span<MessagePort* const> ports) noexcept;
  /// Both ends, for whoever posts: with those of other pairs, in PortLocks.
  TwoEnds& ends() noexcept { return ends_; }

  /// Names one end for a driver.
  void const* nameOf(unsigned at) const noexcept {
    return reinterpret_cast<char const*>(this) + at;
  }
  /// Tells a driver what the calling code does to one end.
  void note(unsigned at, EffectLog::PortUse use) const noexcept { notePort(number_, at, use); }

  /// Notes which end the port is, of which pair.
  static void describe(MessagePort& port, PortMove& move) noexcept;

  /// Adds a listener to an end, to "message" or to "close", unless it would never be called.
  void listen(unsigned at, bool toMessages, std::shared_ptr<ListenerNode> node);

  /// Starts an end at that endpoint, if it still may be. Throws Closed and std::bad_alloc, and then nothing
  /// has happened.
  void start(unsigned at, EndpointCore& where);

  /// Stops an end that is sent away, to nobody that is known here.
  void stop(unsigned at) noexcept;

  /// Closes an end. What it leaves behind ends in here.
  void close(unsigned at) noexcept;

  /// Handles what a ticket of that epoch is about; nothing, if the end is elsewhere by now.
  void arrive(unsigned at, std::uint64_t epoch, bool isForClose) noexcept;

 private:
  /// Closes an end with the endpoint where it is started.
  class Watch final : public CloseListener {
   public:
    Watch(PortPair& pair, unsigned end) : pair_(pair.weak_from_this()), end_(end) {}
    void endpointIsClosed() noexcept override {
      if (auto const pair = pair_.lock()) pair->homeIsClosed(end_, *this);
    }

   private:
    std::weak_ptr<PortPair> pair_;
    unsigned end_;
  };

  /// Tells a driver that one end ends, and that the other one gets "close".
  void noteEnd(unsigned at) noexcept;
  /// The "close" of an end, made with the pair: closing needs no memory.
  static Message makeClose();

  // ---- starting: under the lock ----

  void pushTicket(EndpointCore& where, StartLane& lane, unsigned at, PortMessage const& message,
                  std::uint64_t epoch);
  void pushTicket(EndpointCore& where, StartLane& lane, unsigned at, Owned<PortTicket>& bell,
                  PortMessage const& close, std::uint64_t epoch);

  // ---- closing ----

  void homeIsClosed(unsigned at, CloseListener const& watch) noexcept;

  /// Does what a closing must not do under the lock: brings "close", and destroys what is left behind.
  void finish(unsigned at, TwoEnds::Closing& closing) noexcept;

  /// Brings the ticket for "close" to the end's home; there is memory for it in any case.
  void ring(unsigned at, TwoEnds::Ring& ring) noexcept;

  // A driver's numbers.
  std::uint64_t const number_;
  std::uint64_t closedAs_ = 0;  // of the "close" that one end has sent to the other

  TwoEnds ends_;
};

}  // namespace tincan::inline abi0::detail
