// tincan/detail/send/ask.hpp - puts a request into a lane, and waits for its answer or returns its future
#pragma once

#include <exception>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/send/blocking_request.hpp>
#include <tincan/detail/send/push.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// Puts a request into a lane that is open. The slot gets an answer in any case: Closed, if nothing
/// else.
template <class Captured, class... A>
void pushRequest(SendingAs const& sender, MessageLane& lane, NameHold& name, Kind kind,
                 AnswerSlot& slot, Capture<Captured, A...>& captured) {
  auto const finish = [&](OpenCell& cell) {
    cell->setSlot(&slot);
    cell->name = name.release();
    commitMessage(sender.core(), lane, cell, kind);
  };
  if constexpr (Captured::place == Place::CellOrExtra) {
    lane.prepareTwo();
    ArgumentsOps const* ops = nullptr;
    {
      OpenCell extra(lane, sender);
      captured.fill(extra);
      ops = extra->arguments;
      extra.commit(Kind::Extra);
    }
    OpenCell cell(lane, sender);
    cell->arguments = ops;
    finish(cell);
  } else {
    OpenCell cell(lane, sender);
    captured.fill(cell);
    finish(cell);
  }
  sender.thread().answers.tidy();
}

/// Sends a request, blocks until its answer is there and returns that. Throws what the listener threw, or
/// Error.
template <class R, class... T, class... A>
R sendSync(Route const& route, ChannelName const& channel, TypeList<T...> sent, A&&... arguments) {
  if (route.to == nullptr) [[unlikely]]
    throwFailure(Errc::Closed, channel.name(), route.receiverName());
  EndpointCore& sender = route.sender.core();
  EndpointCore& to = *route.to;
  auto const [lane, refused] = openLane(sender, route, channel);
  if (lane == nullptr) [[unlikely]]
    throwFailure(refused, channel.name(), route.receiverName());
  if (sender.isClosed()) [[unlikely]]
    throwFailure(Errc::Closed, channel.name(), route.receiverName());
  NameHold name(sender, channel);
  MessageLane& open = *lane;
  return detail::withCaptured(
      open, sent,
      [&](auto& captured) {
        BlockingRequest request(route.sender.thread(), sender, to, channel.name(), route.deadline);
        detail::pushRequest(route.sender, open, name, Kind::Request, request.slot(), captured);
        request.wait(route.deadline);
        return request.take<R>();
      },
      std::forward<A>(arguments)...);
}

/// Sends a request or a call and returns its future, which also has the error if the receiver refuses it.
/// Throws what capturing the arguments throws.
template <class R, class... T, class... A>
Future<R> ask(Route const& route, Kind kind, ChannelName const& channel, TypeList<T...> sent,
              A&&... arguments) {
  auto const refusal = [&](Errc reason) {
    return FutureAccess::make<R>(
        std::make_exception_ptr(explain(reason, channel.name(), route.receiverName())));
  };
  if (route.to == nullptr) [[unlikely]]
    return refusal(Errc::Closed);
  EndpointCore& sender = route.sender.core();
  LaneOrError opened{};
  try {
    opened = openLane(sender, route, channel);
  } catch (Error const&) {  // it would wait for room for ever
    return FutureAccess::make<R>(std::current_exception());
  }
  MessageLane* const lane = opened.lane;
  if (lane == nullptr) [[unlikely]]
    return refusal(opened.refused);
  NameHold name(sender, channel);
  NameHold own(name.copy());
  auto held = lane->shared_from_this();
  PendingRequest pending(route.sender.thread(), route.deadline);
  detail::withCaptured(
      *lane, sent,
      [&](auto& captured) {
        detail::pushRequest(route.sender, *lane, name, kind, pending.slot(), captured);
      },
      std::forward<A>(arguments)...);
  return FutureAccess::make<R>(
      PendingAnswer(std::move(pending), std::move(held), own.release(), route.deadline));
}

}  // namespace tincan::inline abi0::detail
