// tincan/detail/trace/chrome_writer.hpp - a trace in the format of chrome://tracing and Perfetto
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/detail/trace/json_text.hpp>
#include <tincan/detail/trace/trace_log.hpp>
#include <tincan/detail/trace/trace_words.hpp>

namespace tincan::inline abi0::detail {

/// Writes a TraceLog as the "JSON Object Format" of the Trace Event Format: times are microseconds since the first
/// event, an endpoint is a thread of the one process.
class ChromeWriter {
 public:
  using What = TraceEvent::What;
  using Verb = TraceEvent::Verb;

  explicit ChromeWriter(TraceLog const& log)
      : log_(log), ends_(log.events.size(), Nowhere), depths_(log.endpoints.size()) {
    for (std::size_t i = 0; i < log.events.size(); ++i) learn(i);
  }

  std::string text() && {
    line("{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"tincan\"}}");
    for (std::size_t i = 0; i < log_.endpoints.size(); ++i) {
      line("{\"ph\":\"M\",\"pid\":1,\"tid\":" + std::to_string(i + 1) +
           ",\"name\":\"thread_name\",\"args\":{\"name\":" + jsonText(log_.endpoints[i]) + "}}");
    }
    for (std::size_t i = 0; i < log_.events.size(); ++i) write(i);
    return "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[" + text_ + "\n]}\n";
  }

 private:
  static constexpr std::int64_t Brief = 100;  // nanoseconds: the slice of what takes no time
  static constexpr std::size_t Nowhere = static_cast<std::size_t>(-1);

  /// An arrow from one event to another one.
  struct Arrow {
    std::size_t from = Nowhere, to = Nowhere;
  };

  /// Finds what belongs together.
  void learn(std::size_t i) {
    TraceEvent const& event = log_.events[i];
    bool const isAnswer = event.verb == Verb::Answer;
    if (event.what == What::Sent && !isAnswer) messages_[event.message].from = i;
    if (event.what == What::Taken && !isAnswer) messages_[event.message].to = i;
    if (event.what == What::Answered) answers_[event.call].from = i;
    if (event.what == What::WaitEnds || (event.what == What::Taken && isAnswer)) {
      Arrow& answer = answers_[event.call];
      if (answer.from != Nowhere && answer.to == Nowhere) answer.to = i;
    }
    if (event.what == What::Taken) begun_[event.message] = i;
    if (event.what == What::WaitBegins) waits_[event.call] = i;
    if (event.what == What::Handled) end(begun_, event.message, i);
    if (event.what == What::WaitEnds) end(waits_, event.call, i);
  }
  using Begun = std::map<std::uint64_t, std::size_t>;
  void end(Begun const& begun, std::uint64_t which, std::size_t i) {
    auto const found = begun.find(which);
    if (found != begun.end()) ends_[found->second] = i;
  }

  void write(std::size_t i) {
    TraceEvent const& event = log_.events[i];
    switch (event.what) {
      case What::Sent:
        if (event.verb == Verb::Answer) break;  // Answered says so
        slice(i, "send " + titleOf(log_, event), briefEnd(i), "to");
        arrow(i, messages_, event.message, "message");
        break;
      case What::Taken:
        slice(i, titleOf(log_, event), endOf(i), "from");
        if (event.verb == Verb::Answer) arrow(i, answers_, event.call, "answer");
        else arrow(i, messages_, event.message, "message");
        break;
      case What::Answered:
        slice(i, "answer", briefEnd(i), "at");
        arrow(i, answers_, event.call, "answer");
        break;
      case What::WaitBegins:
        slice(i, "wait for " + log_.endpoints[event.other] + channel(event), endOf(i), "for");
        break;
      case What::WaitEnds: arrow(i, answers_, event.call, "answer"); break;
      case What::DeadLetter:
        instant(i, "dead letter " + std::string(toString(event.reason)) + channel(event));
        break;
      case What::Timer: instant(i, "timer"); break;
      case What::Deadline: instant(i, "deadline"); break;
      case What::Closed: instant(i, "closed"); break;
      case What::Handled: break;
    }
  }
  std::string channel(TraceEvent const& event) const {
    return event.channel == TraceEvent::NoPlace ? "" : ": " + log_.channels[event.channel];
  }

