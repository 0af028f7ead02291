// tincan/channel.hpp - a channel whose arguments and answer the compiler checks
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/error.hpp>
#include <tincan/value.hpp>

namespace tincan::inline v0 {

namespace detail {

/// Every typed channel, for overloads that refuse it: one that the typed overload does not take must
/// not be taken for its name. (With template arguments that are spelled out, deduction goes past the
/// typed overload.)
class TypedChannel {};

/// A typed channel whose parameters can be deduced one by one; a worse match than the channel itself.
template <class S, class... P>
class BracedChannel : public TypedChannel {
 public:
  constexpr explicit BracedChannel(ChannelName name) noexcept : name_(name) {}

  constexpr std::string_view name() const noexcept { return name_.name(); }
  // NOLINTNEXTLINE(google-explicit-constructor): goes wherever a name goes.
  constexpr operator ChannelName() const noexcept { return name_; }

 private:
  ChannelName name_;
};

}  // namespace detail

/// A channel with a type: `inline constexpr Channel<int(std::string)> length{"length"};`
/// Goes wherever a name goes. What is sent on it, who listens, handles and answers must then fit the
/// signature. Trailing std::optional parameters may be left out by the sender. Arithmetic arguments
/// convert if the value is representable, else the call throws TypeMismatch.
///
///   Lifetime  As ChannelName: a view of its name.
template <class Signature>
class Channel {
  static_assert(std::is_void_v<Signature> && !std::is_void_v<Signature>,
                "tincan: a typed channel has a signature: Channel<int(std::string)>.");
};

template <class R, class... P>
class Channel<R(P...)> : public detail::BracedChannel<R(P...), P...> {
 public:
  static_assert(!std::is_reference_v<R>,
                "tincan: an answer is moved to the one who asked: it is no reference.");
  static_assert(std::is_void_v<R> || std::is_same_v<detail::Travels<R>, R>,
                "tincan: text arrives as std::string: a channel answers with that.");

  // NOLINTNEXTLINE(google-explicit-constructor): a name is written as a literal.
  constexpr Channel(ChannelName name) noexcept : detail::BracedChannel<R(P...), P...>(name) {}
};

namespace detail {

template <class S>
concept FunctionType = std::is_function_v<S>;

/// A number, or an unscoped enumerator, which is converted to one.
template <class T>
inline constexpr bool IsArithmetic = Arithmetic<std::remove_cvref_t<T>> ||
                                     (std::is_enum_v<std::remove_cvref_t<T>> &&
                                      std::is_convertible_v<T, long long>);

template <class T>
auto numberOf(T value) noexcept {
  if constexpr (std::is_enum_v<T>) return static_cast<std::underlying_type_t<T>>(value);
  else return value;
}

/// It would arrive as a pointer to the sender's array, or to its first element as true.
template <class T, class A>
inline constexpr bool IsDecay = (Arithmetic<T> && std::is_pointer_v<std::decay_t<A>>) ||
                                (std::is_pointer_v<T> &&
                                 std::is_array_v<std::remove_reference_t<A>>);

/// An argument (or an answer) of type A is taken as a T.
template <class T, class A>
concept ConvertsTo = (Arithmetic<T> && IsArithmetic<A>) ||
                     (!IsDecay<T, A> && std::is_convertible_v<A, T>) ||
                     (std::is_same_v<T, std::string> && std::is_convertible_v<A, std::string_view>);

template <class T>
inline constexpr bool IsOptionalNumber = false;
template <Arithmetic T>
inline constexpr bool IsOptionalNumber<std::optional<T>> = true;

template <class T>
[[noreturn]] void throwUnfit(std::string_view subject, std::string_view got) {
  throwTypeMismatch(std::string(subject), "'" + std::string(subject) + "': a value",
                    typeNameOf<T>(), got);
}

/// The same value as a T; throws TypeMismatch if T cannot represent it.
template <class T, class A>
decltype(auto) convertTo(std::string_view subject, A&& value) {
  if constexpr (IsOptionalNumber<T> && IsArithmetic<A>) {
    return T(convertTo<typename T::value_type>(subject, std::forward<A>(value)));
  } else if constexpr (Arithmetic<T> && IsArithmetic<A> &&
                       !std::is_same_v<T, std::remove_cvref_t<A>>) {
    T converted{};
    if (!Number(numberOf(static_cast<std::remove_cvref_t<A>>(value))).to(converted)) {
      throwUnfit<T>(subject, typeNameOf<std::remove_cvref_t<A>>());
    }
    return converted;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return travelling<A>(value);
  } else {
    return std::forward<A>(value);
  }
}

/// A number in the place of a parameter, in braces or beside such: it converts as those do that the
/// typed overload takes.
template <Arithmetic T>
class GivenNumber {
 public:
  GivenNumber() noexcept : type_(typeNameOf<T>()) {}
  template <class A>
  requires IsArithmetic<A>
  // NOLINTNEXTLINE(google-explicit-constructor): arguments are written as they are.
  GivenNumber(A value)
  noexcept : number_(numberOf(value)), type_(typeNameOf<A>()) {}

