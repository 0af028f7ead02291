// tincan/detail/trace/trace_log.hpp - what a Trace has noted, and how to look at it
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <tincan/detail/trace/trace_stats.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0 {

/// Something that happened on a bus that is traced.
struct TraceEvent {
  /// What has happened. Each says what `at` and `other` are.
  enum class What : std::uint8_t {
    Sent,        ///< `at` has sent to `other`
    Taken,       ///< `at` begins to handle what `other` has sent
    Handled,     ///< `at` has handled what `other` has sent
    Answered,    ///< `at` has answered, with a value or an error
    WaitBegins,  ///< `at` waits for an answer of `other`
    WaitEnds,    ///< `at` waits no longer
    DeadLetter,  ///< nobody got what `other` has sent to `at`, see `reason`
    Timer,       ///< a timer of `at` runs
    Deadline,    ///< a wait or a run of `at` has ended because its time was over
    Closed       ///< `at` has closed
  };
  /// What was sent. Messages of ports are posts; an Answer goes to where it continues.
  enum class Verb : std::uint8_t {
    Message,  ///< by send, sendLatest, postMessage, ...
    Request,  ///< by sendSync or request
    Invoke,   ///< by invoke
    Post,     ///< a function, by post or call
    Answer    ///< of a request
  };
  /// Stands for no place in the lists of a TraceLog.
  static constexpr std::uint32_t NoPlace = UINT32_MAX;

  std::int64_t time;        ///< nanoseconds of std::chrono::steady_clock
  std::uint64_t message;    ///< a number that Sent, Taken and Handled of one message have; else 0
  std::uint64_t call;       ///< a number that all have that belong to one request; else 0
  std::uint32_t at, other;  ///< a place in TraceLog::endpoints; NoPlace
  std::uint32_t channel;    ///< a place in TraceLog::channels; NoPlace
  What what;                ///< what has happened
  Verb verb;    ///< by which verb it was sent; Answer where answers are given and waited for
  Errc reason;  ///< why it is a dead letter, if it is one
};

/// What a Trace has noted: a value, for programs that read it, and four forms for people.
struct TraceLog {
  std::vector<std::string>
      endpoints{};  ///< names; of several with one name the second is "window#2"
  std::vector<std::string> channels{};  ///< the names to which TraceEvent::channel leads
  std::vector<TraceEvent> events{};     ///< in the order of their times
  std::uint64_t lost = 0;               ///< events for which there was no room

  /// JSON in the format of chrome://tracing and https://ui.perfetto.dev: a track for each endpoint, a slice for what it
  /// handles and for each wait, arrows from a send to its handling and from an answer to the one who waits, and how
  /// many messages wait for each endpoint. Throws std::bad_alloc.
  std::string chrome() const;
  /// A sequence diagram in Mermaid's language, of the first `most` arrows.
  std::string mermaid(std::size_t most = 200) const;
  /// A page for a browser that needs nothing else: the sequence by channel and endpoint, who waits for whom, how many
  /// messages wait, and the dead letters.
  std::string html() const;

  /// What that adds up to for each endpoint and channel: how much was sent and lost, and how long it waited, was handled
  /// and took to be answered. What was lost for want of room is missing. Throws std::bad_alloc.
  std::vector<TraceStats> stats() const;
  /// That in columns, a line for each: the median, the 99th percentile and the longest.
  std::string table() const;
};

}  // namespace tincan::inline abi0