  /// The time at which a slice ends that begins with this event: that of the last one if nothing says so.
  std::int64_t endOf(std::size_t i) const {
    return log_.events[ends_[i] == Nowhere ? log_.events.size() - 1 : ends_[i]].time;
  }
  /// The end of a slice that begins with this event, and ends before the next one of its endpoint.
  std::int64_t briefEnd(std::size_t i) const {
    TraceEvent const& event = log_.events[i];
    std::int64_t end = event.time + Brief;
    for (std::size_t next = i + 1; next < log_.events.size(); ++next) {
      if (log_.events[next].time >= end) break;
      if (log_.events[next].at == event.at) return log_.events[next].time;
    }
    return end;
  }

  std::string head(std::size_t i, char phase, std::string const& name,
                   std::string_view category) const {
    TraceEvent const& event = log_.events[i];
    return std::string("{\"ph\":\"") + phase +
           "\",\"pid\":1,\"tid\":" + std::to_string(event.at + 1) + ",\"ts\":" + timeOf(event) +
           ",\"name\":" + jsonText(name) + ",\"cat\":\"" + std::string(category) + "\"";
  }
  void slice(std::size_t i, std::string const& name, std::int64_t end, std::string_view relation) {
    TraceEvent const& event = log_.events[i];
    line(head(i, 'X', name, categoryOf(event.what)) + ",\"dur\":" + micros(end - event.time) +
         ",\"args\":{\"" + std::string(relation) + "\":" + jsonText(log_.endpoints[event.other]) +
         "}}");
  }
  void instant(std::size_t i, std::string const& name) {
    line(head(i, 'i', name, categoryOf(log_.events[i].what)) + ",\"s\":\"t\"}");
  }
  /// Writes an end of an arrow that begins or ends here, if it has both. A message counts while it waits.
  void arrow(std::size_t i, std::map<std::uint64_t, Arrow> const& arrows, std::uint64_t which,
             std::string const& category) {
    auto const found = arrows.find(which);
    if (found == arrows.end()) return;
    auto const [from, to] = found->second;
    if (from == Nowhere || to == Nowhere || (i != from && i != to)) return;
    line(head(i, i == from ? 's' : 'f', category, category) + ",\"id\":" + std::to_string(which) +
         (i == from ? "}" : ",\"bp\":\"e\"}"));
    if (&arrows == &messages_) count(log_.events[to].at, log_.events[i], i == from ? 1 : -1);
  }
  void count(std::uint32_t endpoint, TraceEvent const& event, int change) {
    depths_[endpoint] += change;
    line("{\"ph\":\"C\",\"pid\":1,\"ts\":" + timeOf(event) +
         ",\"name\":" + jsonText("waiting at " + log_.endpoints[endpoint]) +
         ",\"args\":{\"messages\":" + std::to_string(depths_[endpoint]) + "}}");
  }
  std::string timeOf(TraceEvent const& event) const {
    return micros(event.time - log_.events.front().time);
  }
  void line(std::string const& text) { text_ += (text_.empty() ? "\n" : ",\n") + text; }

  static std::string micros(std::int64_t nanoseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%03d", static_cast<long long>(nanoseconds / 1000),
                  static_cast<int>(nanoseconds % 1000));
    return text;
  }

  TraceLog const& log_;
  std::map<std::uint64_t, Arrow> messages_{};  // by their numbers
  std::map<std::uint64_t, Arrow> answers_{};   // by those of the calls
  Begun begun_{}, waits_{};        // where they begin: handlers by the message, waits by the call
  std::vector<std::size_t> ends_;  // of what begins with an event
  std::vector<std::int64_t> depths_;  // of the endpoints' inboxes
  std::string text_{};
};

}  // namespace tincan::inline abi0::detail
