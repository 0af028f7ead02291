// tincan/testing/detail/simulate/death_signals.hpp - lets a test that crashes or hangs say where
//
// Signals are asked for while a simulation runs, and given back afterwards. Who had asked for them before, a
// test's framework or a sanitizer, still gets them, after the last words have been said.
#pragma once

#include <chrono>
#include <cstddef>

#include <tincan/testing/detail/simulate/hang_clocks.hpp>
#include <tincan/testing/detail/simulate/last_words.hpp>
#include <tincan/testing/detail/simulate/stack.hpp>

#if defined(TINCAN_DETAIL_DEATH_SIGNALS)
#include <signal.h>
#include <cerrno>
#include <memory>
#include <mutex>
#include <string_view>
#include <tincan/detail/process/mutex.hpp>
#endif

namespace tincan::inline abi0::testing::detail {

#if defined(TINCAN_DETAIL_DEATH_SIGNALS)

/// While it lives, the calling thread's LastWords are said if it crashes, or if a step hangs. Inside of another
/// one it does nothing.
///
///   Threads   Any; each for itself.
class DeathSignals {
 public:
  explicit DeathSignals(std::chrono::seconds hang) {
    if (here().depth++ != 0) return;
    engage();
    if (hang.count() > 0 && hasTick()) here().clocks.start(hang, tickSignal());
  }
  DeathSignals(DeathSignals const&) = delete;
  DeathSignals& operator=(DeathSignals const&) = delete;
  ~DeathSignals() {
    if (--here().depth != 0) return;
    here().clocks.stop();
    release();
  }

 private:
  static constexpr int Deadly[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  static constexpr std::size_t Count = sizeof(Deadly) / sizeof(Deadly[0]);

  /// What a thread has that runs simulations.
  struct Here {
    static constexpr std::size_t StackSize = 64 * 1024;

    std::unique_ptr<char[]> stack{};
    stack_t stackBefore{};
    unsigned depth = 0;
    HangClocks clocks{};
  };
  static Here& here() noexcept {
    static thread_local Here here;
    return here;
  }

  /// What the process has.
  struct Shared {
    tincan::detail::Mutex mutex{};  // guards all that follows; the handlers read it without
    unsigned users = 0;
    struct sigaction before[Count] {};
    struct sigaction tickBefore {};
    bool hasTick = false;
  };
  static Shared& shared() noexcept {
    static Shared shared;
    return shared;
  }
  static bool hasTick() noexcept { return shared().hasTick; }
  static int tickSignal() noexcept { return SIGRTMIN + 5; }

  static void engage() {
    Here& mine = here();
    if (mine.stack == nullptr) mine.stack = std::make_unique<char[]>(Here::StackSize);
    stack_t stack{};
    stack.ss_sp = mine.stack.get();
    stack.ss_size = Here::StackSize;
    sigaltstack(&stack, &mine.stackBefore);
    std::lock_guard const lock(shared().mutex);
    if (shared().users++ != 0) return;
    for (std::size_t i = 0; i < Count; ++i) install(Deadly[i], &die, shared().before[i]);
    install(tickSignal(), &tick, shared().tickBefore);
    struct sigaction const& was = shared().tickBefore;
    shared().hasTick = was.sa_handler == SIG_DFL;
    if (!shared().hasTick) sigaction(tickSignal(), &was, nullptr);  // somebody else's
  }
  static void release() noexcept {
    {
      std::lock_guard const lock(shared().mutex);
      if (--shared().users == 0) {
        for (std::size_t i = 0; i < Count; ++i) giveBack(Deadly[i], &die, shared().before[i]);
        if (shared().hasTick) giveBack(tickSignal(), &tick, shared().tickBefore);
      }
    }
    if ((here().stackBefore.ss_flags & SS_ONSTACK) != 0) return;
    sigaltstack(&here().stackBefore, nullptr);
  }

  using Handler = void (*)(int, siginfo_t*, void*);

  static void install(int signal, Handler handler, struct sigaction& before) noexcept {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, &before);
  }
  /// Leaves it as it is if it is not ours any more.
  static void giveBack(int signal, Handler handler, struct sigaction const& before) noexcept {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    bool const isOurs = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == handler;
    if (isOurs) sigaction(signal, &before, nullptr);
  }

  // ---- in signal handlers -----------------------------------------------------------------------

  /// Says the last words, and lets whoever had the signal before have it.
  static void die(int signal, siginfo_t* info, void*) {
    std::size_t index = 0;
    while (Deadly[index] != signal) ++index;
    if (LastWords const* const words = LastWords::current()) {
      bool const isFault = signal == SIGSEGV || signal == SIGBUS;
      words->say(isFault && words->isBeyondStack(info->si_addr) ? StackOverflow : nameOf(signal));
      LastWords::current() = nullptr;
    }
    sigaction(signal, &shared().before[index], nullptr);
    // What the processor found comes again by itself.
    if (info->si_code <= 0) raise(signal);
  }

  static constexpr std::string_view StackOverflow = "a stack overflows (see Options::stack)";
  static std::string_view nameOf(int signal) noexcept {
    switch (signal) {
      case SIGABRT: return "the test aborts (SIGABRT: abort, assert, std::terminate)";
      case SIGSEGV: return "the test crashes (SIGSEGV)";
      case SIGBUS: return "the test crashes (SIGBUS)";
      case SIGFPE: return "the test crashes (SIGFPE)";
      default: return "the test crashes (SIGILL)";
    }
  }

  /// Looks whether there was a step since the last time. Ends the process if there should have been one.
  static void tick(int, siginfo_t* info, void*) {
    int const error = errno;
    LastWords const* const words = LastWords::current();
    if (words != nullptr) here().clocks.tick(*words, info->si_value.sival_int);
    errno = error;
  }
};

#else

/// Does nothing: what a crash or a hang looks like is the system's matter here.
class DeathSignals {
 public:
  explicit DeathSignals(std::chrono::seconds) noexcept {}
  DeathSignals(DeathSignals const&) = delete;
  DeathSignals& operator=(DeathSignals const&) = delete;
  ~DeathSignals() {}
};

#endif

}  // namespace tincan::inline abi0::testing::detail
