// tests/testing/program.hpp - abstract programs for the search
//
// Abstract programs for the search: endpoints whose handlers are tables, and two ways to run them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <tincan/testing/detail/search/search.hpp>

namespace program {

using tincan::testing::Options;
using tincan::testing::detail::Access;
using tincan::testing::detail::AccessKind;
using tincan::testing::detail::ScheduleSearch;
using tincan::testing::detail::Source;
using tincan::testing::detail::Step;

struct Send {
  std::uint32_t to, kind;
  friend auto operator<=>(Send const&, Send const&) = default;
};

/// On a message of kind k an endpoint sends on[k][(how many it has handled + what it chose) %
/// on[k].size()].
struct Program {
  std::uint32_t endpoints = 0;
  std::vector<std::vector<Send>> first;            // what each endpoint sends at first
  std::vector<std::vector<std::vector<Send>>> on;  // one entry for each kind
  std::vector<std::vector<Access>> touches;        // of the handler of each kind, may be shorter
  std::vector<std::uint64_t> choices;  // how many values each handler has to choose from, likewise
  std::vector<std::uint32_t> mortals;  // endpoints that crash, at any point
};

/// For each receiver what it got, as (lane, kind).
using Outcome = std::vector<std::vector<std::uint32_t>>;

/// A run of the model: a step is one delivery, lanes are FIFO, what causally precedes comes first.
class Run {
 public:
  explicit Run(Program const& program)
      : program_(&program),
        clocks_(program.endpoints, Clock(program.endpoints)),
        handled_(program.endpoints),
        lastAt_(program.endpoints),
        outcome_(program.endpoints) {
    for (std::uint32_t const mortal : program.mortals) {
      pending_.push_back({mortal, mortal, Crash, {}});
      sent_.push_back(lane(pending_.back()));
    }
    for (std::uint32_t from = 0; from < program.endpoints; ++from) send(from, program.first[from]);
  }

  std::vector<Step> const& enabled() {
    enabled_.clear();
    which_.clear();
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      Message const& message = pending_[i];
      bool const blocked = std::any_of(pending_.begin(), pending_.end(), [&](Message const& other) {
        return other.to == message.to && other.precedes(message);
      });
      if (blocked) continue;
      enabled_.push_back({lane(message), message.to, lastAt_[message.to].precedes(message)});
      which_.push_back(i);
    }
    return enabled_;
  }

  /// How many values the handler of this step has to choose from.
  std::uint64_t choices(std::size_t index) const {
    std::size_t const kind = pending_[which_[index]].kind;
    return kind < program_->choices.size() ? program_->choices[kind] : 1;
  }

  void deliver(std::size_t index, std::uint64_t chosen = 0) {
    auto const place = pending_.begin() + static_cast<std::ptrdiff_t>(which_[index]);
    Message const message = std::move(*place);
    pending_.erase(place);
    sent_.clear();
    touched_.clear();
    self_ = lane(message) << 16 | ++happened_[lane(message)];
    outcome_[message.to].push_back(lane(message) << 16 | message.kind);
    lastAt_[message.to] = message;
    message.kind == Crash ? crash(message.to) : handle(message, chosen);
  }

  /// Of the last delivery, or of the beginning.
  std::vector<Source> const& sent() const { return sent_; }
  std::vector<Access> const& touched() const { return touched_; }
  Outcome const& outcome() const { return outcome_; }

 private:
  static constexpr std::uint32_t Crash = 0xffff;
  static constexpr std::uint64_t Alive = 100;  // the objects that tell who is
  using Clock = std::vector<std::uint32_t>;
  struct Message {
    std::uint32_t from = 0, to = 0, kind = 0;
    Clock clock{};  // of its send

    bool precedes(Message const& later) const {
      if (&later == this || clock.empty() || later.clock.empty()) return false;  // a crash
      return later.clock[from] >= clock[from];
    }
  };

  std::uint32_t lane(Message const& message) const {
    if (message.kind == Crash) return program_->endpoints * program_->endpoints + message.to;
    return message.from * program_->endpoints + message.to;
  }

