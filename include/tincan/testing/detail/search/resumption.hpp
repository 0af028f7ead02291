// tincan/testing/detail/search/resumption.hpp - reads the path of an exhaustive search, and goes on from one
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <tincan/testing/detail/search/decision_path.hpp>
#include <tincan/testing/detail/search/decision_stack.hpp>
#include <tincan/testing/detail/search/trace.hpp>

namespace tincan::inline abi0::testing::detail {

/// Brings the nodes of an earlier search back; what they know of accesses while their run is made again.
class Resumption {
 public:
  Resumption(DecisionStack& nodes, Trace& trace) noexcept : nodes_(nodes), trace_(trace) {}

  /// Reads a node.
  DecisionPath::Node read(std::size_t at) const {
    DecisionPath::Node node;
    for (Option const& option : std::as_const(nodes_).options(at)) {
      node.all.push_back({option, option.state, option.known, trace_.read(option.accesses)});
    }
    node.chosen = nodes_.chosenIndex(at);
    return node;
  }

  /// Reads all nodes.
  DecisionPath path(std::vector<DecisionPath::Choice> const& choices) const {
    if (!path_.nodes.empty()) return path_;  // whose run has not been made yet
    DecisionPath path{{}, choices};
    for (std::size_t at = 0; at < nodes_.size(); ++at) path.nodes.push_back(read(at));
    return path;
  }

  /// Makes the nodes of the path. The search has none yet.
  void begin(DecisionPath path) {
    path_ = std::move(path);
    for (std::size_t at = 0; at < path_.nodes.size(); ++at) {
      std::vector<Step> steps;
      for (auto const& possible : path_.nodes[at].all) steps.push_back(possible.step);
      nodes_.push(steps);
      nodes_.choose(at, path_.nodes[at].chosen);
      for (std::size_t i = 0; i < steps.size(); ++i) {
        nodes_.options(at)[i].state = path_.nodes[at].all[i].state;
      }
    }
  }
  /// Forgets the path: its run has been made.
  void end() noexcept { path_.nodes.clear(); }
  /// Whether the node comes from the path, and its run is made.
  bool concerns(std::size_t at) const noexcept { return at < path_.nodes.size(); }

  /// Brings back what is known of the steps that were possible there; to be called before the chosen one is an event.
  void restore(std::size_t at) {
    if (!concerns(at)) return;
    auto const& node = path_.nodes[at];
    for (std::size_t i = 0; i < node.all.size(); ++i) {
      if (i != node.chosen) restore(at, i);
    }
    restore(at, node.chosen);  // what it does now follows that
  }

 private:
  void restore(std::size_t at, std::size_t index) {
    auto const& possible = path_.nodes[at].all[index];
    if (!possible.isKnown) return;
    Option& option = nodes_.options(at)[index];
    option.known = true;
    option.accesses = trace_.keep(possible.accesses);
  }

  DecisionStack& nodes_;
  Trace& trace_;
  DecisionPath path_{};
};

}  // namespace tincan::inline abi0::testing::detail
