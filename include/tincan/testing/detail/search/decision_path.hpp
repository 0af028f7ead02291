// tincan/testing/detail/search/decision_path.hpp - how far an exhaustive search has come, apart from it
//
// Whoever has the path of a search goes on with it: in another process, or on another thread with a part of it. What
// the steps touch is there where it is still needed; the rest comes again when the path is run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <tincan/testing/detail/search/step.hpp>

namespace tincan::inline abi0::testing::detail {

/// The decisions of the run that is about to be made, and what else was possible where.
struct DecisionPath {
  /// A step that is possible at a node.
  struct Possible {
    Step step{};
    std::uint8_t state = 0;  // as Option::state
    bool isKnown = false;    // as Option::known
    std::vector<Access> accesses{};

    /// Whether a search tells them apart.
    friend bool operator==(Possible const& one, Possible const& other) noexcept {
      return one.step.source == other.step.source && one.step.endpoint == other.step.endpoint &&
             one.state == other.state && one.isKnown == other.isKnown &&
             one.accesses == other.accesses;
    }
  };
  struct Node {
    std::vector<Possible> all{};
    std::size_t chosen = 0;
  };
  struct Choice {  // of data
    std::uint64_t n, value;
    std::size_t picks;  // made before
  };

  std::vector<Node> nodes{};
  std::vector<Choice> choices{};
};

}  // namespace tincan::inline abi0::testing::detail
