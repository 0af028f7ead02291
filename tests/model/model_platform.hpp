// tests/model/model_platform.hpp - the machine under the lock-free headers, played by Relacy
//
// Relacy runs the threads of a model as fibers, switches between them at each atomic operation, lets
// loads return old values where the memory orders allow it, and watches plain values for races and
// freed memory for touches (D. Vyukov, https://github.com/dvyukov/relacy).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include <relacy/relacy.hpp>

// Relacy redefines words of the language for the files that it checks. Ours are checked through the
// Platform, and `new` and `delete` through the operators that Relacy replaces.
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst

#include <tincan/detail/base/platform.hpp>

// Relacy replaces the plain operators, inline. The library behind must find them, too, and all the
// others that the compiler chooses must lead to them. One program has one file that includes this.
namespace model {
[[gnu::used]] inline void* (*const keptNew)(std::size_t) = &::operator new;
[[gnu::used]] inline void (*const keptDelete)(void*) = &::operator delete;
}  // namespace model
void operator delete(void* place, std::size_t) noexcept { ::operator delete(place); }
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
  auto const align = static_cast<std::size_t>(alignment);
  char* const block = static_cast<char*>(::operator new(size + align + sizeof(void*)));
  auto const start = reinterpret_cast<std::uintptr_t>(block) + sizeof(void*);
  char* const place = block + (((start + align - 1) & ~(align - 1)) - start) + sizeof(void*);
  std::memcpy(place - sizeof(void*), &block, sizeof block);
  return place;
}
[[gnu::noinline]] void operator delete(void* place, std::align_val_t) noexcept {
  if (place == nullptr) return;
  void* block;
  std::memcpy(&block, static_cast<char*>(place) - sizeof block, sizeof block);
  ::operator delete(block);
}
void operator delete(void* place, std::size_t, std::align_val_t alignment) noexcept {
  ::operator delete(place, alignment);
}

namespace model {

inline rl::memory_order relacyOrder(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed: return rl::mo_relaxed;
    case std::memory_order_consume: return rl::mo_consume;
    case std::memory_order_acquire: return rl::mo_acquire;
    case std::memory_order_release: return rl::mo_release;
    case std::memory_order_acq_rel: return rl::mo_acq_rel;
    default: return rl::mo_seq_cst;
  }
}

// The caller's place, for Relacy's history.
#define MODEL_PLACE \
  rl::debug_info place = {__builtin_FUNCTION(), __builtin_FILE(), __builtin_LINE()}

/// An object of Relacy's, which knows by a mark in itself that it has been destroyed. Compilers drop
/// a destructor's last writes; so this one makes the mark.
template <class Object>
union Marked {
  template <class... Arguments>
  explicit Marked(Arguments... arguments) : object(arguments...) {}
  Marked(Marked const&) = delete;
  Marked& operator=(Marked const&) = delete;
  ~Marked() {
    object.~Object();
    std::memset(static_cast<void*>(&object), 0, sizeof object);
    asm volatile("" : : "r"(&object) : "memory");  // somebody may read this
  }
  Object object;
};

template <class T>
class Atomic {
 public:
  Atomic(T value) : word_(value) {}

  T load(std::memory_order order, MODEL_PLACE) const {
    return word_.object.load(relacyOrder(order), place);
  }
  void store(T value, std::memory_order order, MODEL_PLACE) {
    word_.object.store(value, relacyOrder(order), place);
  }
  T exchange(T value, std::memory_order order, MODEL_PLACE) {
    return word_.object.exchange(value, relacyOrder(order), place);
  }
  T fetch_add(T value, std::memory_order order, MODEL_PLACE) {
    return word_.object.fetch_add(value, relacyOrder(order), place);
  }
  T fetch_sub(T value, std::memory_order order, MODEL_PLACE) {
    return word_.object.fetch_sub(value, relacyOrder(order), place);
  }
  T fetch_or(T value, std::memory_order order, MODEL_PLACE) {
    return word_.object.fetch_or(value, relacyOrder(order), place);
  }
  T fetch_and(T value, std::memory_order order, MODEL_PLACE) {
    return word_.object.fetch_and(value, relacyOrder(order), place);
  }
  bool compare_exchange_strong(T& expected, T value, std::memory_order success,
                               std::memory_order failure, MODEL_PLACE) {
    if (failsOnOldValue(expected, failure, place)) return false;
    return word_.object.compare_exchange_strong(expected, value, relacyOrder(success), place,
                                                relacyOrder(failure), place);
  }
  bool compare_exchange_weak(T& expected, T value, std::memory_order success,
                             std::memory_order failure, MODEL_PLACE) {
    if (failsOnOldValue(expected, failure, place)) return false;
    return word_.object.compare_exchange_weak(expected, value, relacyOrder(success), place,
                                              relacyOrder(failure), place);
  }

  /// As the kernel compares it, with the newest value and without a chance to switch threads. By
  /// coherence, no later load of this thread can return an older one than one that differs.
  bool isLatest(T expected) {
    if (word_.object.debug_value() == expected) return true;
    rl::preemption_disabler const inOneStep(rl::ctx());
    rl::debug_info const place(__FUNCTION__, __FILE__, __LINE__);
    word_.object.compare_exchange_strong(expected, expected, rl::mo_relaxed, place, rl::mo_relaxed,
                                         place);
    return false;
  }

