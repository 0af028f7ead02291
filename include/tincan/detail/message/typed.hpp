// tincan/detail/message/typed.hpp - what a channel's signature makes of calls, listeners and handlers
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/number.hpp>
#include <tincan/detail/message/conversion.hpp>
#include <tincan/detail/message/fitting.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// True if a parameter P of a listener or handler takes what travels as a T.
template <class P, class T>
constexpr bool parameterTakes() noexcept {
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
constexpr bool othersAreOptional() noexcept {
  std::size_t index = 0;
  return ((index++ < Sent || IsOptional<T>)&&...);
}

template <class Sent, class Taken>
struct ParametersFit;
template <class... T, class... P>
struct ParametersFit<TypeList<T...>, TypeList<P...>> {
  template <class Parameter, std::size_t I>
  static constexpr bool fits() noexcept {
    if constexpr (I < sizeof...(T)) {
      return parameterTakes<Parameter, std::tuple_element_t<I, std::tuple<T...>>>();
    } else {
      return IsOptional<std::remove_cvref_t<Parameter>>;
    }
  }
  static constexpr bool value = []<std::size_t... I>(std::index_sequence<I...>) {
    return (fits<P, I>() && ...);
  }
  (std::index_sequence_for<P...>{});
};

/// What the signature S of a typed channel asks of calls, listeners and handlers.
template <class S>
struct Typed;
template <class R, class... P>
struct Typed<R(P...)> {
  using Result = R;
  using Sent = TypeList<Travels<P>...>;

  /// True if arguments of the types A fit the signature; else this does not compile, and says why.
  template <class... A>
  static constexpr bool argumentsFit() noexcept {
    constexpr bool enough = othersAreOptional<sizeof...(A), Travels<P>...>();
    static_assert(sizeof...(A) <= sizeof...(P),
                  "tincan: this call has more arguments than the channel's signature.");
    static_assert(enough,
                  "tincan: this call has fewer arguments than the channel's signature, and only "
                  "trailing std::optional ones may be left out.");
    if constexpr (sizeof...(A) <= sizeof...(P) && enough) {
      constexpr bool fit = []<std::size_t... I>(std::index_sequence<I...>) {
        return (ConvertsTo<std::tuple_element_t<I, std::tuple<Travels<P>...>>,
                           std::tuple_element_t<I, std::tuple<A...>>> &&
                ...);
      }
      (std::index_sequence_for<A...>{});
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
    return [&]<std::size_t... I>(std::index_sequence<I...>)->decltype(auto) {
      return call(Sent{}, argument<I>(channel, std::forward<A>(arguments)...)...);
    }
    (std::index_sequence_for<P...>{});
  }

  /// Does not compile if a listener or handler F with the parameters Taken does not fit the signature.
  template <class F, class Taken>
  static constexpr void assertParametersFit() noexcept {
    static_assert(ParametersFit<Sent, Taken>::value,
                  "tincan: a parameter of this listener or handler does not take the type that the "
                  "channel's signature has in its place.");
  }

  /// Does not compile if a handler that returns that does not fit the signature.
  template <class Returned>
  static constexpr void assertAnswerFits() noexcept {
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
  }

  /// Converts the answer of a handler to the channel's.
  struct Answer {
    template <class T>
    static Travels<R> convert(T&& value) {
      return static_cast<Travels<R>>(
          detail::convertTo<Travels<R>>("the answer of a typed channel", std::forward<T>(value)));
    }
  };

 private:
  template <std::size_t I, class... A>
  static decltype(auto) argument([[maybe_unused]] std::string_view channel, A&&... arguments) {
    if constexpr (I < sizeof...(A)) {
      using T = std::tuple_element_t<I, std::tuple<Travels<P>...>>;
      return detail::convertTo<T>(
          channel, std::get<I>(std::forward_as_tuple(std::forward<A>(arguments)...)));
    } else {
      return std::nullopt;
    }
  }
};

}  // namespace tincan::inline abi0::detail
