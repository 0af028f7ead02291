// tincan/testing/detail/simulate/run_stacks.hpp - the stacks of one simulation
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/stack.hpp>

namespace tincan::inline v0::testing::detail {

/// The test's own stack, and those on which the steps happen. Exactly one of them runs.
class RunStacks {
 public:
  /// `user` is what runs on all but the test's.
  explicit RunStacks(StackUser& user) noexcept : user_(user) {}
  RunStacks(RunStacks const&) = delete;
  RunStacks& operator=(RunStacks const&) = delete;

  Stack& test() noexcept { return test_; }
  Stack* running() const noexcept { return running_; }
  bool isTestRunning() const noexcept { return running_ == &test_; }

  /// Leaves the running stack as it is and goes on with one on which nothing runs. Returns once
  /// somebody switches back.
  void leave() {
    Stack* const here = running_;
    here->switchTo(takeFree());
    running_ = here;
  }
  void begins(Stack& here) noexcept { running_ = &here; }
  void isFree(Stack& here) { free_.push_back(&here); }

  /// Keeps the stacks for the next simulation of this thread.
  void giveBack() {
    for (auto& stack : all_) idle_.give(std::move(stack));
  }

 private:
  Stack& takeFree() {
    if (free_.empty()) {
      all_.push_back(idle_.take(user_));
      return *all_.back();
    }
    Stack& stack = *free_.back();
    free_.pop_back();
    return stack;
  }

  StackUser& user_;
  Stack test_;
  Stack* running_ = &test_;
  std::vector<std::unique_ptr<Stack>> all_;  // besides the test's
  std::vector<Stack*> free_;                 // those on which nothing runs
  Stacks& idle_ = Stacks::here();            // of the test's thread, whichever runs
};

}  // namespace tincan::inline v0::testing::detail
