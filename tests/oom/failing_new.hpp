// tests/oom/failing_new.hpp - operator new that fails when it is told to
//
// Allocations are counted while a FailingMemory lives, on its thread or on all of them. The count
// goes on from one FailingMemory to the next, so that an attempt may be made in several steps.
#pragma once

namespace oom {

enum class Fail { Once, FromThenOn };
enum class On { ThisThread, AllThreads };

/// The n-th allocation that is counted fails, or that one and all after it. Counts from here.
void planFailure(long nth, Fail how) noexcept;
/// Allocations are counted from here, and none fails.
void planNoFailure() noexcept;
/// How many allocations have been counted since it was planned, and how many have failed.
long allocations() noexcept;
long failures() noexcept;

class FailingMemory {
 public:
  explicit FailingMemory(On on) noexcept;
  FailingMemory(FailingMemory const&) = delete;
  FailingMemory& operator=(FailingMemory const&) = delete;
  ~FailingMemory();

 private:
  On const on_;
};

/// Memory as usual on this thread, inside a FailingMemory too.
class UsualMemory {
 public:
  UsualMemory() noexcept;
  UsualMemory(UsualMemory const&) = delete;
  UsualMemory& operator=(UsualMemory const&) = delete;
  ~UsualMemory();
};

}  // namespace oom
