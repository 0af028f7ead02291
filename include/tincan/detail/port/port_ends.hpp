// tincan/detail/port/port_ends.hpp - what becomes of the two ends of a channel
//
// What is posted to an end waits in its queue. Where the end is started it is served by tickets, which
// go through the inbox of an endpoint: for each message there is one, and when a ticket has come to
// its turn it takes the first message. If the end is sent away its queue goes along, and the tickets
// of before are void: they carry the epoch of the end, which each start and each stop changes. So
// nothing has ever to be brought from one endpoint to another.
//
//   Threads   Any. All is done under one lock; what must not happen under it (destructors of values
//             and listeners, messages to inboxes) is returned to the caller.
//   Progress  Nothing allocates and nothing throws.
//
// An end is       home   close    queue
//   waiting       null   here     what has been posted
//   started       set    here     the same; each message has a ticket, or one is being made
//   ending        any    queued   the other end is closed: nothing more is taken, "close" is the last
//   closed        set    queued   "close" alone, and the ticket for it
//   over          null   -        nothing
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace tincan::inline v0::detail {

/// Messages in a row, linked by themselves: to add one needs no memory.
template <class Message>
class PortQueue {
 public:
  PortQueue() noexcept = default;
  PortQueue(PortQueue&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
  PortQueue& operator=(PortQueue&& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(last_, other.last_);
    return *this;
  }
  ~PortQueue() {
    while (pop() != nullptr) {
    }
  }

  Message* first() const noexcept { return first_; }

  void push(std::unique_ptr<Message> message) noexcept {
    Message* const added = message.release();
    added->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = added;
    last_ = added;
  }
  /// Null: there is none.
  std::unique_ptr<Message> pop() noexcept {
    std::unique_ptr<Message> popped(first_);
    if (popped != nullptr) first_ = std::exchange(popped->next, nullptr);
    return popped;
  }
  void append(PortQueue&& other) noexcept {
    if (other.first_ == nullptr) return;
    (first_ == nullptr ? first_ : last_->next) = other.first_;
    last_ = std::exchange(other.last_, nullptr);
    other.first_ = nullptr;
  }

 private:
  Message* first_ = nullptr;
  Message* last_ = nullptr;  // if there is a first one
};

/// `World` has the types
///   mutex      what std::lock_guard takes
///   Message    next, stamp, isClose; carried(): how many ports are in it
///   Home       where an end is started; null: nowhere
///   Service    what an end needs there: home, watch, bell (the ticket for "close"), and lane (how
///              tickets get there if nothing else works)
///   Listeners  of one event; movable
///   Holder     names another end; reset()
template <class World>
class PortEnds {
 public:
  using Mutex = typename World::mutex;
  using Message = typename World::Message;
  using Home = typename World::Home;
  using Service = typename World::Service;
  using Bell = decltype(Service::bell);
  using SpareLane = decltype(Service::lane);
  using Listeners = typename World::Listeners;
  using Holder = typename World::Holder;
  using Queue = PortQueue<Message>;

  /// What an end has let go of. To be destroyed without the lock.
  struct Rest {
    Service service;
    Listeners onMessage{}, onClose{};
    Queue dropped;
  };

  static unsigned other(unsigned end) noexcept { return 1 - end; }

  /// With the ends' own "close", each.
  PortEnds(std::unique_ptr<Message> one, std::unique_ptr<Message> two) noexcept {
    ends_[0].close = std::move(one);
    ends_[1].close = std::move(two);
  }
  PortEnds(PortEnds const&) = delete;
  PortEnds& operator=(PortEnds const&) = delete;
  ~PortEnds() = default;

  /// Only for what says that it is done under the lock; all else takes it by itself.
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

  enum class Fit { Fits, Moved, Closed };
  /// Under the lock: whether the end is still where place() has found it.
  Fit fit(unsigned to, std::uint64_t epoch) const noexcept {
    End const& end = ends_[to];
    if (!end.takes()) return Fit::Closed;
    return end.epoch == epoch ? Fit::Fits : Fit::Moved;
  }
  /// Under the lock: the message fits. `clock` is that of the caller.
  void append(unsigned to, std::unique_ptr<Message> message, std::uint64_t clock) noexcept {
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

  /// Under the lock: the end is sent away, with what waits. How many ports are among that.
  std::size_t stop(unsigned at, Rest& rest) noexcept {
    End& end = ends_[at];
    ++end.epoch;
    if (end.isClosed) end.dropMessages(rest);  // nobody is left who could be told
    end.leave(rest);
    return end.carried;
  }

  // ---- who waits in whose queue ----

  /// Under the lock: the end, not started, waits in a message in the queue of another one.
  void setHolder(unsigned at, Holder holder) noexcept { ends_[at].holder = std::move(holder); }
  void received(unsigned at) {
    Holder none{};  // destroyed without the lock: it is what the end has had
    std::lock_guard const lock(mutex_);
    std::swap(none, ends_[at].holder);
  }
  /// None: whoever has the end can start it, or has done so.
  Holder holder(unsigned at) const {
    std::lock_guard const lock(mutex_);
    End const& end = ends_[at];
    return end.isClosed || end.service.home != nullptr ? Holder{} : end.holder;
  }
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

  /// A ticket for "close", to be brought to the end's home; null: none is needed.
  struct Ring {
    Bell bell{};
    Home home{};
    SpareLane lane{};
    std::uint64_t epoch = 0;
    std::uint64_t lastStamp = 0;
  };
  struct Closing {
    std::array<Ring, 2> rings;
    std::array<Rest, 2> rests;
  };

  /// Nothing is handled there any more, but for "close".
  void close(unsigned at, Closing& closing) noexcept {
    std::lock_guard const lock(mutex_);
    End& end = ends_[at];
    if (end.isClosed) return;
    if (end.service.home == nullptr) end.finish(closing.rests[at]);
    else end.closeHere(closing.rings[at], closing.rests[at]);
    ends_[other(at)].otherIsClosed(closing.rings[other(at)], closing.rests[other(at)]);
  }

  /// The endpoint is closed where the end is started, if it is that watch which says so.
  template <class Watch>
  void homeIsClosed(unsigned at, Watch const* watch, Closing& closing) noexcept {
    std::lock_guard const lock(mutex_);
    End& end = ends_[at];
    if (end.service.watch.get() != watch) return;
    bool const wasClosed = end.isClosed;
    end.finish(closing.rests[at]);
    if (wasClosed) return;
    ends_[other(at)].otherIsClosed(closing.rings[other(at)], closing.rests[other(at)]);
  }

  // ---- handling ----

  struct Taken {
    std::unique_ptr<Message> message;  // null: there is nothing for the ticket
    Home home{};
    Listeners listeners{};
    Rest rest;
  };
  /// What a ticket of that epoch takes: the first message. "close" is for its own ticket, which takes
  /// the messages before it, too: their own tickets may come a little later.
  Taken take(unsigned at, std::uint64_t epoch, bool isForClose) {
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
  struct End {
    bool takes() const noexcept { return !isClosed && close != nullptr; }
    bool mayStart() const noexcept { return !isClosed && service.home == nullptr; }
    bool isOver() const noexcept { return isClosed && queue.first() == nullptr; }
    bool mayGetMessages() const noexcept {
      return !isClosed && (close != nullptr || !queue.first()->isClose);
    }

    void dropMessages(Rest& rest) noexcept {
      rest.dropped.append(std::move(queue));
      carried = 0;
    }
    void leave(Rest& rest) noexcept {
      std::swap(rest.service, service);
      std::swap(rest.onMessage, onMessage);
      std::swap(rest.onClose, onClose);
    }
    /// Listeners may hold this very port, or the other one: they go, lest both keep each other.
    void finish(Rest& rest) noexcept {
      isClosed = true;
      ++epoch;
      if (close != nullptr) rest.dropped.push(std::move(close));
      dropMessages(rest);
      leave(rest);
    }
    void closeHere(Ring& ring, Rest& rest) noexcept {
      isClosed = true;
      std::swap(rest.onMessage, onMessage);
      while (queue.first() != nullptr && !queue.first()->isClose) rest.dropped.push(queue.pop());
      carried = 0;
      if (close != nullptr) announceClose(ring);
    }
    void otherIsClosed(Ring& ring, Rest& rest) noexcept {
      if (!takes()) return;
      bool const hasMessages = queue.first() != nullptr;
      announceClose(ring);
      if (!hasMessages) std::swap(rest.onMessage, onMessage);  // they are never called again
    }
    void announceClose(Ring& ring) noexcept {
      close->stamp = lastStamp + 1;
      queue.push(std::move(close));
      if (service.home == nullptr) return;
      ring = {std::move(service.bell), service.home, service.lane, epoch, lastStamp};
    }

    Queue queue;
    std::unique_ptr<Message> close;  // until it is in the queue
    Service service;
    Listeners onMessage{}, onClose{};
    Holder holder{};
    std::uint64_t epoch = 0;
    std::uint64_t lastStamp = 0;  // the clock of whoever has posted last
    std::size_t carried = 0;      // ports in the messages of the queue
    bool isClosed = false;        // it has closed itself, or has had its "close"
  };

  mutable Mutex mutex_;
  std::array<End, 2> ends_;
};

}  // namespace tincan::inline v0::detail
