// tincan/testing/recording.ipp - in which order each endpoint got its messages: the bodies
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/base/inline.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing {

TINCAN_INLINE Recording::Recording(std::vector<Entry> entries, bool isFull)
    : entries_(std::move(entries)), isFull_(isFull) {}

TINCAN_INLINE std::vector<Recording::Entry> const& Recording::entries() const noexcept {
  return entries_;
}

TINCAN_INLINE std::vector<Recording::Entry> Recording::of(std::string_view receiver) const {
  std::vector<Entry> chosen;
  for (Entry const& entry : entries_) {
    if (entry.to == receiver) chosen.push_back(entry);
  }
  return chosen;
}

TINCAN_INLINE std::string Recording::text() const {
  std::string text(isFull_ ? FirstLineOfFull : FirstLine);
  for (Entry const& entry : entries_) {
    quote(text, entry.from);
    text += " > ";
    quote(text, entry.to);
    text += " " + std::to_string(entry.number) + " ";
    quote(text, entry.channel);
    text += Words[static_cast<std::size_t>(entry.what)];
    text += "\n";
  }
  return text;
}

TINCAN_INLINE Recording Recording::parse(std::string_view text) {
  Recording recording;
  recording.isFull_ = text.starts_with(FirstLineOfFull);
  if (!recording.isFull_ && !text.starts_with(FirstLine)) {
    complain(1, "it does not begin with 'tincan recording 1' or 2");
  }
  text.remove_prefix(FirstLine.size());
  for (std::size_t line = 2; !text.empty(); ++line) {
    std::size_t const end = text.find('\n');
    if (end == std::string_view::npos) complain(line, "the end of the line is missing");
    recording.entries_.push_back(Parser{text.substr(0, end), line}.entry());
    text.remove_prefix(end + 1);
  }
  return recording;
}

TINCAN_INLINE void Recording::quote(std::string& text, std::string_view name) {
  text += '"';
  for (char const letter : name) {
    auto const byte = static_cast<unsigned char>(letter);
    bool const isPlain = byte >= ' ' && byte < 0x7f && letter != '"' && letter != '\\';
    if (isPlain) text += letter;
    else (text += "\\x") += {Digits[byte / 16], Digits[byte % 16]};
  }
  text += '"';
}

TINCAN_INLINE void Recording::complain(std::size_t line, std::string const& why) {
  throw std::invalid_argument("tincan: line " + std::to_string(line) +
                              " of the recording cannot be read: " + why);
}

}  // namespace tincan::inline abi0::testing
