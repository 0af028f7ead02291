// tincan/testing/detail/simulate/simulated_lane.hpp - a lane of a simulation
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <tincan/detail/drive/ownership.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/peer.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>
#include <tincan/testing/detail/simulate/vector_clock.hpp>

namespace tincan::inline abi0::testing::detail {

using tincan::detail::Kind;
using tincan::detail::MessageCell;

/// An entry for something that waits in a lane: a message, or one of the other things that travel.
struct QueuedMessage {
  bool isMessage() const noexcept { return name != nullptr; }
  bool isRequest() const noexcept { return asks != nullptr; }

  std::uint64_t number;    // of all that was sent
  std::uint64_t position;  // in the lane
  std::uint64_t stamp;
  Kind kind;
  bool isLate;                                       // it was sent before, and has waited elsewhere
  Sent sent{};                                       // number 0: nobody knows
  ClockStore::Place knowledge{};                     // of its sender
  tincan::detail::NameRecord const* name = nullptr;  // of a message
  tincan::detail::AnswerSlot const* asks = nullptr;  // where its answer is to land
  bool isLatest = false;                             // a later one may supersede it
  bool endsQuietly = false;  // also if nobody handles it, but for what a hook is told
};

/// The list of what waits in one lane of a simulated bus. The cells stay where they are, in the lane.
struct SimulatedLane final : tincan::detail::DrivenLane {
  static SimulatedLane& of(MessageLane const& lane) noexcept {
    return static_cast<SimulatedLane&>(*lane.driven);
  }

  /// Makes it as new, but for the memory of its vector.
  void renew() {
    SimulatedLane fresh;
    waiting.clear();
    fresh.waiting.swap(waiting);
    *this = std::move(fresh);
  }

  bool empty() const noexcept { return first == waiting.size(); }
  QueuedMessage const& front() const noexcept { return waiting[first]; }
  void push(QueuedMessage const& one) {
    ++to->waiting;
    waiting.push_back(one);
  }
  QueuedMessage pop() noexcept {
    --to->waiting;
    QueuedMessage const one = waiting[first];
    if (++first == waiting.size()) {
      waiting.clear();
      first = 0;
    } else if (one.isLate) {
      waiting[first].sent.startedBefore =
          0;  // what was there by then came before the first of them
    }
    return one;
  }

  /// All that waits, the next one first.
  std::span<QueuedMessage const> all() const noexcept {
    return std::span<QueuedMessage const>(waiting).subspan(first);
  }
  /// Whether something waits that is no quit.
  bool hasMessages() const noexcept {
    auto const queued = all();
    return std::any_of(queued.begin(), queued.end(),
                       [](QueuedMessage const& one) { return one.kind != Kind::Quit; });
  }

  /// Whether its first message is one that the receiver's poll() takes, for that leaves what the
  /// endpoint has sent to itself since then; and no first message of another lane led to it.
  bool hasNext(ClockStore const& clocks) const {
    if (empty() || (from == to && front().number > to->pollLook.ownUpTo)) return false;
    QueuedMessage const& mine = front();
    for (SimulatedLane const* const other : to->lanes) {
      if (other == this || other->empty()) continue;
      QueuedMessage const& theirs = other->front();
      if (mine.kind == Kind::Quit) {
        if (theirs.number < mine.number) return false;
      } else if (mine.sent.number != 0 && theirs.sent.number != 0) {
        if (mustFollow(theirs.sent, clocks)) return false;
      } else if ((mine.isLate || theirs.isLate) && theirs.stamp < mine.stamp) {
        return false;
      }
    }
    return true;
  }

  /// Whether the first message must be handled after that one. What has waited at a port may come after all that was
  /// there when that was started, though it could have led to it.
  bool mustFollow(Sent const& other, ClockStore const& clocks) const {
    std::span<std::uint32_t const> const known = clocks.at(front().knowledge);
    if (!covers(known, other.by, other.number)) return false;
    bool const isPortsOwn = other.port != nullptr && other.port == front().sent.port;
    return other.startedBefore == 0 || front().isLate || isPortsOwn ||
           covers(known, to->index, other.startedBefore);
  }

  /// Calls add(cell, position) for each cell that has become visible since the last time.
  template <class Add>
  void look(Add&& add) {
    tincan::detail::MessageQueue& queue = *real;
    auto const any = [](auto const&) { return true; };
    while (MessageCell* const cell = queue.seek(seen, any)) {
      add(*cell, seen.position);
      ++seen.index;
      ++seen.position;
    }
  }

  static Kind kindNow(MessageCell const& cell) noexcept {
    // relaxed: one thing happens at a time; the switches between stacks have ordered it.
    return tincan::detail::kindOf(cell.word.load(std::memory_order_relaxed));
  }

  /// The cell of the message that is first, or null; `extra` becomes the one with its arguments, if
  /// that is another.
  MessageCell* frontCell(MessageCell*& extra) const {
    tincan::detail::MessageQueue::Cursor cursor;
    tincan::detail::MessageQueue& queue = *real;
    return queue.seek(cursor, [&](MessageCell& cell) {
      Kind const kind = kindNow(cell);
      if (kind == Kind::Extra) extra = &cell;
      if (kind == Kind::Latest) return cell.ticket()->waits();
      return kind != Kind::Extra && kind != Kind::Nothing;
    });
  }

  /// Takes off the list the messages that made room for others, in an inbox that drops the oldest.
  void forgetDropped() {
    if (!real->readerLocks) return;
    tincan::detail::MessageQueue::Cursor cursor;
    tincan::detail::MessageQueue& queue = *real;
    bool const hasAny = queue.seek(cursor, [](MessageCell& cell) {
      Kind const kind = kindNow(cell);
      return kind == Kind::Latest ? cell.ticket()->waits() : kind != Kind::Nothing;
    }) != nullptr;
    while (!empty() && (!hasAny || front().position < cursor.position)) {
      pop();
      hasDropped = true;
    }
  }

  /// Takes off the list the message that another one of that channel, with that number, is about to supersede. Returns
  /// the number of it; 0: there is none.
  std::uint64_t forgetSuperseded(tincan::detail::NameRecord const& channel, std::uint64_t by) {
    auto const begin = waiting.begin() + static_cast<std::ptrdiff_t>(first);
    auto const old = std::find_if(begin, waiting.end(), [&](QueuedMessage const& one) {
      return one.isLatest && one.name == &channel;
    });
    if (old == waiting.end()) return 0;
    superseded = {old->number, by};
    waiting.erase(old);
    --to->waiting;
    hasDropped = true;
    if (empty()) {
      waiting.clear();
      first = 0;
    }
    return superseded.number;
  }

  std::shared_ptr<MessageLane> real{};
  SimulatedEndpoint* from = nullptr;
  SimulatedEndpoint* to = nullptr;
  Source source = Nothing;
  tincan::detail::MessageQueue::Cursor seen{};  // up to there it is in `waiting`
  MessageCell* seenExtra = nullptr;             // seen, and the request that it belongs to not yet
  std::vector<QueuedMessage> waiting{};
  std::size_t first = 0;
  std::vector<ClockStore::Place>
      takenKnowing{};           // if it has a limit: what was known when each message was taken
  std::uint64_t foundUpTo = 0;  // the receiver knows that something waits, without having taken it
  bool hasDropped = false;      // a message that others made room for: it could have been handled
  struct {
    std::uint64_t number = 0, by = 0;
  } superseded{};  // the last one; 0: there was none
};

}  // namespace tincan::inline abi0::testing::detail
