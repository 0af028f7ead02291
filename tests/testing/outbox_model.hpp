// tests/testing/outbox_model.hpp - a second model of sending
//
// Another model to compare with: what a handler sends waits in an outbox and becomes visible one
// message at a time, in one FIFO per receiver.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "program.hpp"

namespace program {

class OutboxModel {
 public:
  explicit OutboxModel(Program const& program)
      : program_(&program),
        outboxes_(program.endpoints),
        inboxes_(program.endpoints),
        handled_(program.endpoints),
        outcome_(program.endpoints) {
    for (std::uint32_t from = 0; from < program.endpoints; ++from) {
      outboxes_[from].assign(program.first[from].begin(), program.first[from].end());
    }
  }

  /// Adds what can come of this state. Handling does not conflict with anything, so it comes at once.
  void explore(std::set<Outcome>& outcomes, std::set<OutboxModel>& seen) {
    handleAll();
    if (!seen.insert(*this).second) return;
    bool over = true;
    for (std::uint32_t from = 0; from < program_->endpoints; ++from) {
      if (outboxes_[from].empty()) continue;
      over = false;
      OutboxModel next = *this;
      next.show(from);
      next.explore(outcomes, seen);
    }
    if (over) outcomes.insert(outcome_);
  }

  friend bool operator<(OutboxModel const& one, OutboxModel const& other) {
    return std::tie(one.outcome_, one.inboxes_, one.outboxes_) <
           std::tie(other.outcome_, other.inboxes_, other.outboxes_);
  }

 private:
  struct Sent {
    std::uint32_t from, kind;
    friend auto operator<=>(Sent const&, Sent const&) = default;
  };

  void show(std::uint32_t from) {
    Send const send = outboxes_[from].front();
    outboxes_[from].pop_front();
    inboxes_[send.to].push_back({from, send.kind});
  }

  void handleAll() {
    for (bool again = true; again;) {
      again = false;
      for (std::uint32_t at = 0; at < program_->endpoints; ++at) {
        if (inboxes_[at].empty() || !outboxes_[at].empty()) continue;
        handle(at);
        again = true;
      }
    }
  }

  void handle(std::uint32_t at) {
    auto const [from, kind] = inboxes_[at].front();
    inboxes_[at].pop_front();
    outcome_[at].push_back((from * program_->endpoints + at) << 16 | kind);
    auto const& sends = program_->on[kind];
    std::size_t const which = handled_[at]++;
    if (sends.empty()) return;
    auto const& now = sends[which % sends.size()];
    outboxes_[at].assign(now.begin(), now.end());
  }

  Program const* program_;
  std::vector<std::deque<Send>> outboxes_;
  std::vector<std::deque<Sent>> inboxes_;
  std::vector<std::size_t> handled_;
  Outcome outcome_;
};

inline std::set<Outcome> outboxOutcomes(Program const& program) {
  std::set<Outcome> outcomes;
  std::set<OutboxModel> seen;
  OutboxModel{program}.explore(outcomes, seen);
  return outcomes;
}

}  // namespace program
