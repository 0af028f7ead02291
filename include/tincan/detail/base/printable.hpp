// tincan/detail/base/printable.hpp - text of any bytes, as people can read it in a line
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tincan::inline abi0::detail {

/// True for a byte that goes on with a character of UTF-8.
constexpr bool continuesCharacter(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

/// The size of the beginning of a text that has at most so many bytes, and ends with no part of a character.
constexpr std::size_t wholeCharacters(std::string_view text, std::size_t most) noexcept {
  if (text.size() <= most) return text.size();
  std::size_t size = most;
  while (size > 0 && most - size < 3 && continuesCharacter(text[size])) --size;
  return continuesCharacter(text[size]) ? most : size;
}

/// The size of the printable character with which a text begins, in UTF-8; 0 if there is none.
constexpr std::size_t printableCharacter(std::string_view text) noexcept {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char const first = byte(0);
  if (first < 0x80) return first >= ' ' && first != 0x7f ? 1 : 0;
  std::size_t const size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (!continuesCharacter(text[i])) return 0;
  }
  switch (first) {
    case 0xc2: return byte(1) >= 0xa0 ? size : 0;  // the others control terminals
    case 0xe0: return byte(1) >= 0xa0 ? size : 0;  // the others have a shorter form
    case 0xed: return byte(1) < 0xa0 ? size : 0;   // the others are surrogates
    case 0xf0: return byte(1) >= 0x90 ? size : 0;  // the others have a shorter form
    case 0xf4: return byte(1) < 0x90 ? size : 0;   // the others are no Unicode
    default: return size;
  }
}

/// Copies a text; bytes that are no printable text become "\n", "\t" or like "\x00".
std::string printable(std::string_view text);

}  // namespace tincan::inline abi0::detail

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/detail/base/printable.ipp>
#endif
