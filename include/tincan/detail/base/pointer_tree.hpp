// tincan/detail/base/pointer_tree.hpp - addresses in the order of names and numbers
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

namespace tincan::inline abi0::detail {

/// The key of an address in a PointerTree: names come in their order, those of one name by the number.
struct TreeKey {
  std::string_view name{};
  std::int64_t number = 0;

  friend bool operator<(TreeKey const& one, TreeKey const& other) noexcept {
    int const order = one.name.compare(other.name);
    return order == 0 ? one.number < other.number : order < 0;
  }
};

/// Addresses of what the owner knows the type of. All who need a tree have this one, since each further
/// type of a std::map costs the compiler 12 ms.
using PointerTree = std::multimap<TreeKey, void*>;

}  // namespace tincan::inline abi0::detail
