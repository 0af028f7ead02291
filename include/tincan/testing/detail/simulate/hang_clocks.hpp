// tincan/testing/detail/simulate/hang_clocks.hpp - notices a step of a simulation that has no end
//
// A hang is no matter of real time: a step hangs that has used so much CPU time, or none at all in more than
// that time. A debugger that stops the process, or a machine that is slow, makes neither.
#pragma once

#include <tincan/detail/base/narrowed.hpp>
#include <tincan/testing/detail/simulate/last_words.hpp>
#include <tincan/testing/detail/simulate/stack.hpp>

#if defined(TINCAN_DETAIL_OWN_STACKS) && defined(__linux__)
#define TINCAN_DETAIL_DEATH_SIGNALS 1
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tincan::inline abi0::testing::detail {

/// The clocks of one thread, which interrupt it with a signal now and then: one runs while the thread does, the
/// other always.
///
///   Threads   Its own; tick() in the signal's handler.
class HangClocks {
 public:
  void start(std::chrono::seconds hang, int signal) noexcept {
    limit_ = hang.count() * Nano;
    isRunning_ = true;
    note(nullptr, 0);
    start(cpuClock_, CLOCK_THREAD_CPUTIME_ID, limit_ / 8, signal);
    start(wallClock_, CLOCK_MONOTONIC, limit_ / 2, signal);
  }
  void stop() noexcept {
    if (!isRunning_) return;
    isRunning_ = false;
    syscall(SYS_timer_delete, cpuClock_);
    syscall(SYS_timer_delete, wallClock_);
  }

  /// Looks whether there was a step since the last time. Ends the process if there should have been one.
  /// `wallTicks`: 1 if that came from the clock that always runs.
  void tick(LastWords const& words, int wallTicks) noexcept {
    if (!isRunning_) return;
    std::uint64_t const happened = words.happened();
    if (&words != words_ || happened != lastHappened_) return note(&words, happened);
    wallTicks_ += wallTicks;
    judge();
  }

 private:
  static constexpr std::int64_t Nano = 1'000'000'000;

  static void start(int& timer, clockid_t clock, std::int64_t period, int signal) noexcept {
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = signal;
    event.sigev_value.sival_int = clock == CLOCK_MONOTONIC ? 1 : 0;
    event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
    timer = -1;
    if (syscall(SYS_timer_create, clock, &event, &timer) != 0) return;
    timespec const every{tincan::detail::narrowed<time_t>(period / Nano),
                         tincan::detail::narrowed<long>(period % Nano)};
    itimerspec const times{every, every};
    syscall(SYS_timer_settime, timer, 0, &times, nullptr);
  }

  /// Begins to count anew.
  void note(LastWords const* words, std::uint64_t happened) noexcept {
    words_ = words;
    lastHappened_ = happened;
    cpuFrom_ = cpuTime();
    wallTicks_ = 0;
  }

  static std::int64_t cpuTime() noexcept {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * Nano + now.tv_nsec;
  }

  void judge() const noexcept {
    constexpr int MostTicks = 3;  // each of half of the limit
    std::int64_t const used = cpuTime() - cpuFrom_;
    bool const isLoop = used >= limit_;
    bool const isBlocked = wallTicks_ >= MostTicks && used < limit_ / 100;
    if (!isLoop && (!isBlocked || isTraced())) return;
    words_->say(
        isLoop
            ? "nothing has happened for a long time (see Options::hang): there is an endless loop"
            : "nothing has happened for a long time (see Options::hang): something outside of the "
              "bus (a mutex, a std::future) blocks the only thread");
    _exit(1);
  }

  /// Whether a debugger is there, which stops threads.
  static bool isTraced() noexcept {
    int const file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    char text[2048];
    auto const size = read(file, text, sizeof(text));
    close(file);
    std::string_view const all(text, size < 0 ? 0 : static_cast<std::size_t>(size));
    constexpr std::string_view Mark = "TracerPid:\t";
    auto const at = all.find(Mark);
    return at != std::string_view::npos && !all.substr(at + Mark.size()).starts_with('0');
  }

  bool isRunning_ = false;
  int cpuClock_ = -1, wallClock_ = -1;
  std::int64_t limit_ = 0;
  LastWords const* words_ = nullptr;  // as of the last tick
  std::uint64_t lastHappened_ = 0;
  std::int64_t cpuFrom_ = 0;
  int wallTicks_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail

#endif
