// tincan/detail/fork_gate.hpp - layer 1 - lets fork() wait until no thread is in a critical section
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

#include <tincan/detail/platform.hpp>

namespace tincan::detail {

template <class Platform>
class ForkGateOf {
 public:
  using Count32 = typename Platform::template atomic<std::uint32_t>;

  /// One thread's, after begin().
  struct Sections {
    unsigned depth = 0;
    Count32* inside = nullptr;  // of all threads that share it
    ForkGateOf* gate = nullptr;
  };
  void begin(Sections& own) noexcept {
    // Fibonacci hashing: threads have their own storage at distances that are round numbers.
    auto const address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&own));
    own.inside = &counts_[(address * 0x9E3779B97F4A7C15u) >> 60].inside;
    own.gate = this;
  }

  [[gnu::always_inline]] static void enter(Sections& own) noexcept {
    ++own.depth;
    // seq_cst, all of these: of enter() and close() at least one sees the other.
    own.inside->fetch_add(1, std::memory_order_seq_cst);
    if (own.gate->closings_.load(std::memory_order_seq_cst) != 0) [[unlikely]]
      own.gate->waitForOpen(own);
  }
  [[gnu::always_inline]] static void leave(Sections& own) noexcept {
    // release: pairs with the load in close().
    own.inside->fetch_sub(1, std::memory_order_release);
    --own.depth;
  }

  /// Returns once no other thread is in a section.
  void close(Sections& own) noexcept {
    closings_.fetch_add(1, std::memory_order_seq_cst);
    for (Count& count : counts_) {
      std::uint32_t const ours = &count.inside == own.inside ? own.depth : 0;
      for (std::uint32_t seen; (seen = count.inside.load(std::memory_order_seq_cst)) != ours;) {
        // Nobody wakes it. A sleep, so that a thread of lower priority comes to leave its section.
        Platform::sleep(count.inside, seen, Platform::now() + Pause);
      }
    }
    ++own.depth;
  }
  void open(Sections& own) noexcept {
    --own.depth;
    // release: pairs with the load in waitForOpen().
    closings_.fetch_sub(1, std::memory_order_release);
    Platform::wake(closings_);
  }
  /// Other threads of the parent may have been about to fork, too, or to enter a section.
  void openInChild(Sections& own) noexcept {
    --own.depth;
    for (Count& count : counts_) {
      count.inside.store(&count.inside == own.inside ? own.depth : 0, std::memory_order_relaxed);
    }
    closings_.store(0, std::memory_order_relaxed);
    // relaxed: nobody else is there.
    generation_.store(generation() + 1, std::memory_order_relaxed);
  }
  /// Another one in each child.
  std::uint32_t generation() const noexcept { return generation_.load(std::memory_order_relaxed); }

 private:
  // Several, so that threads do not disturb each other.
  static constexpr std::size_t Counts = 16;
  static constexpr Nanoseconds Pause = 20'000;
  struct alignas(Apart) Count {
    Count32 inside{0};
  };

  [[gnu::noinline]] void waitForOpen(Sections& own) noexcept {
    if (own.depth != 1) return;
    do {
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

}  // namespace tincan::detail