  T convert(std::string_view channel) const {
    T converted{};
    if (!number_.to(converted)) throwUnfit<T>(channel, type_);
    return converted;
  }

 private:
  Number number_;
  std::string_view type_;
};

template <class P>
struct GivenType {
  using type = std::remove_cvref_t<P>;
};
template <class P>
requires Arithmetic<std::remove_cvref_t<P>>
struct GivenType<P> {
  using type = GivenNumber<std::remove_cvref_t<P>>;
};
/// How a parameter P is taken where its argument may be in braces.
template <class P>
using Given = typename GivenType<P>::type;

template <class P, class S, class... All>
decltype(auto) asGiven(BracedChannel<S, All...> const& channel, Given<P>& argument) {
  if constexpr (Arithmetic<std::remove_cvref_t<P>>) return argument.convert(channel.name());
  else return std::move(argument);
}

/// A parameter P of a listener or handler takes what travels as a T.
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

/// The last ones of the list, which a sender may leave out.
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

/// What a typed channel makes of a call, a listener and a handler.
template <class S>
struct Typed;
template <class R, class... P>
struct Typed<R(P...)> {
  using Result = R;
  using Sent = TypeList<Travels<P>...>;

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

  /// call(Sent, arguments...), with an argument for each parameter.
  template <class Call, class... A>
  static decltype(auto) apply(Call&& call, std::string_view channel, A&&... arguments) {
    return [&]<std::size_t... I>(std::index_sequence<I...>)->decltype(auto) {
      return call(Sent{}, argument<I>(channel, std::forward<A>(arguments)...)...);
    }
    (std::index_sequence_for<P...>{});
  }

  template <class F, class Taken>
  static constexpr void checkParameters() noexcept {
    static_assert(ParametersFit<Sent, Taken>::value,
                  "tincan: a parameter of this listener or handler does not take the type that the "
                  "channel's signature has in its place.");
  }

  template <class Returned>
  static constexpr void checkAnswer() noexcept {
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

  /// The answer of a handler, as the channel's.
  struct Answer {
    template <class T>
    static Travels<R> convert(T&& value) {
      return static_cast<Travels<R>>(
          convertTo<Travels<R>>("the answer of a typed channel", std::forward<T>(value)));
    }
  };

 private:
  template <std::size_t I, class... A>
  static decltype(auto) argument([[maybe_unused]] std::string_view channel, A&&... arguments) {
    if constexpr (I < sizeof...(A)) {
      using T = std::tuple_element_t<I, std::tuple<Travels<P>...>>;
      return convertTo<T>(channel,
                          std::get<I>(std::forward_as_tuple(std::forward<A>(arguments)...)));
    } else {
      return std::nullopt;
    }
  }
};

}  // namespace detail
}  // namespace tincan::inline v0