 private:
  // A compare-exchange that fails is a load like any other and may return an old value, which
  // Relacy does not play. Random executions only, and now and then.
  bool failsOnOldValue(T& expected, std::memory_order failure, rl::debug_info const& place) {
    if (!rl::ctx().is_random_sched() || rl::rand(4) != 0) return false;
    T const seen = word_.object.load(relacyOrder(failure), place);
    if (seen == expected) return false;
    expected = seen;
    return true;
  }

  Marked<rl::atomic<T>> word_;
};

/// Relacy has no atomic pointer to something const.
template <class T>
class Atomic<T const*> : public Atomic<T*> {
 public:
  Atomic(T const* value) : Atomic<T*>(const_cast<T*>(value)) {}
  void store(T const* value, std::memory_order order, MODEL_PLACE) {
    Atomic<T*>::store(const_cast<T*>(value), order, place);
  }
};

/// A value that is not atomic: Relacy reports it if two threads can touch it at the same time.
template <class T>
class Plain {
 public:
  Plain() {}  // and Relacy reports it if it is read before it is written
  Plain(T value) : value_(value) {}
  Plain(Plain const&) = delete;
  Plain& operator=(Plain const&) = delete;

  Plain& operator=(T value) {
    value_.object({__FUNCTION__, __FILE__, __LINE__}) = value;
    return *this;
  }
  operator T() const { return value_.object({__FUNCTION__, __FILE__, __LINE__}).load(); }

 private:
  Marked<rl::var<T>> value_;
};

struct Mutex {
  void lock(MODEL_PLACE) { held.lock(place); }
  void unlock(MODEL_PLACE) { held.unlock(place); }
  rl::mutex held;
};

inline constexpr int MostThreads = 4;

/// Heavy: AsymmetricFlag uses the heavy barrier; else read-modify-writes.
template <bool Heavy>
struct Platform {
  template <class T>
  using atomic = Atomic<T>;
  template <class T>
  using plain = Plain<T>;
  using mutex = Mutex;
  using Nanoseconds = tincan::detail::Nanoseconds;

  /// At the start of each execution.
  static void begin() { state = State{}; }
  /// For this execution.
  static void withoutEarlyWakes() { state.wokeEarly = true; }

  /// Stands still until someone times out.
  static Nanoseconds now() noexcept { return state.now; }
  static void yield() noexcept { rl::yield(1, {__FUNCTION__, __FILE__, __LINE__}); }

  /// A futex: compares and goes to sleep in one step. Wakes early once in an execution, too, unless
  /// it is without.
  static void sleep(Atomic<std::uint32_t>& word, std::uint32_t expected, Nanoseconds deadline,
                    MODEL_PLACE) {
    rl::context& context = rl::ctx();
    context.sched();
    if (!word.isLatest(expected)) return;
    int const self = context.current_thread();
    state.asleepOn[self] = &word;
    auto const reason = context.park_current_thread(deadline != tincan::detail::NoDeadline,
                                                    !state.wokeEarly, false, place);
    state.asleepOn[self] = nullptr;
    if (reason == rl::unpark_reason_timeout) state.now = deadline;
    if (reason == rl::unpark_reason_spurious) state.wokeEarly = true;
  }

  /// Touches no word: it may be gone. Orders nothing, as the kernel promises nothing.
  static void wake(Atomic<std::uint32_t>& word, MODEL_PLACE) {
    rl::context& context = rl::ctx();
    context.sched();
    for (int thread = 0; thread < context.get_thread_count(); ++thread) {
      if (state.asleepOn[thread] != &word) continue;
      state.asleepOn[thread] = nullptr;
      context.unpark_thread(thread, false, place);
      return;  // one
    }
  }

  static bool hasHeavyBarrier() noexcept { return Heavy; }

  // A heavy barrier and a light one are ordered like two full fences; two light ones are not.
  static void heavyBarrier() {
    rl::context& context = rl::ctx();
    context.sched();
    for (int i = 0; i < context.get_thread_count(); ++i) {
      auto& mine = context.threadx_->acq_rel_order_[i];
      mine = std::max({mine, state.afterHeavy[i], state.afterLight[i]});
      state.afterHeavy[i] = std::max(state.afterHeavy[i], mine);
    }
  }
  static void lightBarrier() {
    rl::context& context = rl::ctx();
    context.sched();
    for (int i = 0; i < context.get_thread_count(); ++i) {
      auto& mine = context.threadx_->acq_rel_order_[i];
      mine = std::max(mine, state.afterHeavy[i]);
      state.afterLight[i] = std::max(state.afterLight[i], mine);
    }
  }

 private:
  struct State {
    Nanoseconds now = 0;
    bool wokeEarly = false;
    void const* asleepOn[MostThreads] = {};
    // What is visible to whoever passes a barrier, in Relacy's vector clocks.
    rl::timestamp_t afterHeavy[MostThreads] = {};
    rl::timestamp_t afterLight[MostThreads] = {};
  };
  inline static State state;
};

}  // namespace model
