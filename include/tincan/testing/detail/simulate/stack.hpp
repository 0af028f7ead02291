// tincan/testing/detail/simulate/stack.hpp - a stack of its own for code that blocks in a simulation
//
// Exactly one stack of a simulation runs at a time: whoever switches to another one stops until
// somebody switches back. With glibc all of them are on one thread: what a handler asserts or throws is on
// the test's own thread, and a switch costs a few nanoseconds. Elsewhere each is a thread that waits for its
// turn.
//
//   Threads   One at a time.
//   Order     What was done before a switch is visible after it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <tincan/detail/base/platform.hpp>

#if defined(__GLIBC__) && !defined(TINCAN_DETAIL_THREADS_AS_STACKS)
#define TINCAN_DETAIL_OWN_STACKS 1
#include <cxxabi.h>
#include <sys/mman.h>
#include <cerrno>
#include <system_error>
#include <tincan/testing/detail/simulate/stack_switch.hpp>
#else
#include <thread>
#include <tincan/detail/queue/doorbell.hpp>
#endif

#if defined(__SANITIZE_ADDRESS__)
#define TINCAN_DETAIL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TINCAN_DETAIL_ASAN 1
#endif
#endif
#if defined(TINCAN_DETAIL_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(TINCAN_DETAIL_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

#if defined(TINCAN_DETAIL_OWN_STACKS) && defined(_LIBCPP_VERSION)
// The ABI of C++ has it, and so have libc++'s libraries, but not their header.
namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals();
}  // namespace __cxxabiv1
#endif

namespace tincan::inline abi0::testing::detail {

/// Base of whatever runs on a stack, again and again.
class StackUser {
 public:
  StackUser() = default;
  StackUser(StackUser const&) = delete;
  StackUser& operator=(StackUser const&) = delete;

  /// Returns the stack to go on with.
  virtual class Stack& runOn(class Stack& here) = 0;

 protected:
  ~StackUser() = default;
};

#if defined(TINCAN_DETAIL_OWN_STACKS)

class Stack {
 public:
  /// Stands for the stack of the calling code.
  Stack() = default;
  /// Makes a new one, on which nobody runs yet. Throws std::bad_alloc, and std::system_error if what
  /// runs over its end would not be stopped.
  struct New {
    std::size_t size;
  };
  explicit Stack(New how) : size_(rounded(how.size)), memory_(map()) {
    void* const bottom = static_cast<char*>(memory_) + Guard;
    own_.prepare(bottom, size_, &Stack::begin);
    bottom_ = bottom;
#if defined(TINCAN_DETAIL_TSAN)
    fiber_ = __tsan_create_fiber(0);
#endif
  }
  Stack(Stack const&) = delete;
  Stack& operator=(Stack const&) = delete;
  ~Stack() {
    if (memory_ == nullptr) return;
#if defined(TINCAN_DETAIL_TSAN)
    __tsan_destroy_fiber(fiber_);
#endif
    munmap(memory_, Guard + size_);
  }

  /// Runs `to`, until somebody switches back to this one, which runs now.
  void switchTo(Stack& to) {
    Exceptions& exceptions = *reinterpret_cast<Exceptions*>(abi::__cxa_get_globals());
    exceptions_ = std::exchange(exceptions, to.exceptions_);
#if defined(TINCAN_DETAIL_TSAN)
    if (memory_ == nullptr) fiber_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to.fiber_, 0);
#endif
#if defined(TINCAN_DETAIL_ASAN)
    to.before_ = this;
    __sanitizer_start_switch_fiber(&fake_, to.bottom_, to.size_);
#endif
    starting() = &to;
    own_.switchTo(to.own_);
    arrive();
  }

  /// Whether it is as large as that.
  bool hasSize(std::size_t size) const noexcept { return size_ == rounded(size); }
  /// Whether the address is one that only what runs over the stack's end touches.
  bool isBeyondEnd(void const* address) const noexcept {
    auto const at = reinterpret_cast<std::uintptr_t>(address);
    auto const begin = reinterpret_cast<std::uintptr_t>(memory_);
    return memory_ != nullptr && at >= begin && at < begin + Guard;
  }

  StackUser* user = nullptr;

 private:
  // What the compiler's run time keeps of a thread's exceptions (Itanium C++ ABI, 2.2.2).
  struct Exceptions {
    void* caught = nullptr;
    unsigned uncaught = 0;
  };
  // As is a stack, a multiple of the size of a page, which is 4, 16 or 64 KiB. Whatever is larger than the
  // guard and on the stack may lie beyond it.
  static constexpr std::size_t Guard = 64 * 1024;

  static std::size_t rounded(std::size_t size) noexcept {
    return ((std::max)(size, Guard) + Guard - 1) / Guard * Guard;
  }

  void* map() const {
    void* const memory = mmap(nullptr, Guard + size_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    if (mprotect(memory, Guard, PROT_NONE) != 0) {
      std::error_code const why(errno, std::generic_category());
      munmap(memory, Guard + size_);
      throw std::system_error(why, "tincan: a stack of a simulation can have no guard");
    }
    return memory;
  }

  static Stack*& starting() noexcept {
    static thread_local Stack* stack = nullptr;
    return stack;
  }

  [[noreturn]] static void begin() {
    Stack& self = *starting();
    self.arrive();
    for (;;) self.switchTo(self.user->runOn(self));
  }

  void arrive() noexcept {
#if defined(TINCAN_DETAIL_ASAN)
    __sanitizer_finish_switch_fiber(fake_, &before_->bottom_, &before_->size_);
#endif
  }

  std::size_t size_ = 0;
  void* memory_ = nullptr;
  SwitchedStack own_{};
  Exceptions exceptions_{};
  void const* bottom_ = nullptr;
#if defined(TINCAN_DETAIL_ASAN)
  void* fake_ = nullptr;
  Stack* before_ = nullptr;
#endif
#if defined(TINCAN_DETAIL_TSAN)
  void* fiber_ = nullptr;
#endif
};

#else

class Stack {
 public:
  Stack() = default;
  struct New {
    std::size_t size;
  };
  explicit Stack(New) : thread_([this] { main(); }) {}
  Stack(Stack const&) = delete;
  Stack& operator=(Stack const&) = delete;
  ~Stack() {
    if (!thread_.joinable()) return;
    isEnding_ = true;
    turn_.ring();
    thread_.join();
  }

  void switchTo(Stack& to) {
    turn_.quiet();
    to.turn_.ring();
    turn_.wait(tincan::detail::NoDeadline);
  }

  /// Always: the size of a thread's stack is not ours.
  bool hasSize(std::size_t) const noexcept { return true; }
  bool isBeyondEnd(void const*) const noexcept { return false; }

  StackUser* user = nullptr;

 private:
  void main() {
    turn_.wait(tincan::detail::NoDeadline);
    while (!isEnding_) switchTo(user->runOn(*this));
  }

  tincan::detail::Doorbell<tincan::detail::ThreadPlatform> turn_;
  bool isEnding_ = false;
  std::thread thread_;  // the last member: it uses the others
};

#endif

}  // namespace tincan::inline abi0::testing::detail
