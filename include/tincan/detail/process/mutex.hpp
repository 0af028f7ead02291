// tincan/detail/process/mutex.hpp - a mutex that no thread holds while another one forks
//
// For critical sections that are short, wait for no other thread but for its own such sections, and
// call no code of the user's.
//
//   Threads   Any.
#pragma once

#include <cstdint>

#include <tincan/detail/base/fork_gate.hpp>
#include <tincan/detail/base/light_mutex.hpp>
#include <tincan/detail/base/per_thread.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

/// What this thread has of the process's gate, for this module; null until it is used first.
using SectionsHere = PerThread<ForkGate::Sections*>;

/// Finds the sections of this thread, by the code of the module that all modules share.
ForkGate::Sections& findSections() noexcept;
/// The sections of this thread at the gate of the process.
[[gnu::always_inline]] inline ForkGate::Sections& sections() noexcept {
  ForkGate::Sections* const own = SectionsHere::mine();
  if (own != nullptr) [[likely]]
    return *own;
  return findSections();
}

/// A LightMutex in a critical section of the process. Not recursive, but may be held with others.
class Mutex {
 public:
  Mutex() = default;
  Mutex(Mutex const&) = delete;
  Mutex& operator=(Mutex const&) = delete;

  [[gnu::always_inline]] void lock() noexcept {
    ForkGate::enter(sections());
    mutex_.lock();
  }
  [[gnu::always_inline]] void unlock() noexcept {
    mutex_.unlock();
    ForkGate::leave(sections());
  }
  /// A number that grows from each parent to its forked child.
  static std::uint32_t generation() noexcept { return process().forks.generation(); }

 private:
  LightMutex<ThreadPlatform> mutex_{};
};

/// A Mutex of what belongs to a bus. While a driver runs that on one thread it need not be taken.
class BusMutex {
 public:
  BusMutex() = default;
  BusMutex(BusMutex const&) = delete;
  BusMutex& operator=(BusMutex const&) = delete;

  /// Says whether one thread alone has what it guards. Nobody holds it, nor waits for it.
  void beAlone(bool isAlone) noexcept { isAlone_ = isAlone; }

  [[gnu::always_inline]] void lock() noexcept {
    if (!isAlone_) [[likely]]
      mutex_.lock();
  }
  [[gnu::always_inline]] void unlock() noexcept {
    if (!isAlone_) [[likely]]
      mutex_.unlock();
  }

 private:
  Mutex mutex_{};
  bool isAlone_ = false;
};

}  // namespace tincan::inline abi0::detail
