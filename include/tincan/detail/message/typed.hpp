// tincan/detail/message/typed.hpp - what a channel's signature makes of calls, listeners and handlers
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/number.hpp>
#include <tincan/detail/message/conversion.hpp>
#include <tincan/detail/message/fitting.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// True if a parameter P of a listener or handler takes what travels as a T.
template <class P, class T>
consteval bool parameterTakes() noexcept {
  using Plain = std::remove_cvref_t<P>;
  if constexpr (std::is_same_v<Plain, T> || std::is_same_v<T, Value>) return true;
  else if constexpr (IsMutableReference<P>) return false;
  else if constexpr (Arithmetic<Plain> && Arithmetic<T>) return true;
  else if constexpr (std::is_same_v<Plain, std::string_view>) return std::is_same_v<T, std::string>;
  else if constexpr (IsOptional<Plain>) return parameterTakes<typename Plain::value_type, T>();
  else return false;
}

/// True if all of the types T behind the first `Sent` are optional: a sender may leave those out.
template <std::size_t Sent, class... T>
consteval bool othersAreOptional() noexcept {
  std::size_t index = 0;
  return ((index++ < Sent || IsOptional<T>)&&...);
}

template <class Sent, class Taken>
struct ParametersFit;
template <class... T, class... P>
struct ParametersFit<TypeList<T...>, TypeList<P...>> {
  static constexpr bool value = (IsOptional<std::remove_cvref_t<P>> && ...);
};
template <class T, class... Ts, class P, class... Ps>
struct ParametersFit<TypeList<T, Ts...>, TypeList<P, Ps...>> {
  static constexpr bool value =
      parameterTakes<P, T>() && ParametersFit<TypeList<Ts...>, TypeList<Ps...>>::value;
};

/// True if each of the arguments A converts to the type T in its place; of these there may be more.
template <class T, class A>
inline constexpr bool FirstConvert = true;
template <class T, class... Ts, class A, class... As>
requires(sizeof...(Ts) >
         sizeof...(As)) inline constexpr bool FirstConvert<TypeList<T, Ts...>, TypeList<A, As...>> =
    ConvertsTo<T, A> && FirstConvert<TypeList<Ts...>, TypeList<As...>>;
template <class... T, class... A>
requires(sizeof...(T) == sizeof...(A) &&
         sizeof...(A) > 0) inline constexpr bool FirstConvert<TypeList<T...>, TypeList<A...>> =
    (ConvertsTo<T, A> && ...);

/// What the signature S of a typed channel asks of calls, listeners and handlers.
template <class S>
struct Typed;
template <class R, class... P>
struct Typed<R(P...)> {
  using Result = R;
  using Sent = TypeList<Travels<P>...>;

  /// True if arguments of the types A fit the signature; else this does not compile, and says why.
  template <class... A>
  static consteval bool argumentsFit() noexcept {
    constexpr bool enough = othersAreOptional<sizeof...(A), Travels<P>...>();
    static_assert(sizeof...(A) <= sizeof...(P),
                  "tincan: this call has more arguments than the channel's signature.");
    static_assert(enough,
                  "tincan: this call has fewer arguments than the channel's signature, and only "
                  "trailing std::optional ones may be left out.");
    if constexpr (sizeof...(A) <= sizeof...(P) && enough) {
      constexpr bool fit = FirstConvert<Sent, TypeList<A...>>;
      static_assert(fit,
                    "tincan: an argument does not convert to the type that the channel's signature "
                    "has in its place.");
      return fit;
    } else {
      return false;
    }
  }

  /// Calls call(Sent, arguments...), with an argument for each parameter, converted to its type.
  template <class Call, class... A>
  static decltype(auto) apply(Call&& call, std::string_view channel, A&&... arguments) {
    if constexpr (sizeof...(A) == sizeof...(P)) {
      return call(Sent{}, detail::convertTo<Travels<P>>(channel, static_cast<A&&>(arguments))...);
    } else {
      return apply(call, channel, static_cast<A&&>(arguments)..., std::nullopt);
    }
  }

  /// Does not compile if a listener or handler with the parameters Taken does not fit the signature.
  template <class Taken>
  static consteval bool assertParametersFit() noexcept {
    static_assert(ParametersFit<Sent, Taken>::value,
                  "tincan: a parameter of this listener or handler does not take the type that the "
                  "channel's signature has in its place.");
    return true;
  }

  /// Does not compile if a handler that returns that does not fit the signature.
  template <class Returned>
  static consteval bool assertAnswerFits() noexcept {
    if constexpr (std::is_void_v<R>) {
      static_assert(
          std::is_void_v<Returned>,
          "tincan: this handler returns something, and the channel answers with nothing.");
    } else {
      static_assert(
          !std::is_void_v<Returned>,
          "tincan: this handler returns nothing, and the channel answers with something.");
      if constexpr (!std::is_void_v<Returned>) {
        static_assert(ConvertsTo<Travels<R>, Returned>,
                      "tincan: this handler's result does not convert to the channel's answer.");
      }
    }
    return true;
  }

  /// Converts the answer of a handler to the channel's.
  struct Answer {
    template <class T>
    static Travels<R> convert(T&& value) {
      return static_cast<Travels<R>>(
          detail::convertTo<Travels<R>>("the answer of a typed channel", static_cast<T&&>(value)));
    }
  };
};

/// Gives the answer of a handler as it is.
struct AsReturned {
  template <class T>
  [[gnu::always_inline]] static T&& convert(T&& value) noexcept {
    return static_cast<T&&>(value);
  }
};

/// Converts the result of a handler, a Returned, to the answer of a channel with the signature S.
template <class S, class Returned>
using AnswerOf = std::conditional_t<std::is_same_v<Returned, typename Typed<S>::Result>, AsReturned,
                                    typename Typed<S>::Answer>;

}  // namespace tincan::inline abi0::detail
