// tincan/testing/detail/search/run_steps.hpp - the steps of one run, and where another one instead would matter
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include <tincan/testing/detail/search/step.hpp>

namespace tincan::inline abi0::testing::detail {

/// A decision that comes out in another way than usual.
struct Deviating {
  std::size_t decision;  // steps and data choices counted together
  std::uint64_t value;
  std::uint64_t width;  // how many possibilities there were

  friend auto operator<=>(Deviating const&, Deviating const&) = default;
};

/// What happened in a run, with what each step touched, and which step has sent what another one takes.
class RunSteps {
 public:
  void clear() {
    events_.clear();
    accesses_.clear();
    enabled_.clear();
    senders_.clear();
    taken_.clear();
  }

  std::size_t size() const noexcept { return events_.size(); }
  Step const& last() const noexcept { return events_.back().step; }

  /// Adds the step that was chosen among those possible.
  void take(std::size_t decision, std::span<Step const> enabled, std::size_t chosen) {
    Step const& step = enabled[chosen];
    auto const& senders = senders_[step.source];
    std::size_t& taken = taken_[step.source];
    std::size_t const sender = taken < senders.size() ? senders[taken] : NoSender;
    ++taken;
    std::size_t const begin = enabled_.size();
    for (Step const& one : enabled) enabled_.push_back(one.source);
    events_.push_back({step, decision, sender, begin, enabled_.size(), accesses_.size(), 0});
  }

  /// Takes what the last step touched and sent; before the first step what is there at first.
  void record(std::span<Access const> accesses, std::span<Source const> sent) {
    std::size_t const sender = events_.empty() ? NoSender : events_.size() - 1;
    for (Source const source : sent) senders_[source].push_back(sender);
    if (events_.empty()) return;
    accesses_.insert(accesses_.end(), accesses.begin(), accesses.end());
    events_.back().accessesEnd = accesses_.size();
  }

  /// Notes that the last step has made a data choice.
  void choose() noexcept {
    if (!events_.empty()) events_.back().hasChosen = true;
  }

  /// The steps that could have come instead, from that decision on: first those that matter, because they or what
  /// came after them for a reason are in conflict with something that they would have come before; then the others,
  /// which lead to the same outcome, and only seldom to a run that is near to yet another one. All of them matter if
  /// something that was sent was never taken.
  struct Instead {
    std::vector<Deviating> matter{}, others{};
  };
  Instead instead(std::size_t start) const {
    bool const mayAllMatter = hasLost();
    Instead all;
    for (std::size_t at = 0; at < events_.size(); ++at) {
      Event const& event = events_[at];
      if (event.decision < start) continue;
      std::size_t const width = event.enabledEnd - event.enabledBegin;
      for (std::size_t i = 1; i < width; ++i) {
        bool const isIn = mayAllMatter || matters(at, enabled_[event.enabledBegin + i]);
        (isIn ? all.matter : all.others).push_back({event.decision, i, width});
      }
    }
    return all;
  }

 private:
  static constexpr std::size_t NoSender = ~std::size_t{0};

  struct Event {
    Step step;
    std::size_t decision;
    std::size_t sender;  // the event that has sent what this one takes
    std::size_t enabledBegin, enabledEnd;
    std::size_t accessesBegin, accessesEnd;
    bool hasChosen = false;  // among data: nobody knows what the other values lead to
  };

  /// Whether something was sent that nothing has taken: nobody knows what that would have touched.
  bool hasLost() const {
    return std::any_of(senders_.begin(), senders_.end(), [this](auto const& entry) {
      auto const taken = taken_.find(entry.first);
      return (taken == taken_.end() ? 0 : taken->second) < entry.second.size();
    });
  }

  /// Whether it makes a difference if the next step of that source comes where that event is.
  bool matters(std::size_t at, Source source) const {
    auto const next = std::find_if(events_.begin() + static_cast<std::ptrdiff_t>(at), events_.end(),
                                   [&](Event const& event) { return event.step.source == source; });
    if (next == events_.end()) return true;  // something has ended it
    auto const first = static_cast<std::size_t>(next - events_.begin());
    std::vector<bool> follows(events_.size());  // what cannot come before it
    follows[first] = true;
    for (std::size_t i = first; i < events_.size(); ++i) {
      bool isInConflict = false;
      for (std::size_t other = at; other < i; ++other) {
        if (!conflict(events_[other], events_[i])) continue;
        if (follows[other]) follows[i] = true;
        else isInConflict = true;
      }
      std::size_t const sender = events_[i].sender;
      if (sender != NoSender && follows[sender]) follows[i] = true;
      if (follows[i] && (isInConflict || events_[i].hasChosen)) return true;
    }
    return false;
  }

  bool conflict(Event const& one, Event const& other) const {
    if (one.step.endpoint == other.step.endpoint) return true;
    for (std::size_t i = one.accessesBegin; i < one.accessesEnd; ++i) {
      for (std::size_t j = other.accessesBegin; j < other.accessesEnd; ++j) {
        if (accesses_[i].object == accesses_[j].object &&
            !commutes(accesses_[i].kind, accesses_[j].kind)) {
          return true;
        }
      }
    }
    return false;
  }

  std::vector<Event> events_{};
  std::vector<Access> accesses_{};
  std::vector<Source> enabled_{};
  std::unordered_map<Source, std::vector<std::size_t>> senders_{};  // of what each source brings
  std::unordered_map<Source, std::size_t> taken_{};
};

}  // namespace tincan::inline abi0::testing::detail
