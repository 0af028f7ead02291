// tincan/testing/detail/search/exhaustive.hpp - reaches every outcome once
//
// Source-DPOR of P. Abdulla, S. Aronis, B. Jonsson, K. Sagonas, "Optimal Dynamic Partial Order
// Reduction", POPL 2014, algorithm 1, with sleep sets (P. Godefroid, 1996). Depth first and
// stateless: what was decided is a stack of nodes, each run repeats all but the end of the last one.
//
// Two orders of the same steps have the same outcome if they differ by swaps of steps that commute.
// A race is a pair of steps that do not commute and could have come the other way round. For each
// race that is seen, the node before its first step is told of a step to try instead. Sleep sets
// keep runs with equal outcomes from being finished twice. (One exception: a step whose data choices
// touch different objects is woken with all its choices, so an outcome may come twice.)
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <tincan/testing/detail/search/search_strategy.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/search/trace.hpp>

namespace tincan::inline v0::testing::detail {

class Exhaustive final : public SearchStrategy {
 public:
  bool next() override {
    if (!nondeterminism().empty()) return false;
    bool const first = !started_;
    started_ = true;
    if (!first && !backtrack()) {
      exhausted_ = true;
      return false;
    }
    position_ = 0;
    choicePosition_ = 0;
    return true;
  }

  std::optional<std::size_t> pick(std::span<Step const> enabled) override {
    missChoices();
    if (!nondeterminism().empty() || enabled.empty()) return std::nullopt;
    if (position_ < nodes_.size()) return repeat(enabled);
    open(enabled);
    Node& node = nodes_.back();
    for (std::uint32_t i = node.begin; i < node.end; ++i) {
      if ((options_[i].state & Asleep) != 0) continue;
      options_[i].state |= Wanted;
      node.chosen = i;
      ++position_;
      return i - node.begin;
    }
    close();
    return std::nullopt;
  }

  void record(std::span<Access const> accesses, std::span<Source const> sent) override {
    if (position_ == 0) return begin(sent);
    std::size_t const event = position_ - 1;
    if (event < trace_.size()) {
      if (!trace_.repeats(event, accesses, sent))
        blame(event, "something else was sent or touched");
      return;
    }
    Option& option = options_[nodes_[event].chosen];
    trace_.push(option, accesses, sent);
    remember(option, trace_.accesses(event));
    for (std::uint32_t const race : trace_.races()) reverse(race);
    for (Lost const& lost : lost_) {
      if (!trace_.happensBefore(lost.event, event) && !commutes(lost.option, event)) {
        reverse(lost.event);
      }
    }
  }

  std::uint64_t choose(std::uint64_t n) override {
    if (choicePosition_ == choices_.size() && position_ == nodes_.size())
      choices_.push_back({n, 0, position_});
    if (choicePosition_ == choices_.size() || choices_[choicePosition_].n != n ||
        choices_[choicePosition_].picks != position_) {
      blame(position_, "there was another data choice");
      return 0;
    }
    Choice const& choice = choices_[choicePosition_];
    ++choicePosition_;
    return choice.value;
  }

  bool finish(bool failed) override {
    missChoices();
    if (position_ < nodes_.size()) blame(position_, "the run ended");
    // What was possible and no longer is was in conflict with the last step.
    if (!failed && !nodes_.empty() && position_ == nodes_.size()) wantLost(nodes_.back(), {});
    return true;
  }

  bool exhaustive() const noexcept override { return exhausted_; }

 private:
  enum State : std::uint8_t {
    Wanted = 1,  // to be tried here, or tried
    Done = 2,    // all that follows it has been tried
    Asleep = 4   // all that follows it was tried elsewhere
  };
  struct Option : Step {
    std::uint8_t state;
    bool known;            // it was tried, the accesses are those it made
    AccessRange accesses;  // of all variants, if the step has data choices
  };
  struct Node {
    std::uint32_t begin, end;  // its options
    std::uint32_t chosen;
  };
  struct Lost {  // an option that slept when this event made it impossible
    Option option;
    std::uint32_t event;
  };
  struct Choice {  // of data
    std::uint64_t n, value;
    std::size_t picks;  // made before
  };

  // ---- the stack --------------------------------------------------------------------------------

  // Goes back to the deepest decision that has something left to try.
  bool backtrack() {
    for (;;) {
      std::size_t const picks = nodes_.size();
      if (!choices_.empty() && choices_.back().picks == picks) {
        if (++choices_.back().value < choices_.back().n) {
          picks == 0 ? forget() : rewind(picks - 1);
          return true;
        }
        choices_.pop_back();
      } else if (picks != 0) {
        if (chooseAnother()) return true;
        close();
      } else {
        return false;
      }
    }
  }

  bool chooseAnother() {
    Node& node = nodes_.back();
    options_[node.chosen].state |= Done;
    rewind(nodes_.size() - 1);
    for (std::uint32_t i = node.begin; i < node.end; ++i) {
      if ((options_[i].state & (Wanted | Done | Asleep)) != Wanted) continue;
      node.chosen = i;
      return true;
    }
    return false;
  }

  void rewind(std::size_t events) {
    trace_.rewind(events);
    while (!lost_.empty() && lost_.back().event >= events) lost_.pop_back();
  }

  void forget() {
    rewind(0);
    trace_.clear();
    begun_ = false;
  }

  void begin(std::span<Source const> initial) {
    if (!begun_) trace_.begin(initial);
    begun_ = true;
  }

  // What the last step chose before, it must choose again.
  void missChoices() {
    if (choicePosition_ < choices_.size() && choices_[choicePosition_].picks <= position_) {
      blame(position_, "a data choice was missing");
    }
  }

