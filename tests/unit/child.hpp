// tests/unit/child.hpp - tests of what hangs, crashes or happens at exit when it is wrong
//
// A test that could hang runs under a Guard, or in a child process. Neither makes the test depend on
// time when all is well.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>

#include "../joining_thread.hpp"
#include "catch.hpp"

namespace test {

/// How long anything may take before it counts as a hang.
inline constexpr unsigned HangSeconds = 30;

#if defined(__SANITIZE_THREAD__)
#define TINCAN_TESTS_UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TINCAN_TESTS_UNDER_TSAN 1
#endif
#endif

/// ThreadSanitizer lets no child of a process with several threads start any.
#ifdef TINCAN_TESTS_UNDER_TSAN
inline constexpr bool CanForkThreads = false;
#else
inline constexpr bool CanForkThreads = true;
#endif

/// While it lives: a test that hangs aborts, which Catch2 reports with the test's name.
class Guard {
 public:
  Guard() : watchdog_([this] { watch(); }) {}
  Guard(Guard const&) = delete;
  Guard& operator=(Guard const&) = delete;
  ~Guard() {
    {
      std::lock_guard const lock(mutex_);
      isOver_ = true;
    }
    isOverNow_.notify_one();
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    if (isOverNow_.wait_for(lock, std::chrono::seconds(HangSeconds), [this] { return isOver_; }))
      return;
    std::fputs("this test hangs\n", stderr);
    std::abort();
  }

  std::mutex mutex_;
  std::condition_variable isOverNow_;
  bool isOver_ = false;
  JoiningThread watchdog_;
};

/// The child's side of inChild().
class Verdict {
 public:
  explicit Verdict(int pipe) noexcept : pipe_(pipe) {}

  /// What is said here is what the parent's inChild() returns. Nothing said: all is well.
  void say(std::string const& text) const {
    if (::write(pipe_, text.data(), text.size()) < 0) ::_exit(99);
  }
  void expect(bool isRight, std::string const& otherwise) const {
    if (!isRight) say(otherwise + "; ");
  }
  /// What goes to stderr from now on is said, too.
  void saysStderr() const noexcept {
    if (::dup2(pipe_, STDERR_FILENO) < 0) ::_exit(99);
  }
  /// Ends the child, and what it has said is all that there is to say.
  [[noreturn]] void end() const noexcept { ::_exit(0); }

 private:
  int pipe_;
};

/// Runs the function in a child process, which has this thread only, and returns what it said, what
/// left it, by which signal it ended, or that it hangs. An empty string is a success. The function
/// may end the child by verdict.end() or std::exit().
inline std::string inChild(std::function<void(Verdict const&)> const& function) {
  std::cout.flush();
  std::fflush(nullptr);
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) return "no pipe";
  ::pid_t const child = ::fork();
  if (child < 0) return "no fork";
  if (child == 0) {
    ::close(pipe[0]);
    // Catch2 handles these, and would report the test once more.
    for (int const number : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGTERM, SIGINT}) {
      ::signal(number, SIG_DFL);
    }
    ::alarm(HangSeconds);
    Verdict const verdict(pipe[1]);
    try {
      function(verdict);
    } catch (std::exception const& error) {
      verdict.say(std::string("threw: ") + error.what());
    } catch (...) {
      verdict.say("threw something");
    }
    verdict.end();
  }
  ::close(pipe[1]);
  std::string said;
  std::array<char, 512> buffer{};
  for (;;) {
    auto const count = ::read(pipe[0], buffer.data(), buffer.size());
    if (count <= 0) break;
    said.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(pipe[0]);
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return said + "no status";
  if (WIFSIGNALED(status)) {
    return said +
           (WTERMSIG(status) == SIGALRM ? "hangs" : "signal " + std::to_string(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) return said + "exit " + std::to_string(WEXITSTATUS(status));
  return said;
}

}  // namespace test
