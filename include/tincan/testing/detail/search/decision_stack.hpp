// tincan/testing/detail/search/decision_stack.hpp - which steps were possible where, and which were tried
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tincan/testing/detail/search/access_history.hpp>
#include <tincan/testing/detail/search/step.hpp>

namespace tincan::inline abi0::testing::detail {

/// A step that is possible at a node.
struct Option : Step {
  enum State : std::uint8_t {
    Wanted = 1,  // to be tried here, or tried
    Done = 2,    // all that follows it has been tried
    Asleep = 4   // all that follows it was tried elsewhere
  };
  bool is(std::uint8_t states) const noexcept { return (state & states) != 0; }
  /// Takes the accesses that it has made, with those of other data choices if these came before.
  void remember(AccessRange made) noexcept {
    if (!known) accesses.begin = made.begin;
    accesses.end = made.end;
    known = true;
  }

  std::uint8_t state = 0;  // of State
  bool known = false;      // it was tried, the accesses are those it made
  AccessRange accesses{};  // of all variants, if the step has data choices
};

/// A node for each step of the run, with the options that there were, and the one that was chosen.
class DecisionStack {
 public:
  /// Where the options of a node are.
  struct Node {
    std::uint32_t begin, end;
    std::uint32_t chosen;
  };

  std::size_t size() const noexcept { return nodes_.size(); }
  bool empty() const noexcept { return nodes_.empty(); }
  Node const& operator[](std::size_t at) const noexcept { return nodes_[at]; }

  void push(std::span<Step const> enabled) {
    auto const begin = static_cast<std::uint32_t>(options_.size());
    for (Step const& step : enabled) options_.push_back({step});
    nodes_.push_back({begin, static_cast<std::uint32_t>(options_.size()), begin});
  }
  void pop() {
    options_.resize(nodes_.back().begin);
    nodes_.pop_back();
  }

  std::span<Option const> options(std::size_t at) const noexcept {
    return {options_.data() + nodes_[at].begin, nodes_[at].end - nodes_[at].begin};
  }
  std::span<Option> options(std::size_t at) noexcept {
    return {options_.data() + nodes_[at].begin, nodes_[at].end - nodes_[at].begin};
  }
  Option& chosen(std::size_t at) noexcept { return options_[nodes_[at].chosen]; }
  std::size_t chosenIndex(std::size_t at) const noexcept {
    return nodes_[at].chosen - nodes_[at].begin;
  }
  void choose(std::size_t at, std::size_t index) noexcept {
    nodes_[at].chosen = nodes_[at].begin + static_cast<std::uint32_t>(index);
  }

  struct Counts {
    std::size_t wanted, done;
  };
  /// How many of the node's options are to be tried, and of how many all has been tried.
  Counts counts(std::size_t at) const noexcept {
    Counts counts{0, 0};
    for (std::size_t i = nodes_[at].begin; i < nodes_[at].end; ++i) {
      if (options_[i].is(Option::Asleep) || !options_[i].is(Option::Wanted)) continue;
      ++counts.wanted;
      counts.done += options_[i].is(Option::Done) ? 1U : 0U;
    }
    if (counts.wanted == 0) counts.wanted = 1;
    return counts;
  }

  std::uint32_t indexOf(std::size_t at, Option const& option) const noexcept {
    return static_cast<std::uint32_t>(&option - options_.data()) - nodes_[at].begin;
  }
  /// The node's option that comes from there; null: there is none.
  Option* find(std::size_t at, Source source) noexcept {
    for (Option& option : options(at)) {
      if (option.source == source) return &option;
    }
    return nullptr;
  }

 private:
  std::vector<Node> nodes_{};
  std::vector<Option> options_{};
};

}  // namespace tincan::inline abi0::testing::detail
