// tincan/detail/send/plain_send.hpp - the way of a message that meets nothing unusual
//
// Most messages are sent by the thread that polls the sender, on a literal that it has sent on lately, to
// a receiver that it has sent to lately and that takes as many messages as there are, and capturing their
// arguments runs no code of the user's. They go this way, which is one function that calls none; all others
// leave it for pushMessage(), before anything has happened.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/send/push.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline v0::detail {

/// Tells the receiver of a push into a lane that it does not look at just now.
[[gnu::noinline]] inline SendResult tellOfPush(MessageLane& lane) {
  Sending const sending;  // a hook that is called may end the sender
  return lane.receiver->pushed(lane) ? SendResult::Queued : SendResult::Closed;
}

/// The size of a name, and whether it is a literal.
constexpr std::uint64_t sizeAndKind(ChannelName const& channel) noexcept {
  return std::uint64_t{channel.name().size()} << 1 |
         (ChannelNameAccess::isLiteral(channel) ? 1 : 0);
}

/// Sends messages for `From`, which has the members ends() and route(verb). What travels is a `T...`. Both
/// functions take the parts of a name in registers, and in the same ones.
template <class From, class... T>
struct PlainSend {
  /// Sends on a literal, if capturing the arguments runs no code of the user's.
  template <class... A>
  [[gnu::noinline]] static SendResult onLiteral(From const& from, char const* literal,
                                                std::uint64_t size, std::uint64_t hash,
                                                A&&... arguments) {
    using Captured = typename CheckedArguments<TypeList<T...>, TypeList<A...>>::Captured;
    auto const [sender, to] = from.ends();
    ThreadState* const thread = threadStateHere;
    if (sender == nullptr || thread == nullptr || !sender->isOpenTo(*thread)) [[unlikely]]
      return onAnyName(from, literal, size, hash, std::forward<A>(arguments)...);
    MessageLane* const lane = sender->outbox.recent(to);
    // relaxed: see EndpointCore::markClosed().
    if (lane == nullptr || !lane->isPlain.load(std::memory_order_relaxed) || lane->startsChunk())
        [[unlikely]]
      return onAnyName(from, literal, size, hash, std::forward<A>(arguments)...);
    NameRecord const* const record = sender->names.recent(literal, hash);
    if (record == nullptr) [[unlikely]]
      return onAnyName(from, literal, size, hash, std::forward<A>(arguments)...);
    MessageCell& cell = lane->next();
    cell.template make<Captured>(std::forward<A>(arguments)...);
    cell.name = record;
    lane->pushedMessages.add();
    sender->sent.add();
    lane->publishNext(Kind::Message, cell, *thread);
    if (lane->signal.observes(MessageLane::Listed)) [[likely]]
      return SendResult::Queued;
    return tellOfPush(*lane);
  }

  template <class... A>
  [[gnu::noinline]] static SendResult onAnyName(From const& from, char const* data,
                                                std::uint64_t size, std::uint64_t hash,
                                                A&&... arguments) {
    ChannelName const channel = ChannelNameAccess::make({data, size >> 1}, hash, (size & 1) != 0);
    return pushMessage(from.route("send"), channel, TypeList<T...>{},
                       std::forward<A>(arguments)...);
  }
};

/// Sends what travels as `T...`, made from the arguments. Throws what capturing these throws, Deadlock,
/// and std::bad_alloc; then nothing was sent.
template <class From, class... T, class... A>
[[gnu::always_inline]] inline SendResult sendMessage(From const& from, ChannelName const& channel,
                                                     TypeList<T...>, A&&... arguments) {
  using Captured = typename CheckedArguments<TypeList<T...>, TypeList<A...>>::Captured;
  using Send = PlainSend<From, T...>;
  char const* const data = channel.name().data();
  std::uint64_t const size = sizeAndKind(channel);
  std::uint64_t const hash = ChannelNameAccess::hash(channel);
  if constexpr (Captured::isMadeQuietlyFrom(TypeList<A...>{})) {
    if (ChannelNameAccess::isLiteral(channel))
      return Send::onLiteral(from, data, size, hash, std::forward<A>(arguments)...);
  }
  return Send::onAnyName(from, data, size, hash, std::forward<A>(arguments)...);
}

}  // namespace tincan::inline v0::detail
