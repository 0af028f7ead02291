// tincan/detail/trace/json_text.hpp - text as JSON has it
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <tincan/detail/base/printable.hpp>

namespace tincan::inline abi0::detail {

/// A text in quotes, for JSON, also inside of a script of a page: nothing in it ends the text, the script or the line.
/// Bytes that are no printable text become like "\x00".
inline std::string jsonText(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "\"";
  for (std::size_t begin = 0; begin <= text.size();) {
    std::size_t const end = (std::min)(text.find('\n', begin), text.size());
    if (begin != 0) result += "\\n";
    for (char const byte : printable(text.substr(begin, end - begin))) {
      auto const code = static_cast<unsigned char>(byte);
      bool const isPlain = std::string_view("\"\\<>&").find(byte) == std::string_view::npos;
      if (isPlain) result += byte;
      else (result += "\\u00") += {digits[code / 16], digits[code % 16]};
    }
    begin = end + 1;
  }
  return result + "\"";
}

}  // namespace tincan::inline abi0::detail
