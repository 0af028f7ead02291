// tincan/testing/detail/simulate/run_stacks.hpp - the stacks of one simulation
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/idle_stacks.hpp>
#include <tincan/testing/detail/simulate/stack.hpp>

namespace tincan::inline abi0::testing::detail {

/// The test's own stack, and those on which the steps happen. Exactly one of them runs.
struct RunStacks {
  /// `user` is what runs on all but the test's. One of those is there from the beginning, so that a
  /// simulation for which there is none does not begin. Throws what making a Stack throws.
  RunStacks(StackUser& user, std::size_t size) : user_(user), size_(size) {
    free.push_back(&takeFree());
  }
  RunStacks(RunStacks const&) = delete;
  RunStacks& operator=(RunStacks const&) = delete;

  /// The running stack, if that is not the test's.
  Stack const* runningStack() const noexcept { return isTestRunning() ? nullptr : running; }
  bool isTestRunning() const noexcept { return running == &test; }

  /// Leaves the running stack as it is and goes on with one on which nothing runs. Returns once
  /// somebody switches back.
  void leave() {
    Stack* const here = running;
    here->switchTo(takeFree());
    running = here;
  }

  /// Keeps the stacks for the next simulation of this thread.
  void giveBack() {
    for (auto& stack : all_) idle_.give(std::move(stack));
  }

  Stack test;
  Stack* running = &test;
  std::vector<Stack*> free;  // those on which nothing runs

 private:
  Stack& takeFree() {
    if (free.empty()) {
      all_.push_back(idle_.take(user_, size_));
      return *all_.back();
    }
    Stack& stack = *free.back();
    free.pop_back();
    return stack;
  }

  StackUser& user_;
  std::size_t const size_;
  std::vector<std::unique_ptr<Stack>> all_;  // besides the test's
  Stacks& idle_ = Stacks::here();            // of the test's thread, whichever runs
};

}  // namespace tincan::inline abi0::testing::detail
