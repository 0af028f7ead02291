// tincan/detail/port/port_end.hpp - what becomes of one end of a channel
//
// An end is       home   close    queue
//   waiting       null   here     what has been posted
//   started       set    here     what has been posted; each has a ticket, or one is being made
//   ending        any    queued   the other end is closed: nothing more is taken, "close" is the last
//   closed        set    queued   "close" alone, and the ticket for it
//   over          null   -        nothing
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/port/port_queue.hpp>

namespace tincan::inline abi0::detail {

/// One end; for `World` see PortEnds.
///
///   Threads   Any, under the lock of the PortEnds.
///   Progress  Nothing allocates, nothing throws, and nothing is destroyed that is the user's.
template <class World>
struct PortEnd {
  using Message = typename World::Message;
  using Home = typename World::Home;
  using Service = typename World::Service;
  using Listeners = typename World::Listeners;
  using Holder = typename World::Holder;
  using Queue = PortQueue<Message>;

  /// The rest of what an end has let go of. To be destroyed without the lock.
  struct Rest {
    Service service{};
    Listeners onMessage{}, onClose{};
    Queue dropped{};
  };
  /// A ticket for "close", to be brought to the end's home; with none, none is needed.
  struct Ring {
    decltype(Service::bell) bell{};
    Home home{};
    decltype(Service::lane) lane{};
    std::uint64_t epoch = 0;
    std::uint64_t lastStamp = 0;
  };

  /// True if a message can still be posted to it.
  bool takes() const noexcept { return !isClosed && close != nullptr; }
  bool mayStart() const noexcept { return !isClosed && service.home == nullptr; }
  bool isOver() const noexcept { return isClosed && queue.first() == nullptr; }
  bool mayGetMessages() const noexcept {
    return !isClosed && (close != nullptr || !queue.first()->isClose);
  }

  /// Drops what waits: nobody gets it.
  void dropMessages(Rest& rest) noexcept {
    rest.dropped.append(std::move(queue));
    carried = 0;
  }
  /// Leaves where it is started, and the listeners.
  void leave(Rest& rest) noexcept {
    std::swap(rest.service, service);
    std::swap(rest.onMessage, onMessage);
    std::swap(rest.onClose, onClose);
  }
  /// Ends it. Listeners may hold this very port, or the other one: they go, lest both keep each
  /// other.
  void finish(Rest& rest) noexcept {
    isClosed = true;
    ++epoch;
    if (close != nullptr) rest.dropped.push(std::move(close));
    dropMessages(rest);
    leave(rest);
  }
  /// Closes it where it is started: nothing is handled any more but "close".
  void closeHere(std::uint64_t clock, Ring& ring, Rest& rest) noexcept {
    isClosed = true;
    std::swap(rest.onMessage, onMessage);
    while (queue.first() != nullptr && !queue.first()->isClose) rest.dropped.push(queue.pop());
    carried = 0;
    if (close != nullptr) announceClose(clock, ring);
  }
  /// Learns that the other end is closed: nothing more is taken, and "close" is the last.
  void otherIsClosed(std::uint64_t clock, Ring& ring, Rest& rest) noexcept {
    if (!takes()) return;
    bool const hasMessages = queue.first() != nullptr;
    announceClose(clock, ring);
    if (!hasMessages) std::swap(rest.onMessage, onMessage);  // they are never called again
  }
  /// Puts "close" into the queue, and asks for its ticket where the end is started. `clock` is that of
  /// the caller: "close" comes after what it has sent before.
  void announceClose(std::uint64_t clock, Ring& ring) noexcept {
    if (lastStamp < clock) lastStamp = clock;
    close->stamp = ++lastStamp;
    queue.push(std::move(close));
    if (service.home == nullptr) return;
    ring = {std::move(service.bell), service.home, service.lane, epoch, lastStamp};
  }

  Queue queue{};
  Owned<Message> close{};  // until it is in the queue
  Service service{};
  Listeners onMessage{}, onClose{};
  Holder holder{};
  std::uint64_t epoch = 0;
  std::uint64_t lastStamp = 0;  // the clock of whoever has posted or closed last
  std::size_t carried = 0;      // ports in the messages of the queue
  bool isClosed = false;        // it has closed itself, or has had its "close"
};

}  // namespace tincan::inline abi0::detail
