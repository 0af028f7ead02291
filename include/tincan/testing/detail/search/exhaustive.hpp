// tincan/testing/detail/search/exhaustive.hpp - reaches every outcome once
//
// Source-DPOR of P. Abdulla, S. Aronis, B. Jonsson, K. Sagonas, "Optimal Dynamic Partial Order
// Reduction", POPL 2014, algorithm 1, with sleep sets (P. Godefroid, 1996). Depth first and
// stateless: what was decided is a stack of nodes, each run repeats all but the end of the last one.
//
// Two orders of the same steps have the same outcome if they differ by swaps of steps that commute.
// For each race that is seen, the node before its first step is told of a step to try instead. Sleep
// sets keep runs with equal outcomes from being finished twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include <tincan/testing/detail/search/data_choices.hpp>
#include <tincan/testing/detail/search/decision_path.hpp>
#include <tincan/testing/detail/search/decision_stack.hpp>
#include <tincan/testing/detail/search/path_text.hpp>
#include <tincan/testing/detail/search/race_reversal.hpp>
#include <tincan/testing/detail/search/resumption.hpp>
#include <tincan/testing/detail/search/search_parts.hpp>
#include <tincan/testing/detail/search/search_share.hpp>
#include <tincan/testing/detail/search/search_strategy.hpp>
#include <tincan/testing/detail/search/sleep_sets.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/search/trace.hpp>

namespace tincan::inline abi0::testing::detail {

/// The strategy that goes through all decisions, depth first. The parts of a run that are repeated must
/// go as before, or the test is not deterministic.
class Exhaustive final : public SearchStrategy {
 public:
  bool next() override {
    if (!nondeterminism().empty() || parts_.isDoomed()) return false;
    bool const first = !started_;
    started_ = true;
    if (!first) {
      resumption_.end();
      if (!backtrack()) {
        exhausted_ = !choices_.endsAt(nodes_.size());
        return false;
      }
      if (parts_.isDoomed()) return false;
      parts_.offer(choices_.all());
    }
    position_ = 0;
    choices_.begin();
    isUnseen_ = false;
    isForwarded_ = ++runs_ > SeenFirst && runs_ % SeenEach != 0;
    return true;
  }

  bool save(CheckpointWriter& to) const override {
    writePath(to, resumption_.path(choices_.all()));
    return true;
  }
  void load(CheckpointReader& from) override { resume(readPath(from)); }
  /// Makes the part of another search that follows from the path of that; instead of load().
  void make(Subtree& part) {
    wishes_.noteIn(part);
    resume(part.path);
  }
  SearchParts& parts() noexcept { return parts_; }

  Source expected() override {
    bool const isKnown = isForwarded_ && position_ + 1 < nodes_.size() &&
                         !choices_.misses(position_) && nondeterminism().empty();
    return isKnown ? nodes_.chosen(position_).source : Nothing;
  }
  std::size_t goOn() override {
    isUnseen_ = true;
    return nodes_.chosenIndex(position_++);
  }

  std::optional<std::size_t> pick(std::span<Step const> enabled) override {
    missChoices();
    if (!nondeterminism().empty() || enabled.empty()) return std::nullopt;
    if (position_ < nodes_.size()) return repeat(enabled);
    open(enabled);
    auto const options = nodes_.options(position_);
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (options[i].is(Option::Asleep)) continue;
      options[i].state |= Option::Wanted;
      nodes_.choose(position_++, i);
      return i;
    }
    nodes_.pop();
    return std::nullopt;
  }

  void record(std::span<Access const> accesses, std::span<Source const> sent) override {
    isNew_ = false;
    if (position_ == 0) return begin(sent);
    std::size_t const event = position_ - 1;
    if (event < trace_.size()) {
      bool const isUnseen = std::exchange(isUnseen_, false);
      if (!isUnseen && !trace_.repeats(event, accesses, sent)) {
        blame(event, "something else was sent or touched");
      }
      return;
    }
    resumption_.restore(event);
    Option& option = nodes_.chosen(event);
    trace_.push(option, accesses, sent);
    option.remember(trace_.accesses(event));
    races_.reverse();
    isNew_ = true;
  }

  void lose(std::span<Step const> lost) override {
    if (isNew_) races_.reverseLost(lost);
  }

