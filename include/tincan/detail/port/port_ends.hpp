// tincan/detail/port/port_ends.hpp - the two ends of a channel
//
// What is posted to an end waits in its queue. Where the end is started it is served by tickets, which
// go through the inbox of an endpoint: for each message there is one, and when a ticket has come to
// its turn it takes the first message. If the end is sent away its queue goes along, and the tickets
// of before are void: they carry the epoch of the end, which each start and each stop changes. So
// nothing has ever to be brought from one endpoint to another.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/port/port_end.hpp>

namespace tincan::inline abi0::detail {

/// The two ends of a channel. `World` has the types
///   mutex      what std::lock_guard takes
///   Message    next, stamp, isClose; carried(): how many ports are in it
///   Home       where an end is started; null: nowhere
///   Service    what an end needs there: home, watch, bell (the ticket for "close"), and lane (how
///              tickets get there if nothing else works)
///   Listeners  of one event; movable
///   Holder     names another end; reset()
///
///   Threads   Any. All is done under one lock; what must not happen under it (destructors of values
///             and listeners, messages to inboxes) is returned to the caller.
///   Progress  Nothing allocates and nothing throws, but what the caller gives to start() and listen().
template <class World>
class PortEnds {
 public:
  using End = PortEnd<World>;
  using Mutex = typename World::mutex;
  using Message = typename World::Message;
  using Home = typename World::Home;
  using Service = typename World::Service;
  using SpareLane = decltype(Service::lane);
  using Listeners = typename World::Listeners;
  using Holder = typename World::Holder;
  using Queue = typename End::Queue;

  using Rest = typename End::Rest;
  using Ring = typename End::Ring;

  static unsigned other(unsigned end) noexcept { return 1 - end; }

  /// Takes each end's own "close".
  PortEnds(Owned<Message> one, Owned<Message> two) noexcept {
    ends_[0].close = std::move(one);
    ends_[1].close = std::move(two);
  }
  PortEnds(PortEnds const&) = delete;
  PortEnds& operator=(PortEnds const&) = delete;
  ~PortEnds() = default;

  /// The lock. Only for what says that it is done under it; all else takes it by itself.
  Mutex& mutex() const noexcept { return mutex_; }

  // ---- posting ----

  /// Where a message for the end would have to go now.
  struct Place {
    bool isOpen;
    std::uint64_t epoch;
    std::uint64_t lastStamp;
    Home home;  // null: it waits
    SpareLane lane;
  };
  Place place(unsigned to) const {
    std::lock_guard const lock(mutex_);
    End const& end = ends_[to];
    return {end.takes(), end.epoch, end.lastStamp, end.service.home, end.service.lane};
  }

  enum class Fit {
    Fits,
    Moved,  // it was started or sent away since
    Closed
  };
  /// Tells, under the lock, whether the end is still where place() has found it.
  Fit fit(unsigned to, std::uint64_t epoch) const noexcept {
    End const& end = ends_[to];
    if (!end.takes()) return Fit::Closed;
    return end.epoch == epoch ? Fit::Fits : Fit::Moved;
  }
  /// Puts a message that fits into the queue, under the lock. `clock` is that of the caller.
  void append(unsigned to, Owned<Message> message, std::uint64_t clock) noexcept {
    End& end = ends_[to];
    if (end.lastStamp < clock) end.lastStamp = clock;
    end.carried += message->carried();
    end.queue.push(std::move(message));
  }

  // ---- starting and sending away ----

  bool mayStart(unsigned at) const {
    std::lock_guard const lock(mutex_);
    return ends_[at].mayStart();
  }

  /// Starts the end, if it still may be. Before that makeTicket(message, epoch) is called, under the
  /// lock, for each message that waits, and for "close" makeTicket(bell, message, epoch). If one of
  /// them throws, nothing has happened, and the tickets that there are are void.
  template <class MakeTicket>
  void start(unsigned at, Service& service, MakeTicket&& makeTicket) {
    std::lock_guard const lock(mutex_);
    End& end = ends_[at];
    if (!end.mayStart()) return;
    std::uint64_t const epoch = ++end.epoch;
    try {
      for (Message* message = end.queue.first(); message != nullptr; message = message->next) {
        if (message->isClose) makeTicket(service.bell, *message, epoch);
        else makeTicket(*message, epoch);
      }
    } catch (...) {
      ++end.epoch;
      throw;
    }
    end.service = std::move(service);
  }

