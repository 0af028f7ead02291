// tincan/testing/detail/report/printed.hpp - a value of any type as text
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/type_info.hpp>

namespace tincan::inline abi0::testing::detail {

/// What only a base class can be made of.
template <class T>
struct AnyBaseOf {
  template <class Base>
  requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>) operator Base() const noexcept;
};

/// How many members an aggregate has, if each can be made of nothing; more than eight are nine.
template <class T>
constexpr std::size_t memberCount() noexcept {
  if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}}; }) return 9;
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}}; }) return 8;
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}}; }) return 7;
  else if constexpr (requires { T{{}, {}, {}, {}, {}, {}}; }) return 6;
  else if constexpr (requires { T{{}, {}, {}, {}, {}}; }) return 5;
  else if constexpr (requires { T{{}, {}, {}, {}}; }) return 4;
  else if constexpr (requires { T{{}, {}, {}}; }) return 3;
  else if constexpr (requires { T{{}, {}}; }) return 2;
  else return requires {
      T{{}};
    }
  ? 1 : 0;
}

/// An aggregate whose members can be counted and named: without base classes, and with at most eight.
template <class T>
concept MembersKnown =
    std::is_aggregate_v<T> && !std::is_union_v<T> && !std::is_array_v<T> && requires {
  T{};
}
&&!requires { T{AnyBaseOf<T>{}}; }
&&(memberCount<T>() < 9);

template <class T>
concept Shown = requires(std::ostream& out, T const& value) {
  out << value;
};
template <class T>
concept OptionalLike = requires(T const& value) {
  { value.has_value() } -> std::same_as<bool>;
  *value;
};
template <class T>
concept RangeLike = requires(T const& value) {
  value.begin() != value.end();
  *value.begin();
};
template <class T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

/// The text of a number, a text, whatever has operator<<, an optional, a range, a tuple, an enumerator (its number), or
/// an aggregate with at most eight members, each of them as text; of others the name of the type.
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
  if constexpr (count == 0) {
    return {};
  } else if constexpr (count == 1) {
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
  std::string text;
  for (auto const& element : range) text += (text.empty() ? "" : ", ") + printed(element);
  return "[" + text + "]";
}

template <class T>
std::string printed(T const& value) {
  if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::convertible_to<T const&, std::string_view>) {
    return std::string(std::string_view(value));
  } else if constexpr (Shown<T>) {
    std::ostringstream out;
    out << value;
    return std::move(out).str();
  } else if constexpr (OptionalLike<T>) {
    return value.has_value() ? printed(*value) : "nothing";
  } else if constexpr (RangeLike<T>) {
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
