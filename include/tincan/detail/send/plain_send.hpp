// tincan/detail/send/plain_send.hpp - sends a message by a plain way, if there is one
#pragma once

#include <cstdint>

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
  /// Sends by a plain way if there is one that is found at once. Capturing the arguments runs no code of the
  /// user's.
  template <class... A>
  [[gnu::noinline]] static SendResult plainly(From const& from, char const* data,
                                              std::uint64_t size, std::uint64_t hash,
                                              A&&... arguments) {
    PlainWay const way(from.ends(), data, size, hash);
    if (way.record != nullptr) [[likely]]
      return push(way, static_cast<A&&>(arguments)...);
    return anyhow(from, data, size, hash, static_cast<A&&>(arguments)...);
  }

  template <class... A>
  [[gnu::noinline]] static SendResult anyhow(From const& from, char const* data, std::uint64_t size,
                                             std::uint64_t hash, A&&... arguments) {
    if constexpr (isQuiet<A...>()) {
      PlainWay const way = PlainWay::lookLonger(from.ends(), data, size, hash);
      if (way.record != nullptr) return push(way, static_cast<A&&>(arguments)...);
    }
    void* const addresses[] = {detail::addressOfArgument(arguments)..., nullptr};
    Filling const filling{&CheckedArguments<TypeList<T...>, TypeList<A...>>::ops, addresses};
    return PlainSend<From>::byRoute(from, data, size, hash, filling);
  }

  /// Sends by any way, whatever the types are; of PlainSend<From> only.
  [[gnu::noinline]] static SendResult byRoute(From const& from, char const* data,
                                              std::uint64_t size, std::uint64_t hash,
                                              Filling const& filling) {
    return detail::pushMessage(from.route("send"), ChannelNameAccess::join(data, size, hash),
                               filling);
  }

  /// True if capturing the arguments runs no code of the user's.
  template <class... A>
  static consteval bool isQuiet() {
    return Captured<A...>::isMadeQuietlyFrom(TypeList<A...>{});
  }

 private:
  template <class... A>
  using Captured = typename CheckedArguments<TypeList<T...>, TypeList<A...>>::Captured;

  template <class... A>
  [[gnu::always_inline]] static SendResult push(PlainWay const& way, A&&... arguments) {
    MessageCell& cell = way.lane->next();
    cell.template make<Captured<A...>>(static_cast<A&&>(arguments)...);
    return way.push(cell, Kind::Message);
  }
};

/// Sends what travels as `T...`, made from the arguments. Throws what capturing these throws, Deadlock,
/// and std::bad_alloc; then nothing was sent.
template <class From, class... T, class... A>
[[gnu::always_inline]] inline SendResult sendMessage(From const& from, ChannelName const& channel,
                                                     TypeList<T...>, A&&... arguments) {
  using Send = PlainSend<From, T...>;
  char const* const data = ChannelNameAccess::data(channel);
  std::uint64_t const size = ChannelNameAccess::sizeAndKind(channel);
  std::uint64_t const hash = ChannelNameAccess::hash(channel);
  if constexpr (Send::template isQuiet<A...>())
    return Send::plainly(from, data, size, hash, static_cast<A&&>(arguments)...);
  else return Send::anyhow(from, data, size, hash, static_cast<A&&>(arguments)...);
}

}  // namespace tincan::inline abi0::detail
