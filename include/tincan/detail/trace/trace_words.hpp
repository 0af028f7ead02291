// tincan/detail/trace/trace_words.hpp - the words for what a trace shows
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tincan/detail/trace/trace_log.hpp>

namespace tincan::inline abi0::detail {

constexpr std::string_view categoryOf(TraceEvent::What what) noexcept {
  switch (what) {
    case TraceEvent::What::Sent: return "sent";
    case TraceEvent::What::Taken:
    case TraceEvent::What::Handled: return "handled";
    case TraceEvent::What::Answered: return "answered";
    case TraceEvent::What::WaitBegins:
    case TraceEvent::What::WaitEnds: return "wait";
    case TraceEvent::What::DeadLetter: return "dead letter";
    case TraceEvent::What::Timer:
    case TraceEvent::What::Deadline: return "time";
    case TraceEvent::What::Closed: break;
  }
  return "life";
}

/// What was sent: "ping" for a message, "invoke sum", "post".
inline std::string titleOf(TraceLog const& log, TraceEvent const& event) {
  constexpr std::string_view words[] = {"", "request", "invoke", "post", "answer"};
  std::string title(words[static_cast<std::size_t>(event.verb)]);
  if (event.channel == TraceEvent::NoPlace) return title;
  if (!title.empty()) title += ' ';
  return title + log.channels[event.channel];
}

}  // namespace tincan::inline abi0::detail
