// tincan/detail/base/printable.ipp - text of any bytes, as people can read it in a line: the bodies
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/printable.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    std::size_t const size = printableCharacter(text);
    if (size != 0) {
      result += text.substr(0, size);
    } else if (text[0] == '\n') {
      result += "\\n";
    } else if (text[0] == '\t') {
      result += "\\t";
    } else {
      auto const byte = static_cast<unsigned char>(text[0]);
      result += {'\\', 'x', digits[byte / 16], digits[byte % 16]};
    }
    text.remove_prefix(size != 0 ? size : 1);
  }
  return result;
}

}  // namespace tincan::inline abi0::detail
