// tincan/detail/trace/mermaid_writer.hpp - a trace as a sequence diagram
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <tincan/detail/trace/mermaid_text.hpp>
#include <tincan/detail/trace/trace_log.hpp>
#include <tincan/detail/trace/trace_words.hpp>

namespace tincan::inline abi0::detail {

/// Writes a TraceLog in the language of Mermaid: an arrow where something is handled, one for an answer, a cross for a
/// dead letter.
class MermaidWriter {
 public:
  using What = TraceEvent::What;
  using Verb = TraceEvent::Verb;

  explicit MermaidWriter(TraceLog const& log) : log_(log) {
    for (TraceEvent const& event : log.events) {
      bool const asks = event.verb == Verb::Request || event.verb == Verb::Invoke;
      if (event.what == What::Sent && asks) requesters_[event.call] = event.at;
    }
  }

  std::string text(std::size_t most) && {
    text_ = "sequenceDiagram\n";
    for (std::size_t i = 0; i < log_.endpoints.size(); ++i) {
      text_ += "  participant " + at(i) + " as " + mermaidText(log_.endpoints[i]) + "\n";
    }
    std::size_t shown = 0;
    for (TraceEvent const& event : log_.events) {
      std::string const arrow = arrowOf(event);
      if (arrow.empty()) continue;
      if (shown++ < most) text_ += "  " + arrow + "\n";
    }
    if (shown > most) {
      text_ += "  Note over " + at(0) + ": ... " + std::to_string(shown - most) + " more\n";
    }
    return std::move(text_);
  }

 private:
  std::string arrowOf(TraceEvent const& event) const {
    std::string const title = ": " + mermaidText(titleOf(log_, event));
    switch (event.what) {
      case What::Taken:
        if (event.verb == Verb::Answer) break;  // Answered says so
        return at(event.other) + "->>" + at(event.at) + title;
      case What::Answered: {
        auto const requester = requesters_.find(event.call);
        if (requester == requesters_.end()) break;
        return at(event.at) + "-->>" + at(requester->second) + ": answer";
      }
      case What::DeadLetter:
        return at(event.other) + "-x" + at(event.at) + title + " (" +
               std::string(toString(event.reason)) + ")";
      case What::Closed: return "Note over " + at(event.at) + ": closed";
      case What::Sent:
      case What::Handled:
      case What::WaitBegins:
      case What::WaitEnds:
      case What::Timer:
      case What::Deadline: break;
    }
    return {};
  }

  static std::string at(std::size_t endpoint) { return "p" + std::to_string(endpoint); }

  TraceLog const& log_;
  std::map<std::uint64_t, std::uint32_t> requesters_{};  // by the call
  std::string text_{};
};

}  // namespace tincan::inline abi0::detail
