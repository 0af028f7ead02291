// tincan/detail/trace/mermaid_text.hpp - text as Mermaid has it
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tincan::inline abi0::detail {

/// A text for a diagram. Only what cannot mean anything to Mermaid stays; the rest becomes #code;. The word "end" would
/// end the diagram.
class MermaidText {
 public:
  static std::string escaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (isWordEnd(text, i)) {
        result += entity(text[i]);
      } else if (text[i] == '\n') {
        result += "<br/>";
      } else if (isPlain(text[i])) {
        result += text[i];
      } else if (static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7f) {
        result += ' ';
      } else {
        result += entity(text[i]);
      }
    }
    return result.find_first_not_of(' ') == std::string::npos ? "#32;" : result;
  }

 private:
  static std::string entity(char character) {
    return "#" + std::to_string(static_cast<unsigned char>(character)) + ";";
  }

  static bool isLetter(char byte) noexcept {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
  }
  static bool isPlain(char byte) noexcept {
    return isLetter(byte) || (byte >= '0' && byte <= '9') ||
           static_cast<unsigned char>(byte) >= 0x80 ||
           std::string_view{" .,_/!?'()"}.find(byte) != std::string_view::npos;
  }
  static bool isWordEnd(std::string_view text, std::size_t at) noexcept {
    if (text.size() - at < 3 || (at != 0 && isLetter(text[at - 1]))) return false;
    if (text.size() - at > 3 && isLetter(text[at + 3])) return false;
    auto const is = [&](std::size_t i, char letter) { return (text[at + i] | 0x20) == letter; };
    return is(0, 'e') && is(1, 'n') && is(2, 'd');
  }
};

inline std::string mermaidText(std::string_view text) { return MermaidText::escaped(text); }

}  // namespace tincan::inline abi0::detail
