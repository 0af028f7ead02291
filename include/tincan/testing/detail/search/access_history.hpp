// tincan/testing/detail/search/access_history.hpp - the accesses of a run, and which came before on one object
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <tincan/testing/detail/search/numbering.hpp>
#include <tincan/testing/detail/search/step.hpp>

namespace tincan::inline abi0::testing::detail {

/// Where the accesses of a step are kept.
struct AccessRange {
  std::uint32_t begin = 0, end = 0;
};

/// The accesses of events, one after another, linked by object.
class AccessHistory {
 public:
  void clear() noexcept { all_.clear(); }

  /// Appends those of an event. Calls `follows` with each earlier event that is a direct predecessor
  /// because of them.
  template <class Follows>
  AccessRange append(std::uint32_t event, std::span<Access const> accesses, Follows&& follows) {
    AccessRange range;
    range.begin = static_cast<std::uint32_t>(all_.size());
    for (Access const& access : accesses) {
      std::uint32_t const object = objects_.of(access.object);
      if (object >= last_.size()) last_.resize(object + 1, Nothing);
      follow(last_[object], access.kind, event, follows);
      all_.push_back({object, event, access.kind, last_[object]});
      last_[object] = static_cast<std::uint32_t>(all_.size()) - 1;
    }
    range.end = static_cast<std::uint32_t>(all_.size());
    return range;
  }
  /// Forgets that the last event came after earlier ones. Its accesses stay readable until cut().
  void unlink(AccessRange range) noexcept {
    for (std::uint32_t i = range.end; i > range.begin; --i) {
      last_[all_[i - 1].object] = all_[i - 1].previous;
    }
  }
  /// Appends accesses of no event.
  AccessRange keep(std::span<Access const> accesses) {
    auto const begin = static_cast<std::uint32_t>(all_.size());
    for (Access const& access : accesses) {
      std::uint32_t const object = objects_.of(access.object);
      if (object >= last_.size()) last_.resize(object + 1, Nothing);
      all_.push_back({object, Nothing, access.kind, Nothing});
    }
    return {begin, static_cast<std::uint32_t>(all_.size())};
  }
  /// Returns accesses as they were appended.
  std::vector<Access> accesses(AccessRange range) const {
    std::vector<Access> found;
    for (std::uint32_t i = range.begin; i < range.end; ++i) {
      found.push_back({objects_.key(all_[i].object), all_[i].kind});
    }
    return found;
  }
  /// Keeps the first ones.
  void cut(std::uint32_t count) { all_.resize(count); }

  bool conflict(AccessRange one, AccessRange other) const noexcept {
    for (std::uint32_t i = one.begin; i < one.end; ++i) {
      for (std::uint32_t k = other.begin; k < other.end; ++k) {
        if (all_[i].object == all_[k].object && !commutes(all_[i].kind, all_[k].kind)) return true;
      }
    }
    return false;
  }

  bool isEqual(AccessRange range, std::span<Access const> accesses) {
    return std::equal(accesses.begin(), accesses.end(), all_.begin() + range.begin,
                      all_.begin() + range.end, [this](Access const& now, Kept const& then) {
                        return now.kind == then.kind && objects_.of(now.object) == then.object;
                      });
  }

 private:
  struct Kept {
    std::uint32_t object, event;
    AccessKind kind;
    std::uint32_t previous;  // to the same object
  };

  // The accesses to one object form groups that commute. Those of an earlier group happen before
  // all of a later one, so the last group in conflict stands for all before it.
  template <class Follows>
  void follow(std::uint32_t last, AccessKind kind, std::uint32_t self, Follows& follows) {
    while (last != Nothing && commutes(kind, all_[last].kind)) last = all_[last].previous;
    if (last == Nothing) return;
    AccessKind const group = all_[last].kind;
    do {
      if (all_[last].event != self) follows(all_[last].event);
      last = all_[last].previous;
    } while (last != Nothing && commutes(group, all_[last].kind));
  }

  std::vector<Kept> all_{};
  std::vector<std::uint32_t> last_{};  // of each object
  Numbering objects_{};
};

}  // namespace tincan::inline abi0::testing::detail
