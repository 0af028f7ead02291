// tincan/detail/base/fork_gate.hpp - lets fork() wait until no thread is in a critical section
//
// A forked child has none of its parent's other threads: a lock that one of them holds would never be
// free there, and what it guards could be half done. So fork() waits until they have left their
// critical sections, and keeps them from entering others meanwhile.
//
//   Threads   Any. A forking thread may enter sections between close() and open().
//   Progress  enter() waits for a fork that is under way, but not within another section: close()
//             waits for that one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class ForkGateOf {
 public:
  using Count32 = typename Platform::template atomic<std::uint32_t>;

  /// The number of counts among which the threads are spread.
  static constexpr std::size_t Counts = 16;

  /// What one thread has of a gate. For use after begin().
  struct Sections {
    unsigned depth = 0;         // how many sections it is in, one inside another
    Count32* inside = nullptr;  // in how many all threads are that share the count
    ForkGateOf* gate = nullptr;
  };
  /// Makes a thread known to the gate, to use that count. Threads that share one only slow each other
  /// down.
  void begin(Sections& own, std::size_t count) noexcept {
    own.inside = &counts_[count % Counts].inside;
    own.gate = this;
  }

  /// Enters a section. Waits for a fork that is under way, unless the thread is in a section already.
  [[gnu::always_inline]] static void enter(Sections& own) noexcept {
    ++own.depth;
    // seq_cst, these and those in close(): of enter() and close() at least one sees the other.
    own.inside->fetch_add(1, std::memory_order_seq_cst);
    if (own.gate->closings_.load(std::memory_order_seq_cst) != 0) [[unlikely]]
      own.gate->waitForOpen(own);
  }
  /// Leaves the section that was entered last.
  [[gnu::always_inline]] static void leave(Sections& own) noexcept {
    // release: pairs with the load in close().
    own.inside->fetch_sub(1, std::memory_order_release);
    --own.depth;
  }

  /// Closes the gate, before a fork. Returns once no other thread is in a section.
  void close(Sections& own) noexcept {
    closings_.fetch_add(1, std::memory_order_seq_cst);  // pairs with enter()
    for (Count& count : counts_) {
      std::uint32_t const ours = &count.inside == own.inside ? own.depth : 0;
      for (unsigned looks = 0;; ++looks) {
        std::uint32_t const seen = count.inside.load(std::memory_order_seq_cst);
        if (seen == ours) break;
        if (looks < Yields) Platform::yield();
        // Nobody wakes it; but a thread of lower priority comes to leave its section.
        else Platform::sleep(count.inside, seen, Platform::now() + Pause);
      }
    }
    ++own.depth;
  }
  /// Opens the gate again, in the parent.
  void open(Sections& own) noexcept {
    --own.depth;
    // release: pairs with the load in waitForOpen().
    closings_.fetch_sub(1, std::memory_order_release);
    Platform::wake(closings_);
  }
  /// Opens the gate in the child, in which other threads of the parent, which may have been about to
  /// fork or to enter a section, do not exist.
  void openInChild(Sections& own) noexcept {
    --own.depth;
    // relaxed, all of these: no other thread is there.
    for (Count& count : counts_) {
      count.inside.store(&count.inside == own.inside ? own.depth : 0, std::memory_order_relaxed);
    }
    closings_.store(0, std::memory_order_relaxed);
    generation_.store(generation() + 1, std::memory_order_relaxed);
  }
  /// A number that grows from each parent to its child.
  std::uint32_t generation() const noexcept {
    // relaxed: written only while its process has one thread.
    return generation_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr unsigned Yields = 1000;
  static constexpr Nanoseconds Pause = 20'000;
  struct alignas(FalseSharingRange) Count {
    Count32 inside{0};
  };

  /// Lets the fork that is under way go first, unless the thread is in another section already.
  [[gnu::noinline]] void waitForOpen(Sections& own) noexcept {
    if (own.depth != 1) return;
    do {
      // seq_cst, as in enter().
      own.inside->fetch_sub(1, std::memory_order_seq_cst);
      // acquire: pairs with the release in open().
      while (std::uint32_t const seen = closings_.load(std::memory_order_acquire)) {
        Platform::sleep(closings_, seen, NoDeadline);
      }
      Platform::wake(closings_);  // the next one that waits
      own.inside->fetch_add(1, std::memory_order_seq_cst);
    } while (closings_.load(std::memory_order_seq_cst) != 0);
  }

  Count32 closings_{0};  // how many threads are forking
  Count32 generation_{0};
  Count counts_[Counts];
};

using ForkGate = ForkGateOf<ThreadPlatform>;

}  // namespace tincan::inline abi0::detail
