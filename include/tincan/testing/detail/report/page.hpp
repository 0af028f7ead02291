// tincan/testing/detail/report/page.hpp - a run as a page for a browser
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/detail/base/printable.hpp>
#include <tincan/testing/detail/report/page_text.hpp>
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// Shows a run in one file that needs nothing else: a column for each endpoint, an arrow for each message, and for the
/// step that is chosen what the watched values were after it.
class Page {
 public:
  /// The deliveries are sorted by their numbers.
  Page(std::span<Delivery const> deliveries, std::span<Note const> notes)
      : deliveries_(deliveries), notes_(notes) {}

  /// The title is the sentence that says what has failed.
  std::string html(std::string_view title, std::string_view token) const {
    std::string data = "{\"title\":" + quoted(title) + ",\"token\":" + quoted(token);
    data += ",\"steps\":[";
    auto note = notes_.begin();
    for (Delivery const& delivery : deliveries_) {
      for (; note != notes_.end() && note->after < delivery.number; ++note) data += entry(*note);
      data += entry(delivery);
    }
    for (; note != notes_.end(); ++note) data += entry(*note);
    if (data.back() == ',') data.pop_back();
    data += "]}";
    return std::string(PageHead) + data + std::string(PageTail);
  }

  /// Writes the page to a file; false: that cannot be.
  bool write(std::string const& file, std::string_view title, std::string_view token) const {
    std::FILE* const out = std::fopen(file.c_str(), "w");
    if (out == nullptr) return false;
    std::string const text = html(title, token);
    bool const isWritten = std::fwrite(text.data(), 1, text.size(), out) == text.size();
    return std::fclose(out) == 0 && isWritten;
  }

 private:
  static std::string entry(Delivery const& delivery) {
    return "{\"number\":" + std::to_string(delivery.number) + ",\"from\":" + quoted(delivery.from) +
           ",\"to\":" + quoted(delivery.to) + ",\"channel\":" + quoted(delivery.channel) +
           ",\"text\":" + quoted(delivery.text) + "},";
  }
  static std::string entry(Note const& note) {
    if (!note.watch.empty()) {
      return "{\"watch\":" + quoted(note.watch) + ",\"value\":" + quoted(note.text) + "},";
    }
    return "{\"note\":" + quoted(note.text) + ",\"at\":" + quoted(note.endpoint) + "},";
  }

  /// A text for a script inside of a page: nothing in it ends the text, the script or the line.
  static std::string quoted(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (std::size_t begin = 0; begin <= text.size();) {
      std::size_t const end = (std::min)(text.find('\n', begin), text.size());
      if (begin != 0) result += "\\n";
      for (char const byte : tincan::detail::printable(text.substr(begin, end - begin))) {
        auto const code = static_cast<unsigned char>(byte);
        bool const isPlain = std::string_view("\"\\<>&").find(byte) == std::string_view::npos;
        if (isPlain) result += byte;
        else (result += "\\u00") += {digits[code / 16], digits[code % 16]};
      }
      begin = end + 1;
    }
    return result + "\"";
  }

  std::span<Delivery const> deliveries_;
  std::span<Note const> notes_;
};

}  // namespace tincan::inline abi0::testing::detail
