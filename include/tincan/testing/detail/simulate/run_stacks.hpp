// tincan/testing/detail/simulate/run_stacks.hpp - the stacks of one simulation
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/idle_stacks.hpp>
#include <tincan/testing/detail/simulate/stack.hpp>

namespace tincan::inline abi0::testing::detail {

/// The test's own stack, and those on which the steps happen. Exactly one of them runs.
struct RunStacks {
  /// `user` is what runs on all but the test's. One of those is there from the beginning, so that a
  /// simulation for which there is none does not begin. Throws what making a Stack throws.
  RunStacks(StackUser& user, std::size_t size) : user_(user), size_(size) { makeFree(); }
  RunStacks(RunStacks const&) = delete;
  RunStacks& operator=(RunStacks const&) = delete;

  /// The running stack, if that is not the test's.
  Stack const* runningStack() const noexcept { return isTestRunning() ? nullptr : running; }
  bool isTestRunning() const noexcept { return running == &test; }

  /// Throws if the caller is no code of the test.
  void checkIsTestRunning() const {
    if (isTestRunning()) return;
    throw std::logic_error("tincan: a simulation is run by its test, not by what runs in it");
  }

  /// Makes a stack on which nothing runs, if there is none, so that the next leave() does not throw. Throws
  /// std::bad_alloc and std::system_error.
  void makeFree() {
    if (!free.empty()) return;
    free.reserve(all_.size() + 1);
    all_.push_back(idle_.take(user_, size_));
    free.push_back(all_.back().get());
  }
  /// Leaves the running stack as it is and goes on with one on which nothing runs. Returns once
  /// somebody switches back. Throws as makeFree().
  void leave() {
    makeFree();
    Stack& next = *free.back();
    free.pop_back();
    Stack* const here = running;
    here->switchTo(next);
    running = here;
  }

  /// Keeps the stacks for the next simulation of this thread.
  void giveBack() {
    for (auto& stack : all_) idle_.give(std::move(stack));
  }

  Stack test{};
  Stack* running = &test;
  std::vector<Stack*> free{};  // those on which nothing runs

 private:
  StackUser& user_;
  std::size_t const size_;
  std::vector<std::unique_ptr<Stack>> all_{};  // besides the test's
  Stacks& idle_ = Stacks::here();              // of the test's thread, whichever runs
};

}  // namespace tincan::inline abi0::testing::detail
