// tincan/testing/detail/simulate/idle_stacks.hpp - the stacks of a thread that nobody uses
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/stack.hpp>

namespace tincan::inline abi0::testing::detail {

/// The stacks of a thread that nobody uses. They end with the thread's own objects; what needs a stack later than
/// that, as simulations that end at exit do, gets new ones.
class Stacks {
 public:
  Stacks() = default;
  Stacks(Stacks const&) = delete;
  Stacks& operator=(Stacks const&) = delete;
  ~Stacks() { haveEnded() = true; }

  /// The stacks of the calling thread.
  static Stacks& here() {
    static thread_local Stacks stacks;
    return stacks;
  }

  /// Makes a stack of that size, or takes one that is idle. Callable on any thread.
  std::unique_ptr<Stack> take(StackUser& user, std::size_t size) {
    if (haveEnded()) return makeFor(user, size);
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
  void give(std::unique_ptr<Stack> stack) {
    if (!haveEnded()) idle_.push_back(std::move(stack));
  }

 private:
  /// Whether the thread's own objects have ended; that is left of these.
  static bool& haveEnded() noexcept {
    static constinit thread_local bool ended = false;
    return ended;
  }
  static std::unique_ptr<Stack> makeFor(StackUser& user, std::size_t size) {
    auto stack = std::make_unique<Stack>(Stack::New{size});
    stack->user = &user;
    return stack;
  }

  std::vector<std::unique_ptr<Stack>> idle_{};
};

}  // namespace tincan::inline abi0::testing::detail
