// tincan/detail/send/plain_send.hpp - sends a message by a plain way, if there is one
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/send/capture.hpp>
#include <tincan/detail/send/plain_way.hpp>
#include <tincan/detail/send/push.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

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
    PlainWay const way(from.ends(), literal, hash);
    if (way.record == nullptr) [[unlikely]]
      return onAnyName(from, literal, size, hash, static_cast<A&&>(arguments)...);
    MessageCell& cell = way.lane->next();
    cell.template make<Captured>(static_cast<A&&>(arguments)...);
    return way.push(cell, Kind::Message);
  }

  template <class... A>
  [[gnu::noinline]] static SendResult onAnyName(From const& from, char const* data,
                                                std::uint64_t size, std::uint64_t hash,
                                                A&&... arguments) {
    void* const addresses[] = {detail::addressOfArgument(arguments)..., nullptr};
    Filling const filling{&CheckedArguments<TypeList<T...>, TypeList<A...>>::ops, addresses};
    return PlainSend<From>::anyhow(from, data, size, hash, filling);
  }

  /// Sends by any way, whatever the types are; of PlainSend<From> only.
  [[gnu::noinline]] static SendResult anyhow(From const& from, char const* data, std::uint64_t size,
                                             std::uint64_t hash, Filling const& filling) {
    return detail::pushMessage(from.route("send"), ChannelNameAccess::join(data, size, hash),
                               filling);
  }
};

/// Sends what travels as `T...`, made from the arguments. Throws what capturing these throws, Deadlock,
/// and std::bad_alloc; then nothing was sent.
template <class From, class... T, class... A>
[[gnu::always_inline]] inline SendResult sendMessage(From const& from, ChannelName const& channel,
                                                     TypeList<T...>, A&&... arguments) {
  using Captured = typename CheckedArguments<TypeList<T...>, TypeList<A...>>::Captured;
  using Send = PlainSend<From, T...>;
  char const* const data = ChannelNameAccess::data(channel);
  std::uint64_t const size = ChannelNameAccess::sizeAndKind(channel);
  std::uint64_t const hash = ChannelNameAccess::hash(channel);
  if constexpr (Captured::isMadeQuietlyFrom(TypeList<A...>{})) {
    if (ChannelNameAccess::isLiteral(channel))
      return Send::onLiteral(from, data, size, hash, static_cast<A&&>(arguments)...);
  }
  return Send::onAnyName(from, data, size, hash, static_cast<A&&>(arguments)...);
}

}  // namespace tincan::inline abi0::detail
