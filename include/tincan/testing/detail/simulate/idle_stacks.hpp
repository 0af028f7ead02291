// tincan/testing/detail/simulate/idle_stacks.hpp - the stacks of a thread that nobody uses
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/stack.hpp>

namespace tincan::inline abi0::testing::detail {

/// The stacks of a thread that nobody uses. They end with the thread.
class Stacks {
 public:
  /// The stacks of the calling thread.
  static Stacks& here() {
    static thread_local Stacks stacks;
    return stacks;
  }

  /// Makes a stack of that size, or takes one that is idle. Callable on any thread.
  std::unique_ptr<Stack> take(StackUser& user, std::size_t size) {
    auto at = std::find_if(idle_.rbegin(), idle_.rend(),
                           [&](auto const& stack) { return stack->hasSize(size); });
    if (at == idle_.rend()) {
      idle_.push_back(std::make_unique<Stack>(Stack::New{size}));
      at = idle_.rbegin();
    }
    auto stack = std::move(*at);
    idle_.erase(at.base() - 1);
    stack->user = &user;
    return stack;
  }
  void give(std::unique_ptr<Stack> stack) { idle_.push_back(std::move(stack)); }

 private:
  std::vector<std::unique_ptr<Stack>> idle_;
};

}  // namespace tincan::inline abi0::testing::detail
