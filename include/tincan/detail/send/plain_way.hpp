// tincan/detail/send/plain_way.hpp - the way into a lane where nothing is unusual
//
// Most messages are sent by the thread that polls the sender, on a literal that it has sent on lately, to
// a receiver that it has sent to lately and that takes as many messages as there are, and capturing their
// arguments runs no code of the user's. They are put where they travel without any other look.
#pragma once

#include <cstdint>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

/// Tells the receiver of a push into a lane that it does not look at just now.
SendResult tellOfPush(MessageLane& lane);

/// A lane, and a channel's name for it. Of the calling thread, and only for now.
struct PlainWay {
  /// Looks whether there is such a way between the endpoints; else the record is null. `hash` is that of
  /// the literal.
  [[gnu::always_inline]] PlainWay(Ends const& ends, char const* literal,
                                  std::uint64_t hash) noexcept
      : sender(ends.from), thread(threadStateHere) {
    if (sender == nullptr || thread == nullptr || !sender->plainSender.isOpenTo(thread->token))
        [[unlikely]]
      return;
    lane = sender->outbox.recent(ends.to);
    // relaxed: see EndpointCore::markClosed().
    if (lane != nullptr && lane->isPlain.load(std::memory_order_relaxed) && !lane->startsChunk())
        [[likely]]
      record = sender->names.recent(literal, hash);
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

  EndpointCore* const sender;
  ThreadState* const thread;
  MessageLane* lane = nullptr;
  NameRecord const* record = nullptr;
};

}  // namespace tincan::inline abi0::detail
