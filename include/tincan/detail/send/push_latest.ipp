// tincan/detail/send/push_latest.ipp - puts a message into a lane that supersedes the one before it: the bodies
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/latest_messages.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/send/push.hpp>
#include <tincan/detail/send/push_latest.hpp>
#include <tincan/detail/send/room.hpp>
#include <tincan/detail/thread/thread_holder.hpp>

namespace tincan::inline abi0::detail {

/// True if the last message of that channel that the sender has sent by another lane seems to wait.
inline bool waitsElsewhere(EndpointCore& sender, EndpointCore& to,
                           std::string_view channel) noexcept {
  bool waits = false;
  withOtherLane(sender, to, [&](MessageLane& lane) {
    waits = lane.latest != nullptr && lane.latest->waits(channel);
  });
  return waits;
}

/// The lane to the receiver, with room for a message of that channel: that of the one which it supersedes, if there
/// is one.
inline LaneOrError openLatest(EndpointCore& sender, Route const& route, ChannelName const& channel,
                              NameRecord const& record) {
  // What is superseded may send at its end, and supersede again: not without end.
  constexpr unsigned MostInside = 16;
  EndpointCore& to = *route.to;
  noteCall(*to.bus);
  noteLife(to);
  MessageLane* const lane = sender.laneTo(to);
  std::optional<Errc> refused;
  if (lane == nullptr || to.isClosed()) refused = Errc::Closed;
  else if (threadState().dropping >= MostInside) refused = Errc::Full;
  if (refused.has_value()) {
    refuse(sender, to, channel, *refused);
    return {nullptr, *refused};
  }
  noteRoom(to, *lane);
  if (lane->latest == nullptr) lane->latest = Owned<LatestMessages>::make();
  if (lane->bounds != nullptr && !lane->latest->waits(record) &&
      !waitsElsewhere(sender, to, channel.name())) {
    return findRoom(sender, *lane, channel, route.deadline);
  }
  return {lane, {}};
}

/// Supersedes what a sender has sent by other lanes before its first poll.
inline ArgumentsView supersedeElsewhere(EndpointCore& sender, EndpointCore& to,
                                        std::string_view channel) noexcept {
  ArgumentsView superseded{nullptr, nullptr};
  withOtherLane(sender, to, [&](MessageLane& lane) {
    if (lane.latest != nullptr) superseded = lane.latest->supersede(channel);
    if (superseded.ops != nullptr) lane.droppedMessages.add();
  });
  return superseded;
}

/// Ends a message that was superseded, and tells of it.
inline void endSuperseded(MessageLane& lane, std::string_view channel,
                          ArgumentsView const& arguments) noexcept {
  if (arguments.ops == nullptr) return;
  ++threadState().dropping;
  {
    ArgumentsEnd const end(arguments);
    lane.receiver->bus->deadLetter(Errc::Superseded, channel, lane.senderCore(), *lane.receiver);
  }
  --threadState().dropping;
}

/// Puts a message into the cell of the one that it supersedes, after which nothing was sent. Returns the arguments of
/// that one; null operations, and nothing has happened, if it has been taken.
inline ArgumentsView updateLatest(MessageLane& lane, NameRecord const& record, ThreadState& thread,
                                  ArgumentsView const& arguments) noexcept {
  LatestTicket* const ticket = lane.latest->beginUpdate(lane, record);
  if (ticket == nullptr) return {nullptr, nullptr};
  ArgumentsView const superseded{ticket->ops, ticket->arguments};
  MessageCell& cell = *ticket->cell;
  ticket->ops = cell.arguments = arguments.ops;
  ticket->arguments = arguments.at;
  cell.setHeap(arguments.at);
  lane.lastStamp = lane.nextStamp(thread);
  if (lane.tellsTap) lane.tellSent(Kind::Latest, cell, lane.lastStamp);
  lane.publish(cell, makeWord(lane.lastStamp, Kind::Latest));
  ticket->endUpdate();
  return superseded;
}

TINCAN_INLINE SendResult pushLatest(Route const& route, ChannelName const& channel,
                                    Filling const& filling) {
  if (route.to == nullptr) return SendResult::Closed;
  EndpointCore& sender = route.sender.core();
  NameHold name(sender, channel);
  NameRecord const& record = name.record();
  auto const [lane, refused] = openLatest(sender, route, channel, record);
  if (lane == nullptr) return refused == Errc::Closed ? SendResult::Closed : SendResult::Full;
  Capture captured(*lane, filling, *filling.ops->travelling);
  if (route.to->isClosed()) {  // by what has run meanwhile
    refuse(sender, *route.to, channel, Errc::Closed);
    return SendResult::Closed;
  }
  // A name that nobody keeps names no message before this one.
  bool const isKept = record.isKept;
  if (isKept) lane->latest->prepare(record);
  ArgumentsView superseded{nullptr, nullptr}, other{nullptr, nullptr};
  // A driver knows each message by its cell.
  bool const mayUpdate = isKept && lane->driven == nullptr;
  struct Unsent {
    ~Unsent() {
      if (arguments.ops != nullptr) arguments.ops->destroy(arguments.at);
    }
    ArgumentsView arguments;
  } unsent{captured.takeFromHeap()};
  if (mayUpdate) superseded = updateLatest(*lane, record, route.sender.thread(), unsent.arguments);
  auto const supersedeOthers = [&] {
    bool const isPolled = sender.isOpenTo(route.sender.thread()) && sender.named == nullptr;
    if (isPolled && sender.takenStandIn() == nullptr) return;
    other = supersedeElsewhere(sender, *route.to, channel.name());
  };
  if (superseded.ops != nullptr) {
    unsent.arguments.ops = nullptr;
    lane->pushedMessages.add();
    lane->droppedMessages.add();
    sender.sent.add();
    supersedeOthers();
    route.to->pushed(*lane);
  } else {
    OpenCell cell(*lane, route.sender);
    cell->arguments = std::exchange(unsent.arguments.ops, nullptr);
    cell->setHeap(unsent.arguments.at);
    cell->name = name.release();
    lane->pushedMessages.add();
    if (isKept) superseded = lane->latest->replace(record, *cell);
    if (superseded.ops != nullptr) lane->droppedMessages.add();
    supersedeOthers();
    commitMessage(sender, *lane, cell, isKept ? Kind::Latest : Kind::Message);
  }
  endSuperseded(*lane, channel.name(), superseded);
  endSuperseded(*lane, channel.name(), other);
  // A hook, or what has ended, may have closed the receiver.
  noteLife(*route.to);
  return route.to->isClosed() ? SendResult::Closed : SendResult::Queued;
}

}  // namespace tincan::inline abi0::detail
