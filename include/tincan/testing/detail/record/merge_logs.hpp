// tincan/testing/detail/record/merge_logs.hpp - makes one recording of the logs of all endpoints
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tincan/testing/detail/record/recording_log.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing::detail {

/// An endpoint of a bus that is recorded; its number is its place among all.
struct RecordedEndpoint {
  std::string name;
  std::unique_ptr<RecordingLog> log;  // null: it has taken nothing
};
/// An event: the number of the endpoint, and how many of its events come before.
struct EventPlace {
  std::uint32_t owner;
  std::size_t index;

  friend bool operator==(EventPlace const&, EventPlace const&) = default;
};

/// Merges the logs by their times. The event `closer`, whose handler has closed the bus, comes last: until that took
/// effect, others went on.
inline Recording mergeLogs(std::vector<RecordedEndpoint> const& endpoints,
                           std::optional<EventPlace> const& closer) {
  struct Event {
    std::int64_t time;
    EventPlace place;
    RecordingLog::Source source;
    std::string_view channel;
  };
  std::vector<Event> all;
  for (auto const& [name, log] : endpoints) {
    if (log == nullptr) continue;
    log->each([&, owner = log->owner()](std::size_t index, std::int64_t time,
                                        RecordingLog::Source const& source,
                                        std::string_view channel) {
      all.push_back({time, {owner, index}, source, channel});
    });
  }
  std::sort(all.begin(), all.end(), [](Event const& one, Event const& other) {
    return std::tie(one.time, one.place.owner, one.place.index) <
           std::tie(other.time, other.place.owner, other.place.index);
  });
  if (closer.has_value()) {
    auto const at = std::find_if(all.begin(), all.end(),
                                 [&](Event const& event) { return event.place == *closer; });
    if (at != all.end()) std::rotate(at, at + 1, all.end());
  }

  std::vector<Recording::Entry> entries;
  entries.reserve(all.size());
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> counts;
  for (Event const& event : all) {
    std::uint64_t& count = counts[{event.source.from, event.place.owner}];
    if (event.source.what == RecordingLog::What::Message) ++count;
    entries.push_back({endpoints[event.source.from].name, endpoints[event.place.owner].name, count,
                       std::string(event.channel), event.source.what});
  }
  return Recording(std::move(entries), true);
}

}  // namespace tincan::inline abi0::testing::detail