  std::optional<std::size_t> repeat(std::span<Step const> enabled) {
    Node const& node = nodes_[position_];
    if (enabled.size() != node.end - node.begin) {
      blame(position_, std::to_string(enabled.size()) + " steps were possible instead of " +
                           std::to_string(node.end - node.begin));
      return std::nullopt;
    }
    for (std::uint32_t i = 0; i < enabled.size(); ++i) {
      Option const& option = options_[node.begin + i];
      if (enabled[i].source == option.source && enabled[i].endpoint == option.endpoint) continue;
      blame(position_, "another step was possible");
      return std::nullopt;
    }
    ++position_;
    return node.chosen - node.begin;
  }

  void open(std::span<Step const> enabled) {
    if (trace_.size() != nodes_.size()) throw std::logic_error("Search: a step was not recorded.");
    auto const begin = static_cast<std::uint32_t>(options_.size());
    for (Step const& step : enabled) {
      options_.push_back({step, 0, false, {}});
    }
    if (!nodes_.empty()) {
      Node const before = nodes_.back();
      for (std::uint32_t i = begin; i < options_.size(); ++i) inheritSleep(before, options_[i]);
      wantLost(before, enabled);
    }
    nodes_.push_back({begin, static_cast<std::uint32_t>(options_.size()), begin});
  }

  void close() {
    options_.resize(nodes_.back().begin);
    nodes_.pop_back();
  }

  // ---- sleep sets -------------------------------------------------------------------------------

  // What was tried before the last step, or slept, and commutes with it, need not follow it.
  void inheritSleep(Node const& before, Option& option) {
    Option const* const earlier = find(before, option.source);
    if (earlier == nullptr || (earlier->state & (Done | Asleep)) == 0) return;
    if (!commutes(*earlier, nodes_.size() - 1)) return;
    option.state |= Asleep;
    option.known = earlier->known;
    option.accesses = earlier->accesses;
  }

  bool commutes(Option const& option, std::size_t event) const noexcept {
    return option.endpoint != trace_.endpoint(event) &&
           !trace_.conflicting(option.accesses, trace_.accesses(event));
  }

  Option* find(Node const& node, Source source) noexcept {
    for (std::uint32_t i = node.begin; i < node.end; ++i) {
      if (options_[i].source == source) return &options_[i];
    }
    return nullptr;
  }

  // A step that the last one made impossible does not show up in a race. If it sleeps, what begins
  // with it was seen; but something later may still belong before it, which record() looks for.
  void wantLost(Node const& node, std::span<Step const> enabled) {
    for (std::uint32_t i = node.begin; i < node.end; ++i) {
      Option& option = options_[i];
      bool const kept = i == node.chosen ||
                        std::any_of(enabled.begin(), enabled.end(),
                                    [&](Step const& step) { return step.source == option.source; });
      if (kept) continue;
      if ((option.state & Asleep) == 0) {
        option.state |= Wanted;
      } else {
        lost_.push_back({option, static_cast<std::uint32_t>(trace_.size()) - 1});
      }
    }
  }

  static void remember(Option& option, AccessRange accesses) noexcept {
    if (!option.known) option.accesses.begin = accesses.begin;
    option.accesses.end = accesses.end;
    option.known = true;
  }

  // ---- races ------------------------------------------------------------------------------------

  // The last event could have come before this one. Makes sure that the node before `early` tries
  // one of the steps that can begin a run in which it does: an initial of what does not depend on
  // `early`, up to the last event.
  void reverse(std::size_t early) {
    std::size_t const late = trace_.size() - 1;
    // Its endpoint may have been blocked in something else, which it comes before, or after.
    while (trace_.isShut(early) || !tryReverse(early, late)) {
      if (trace_.endpoint(early) != trace_.endpoint(late)) return;
      early = trace_.previous(early);
      if (early == Nothing || !trace_.mayPrecede(early)) return;
    }
  }

  // False: none of these steps is possible there.
  bool tryReverse(std::size_t early, std::size_t late) {
    takeIndependent(early, late);
    Node const& node = nodes_[early];
    Option* candidate = nullptr;
    for (std::uint32_t const event : sequence_) {
      if (!isInitial(event)) continue;
      Option* const option = find(node, trace_.source(event));
      if (option == nullptr) continue;
      // Not enough: a step outside the sequence that sleeps and commutes with it. The sequence may
      // go on with something in conflict with that step, which must be seen here.
      if (option->state != 0) return true;
      if (candidate == nullptr) candidate = option;
    }
    if (candidate != nullptr) candidate->state |= Wanted;
    return candidate != nullptr;
  }

  void takeIndependent(std::size_t early, std::size_t late) {
    sequence_.clear();
    members_.assign(late / 64 + 1, 0);
    for (std::size_t event = early + 1; event <= late; ++event) {
      if (event != late && trace_.happensBefore(early, event)) continue;
      sequence_.push_back(static_cast<std::uint32_t>(event));
      members_[event / 64] |= std::uint64_t{1} << event % 64;
    }
  }

  bool isInitial(std::uint32_t event) const noexcept {
    std::uint64_t const* const before = trace_.row(event);
    for (std::size_t word = 0; word <= event / 64; ++word) {
      if ((before[word] & members_[word]) != 0) return false;
    }
    return true;
  }

  bool started_ = false, exhausted_ = false, begun_ = false;
  std::vector<Node> nodes_;
  std::vector<Option> options_;
  std::vector<Choice> choices_;
  std::vector<Lost> lost_;
  std::size_t position_ = 0, choicePosition_ = 0;  // in the run
  Trace trace_;                                    // one event for each node, but maybe the last
  std::vector<std::uint32_t> sequence_;
  std::vector<std::uint64_t> members_;  // the same as bits
};

}  // namespace tincan::inline v0::testing::detail
