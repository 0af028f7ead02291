// tincan/detail/message/conversion.hpp - an argument or answer of a typed channel as its signature has it
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <tincan/detail/base/number.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// True for a number, and for an unscoped enumerator, which is converted to one.
template <class T>
inline constexpr bool IsArithmetic = Arithmetic<std::remove_cvref_t<T>> ||
                                     (std::is_enum_v<std::remove_cvref_t<T>> &&
                                      std::is_convertible_v<T, long long>);

/// The number that an unscoped enumerator is, or the value itself.
template <class T>
auto numberOf(T value) noexcept {
  if constexpr (std::is_enum_v<T>) return static_cast<std::underlying_type_t<T>>(value);
  else return value;
}

/// True if an A would arrive as a pointer to the sender's array, or any pointer as true.
template <class T, class A>
inline constexpr bool IsDecay = (Arithmetic<T> && std::is_pointer_v<std::decay_t<A>>) ||
                                (std::is_pointer_v<T> &&
                                 std::is_array_v<std::remove_reference_t<A>>);

/// An A that is taken, as an argument or an answer, where the signature has a T.
template <class T, class A>
concept ConvertsTo = (Arithmetic<T> && IsArithmetic<A>) ||
                     (!IsDecay<T, A> && std::is_convertible_v<A, T>) ||
                     (std::is_same_v<T, std::string> && std::is_convertible_v<A, std::string_view>);

template <class T>
inline constexpr bool IsOptionalNumber = false;
template <Arithmetic T>
inline constexpr bool IsOptionalNumber<std::optional<T>> = true;

/// Throws Error(TypeMismatch): a value of the type `got` is not representable as a T.
template <class T>
[[noreturn]] void throwUnfit(std::string_view subject, std::string_view got) {
  throwTypeMismatch(std::string(subject), "'" + std::string(subject) + "': a value",
                    typeNameOf<T>(), got);
}

/// Converts a value to a T. Throws Error(TypeMismatch) if T cannot represent it.
template <class T, class A>
decltype(auto) convertTo(std::string_view subject, A&& value) {
  if constexpr (IsOptionalNumber<T> && IsArithmetic<A>) {
    return T(detail::convertTo<typename T::value_type>(subject, static_cast<A&&>(value)));
  } else if constexpr (Arithmetic<T> && IsArithmetic<A> &&
                       !std::is_same_v<T, std::remove_cvref_t<A>>) {
    T converted{};
    if (!Number(detail::numberOf(static_cast<std::remove_cvref_t<A>>(value))).to(converted)) {
      throwUnfit<T>(subject, typeNameOf<std::remove_cvref_t<A>>());
    }
    return converted;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return detail::travelling<A>(value);
  } else {
    return static_cast<A&&>(value);
  }
}

/// Takes any number where a call has an argument in braces, and converts it to T as the overload for
/// calls without braces does.
template <Arithmetic T>
class GivenNumber {
 public:
  GivenNumber() noexcept : type_(typeNameOf<T>()) {}
  template <class A>
  requires IsArithmetic<A>
  // NOLINTNEXTLINE(google-explicit-constructor): arguments are written as they are.
  GivenNumber(A value)
  noexcept : number_(detail::numberOf(value)), type_(typeNameOf<A>()) {}

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
/// The type by which an argument for the parameter P is taken where it may be in braces.
template <class P>
using Given = typename GivenType<P>::type;

}  // namespace tincan::inline abi0::detail
