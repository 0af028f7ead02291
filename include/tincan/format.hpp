// tincan/format.hpp - prints the library's types with fmt
//
// Not in the umbrella header: fmt is for those who use it. For std::format there is tincan/std_format.hpp.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/detail/text/texts.hpp>

namespace tincan::inline abi0::detail {

struct FmtFormatting {
  template <class T>
  static std::string text(T const& value) {
    return fmt::format("{}", value);
  }
};

/// The text that fmt makes of a value, for the test kit: it prints so what has no operator<<.
template <class T>
requires(fmt::is_formattable<T>::value) std::string formatted(PrintTag, T const& value) {
  return fmt::format("{}", value);
}

}  // namespace tincan::inline abi0::detail

/// Prints an Errc or a SendResult as its name: "Timeout"; an Error as its code and its sentence; a DeadLetter as
/// "Closed: 'x' from 'window' to 'main'"; Stats as "sent 3, handled 1, ..."; a Value as the number, bool, char or string
/// that it holds, or else as its type: "<Point>". As text: it is aligned and cut as that is.
template <tincan::detail::PrintedType T>
struct fmt::formatter<T> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(T const& value, Context& context) const {
    using Texts = tincan::detail::Texts<tincan::detail::FmtFormatting>;
    return fmt::formatter<std::string_view>::format(Texts::of(value), context);
  }
};
