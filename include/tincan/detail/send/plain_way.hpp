// tincan/detail/send/plain_way.hpp - the way into a lane where nothing is unusual
//
// Most messages are sent by the thread that polls the sender, on a channel that it has sent on lately, to
// a receiver that it has sent to lately and that takes as many messages as there are, and capturing their
// arguments runs no code of the user's. They are put where they travel without any other look. A thread
// that has not polled the sender has to look a little longer for the one by whose lanes it sends.
#pragma once

#include <cstdint>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/outbox.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/send/plain_sender_instead.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

/// Tells the receiver of a push into a lane that it does not look at just now.
SendResult tellOfPush(MessageLane& lane);

/// Makes one more hold of a lane.
[[nodiscard]] Outbox::Hold makeHold(MessageLane& lane) noexcept;

/// A lane, and a channel's name for it. Of the calling thread, and only for now. Names of channels come in
/// parts, see ChannelNameAccess::join().
struct PlainWay {
  /// Looks whether there is such a way that was gone lately; else the record is null. Calls nothing, so that
  /// whoever looks keeps what it has in registers.
  [[gnu::always_inline]] PlainWay(Ends const& ends, char const* data, std::uint64_t sizeAndKind,
                                  std::uint64_t hash) noexcept
      : sender(ends.from) {
    if (thread == nullptr) [[unlikely]]
      return;
    if (sender == nullptr || !sender->isOpenTo(*thread)) [[unlikely]] {
      sender = plainSenderAsBefore(ends, *thread);
      if (sender == nullptr) return;
    }
    if (findLane(ends.to)) [[likely]]
      record = sender->names.recentLiteral(data, sizeAndKind, hash);
  }
  /// Looks whether there is such a way, for any thread and any name.
  [[gnu::noinline]] static PlainWay lookLonger(Ends const& ends, char const* data,
                                               std::uint64_t sizeAndKind,
                                               std::uint64_t hash) noexcept {
    PlainWay way;
    if (way.thread == nullptr) return way;
    bool const isPolledHere = ends.from != nullptr && ends.from->isOpenTo(*way.thread);
    way.sender = isPolledHere ? ends.from : plainSenderInstead(ends, *way.thread);
    if (way.sender != nullptr && way.findLane(ends.to))
      way.record = way.sender->names.recent(data, sizeAndKind, hash);
    return way;
  }

  /// A hold of the lane.
  [[nodiscard, gnu::always_inline]] Outbox::Hold hold() const noexcept {
    Outbox::Hold held = sender->outbox.takeSpare(lane);
    if (held == nullptr) [[unlikely]]
      return makeHold(*lane);
    return held;
  }

  /// Sends what lane->next() has been filled with. That is not open before, so that a constructor of the
  /// arguments may throw.
  [[gnu::always_inline]] SendResult push(MessageCell& filled, Kind kind) const {
    filled.name = record;
    lane->pushedMessages.add();
    sender->sent.add();
    lane->publishNext(kind, filled, *thread);
    if (lane->signal.observes(MessageLane::Listed)) [[likely]]
      return SendResult::Queued;
    return tellOfPush(*lane);
  }

  EndpointCore* sender = nullptr;
  ThreadState* thread = ThreadStateHere::mine();
  MessageLane* lane = nullptr;
  NameRecord const* record = nullptr;

 private:
  PlainWay() = default;

  [[gnu::always_inline]] bool findLane(EndpointCore const* to) noexcept {
    lane = sender->outbox.recent(to);
    // relaxed: see EndpointCore::markClosed().
    return lane != nullptr && lane->isPlain.load(std::memory_order_relaxed) && !lane->startsChunk();
  }
};

}  // namespace tincan::inline abi0::detail
