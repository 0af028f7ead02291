// tests/oom/failing_new.hpp - operator new that fails when it is told to
//
// Allocations are counted while a FailingMemory lives, on its thread or on all of them. The count
// goes on from one FailingMemory to the next, so that an attempt may be made in several steps.
#pragma once

namespace oom {

enum class Fail { Once, FromThenOn };
enum class On { ThisThread, AllThreads };

/// The n-th allocation that is counted fails, or that one and all after it. Once for each process.
void planFailure(long nth, Fail how) noexcept;
/// How many allocations have failed.
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
