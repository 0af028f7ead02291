// tincan/detail/base/erase_if.hpp - takes elements out of a vector
#pragma once

#include <cstddef>
#include <vector>

namespace tincan::inline abi0::detail {

/// Takes out the elements for which `isOver(element)` is true, and which that may move from; the others
/// keep their order. Does what std::erase_if does, for a third of the compiler's time.
template <class T, class IsOver>
void eraseIf(std::vector<T>& all, IsOver&& isOver) {
  std::size_t stay = 0;
  for (T& one : all) {
    if (isOver(one)) continue;
    if (&all[stay] != &one) all[stay] = static_cast<T&&>(one);
    ++stay;
  }
  while (all.size() > stay) all.pop_back();
}

}  // namespace tincan::inline abi0::detail
