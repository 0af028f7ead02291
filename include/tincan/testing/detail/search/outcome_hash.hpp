// tincan/testing/detail/search/outcome_hash.hpp - one number for all runs with the same outcome
//
// The hash of an event is made of its source, its data choices and the hashes of the events in
// conflict that came right before. Their sum does not depend on the order of events that commute.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include <tincan/testing/detail/search/step.hpp>

namespace tincan::inline abi0::testing::detail {

/// SplitMix64's mixer (Steele, Lea, Flood 2014).
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9u;
  value = (value ^ value >> 27) * 0x94d049bb133111ebu;
  return value ^ value >> 31;
}

class OutcomeHash {
 public:
  void clear() {
    sum_ = 0;
    choices_ = 0;
    lastAt_.clear();
    objects_.clear();
  }

  /// Adds a data choice, which belongs to the next event.
  void choose(std::uint64_t value) { choices_ = mix(choices_ ^ mix(value)); }

  void add(Step const& step, std::span<Access const> accesses) {
    std::uint64_t& last = lastAt_[step.endpoint];
    std::uint64_t hash = mix(last ^ mix(step.source ^ mix(choices_)));
    choices_ = 0;
    for (Access const& access : accesses) {
      Groups const& groups = objects_[access.object];
      hash = mix(hash ^ mix(access.object) ^
                 (groups.joins(access.kind) ? groups.previous : groups.current));
    }
    for (Access const& access : accesses) objects_[access.object].add(access.kind, hash);
    last = hash;
    sum_ += hash;
  }

  std::uint64_t value() const noexcept { return mix(sum_ ^ choices_); }

 private:
  // The accesses to one object: the last ones, which commute, and the ones before.
  struct Groups {
    std::uint64_t previous = 0, current = 0;
    AccessKind kind = AccessKind::Writes;

    bool joins(AccessKind other) const noexcept { return commutes(kind, other); }
    void add(AccessKind other, std::uint64_t hash) noexcept {
      if (!joins(other)) {
        previous = current;
        current = 0;
        kind = other;
      }
      current += hash;
    }
  };

  std::uint64_t sum_ = 0, choices_ = 0;
  std::unordered_map<std::uint32_t, std::uint64_t> lastAt_{};
  std::unordered_map<std::uint64_t, Groups> objects_{};
};

}  // namespace tincan::inline abi0::testing::detail
