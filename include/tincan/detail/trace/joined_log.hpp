// tincan/detail/trace/joined_log.hpp - puts together what several threads have noted
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tincan/detail/trace/thread_log.hpp>
#include <tincan/detail/trace/trace_log.hpp>

namespace tincan::inline abi0::detail {

/// Makes a TraceLog of the entries of all threads.
class JoinedLog {
 public:
  using What = TraceEvent::What;
  using Verb = TraceEvent::Verb;
  static constexpr std::uint32_t NoPlace = TraceEvent::NoPlace;

  /// The names of all endpoints, by their numbers.
  explicit JoinedLog(std::map<std::uint32_t, std::string> const& names) : names_(names) {}

  /// The entry says at which endpoint it was, and which was the other one.
  void add(TraceEntry const& entry, std::string_view channel) {
    entries_.push_back(entry);
    if (entry.channel == NoPlace) return;
    auto const next = static_cast<std::uint32_t>(log_.channels.size());
    auto const [at, isNew] = channels_.emplace(channel, next);
    if (isNew) log_.channels.emplace_back(channel);
    entries_.back().channel = at->second;
  }
  void lose(std::uint64_t count) noexcept { log_.lost += count; }

  TraceLog finish() && {
    // What is sent at the very time at which it is taken was sent before.
    auto const rank = [this](std::size_t i) {
      return std::tuple(entries_[i].time, entries_[i].what != What::Sent, i);
    };
    std::vector<std::size_t> order(entries_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
    log_.events.reserve(entries_.size());
    for (std::size_t const i : order) {
      TraceEntry const& entry = entries_[i];
      // An endpoint may be closed by several threads, and by its end.
      if (entry.what == What::Closed && !closed_.insert(entry.at).second) continue;
      log_.events.push_back({entry.time, messageOf(entry), callOf(entry), placeOf(entry.at),
                             placeOf(entry.other), entry.channel, entry.what, verbOf(entry),
                             entry.reason});
    }
    return std::move(log_);
  }

 private:
  struct Taken {
    std::uint64_t message{};
    Verb verb;
    std::uint32_t channel;
  };

  /// The number of the message that was sent by a lane with a stamp.
  std::uint64_t messageOf(TraceEntry const& entry) {
    if (entry.lane == NoPlace) return 0;
    auto& open = taken_[entry.at];
    if (entry.what == What::Handled) {
      handled_ = open.empty() ? Taken{0, Verb::Message, NoPlace} : open.back();
      if (!open.empty()) open.pop_back();
      return handled_.message;
    }
    auto const at = messages_.emplace(std::pair(entry.lane, entry.stamp), messages_.size() + 1);
    std::uint64_t const message = at.first->second;
    if (entry.what == What::Taken) open.push_back({message, entry.verb, entry.channel});
    return message;
  }
  Verb verbOf(TraceEntry const& entry) const noexcept {
    return entry.what == What::Handled ? handled_.verb : entry.verb;
  }

  /// The number of the request whose answer has that state, which is used for one after another.
  std::uint64_t callOf(TraceEntry const& entry) {
    if (entry.answer == nullptr) return 0;
    std::uint64_t& call = calls_[entry.answer];
    bool const asks = entry.verb == Verb::Request || entry.verb == Verb::Invoke;
    if (call == 0 || (asks && entry.what == What::Sent)) call = ++lastCall_;
    return call;
  }

  /// The place of an endpoint among the names; it gets one when something happens there first.
  std::uint32_t placeOf(std::uint32_t number) {
    auto const next = static_cast<std::uint32_t>(log_.endpoints.size());
    auto const [at, isNew] = places_.emplace(number, next);
    if (isNew) log_.endpoints.push_back(labelOf(number));
    return at->second;
  }
  std::string labelOf(std::uint32_t number) const {
    auto const named = names_.find(number);
    std::string const name = named == names_.end() ? std::string() : named->second;
    std::size_t before = 0;  // that were made earlier, and have the name, too
    for (auto at = names_.begin(); at != named; ++at) before += at->second == name ? 1U : 0U;
    return before == 0 ? name : name + "#" + std::to_string(before + 1);
  }

  std::map<std::uint32_t, std::string> const& names_;
  std::vector<TraceEntry> entries_{};
  std::map<std::string, std::uint32_t, std::less<>> channels_{};
  std::map<std::uint32_t, std::uint32_t> places_{};
  std::map<std::uint32_t, std::vector<Taken>> taken_{};  // of each endpoint: not handled yet
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> messages_{};
  std::map<void const*, std::uint64_t> calls_{};
  std::uint64_t lastCall_ = 0;
  std::set<std::uint32_t> closed_{};
  Taken handled_{0, Verb::Message, NoPlace};  // what the last Handled ends
  TraceLog log_{};
};

}  // namespace tincan::inline abi0::detail
