// tincan/std_format.hpp - prints the library's types with std::format
//
// Not in the umbrella header: <format> is large. Where the standard library has none this header has nothing.
#pragma once

#include <version>

#ifdef __cpp_lib_format

#include <format>
#include <string>
#include <string_view>
#include <tincan/detail/text/texts.hpp>

namespace tincan::inline abi0::detail {

struct StdFormatting {
  template <class T>
  static std::string text(T const& value) {
    return std::format("{}", value);
  }
};

}  // namespace tincan::inline abi0::detail

/// Prints what tincan/format.hpp prints with fmt, in the same way.
template <tincan::detail::PrintedType T>
struct std::formatter<T> : std::formatter<std::string_view> {
  template <class Context>
  auto format(T const& value, Context& context) const {
    using Texts = tincan::detail::Texts<tincan::detail::StdFormatting>;
    return std::formatter<std::string_view>::format(Texts::of(value), context);
  }
};

#endif
