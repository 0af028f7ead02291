// tincan/testing/detail/report/page.hpp - a run as a page for a browser
#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include <tincan/detail/trace/json_text.hpp>
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
    std::string data = "{\"title\":" + tincan::detail::jsonText(title) +
                       ",\"token\":" + tincan::detail::jsonText(token);
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
    return "{\"number\":" + std::to_string(delivery.number) +
           ",\"from\":" + tincan::detail::jsonText(delivery.from) +
           ",\"to\":" + tincan::detail::jsonText(delivery.to) +
           ",\"channel\":" + tincan::detail::jsonText(delivery.channel) +
           ",\"text\":" + tincan::detail::jsonText(delivery.text) + "},";
  }
  static std::string entry(Note const& note) {
    if (!note.watch.empty()) {
      return "{\"watch\":" + tincan::detail::jsonText(note.watch) +
             ",\"value\":" + tincan::detail::jsonText(note.text) + "},";
    }
    return "{\"note\":" + tincan::detail::jsonText(note.text) +
           ",\"at\":" + tincan::detail::jsonText(note.endpoint) + "},";
  }

  std::span<Delivery const> deliveries_;
  std::span<Note const> notes_;
};

}  // namespace tincan::inline abi0::testing::detail
