// tincan/detail/send/fit.hpp - what travels when a verb is called by a name or by a typed channel
#pragma once

#include <type_traits>

#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/message/typed.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// Fits the arguments of a call by a name: any, each as it travels.
struct ByName {
  template <class... A>
  static consteval bool argumentsFit() noexcept {
    return true;
  }
  /// True if the arguments travel as they are.
  template <class... A>
  static consteval bool areAsSent() noexcept {
    return std::is_same_v<TypeList<Travels<A>...>, TypeList<std::remove_cvref_t<A>...>>;
  }
  /// call(what travels, arguments...)
  template <class Call, class... A>
  [[gnu::always_inline]] static decltype(auto) apply(Call&& call, ChannelName const&,
                                                     A&&... arguments) {
    return call(TypeList<Travels<A>...>{}, detail::travelling<A>(arguments)...);
  }
};

/// Fits the arguments of a call by a typed channel: those that its signature has, converted.
template <class S>
struct BySignature {
  template <class... A>
  static consteval bool argumentsFit() noexcept {
    return Typed<S>::template argumentsFit<A...>();
  }
  /// True if the arguments travel as they are.
  template <class... A>
  static consteval bool areAsSent() noexcept {
    return std::is_same_v<typename Typed<S>::Sent, TypeList<std::remove_cvref_t<A>...>>;
  }
  /// call(what travels, arguments...)
  template <class Call, class... A>
  [[gnu::always_inline]] static decltype(auto) apply(Call&& call, ChannelName const& channel,
                                                     A&&... arguments) {
    return Typed<S>::apply(call, channel.name(), static_cast<A&&>(arguments)...);
  }
};

/// Refuses to compile a call that asks a typed channel for another answer than its own; void is none.
template <class R, class S>
consteval void checkAnswerOf() noexcept {
  static_assert(std::is_same_v<R, typename Typed<S>::Result> || std::is_void_v<R>,
                "tincan: this typed channel answers with another type than the one asked for.");
}

}  // namespace tincan::inline abi0::detail
