// tincan/testing/detail/search/wishes.hpp - what is to be tried at a node, also at one of another thread's
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <tincan/testing/detail/search/decision_stack.hpp>
#include <tincan/testing/detail/search/subtree.hpp>

namespace tincan::inline abi0::testing::detail {

/// Wants options. Where a search is a part of another one, the nodes at its beginning are not its own: what it wants
/// there is noted for the other one.
class Wishes {
 public:
  explicit Wishes(DecisionStack& nodes) noexcept : nodes_(nodes) {}

  /// Notes what is wanted at the nodes of the part's path there from now on.
  void noteIn(Subtree& part) noexcept {
    part_ = &part;
    own_ = part.path.nodes.size();
  }
  /// The first node that belongs to this search.
  std::size_t own() const noexcept { return own_; }
  bool isOwn(std::size_t node) const noexcept { return node >= own_; }

  /// Wants the first of those options, unless one of them is wanted, has been tried, or sleeps.
  void want(Wish const& wish) {
    if (wish.options.empty()) return;
    if (!isOwn(wish.node)) return note(wish);
    auto const options = nodes_.options(wish.node);
    bool const hasOne =
        std::any_of(wish.options.begin(), wish.options.end(),
                    [&](std::uint32_t option) { return options[option].state != 0; });
    if (!hasOne) options[wish.options.front()].state |= Option::Wanted;
  }

 private:
  /// A second time it would change nothing.
  void note(Wish const& wish) {
    auto& wishes = part_->wishes;
    if (std::find(wishes.begin(), wishes.end(), wish) == wishes.end()) wishes.push_back(wish);
  }

  DecisionStack& nodes_;
  Subtree* part_ = nullptr;
  std::size_t own_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
