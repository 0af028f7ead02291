// tincan/detail/trace/stats_gatherer.hpp - adds up a trace by endpoint and channel
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include <tincan/detail/trace/trace_log.hpp>
#include <tincan/detail/trace/trace_stats.hpp>

namespace tincan::inline abi0::detail {

/// Makes the TraceStats of a TraceLog.
class StatsGatherer {
 public:
  explicit StatsGatherer(TraceLog const& log) {
    for (TraceEvent const& event : log.events) add(event);
  }

  std::vector<TraceStats> finish() && {
    std::vector<TraceStats> all;
    all.reserve(found_.size());
    for (auto& [key, stats] : found_) {
      for (Durations* const some : {&stats.waited, &stats.handled, &stats.answered}) {
        std::sort(some->sorted.begin(), some->sorted.end());
      }
      all.push_back(std::move(stats));
    }
    return all;
  }

 private:
  using What = TraceEvent::What;
  using Verb = TraceEvent::Verb;
  using Times = std::map<std::uint64_t, std::int64_t>;

  void add(TraceEvent const& event) {
    if (event.what == What::DeadLetter) ++of(event.at, event.channel).lost;
    if (event.what == What::Answered) addAnswer(event);
    if (event.verb == Verb::Answer || event.message == 0) return;
    if (event.what == What::Sent) {
      ++of(event.other, event.channel).sent;
      sent_[event.message] = event.time;
      if (event.call != 0) asked_[event.call] = {event.channel, event.time};
    } else if (event.what == What::Taken) {
      takeTime(sent_, event.message, event.time, of(event.at, event.channel).waited);
      begun_[event.message] = {event.channel, event.time};
    } else if (event.what == What::Handled) {
      auto const begun = begun_.find(event.message);
      if (begun == begun_.end()) return;
      auto const [channel, time] = begun->second;
      of(event.at, channel).handled.sorted.push_back(event.time - time);
      begun_.erase(begun);
    }
  }
  void addAnswer(TraceEvent const& event) {
    auto const asked = asked_.find(event.call);
    if (asked == asked_.end()) return;
    auto const [channel, time] = asked->second;
    of(event.at, channel).answered.sorted.push_back(event.time - time);
    asked_.erase(asked);
  }
  /// Adds how long it is since that began, if it is known when.
  static void takeTime(Times& times, std::uint64_t which, std::int64_t now, Durations& to) {
    auto const found = times.find(which);
    if (found == times.end()) return;
    to.sorted.push_back(now - found->second);
    times.erase(found);
  }
  TraceStats& of(std::uint32_t at, std::uint32_t channel) {
    return found_.try_emplace({at, channel}, TraceStats{at, channel}).first->second;
  }

  struct Begun {
    std::uint32_t channel;
    std::int64_t time;
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, TraceStats> found_{};
  Times sent_{};                            // by the numbers of the messages
  std::map<std::uint64_t, Begun> begun_{};  // by those, too
  std::map<std::uint64_t, Begun> asked_{};  // by those of the calls
};

}  // namespace tincan::inline abi0::detail