  void handle(Message const& message, std::uint64_t chosen) {
    Clock& clock = clocks_[message.to];
    for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], message.clock[i]);
    if (chosen != 0) outcome_[message.to].push_back(1u << 30 | static_cast<std::uint32_t>(chosen));
    auto const& sends = program_->on[message.kind];
    std::uint64_t const which = handled_[message.to]++ + chosen;
    if (!sends.empty()) send(message.to, sends[which % sends.size()]);
    if (message.kind >= program_->touches.size()) return;
    for (Access const& access : program_->touches[message.kind]) touch(message.to, access);
  }

  void crash(std::uint32_t endpoint) {
    touch(endpoint, {Alive + endpoint, AccessKind::Writes});
    crashed_.insert(endpoint);
    std::erase_if(pending_, [&](Message const& message) { return message.to == endpoint; });
  }

  // Which steps in conflict came before is part of the outcome.
  void touch(std::uint32_t endpoint, Access const& access) {
    touched_.push_back(access);
    auto& history = objects_[access.object];
    std::set<std::uint32_t> before;
    for (auto const& [step, kind] : history) {
      if (step != self_ && !commutes(kind, access.kind)) before.insert(step);
    }
    auto& got = outcome_[endpoint];
    got.push_back(1u << 31 | static_cast<std::uint32_t>(before.size()));
    got.insert(got.end(), before.begin(), before.end());
    history.emplace_back(self_, access.kind);
  }

  void send(std::uint32_t from, std::vector<Send> const& sends) {
    for (Send const& one : sends) {
      bool const mortal =
          std::count(program_->mortals.begin(), program_->mortals.end(), one.to) != 0;
      if (mortal && self_ != 0) touch(from, {Alive + one.to, AccessKind::Reads});
      if (crashed_.count(one.to) != 0) continue;
      ++clocks_[from][from];
      pending_.push_back({from, one.to, one.kind, clocks_[from]});
      sent_.push_back(lane(pending_.back()));
    }
  }

  Program const* program_;
  std::vector<Clock> clocks_;
  std::vector<std::uint32_t> handled_;
  std::vector<Message> pending_;  // oldest first
  std::vector<Message> lastAt_;
  std::map<std::uint32_t, std::uint32_t> happened_;  // on each lane
  std::map<std::uint64_t, std::vector<std::pair<std::uint32_t, AccessKind>>> objects_;
  Outcome outcome_;
  std::vector<Step> enabled_;
  std::vector<std::size_t> which_;
  std::vector<Source> sent_;
  std::vector<Access> touched_;
  std::set<std::uint32_t> crashed_;
  std::uint32_t self_ = 0;  // the step that happens, 0: the beginning
};

/// One run as the search wants it; nothing if it was given up.
inline std::optional<Outcome> runOnce(Program const& program, ScheduleSearch& search) {
  Run run{program};
  search.record({}, run.sent());
  while (!run.enabled().empty()) {
    auto const index = search.pick(run.enabled());
    if (!index) return std::nullopt;
    std::uint64_t const n = run.choices(*index);
    run.deliver(*index, n > 1 ? search.choose(n) : 0);
    search.record(run.touched(), run.sent());
  }
  return run.outcome();
}

struct ProgramRuns {
  std::multiset<Outcome> outcomes;
  std::uint64_t schedules = 0, givenUp = 0;
  bool complete = false;

  std::set<Outcome> different() const { return {outcomes.begin(), outcomes.end()}; }
};

inline ProgramRuns explore(Program const& program, Options const& options = {}) {
  ProgramRuns explored;
  ScheduleSearch search{options};
  while (search.next()) {
    auto const outcome = runOnce(program, search);
    if (!outcome) continue;
    search.finish(false);
    explored.outcomes.insert(*outcome);
  }
  explored.schedules = search.schedules();
  explored.givenUp = search.givenUp();
  explored.complete = search.complete();
  return explored;
}

/// False: some run has more than `messages` deliveries.
inline bool bruteForce(Run const& run, std::size_t messages, std::set<Outcome>& outcomes) {
  Run start = run;
  std::size_t const options = start.enabled().size();
  if (options == 0) outcomes.insert(start.outcome());
  if (options != 0 && messages == 0) return false;
  for (std::size_t i = 0; i < options; ++i) {
    for (std::uint64_t value = 0; value < start.choices(i); ++value) {
      Run next = start;
      next.deliver(i, value);
      if (!bruteForce(next, messages - 1, outcomes)) return false;
    }
  }
  return true;
}

/// Every run of it ends: a handler sends larger kinds only.
enum Spice { Plain = 0, Accesses = 1, Choices = 2, Crashes = 4 };
inline Program randomProgram(std::uint32_t seed, int spices = Plain) {
  std::minstd_rand random{seed};
  auto const below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() >> 8) % n; };
  Program program;
  program.endpoints = 3 + below(2);
  std::uint32_t const kinds = 6;
  program.first.resize(program.endpoints);
  program.on.resize(kinds);
  program.touches.resize((spices & Accesses) != 0 ? kinds : 0);
  program.choices.resize((spices & Choices) != 0 ? kinds : 0);
  std::uint32_t const first = 2 + below(4);
  for (std::uint32_t i = 0; i < first; ++i) {
    program.first[below(program.endpoints)].push_back({below(program.endpoints), below(3)});
  }
  for (std::uint32_t kind = 0; kind + 1 < kinds; ++kind) {
    program.on[kind].resize(1 + below(2));
    for (auto& sends : program.on[kind]) {
      for (std::uint32_t i = below(3); i > 0; --i) {
        sends.push_back({below(program.endpoints), kind + 1 + below(kinds - kind - 1)});
      }
    }
  }
  for (auto& touched : program.touches) {
    for (std::uint32_t i = below(3); i > 0; --i)
      touched.push_back({below(2), AccessKind(below(3))});
  }
  for (auto& choices : program.choices) choices = 1 + below(2);
  if ((spices & Crashes) != 0) program.mortals.assign(1, below(program.endpoints));
  return program;
}

}  // namespace program
