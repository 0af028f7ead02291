// tincan/testing/detail/report/printed.hpp - a value of any type as text
#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/number.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/testing/detail/report/members.hpp>
#include <tincan/testing/detail/report/value_text.hpp>

namespace tincan::inline abi0::testing::detail {

/// A pointer, or an object that stands for one: where it points to is another place in each run.
template <class T>
concept PointerLike = std::is_pointer_v<T> || std::is_member_pointer_v<T> ||
    std::is_null_pointer_v<T> || requires(T const& value) {
  typename T::element_type;
  value.get();
};
template <class T>
concept TextLike = std::convertible_to<T const&, std::string_view> && !std::is_array_v<T>;
template <class T>
concept Shown =
    !PointerLike<T> && !std::is_array_v<T> && requires(std::ostream & out, T const& value) {
  out << value;
};
/// A type that fmt can print, where tincan/format.hpp is included.
template <class T>
concept Formatted = !PointerLike<T> && !std::is_array_v<T> && requires(T const& value) {
  { formatted(tincan::detail::PrintTag{}, value) } -> std::same_as<std::string>;
};
template <class T>
concept OptionalLike = requires(T const& value) {
  { value.has_value() } -> std::same_as<bool>;
  *value;
};
template <class T>
concept RangeLike = requires(T const& value) {
  std::begin(value) != std::end(value);
  *std::begin(value);
};
/// A range whose elements are ranges of its own type again would never end.
template <class T>
concept FiniteRange = RangeLike<T> &&
    !std::same_as<std::remove_cvref_t<decltype(*std::begin(std::declval<T const&>()))>, T>;
template <class T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

/// A type of which printed() says more than its name.
template <class T>
concept Printed = TextLike<T> || tincan::detail::IsValueType<T> || tincan::detail::Arithmetic<T> ||
    Shown<T> || Formatted<T> || OptionalLike<T> || FiniteRange<T> || TupleLike<T> ||
    std::is_enum_v<T> || MembersKnown<T>;

/// The text of a number (the shortest that tells it apart; of a char its letter), a text, a Value, whatever has
/// operator<< or fmt can print, an optional, a range (its first 32 elements), a tuple, an enumerator (its number), or an
/// aggregate with one to eight members, each of them as text; of others, and of pointers, the name of the type.
template <class T>
std::string printed(T const& value);

/// Some values, with commas between them.
template <class... T>
std::string printedAll(T const&... values) {
  std::string text;
  ((text += (text.empty() ? "" : ", ") + printed(values)), ...);
  return text;
}

template <class T>
std::string printedMembers(T const& value) {
  constexpr std::size_t count = memberCount<T>();
  if constexpr (count == 1) {
    auto const& [a] = value;
    return printedAll(a);
  } else if constexpr (count == 2) {
    auto const& [a, b] = value;
    return printedAll(a, b);
  } else if constexpr (count == 3) {
    auto const& [a, b, c] = value;
    return printedAll(a, b, c);
  } else if constexpr (count == 4) {
    auto const& [a, b, c, d] = value;
    return printedAll(a, b, c, d);
  } else if constexpr (count == 5) {
    auto const& [a, b, c, d, e] = value;
    return printedAll(a, b, c, d, e);
  } else if constexpr (count == 6) {
    auto const& [a, b, c, d, e, f] = value;
    return printedAll(a, b, c, d, e, f);
  } else if constexpr (count == 7) {
    auto const& [a, b, c, d, e, f, g] = value;
    return printedAll(a, b, c, d, e, f, g);
  } else {
    auto const& [a, b, c, d, e, f, g, h] = value;
    return printedAll(a, b, c, d, e, f, g, h);
  }
}

template <class T>
std::string printedRange(T const& range) {
  constexpr std::size_t Most = 32;
  std::string text;
  std::size_t count = 0;
  for (auto const& element : range) {
    if (!text.empty()) text += ", ";
    if (++count > Most) return "[" + text + "...]";
    text += printed(element);
  }
  return "[" + text + "]";
}

/// A text that ends at its first NUL, or with its array.
template <std::size_t Size>
std::string printedArray(char const (&letters)[Size]) {
  std::string_view const all(letters, Size);
  return std::string(all.substr(0, all.find('\0')));
}
template <class T, std::size_t Size>
std::string printedArray(T const (&values)[Size]) {
  return printedRange(values);
}

template <class T>
std::string printed(T const& value) {
  if constexpr (std::same_as<T, char const*> || std::same_as<T, char*>) {
    return value == nullptr ? "nothing" : value;
  } else if constexpr (TextLike<T>) {
    return std::string(std::string_view(value));
  } else if constexpr (tincan::detail::IsValueType<T> || tincan::detail::Arithmetic<T>) {
    std::string text;
    appendValue(text, tincan::detail::typeInfo<T>, __builtin_addressof(value));
    return text;
  } else if constexpr (std::is_array_v<T>) {
    return printedArray(value);
  } else if constexpr (Shown<T>) {
    std::ostringstream out;
    out << value;
    return std::move(out).str();
  } else if constexpr (Formatted<T>) {
    return formatted(tincan::detail::PrintTag{}, value);
  } else if constexpr (PointerLike<T>) {
    return "<" + std::string(tincan::detail::typeInfo<T>.name) + ">";
  } else if constexpr (OptionalLike<T>) {
    return value.has_value() ? printed(*value) : "nothing";
  } else if constexpr (FiniteRange<T>) {
    return printedRange(value);
  } else if constexpr (TupleLike<T>) {
    return "(" + std::apply([](auto const&... parts) { return printedAll(parts...); }, value) + ")";
  } else if constexpr (std::is_enum_v<T>) {
    return printed(+static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (MembersKnown<T>) {
    return "{" + printedMembers(value) + "}";
  } else {
    return "<" + std::string(tincan::detail::typeInfo<T>.name) + ">";
  }
}

}  // namespace tincan::inline abi0::testing::detail

namespace tincan::inline abi0::detail {

/// The printer of a T, for messages that carry one: see printerOf().
template <class T>
requires(!Arithmetic<T> && !testing::detail::PointerLike<T> &&
         testing::detail::Printed<T>) constexpr auto findPrinter(PrintTag, T const*) noexcept
    -> void (*)(std::string&, void const*) {
  return [](std::string& text, void const* at) {
    text += testing::detail::printed(*static_cast<T const*>(at));
  };
}

}  // namespace tincan::inline abi0::detail
