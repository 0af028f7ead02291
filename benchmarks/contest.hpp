// benchmarks/contest.hpp - contestants in alternating slices
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "basics.hpp"

namespace bench {

/// Contestants in alternating slices. A slice does a job n times and returns how many ns it took.
class Contest {
 public:
  using Slice = std::function<double(std::uint64_t n)>;

  /// times: how often a slice does its job; 0: as often as fits into a millisecond.
  void add(std::string name, Slice slice, std::uint64_t times = 0) {
    contestants_.push_back({std::move(name), std::move(slice), times, {}});
  }

  void run(int cycles) {
    for (auto& contestant : contestants_) warmUp(contestant);
    auto const all = contestants_.size();
    for (int cycle = 0; cycle < cycles; ++cycle) {
      for (std::size_t i = 0; i < all; ++i) {
        // There and back, so that nobody always runs after the same neighbour.
        auto& contestant = contestants_[cycle % 2 == 0 ? i : all - 1 - i];
        contestant.ns.push_back(each(contestant, contestant.times));
      }
    }
  }

  /// The median over the cycles of what the formula makes of the times in that cycle:
  /// formula(ns), where ns(name) is how many nanoseconds that contestant took each.
  template <class Formula>
  double overCycles(Formula const& formula) const {
    std::vector<double> values;
    for (std::size_t cycle = 0; cycle < contestants_.at(0).ns.size(); ++cycle) {
      values.push_back(formula([&](std::string_view name) { return find(name).ns[cycle]; }));
    }
    return median(std::move(values));
  }

  /// The median over the cycles of one's time divided by the other's in the same cycle.
  double ratio(std::string_view name, std::string_view reference) const {
    return overCycles([&](auto const& ns) { return ns(name) / ns(reference); });
  }

  /// Nanoseconds each, the median over the cycles.
  double ns(std::string_view name) const { return median(find(name).ns); }

 private:
  struct Contestant {
    std::string name;
    Slice slice;
    std::uint64_t times;
    std::vector<double> ns;
  };

  static double each(Contestant const& contestant, std::uint64_t times) {
    return contestant.slice(times) / static_cast<double>(times);
  }

  static void warmUp(Contestant& contestant) {
    constexpr double slice = 1e6;  // ns
    if (contestant.times != 0) {
      each(contestant, contestant.times);
      return;
    }
    for (std::uint64_t times = 16;; times *= 2) {
      // The better of two: one that was preempted would make all later slices too short.
      auto const first = each(contestant, times);
      auto const ns = std::min(first, each(contestant, times));
      contestant.times = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(slice / ns));
      if (ns * static_cast<double>(times) > slice / 4) return;
    }
  }

  Contestant const& find(std::string_view name) const {
    for (auto const& contestant : contestants_) {
      if (contestant.name == name) return contestant;
    }
    fail(fmt::format("no contestant is called {}", name));
  }

  std::vector<Contestant> contestants_;
};

}  // namespace bench
