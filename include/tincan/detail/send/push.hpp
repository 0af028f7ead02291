// tincan/detail/send/push.hpp - puts a message into a lane
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/send/capture.hpp>
#include <tincan/detail/send/room.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

/// A cell of a lane while it is filled. Nothing that may send by the lane runs meanwhile, see Capture. One that is not
/// committed is opened again for the next message.
class OpenCell {
 public:
  OpenCell(MessageLane& lane, ThreadState& thread)
      : lane_(lane), thread_(thread), cell_(begin(lane)) {}
  OpenCell(MessageLane& lane, SendingAs const& sender) : OpenCell(lane, sender.thread()) {}
  explicit OpenCell(MessageLane& lane) : OpenCell(lane, threadState()) {}
  ~OpenCell() {
    if (!isCommitted_) [[unlikely]]
      lane_.close();
  }
  OpenCell(OpenCell const&) = delete;
  OpenCell& operator=(OpenCell const&) = delete;

  MessageCell& operator*() const noexcept { return cell_; }
  MessageCell* operator->() const noexcept { return &cell_; }

  /// Publishes the cell with the thread's next stamp.
  void commit(Kind kind) noexcept { publish(kind, lane_.nextStamp(thread_)); }
  /// Publishes what was sent before and has waited elsewhere: with the stamp that it has, or the next
  /// one that fits.
  void commitWith(Kind kind, std::uint64_t stamp) noexcept {
    publish(kind, largerOf(lane_.lastStamp + 1, stamp));
  }

 private:
  static MessageCell& begin(MessageLane& lane) {
    // Once in a chunk the sender catches up with what the receiver has seen; see Inbox::seen().
    if (lane.startsChunk()) [[unlikely]]
      raiseClock(stampOf(lane.receiver->inbox.seen()));
    return lane.open();
  }

  void publish(Kind kind, std::uint64_t stamp) noexcept {
    isCommitted_ = true;
    lane_.lastStamp = stamp;
    if (lane_.tellsTap) [[unlikely]]
      lane_.tellSent(kind, cell_, stamp);
    lane_.publish(cell_, makeWord(stamp, kind));
  }

  MessageLane& lane_;
  ThreadState& thread_;
  MessageCell& cell_;
  bool isCommitted_ = false;
};

/// Holds a channel's record until a message has it.
class NameHold {
 public:
  NameHold(EndpointCore& sender, ChannelName const& channel)
      : record_(sender.names.find(channel)) {}
  explicit NameHold(NameRecord const* record) noexcept : record_(record) {}
  ~NameHold() {
    if (record_ != nullptr && !record_->isKept) [[unlikely]]
      DeleteRecord{}(record_);
  }
  NameHold(NameHold const&) = delete;
  NameHold& operator=(NameHold const&) = delete;

  NameRecord const& record() const noexcept { return *record_; }
  [[nodiscard]] NameRecord const* release() noexcept { return std::exchange(record_, nullptr); }
  /// Returns a record of the same channel for somebody else: this one, if the sender keeps it.
  [[nodiscard]] NameRecord const* copy() const {
    return record_->isKept ? record_ : makeRecord(record_->name(), false);
  }

 private:
  NameRecord const* record_;
};

/// The lane of a route to somebody, with room for one message. Throws Deadlock, and std::bad_alloc.
LaneOrError openAnyLane(EndpointCore& sender, Route const& route, ChannelName const& channel);
[[gnu::always_inline]] inline LaneOrError openLane(EndpointCore& sender, Route const& route,
                                                   ChannelName const& channel) {
  MessageLane* const lane = sender.outbox.recent(route.to);
  // relaxed: see EndpointCore::markClosed().
  if (lane != nullptr && lane->isPlain.load(std::memory_order_relaxed)) [[likely]]
    return {lane, {}};
  return openAnyLane(sender, route, channel);
}

/// Publishes a message into a lane that has bounds, in one step with the room that it needs.
SendResult commitBounded(EndpointCore& sender, MessageLane& lane, OpenCell& cell, Kind kind);

/// Publishes a message that is complete and was counted by its lane, and tells the receiver.
inline SendResult commitMessage(EndpointCore& sender, MessageLane& lane, OpenCell& cell,
                                Kind kind) {
  if (lane.bounds != nullptr) [[unlikely]]
    return commitBounded(sender, lane, cell, kind);
  cell.commit(kind);
  sender.sent.add();
  return lane.receiver->pushed(lane) ? SendResult::Queued : SendResult::Closed;
}

/// Sends a message. Throws what capturing the arguments throws, Deadlock and std::bad_alloc; then nothing was
/// sent.
inline SendResult pushMessage(Route const& route, ChannelName const& channel,
                              Filling const& filling) {
  if (route.to == nullptr) [[unlikely]]
    return SendResult::Closed;
  EndpointCore& sender = route.sender.core();
  auto const [lane, refused] = openLane(sender, route, channel);
  if (lane == nullptr) [[unlikely]]
    return refused == Errc::Closed ? SendResult::Closed : SendResult::Full;
  NameHold name(sender, channel);
  Capture captured(*lane, filling, *filling.ops->travelling);
  if (!filling.ops->isQuiet && route.to->isClosed()) [[unlikely]] {  // by what has run meanwhile
    refuse(sender, *route.to, channel, Errc::Closed);
    return SendResult::Closed;
  }
  OpenCell cell(*lane, route.sender);
  captured.fill(*cell);
  cell->name = name.release();
  return commitMessage(sender, *lane, cell, Kind::Message);
}

}  // namespace tincan::inline abi0::detail
