// tincan/testing/detail/simulate/cycles.hpp - the cycles of waits that an exploration has come upon
//
// Which wait of a cycle comes last, and so gets Deadlock, depends on the order of steps that commute
// where there is no cycle. So the first time that a cycle is seen the exploration begins again, and
// from then on waits that are part of it do not commute.
//
//   Threads   One.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tincan/testing/detail/search/checkpoint_text.hpp>

namespace tincan::inline abi0::testing::detail {

/// The cycles of all runs. Endpoints are told apart by their names, on which all runs agree. Two of one
/// name only make for more conflicts.
class Cycles {
 public:
  using Edge = std::pair<std::string, std::string>;  // who waits, for whom
  using Edges = std::set<Edge>;

  void add(Edges cycle) {
    if (std::find(all_.begin(), all_.end(), cycle) == all_.end()) all_.push_back(std::move(cycle));
  }
  std::size_t size() const noexcept { return all_.size(); }

  /// Calls `note` with the number of each cycle that has the edge.
  template <class Note>
  void with(Edge const& edge, Note&& note) const {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].contains(edge)) note(i);
    }
  }
  /// Calls `note` with the number of each cycle that the endpoint is part of.
  template <class Note>
  void with(std::string const& endpoint, Note&& note) const {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      bool const isIn = std::any_of(all_[i].begin(), all_[i].end(), [&](Edge const& edge) {
        return edge.first == endpoint || edge.second == endpoint;
      });
      if (isIn) note(i);
    }
  }

  void save(CheckpointWriter& to) const {
    to.all(all_, [&](Edges const& edges) {
      to.all(edges, [&](Edge const& edge) {
        to.string(edge.first);
        to.string(edge.second);
      });
    });
  }
  void load(CheckpointReader& from) {
    from.all([&] {
      Edges edges;
      from.all([&] {
        Edge edge;
        from.string(edge.first);
        from.string(edge.second);
        edges.insert(std::move(edge));
      });
      all_.push_back(std::move(edges));
    });
  }

 private:
  std::vector<Edges> all_{};
};

}  // namespace tincan::inline abi0::testing::detail
