// tincan/testing/detail/simulate/stack_switch.hpp - goes from one stack of a thread to another
//
// swapcontext() calls the kernel twice for each switch, since each stack has a signal mask of its own there. On the
// processors that are known here a switch is a few instructions, and stacks share the signal mask of their thread.
// Elsewhere, where TINCAN_DETAIL_SWAPCONTEXT is defined, and where a shadow stack follows all calls and returns
// (__CET__), it is swapcontext().
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(TINCAN_DETAIL_SWAPCONTEXT) || defined(__CET__) || defined(__ILP32__) || \
    !(defined(__x86_64__) || defined(__aarch64__))
#define TINCAN_DETAIL_HAS_SWITCH 0
#include <ucontext.h>
#else
#define TINCAN_DETAIL_HAS_SWITCH 1
#endif

namespace tincan::inline abi0::testing::detail {

#if TINCAN_DETAIL_HAS_SWITCH

/// What a stack that does not run goes on with, in the order in which the switch keeps it at the stack's end.
struct StackPlace {
#if defined(__x86_64__)
  std::uint64_t next;  // instruction
  std::uint32_t mxcsr;
  std::uint16_t x87, unused = 0;
  std::uint64_t framePointer = 0;
#else
  std::uint64_t framePointer = 0;
  std::uint64_t link = 0;  // a return address; at the end of all frames there is none
  std::uint64_t next;      // instruction
  std::uint64_t fpcr;
#endif
};

/// Notes at `here` where the running stack goes on, and goes on at `there`. Neither inlined nor analysed: no
/// caller may rely on a register that the platform's convention does not preserve.
#if defined(__clang__)
[[gnu::noinline]]
#else
[[gnu::noipa]]
#endif
inline void
switchStacks(StackPlace*& here, StackPlace* there) noexcept {
  StackPlace** at = &here;
#if defined(__x86_64__)
  // What lies up to 128 bytes beyond the end of the stack may belong to this function. All registers that a
  // function preserves are saved here or, being listed below, by the compiler.
  asm volatile(
      "leaq -152(%%rsp), %%rsp\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "movq %%rax, 0(%%rsp)\n\t"
      "stmxcsr 8(%%rsp)\n\t"
      "fnstcw 12(%%rsp)\n\t"
      "movq %%rbp, 16(%%rsp)\n\t"
      "movq %%rsp, (%0)\n\t"
      "movq %1, %%rsp\n\t"
      "movq 0(%%rsp), %%rax\n\t"
      "ldmxcsr 8(%%rsp)\n\t"
      "fldcw 12(%%rsp)\n\t"
      "movq 16(%%rsp), %%rbp\n\t"
      "leaq 152(%%rsp), %%rsp\n\t"
      "jmpq *%%rax\n"
      "1:"
      : "+D"(at), "+S"(there)
      :
      : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
        "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
#else
  // As above. Without anything of this function's beyond the end of the stack.
  asm volatile(
      "sub sp, sp, #32\n\t"
      "stp x29, x30, [sp]\n\t"
      "adr x16, 1f\n\t"
      "mrs x17, fpcr\n\t"
      "stp x16, x17, [sp, #16]\n\t"
      "mov x16, sp\n\t"
      "str x16, [%0]\n\t"
      "mov sp, %1\n\t"
      "ldp x29, x30, [sp]\n\t"
      "ldp x16, x17, [sp, #16]\n\t"
      "msr fpcr, x17\n\t"
      "add sp, sp, #32\n\t"
      "br x16\n"
      "1:\n\t"
      "hint #36"  // a place that may be jumped to, where somebody checks that
      : "+r"(at), "+r"(there)
      :
      : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
        "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "v0",
        "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14",
        "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",
        "v28", "v29", "v30", "v31", "cc", "memory");
#endif
}

/// A stack as the switch sees it.
class SwitchedStack {
 public:
  /// Makes the memory a stack on which begin() runs at the first switch to it, and never returns.
  void prepare(void* memory, std::size_t size, void (*begin)()) noexcept {
    auto* const end = static_cast<unsigned char*>(memory) + size;
    StackPlace place{};
    place.next = reinterpret_cast<std::uint64_t>(begin);
#if defined(__x86_64__)
    asm volatile("stmxcsr %0" : "=m"(place.mxcsr));
    asm volatile("fnstcw %0" : "=m"(place.x87));
    // As if begin() had been called, from nowhere: the return address is 0, as is all new memory.
    constexpr std::size_t Kept = 152 + 8;
#else
    asm volatile("mrs %0, fpcr" : "=r"(place.fpcr));
    constexpr std::size_t Kept = 32;
#endif
    place_ = reinterpret_cast<StackPlace*>(end - Kept);
    *place_ = place;
  }
  /// Runs the other one until somebody switches back to this one, which runs now.
  void switchTo(SwitchedStack& to) noexcept { switchStacks(place_, to.place_); }

 private:
  StackPlace* place_ = nullptr;  // while it does not run
};

#else

/// A stack as swapcontext() sees it.
class SwitchedStack {
 public:
  /// Makes the memory a stack on which begin() runs at the first switch to it, and never returns.
  void prepare(void* memory, std::size_t size, void (*begin)()) noexcept {
    getcontext(&context_);
    context_.uc_stack.ss_sp = memory;
    context_.uc_stack.ss_size = size;
    makecontext(&context_, begin, 0);
  }
  /// Runs the other one until somebody switches back to this one, which runs now.
  void switchTo(SwitchedStack& to) noexcept { swapcontext(&context_, &to.context_); }

 private:
  ucontext_t context_{};
};

#endif

}  // namespace tincan::inline abi0::testing::detail