  /// Stops the end, under the lock: it is sent away, with what waits. Returns how many ports wait.
  std::size_t stop(unsigned at, Rest& rest) noexcept {
    End& end = ends_[at];
    ++end.epoch;
    if (end.isClosed) end.dropMessages(rest);  // nobody is left who could be told
    end.leave(rest);
    return end.carried;
  }

  // ---- who waits in whose queue ----

  /// Notes, under the lock, that the end waits, not started, in a message in the queue of another
  /// one.
  void setHolder(unsigned at, Holder holder) noexcept { ends_[at].holder = std::move(holder); }
  /// Notes that the message in which the end has waited was received.
  void received(unsigned at) {
    Holder none{};  // destroyed without the lock: it is what the end has had
    std::lock_guard const lock(mutex_);
    std::swap(none, ends_[at].holder);
  }
  /// Where the end waits. Nowhere: whoever has it can start it, or has done so.
  Holder holder(unsigned at) const {
    std::lock_guard const lock(mutex_);
    End const& end = ends_[at];
    return end.isClosed || end.service.home != nullptr ? Holder{} : end.holder;
  }
  /// The number of ports in the messages that wait at the end.
  std::size_t carried(unsigned at) const {
    std::lock_guard const lock(mutex_);
    return ends_[at].carried;
  }

  // ---- listening ----

  /// Calls add(listeners), under the lock, unless they would never be called.
  template <class Add>
  void listen(unsigned at, bool toMessages, Add&& add) {
    std::lock_guard const lock(mutex_);
    End& end = ends_[at];
    if (toMessages ? end.mayGetMessages() : !end.isOver()) {
      add(toMessages ? end.onMessage : end.onClose);
    }
  }

  // ---- closing ----

  /// What is left to do after the closing of one end, for each of the two.
  struct Closing {
    std::array<Ring, 2> rings{};
    std::array<Rest, 2> rests{};
    std::uint64_t stamp = 0;  // what the caller sends later has a larger one
  };

  /// Closes the end: nothing is handled there any more, but for "close". `clock` is that of the caller.
  void close(unsigned at, std::uint64_t clock, Closing& closing) noexcept {
    std::lock_guard const lock(mutex_);
    End& end = ends_[at];
    if (end.isClosed) return;
    if (end.service.home == nullptr) end.finish(closing.rests[at]);
    else end.closeHere(clock, closing.rings[at], closing.rests[at]);
    closeOther(at, clock, closing);
  }

  /// Ends the end, whose endpoint is closed, if that watch is the end's. `clock` is that of the caller.
  template <class Watch>
  void homeIsClosed(unsigned at, Watch const* watch, std::uint64_t clock,
                    Closing& closing) noexcept {
    std::lock_guard const lock(mutex_);
    End& end = ends_[at];
    if (end.service.watch.get() != watch) return;
    bool const wasClosed = end.isClosed;
    end.finish(closing.rests[at]);
    if (!wasClosed) closeOther(at, clock, closing);
  }

  // ---- handling ----

  struct Taken {
    Owned<Message> message{};  // null: there is nothing for the ticket
    Home home{};
    Listeners listeners{};
    Rest rest{};
  };
  /// Takes what a ticket of that epoch is about: the first message. "close" is for its own ticket, which
  /// takes the messages before it, too: their own tickets may come a little later.
  [[nodiscard]] Taken take(unsigned at, std::uint64_t epoch, bool isForClose) {
    Taken taken;
    std::lock_guard const lock(mutex_);
    End& end = ends_[at];
    Message const* const first = end.queue.first();
    if (end.epoch != epoch || first == nullptr || (first->isClose && !isForClose)) return taken;
    taken.message = end.queue.pop();
    end.carried -= taken.message->carried();
    taken.home = end.service.home;
    if (taken.message->isClose) {
      taken.listeners = std::exchange(end.onClose, Listeners{});
      end.finish(taken.rest);
    } else {
      taken.listeners = end.onMessage;
    }
    return taken;
  }

 private:
  void closeOther(unsigned at, std::uint64_t clock, Closing& closing) noexcept {
    End& end = ends_[other(at)];
    end.otherIsClosed(clock, closing.rings[other(at)], closing.rests[other(at)]);
    closing.stamp = largerOf(ends_[0].lastStamp, ends_[1].lastStamp);
  }

  mutable Mutex mutex_{};  // guards both ends
  std::array<End, 2> ends_{};
};

}  // namespace tincan::inline abi0::detail
