// Abstract programs for the search: endpoints whose handlers are tables, and two ways to run them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <tincan/testing/search.hpp>

namespace program {

using tincan::testing::detail::Access;
using tincan::testing::detail::Search;
using tincan::testing::detail::Source;
using tincan::testing::detail::Step;

struct Send {
  std::uint32_t to, kind;
};

/// On a message of kind k an endpoint sends on[k][how many it has handled % on[k].size()].
struct Program {
  std::uint32_t endpoints = 0;
  std::vector<std::vector<Send>> first;            // what each endpoint sends at first
  std::vector<std::vector<std::vector<Send>>> on;  // one entry for each kind
  std::vector<std::vector<Access>> touches;        // of the handler of each kind, may be shorter
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
      Message const& last = lastAt_[message.to];
      bool const ordered = !last.clock.empty() && last.precedes(message);
      enabled_.push_back({lane(message), message.to, ordered});
      which_.push_back(i);
    }
    return enabled_;
  }

  void deliver(std::size_t index) {
    auto const place = pending_.begin() + static_cast<std::ptrdiff_t>(which_[index]);
    Message const message = std::move(*place);
    pending_.erase(place);
    sent_.clear();
    Clock& clock = clocks_[message.to];
    for (std::size_t i = 0; i < clock.size(); ++i) clock[i] = std::max(clock[i], message.clock[i]);
    auto& got = outcome_[message.to];
    got.push_back(lane(message) << 16 | message.kind);
    auto const& sends = program_->on[message.kind];
    if (!sends.empty()) send(message.to, sends[handled_[message.to] % sends.size()]);
    ++handled_[message.to];
    std::uint32_t const self = lane(message) << 16 | ++happened_[lane(message)];
    for (Access const& access : touched(message.kind)) touch(access, self, got);
    lastAt_[message.to] = message;
    touched_ = message.kind;
  }

  /// Of the last delivery, or of the beginning.
  std::vector<Source> const& sent() const { return sent_; }
  std::vector<Access> touched() const { return touched(touched_); }
  Outcome const& outcome() const { return outcome_; }

 private:
  using Clock = std::vector<std::uint32_t>;
  struct Message {
    std::uint32_t from, to, kind;
    Clock clock;  // of its send

    bool precedes(Message const& later) const {
      return &later != this && later.clock[from] >= clock[from];
    }
  };

  std::uint32_t lane(Message const& message) const {
    return message.from * program_->endpoints + message.to;
  }

  std::vector<Access> touched(std::size_t kind) const {
    return kind < program_->touches.size() ? program_->touches[kind] : std::vector<Access>{};
  }

  // Which steps in conflict came before is part of the outcome.
  void touch(Access const& access, std::uint32_t self, std::vector<std::uint32_t>& got) {
    auto& history = objects_[access.object];
    std::set<std::uint32_t> before;
    for (auto const& [step, kind] : history) {
      if (step != self && (kind != access.kind || kind % 2 != 0)) before.insert(step);
    }
    got.push_back(1u << 31 | static_cast<std::uint32_t>(before.size()));
    got.insert(got.end(), before.begin(), before.end());
    history.emplace_back(self, access.kind);
  }

  void send(std::uint32_t from, std::vector<Send> const& sends) {
    for (Send const& one : sends) {
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
  std::map<std::uint64_t, std::vector<std::pair<std::uint32_t, std::uint32_t>>> objects_;
  Outcome outcome_;
  std::vector<Step> enabled_;
  std::vector<std::size_t> which_;
  std::vector<Source> sent_;
  std::size_t touched_ = ~std::size_t{0};
};

struct Explored {
  std::multiset<Outcome> outcomes;
  std::uint64_t schedules = 0, givenUp = 0;
  bool complete = false;
};

inline Explored explore(Program const& program, tincan::testing::Options const& options = {}) {
  Explored explored;
  Search search{options};
  while (search.next()) {
    Run run{program};
    search.record({}, run.sent());
    bool over = false;
    while (!over && !run.enabled().empty()) {
      auto const index = search.pick(run.enabled());
      over = !index;
      if (over) break;
      run.deliver(*index);
      search.record(run.touched(), run.sent());
    }
    if (over) continue;
    search.finish(false);
    explored.outcomes.insert(run.outcome());
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
    Run next = start;
    next.deliver(i);
    if (!bruteForce(next, messages - 1, outcomes)) return false;
  }
  return true;
}

/// Every run of it ends: a handler sends larger kinds only.
inline Program randomProgram(std::uint32_t seed, bool accesses) {
  std::minstd_rand random{seed};
  auto const below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() >> 8) % n; };
  Program program;
  program.endpoints = 3 + below(2);
  std::uint32_t const kinds = 6;
  program.first.resize(program.endpoints);
  program.on.resize(kinds);
  program.touches.resize(accesses ? kinds : 0);
  std::uint32_t const first = 2 + below(3);
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
    for (std::uint32_t i = below(3); i > 0; --i) touched.push_back({below(2), below(3)});
  }
  return program;
}

}  // namespace program
