// tincan/detail/trace/page_writer.hpp - a trace as a page for a browser
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/detail/trace/json_text.hpp>
#include <tincan/detail/trace/page_script.hpp>
#include <tincan/detail/trace/page_style.hpp>
#include <tincan/detail/trace/trace_log.hpp>

namespace tincan::inline abi0::detail {

/// Writes a TraceLog as one file that needs nothing else. The page has the events as rows of numbers.
class PageWriter {
 public:
  explicit PageWriter(TraceLog const& log) : log_(log) {}

  std::string text() const {
    std::string data = "{\"lost\":" + std::to_string(log_.lost);
    data += ",\"endpoints\":" + list(log_.endpoints, jsonText);
    data += ",\"channels\":" + list(log_.channels, jsonText);
    std::int64_t const begin = log_.events.empty() ? 0 : log_.events.front().time;
    data += ",\"events\":" +
            list(log_.events, [&](TraceEvent const& event) { return row(event, begin); }) + "}";
    return std::string(TracePageStyle) + data + std::string(TracePageScript);
  }

 private:
  template <class T, class F>
  static std::string list(std::vector<T> const& items, F&& print) {
    std::string text = "[";
    for (T const& item : items) {
      if (text.size() > 1) text += ",\n";
      text += print(item);
    }
    return text + "]";
  }

  /// The time, what, the verb, at, other, the channel, the message, the call, the reason.
  static std::string row(TraceEvent const& event, std::int64_t begin) {
    auto const index = [](std::uint32_t number) {
      return number == TraceEvent::NoPlace ? "-1" : std::to_string(number);
    };
    bool const isDead = event.what == TraceEvent::What::DeadLetter;
    return "[" + std::to_string(event.time - begin) + "," +
           std::to_string(static_cast<unsigned>(event.what)) + "," +
           std::to_string(static_cast<unsigned>(event.verb)) + "," + index(event.at) + "," +
           index(event.other) + "," + index(event.channel) + "," + std::to_string(event.message) +
           "," + std::to_string(event.call) + "," +
           jsonText(isDead ? toString(event.reason) : std::string_view()) + "]";
  }

  TraceLog const& log_;
};

}  // namespace tincan::inline abi0::detail