  std::uint64_t choose(std::uint64_t n) override {
    parts_.dataAreChosen(position_);
    auto const value = choices_.choose(n, position_, position_ == nodes_.size());
    if (!value.has_value()) blame(position_, "there was another data choice");
    return value.value_or(0);
  }

  bool finish(bool failed) override {
    missChoices();
    if (position_ < nodes_.size()) blame(position_, "the run ended");
    // What was possible and no longer is was in conflict with the last step.
    if (!failed && !nodes_.empty() && position_ == nodes_.size()) {
      sleep_.wantLost(position_ - 1, {});
    }
    return true;
  }

  bool exhaustive() const noexcept override { return exhausted_; }

  double share() const noexcept override { return shareOf(nodes_, choices_); }

 private:
  // Of runs that begin as others did only some are compared with those in full: the first ones, and then a few.
  // The others are seen from their last step on that was made before.
  static constexpr std::uint64_t SeenFirst = 100, SeenEach = 32;

  void resume(DecisionPath path) {
    choices_.resume(path.choices);
    resumption_.begin(std::move(path));
  }

  /// Goes back to the deepest decision that has something left to try.
  bool backtrack() {
    for (;;) {
      std::size_t const picks = nodes_.size();
      if (picks != 0 && picks == wishes_.own()) return false;
      if (choices_.endsAt(picks)) {
        if (!choices_.next()) continue;
        picks == 0 ? forget() : rewind(picks - 1);
        return true;
      } else if (picks != 0) {
        if (chooseAnother()) {
          if (parts_.take()) continue;
          return true;
        }
        nodes_.pop();
        parts_.forget();
      } else {
        return false;
      }
    }
  }

  bool chooseAnother() {
    std::size_t const last = nodes_.size() - 1;
    nodes_.chosen(last).state |= Option::Done;
    rewind(last);
    auto const options = nodes_.options(last);
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (!options[i].is(Option::Wanted) || options[i].is(Option::Done | Option::Asleep)) continue;
      nodes_.choose(last, i);
      return true;
    }
    return false;
  }

  void rewind(std::size_t events) {
    trace_.rewind(events);
    sleep_.rewind(events);
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

  /// Notices if the last step has chosen before what it does not choose again.
  void missChoices() {
    if (choices_.misses(position_)) blame(position_, "a data choice was missing");
  }

  std::optional<std::size_t> repeat(std::span<Step const> enabled) {
    auto const options = nodes_.options(position_);
    if (enabled.size() != options.size()) {
      blame(position_, std::to_string(enabled.size()) + " steps were possible instead of " +
                           std::to_string(options.size()));
      return std::nullopt;
    }
    for (std::size_t i = 0; i < enabled.size(); ++i) {
      Option const& option = options[i];
      if (enabled[i].source == option.source && enabled[i].endpoint == option.endpoint) continue;
      blame(position_, "another step was possible");
      return std::nullopt;
    }
    if (position_ != 0 && resumption_.concerns(position_)) sleep_.wantLost(position_ - 1, enabled);
    return nodes_.chosenIndex(position_++);
  }

  void open(std::span<Step const> enabled) {
    if (trace_.size() != nodes_.size()) throw std::logic_error("Search: a step was not recorded.");
    nodes_.push(enabled);
    if (nodes_.size() == 1) return;
    sleep_.inherit();
    sleep_.wantLost(nodes_.size() - 2, enabled);
  }

  bool started_ = false, exhausted_ = false, begun_ = false;
  DecisionStack nodes_{};
  DataChoices choices_{};
  std::uint64_t runs_ = 0;
  std::size_t position_ = 0;  // in the run
  bool isForwarded_ = false;  // the run, as far as it repeats the one before
  bool isUnseen_ = false;     // what its last step has touched and sent
  bool isNew_ = false;        // the event that was recorded last was not there before
  Trace trace_{};             // one event for each node, but maybe the last
  Wishes wishes_{nodes_};
  SleepSets sleep_{nodes_, trace_, wishes_};
  RaceReversal races_{nodes_, trace_, wishes_, sleep_};
  Resumption resumption_{nodes_, trace_};
  SearchParts parts_{nodes_, trace_, wishes_, resumption_};
};

}  // namespace tincan::inline abi0::testing::detail
