// tests/unit/support.hpp - what several of the tests use
//
// REQUIRE is for the test's own thread only: other threads store what they saw, and the test looks
// at it once it has joined them.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <tincan/tincan.hpp>

#include "../latch.hpp"
#include "catch.hpp"

// What the tests use as their bus: tests/simulated compiles some of them again, with another one.
#ifdef TINCAN_TESTS_SIMULATED
#include "../simulated/bus.hpp"
#else
namespace test {
using Bus = tincan::Bus;
}
#endif

namespace test {

using Log = std::vector<std::string>;

/// The code of the Error that the call throws, or nothing.
template <class F>
std::optional<tincan::Errc> codeOf(F&& call) {
  try {
    static_cast<void>(call());
  } catch (tincan::Error const& error) {
    return error.code();
  }
  return std::nullopt;
}

/// What the call throws says, or an empty string.
template <class F>
std::string whatOf(F&& call) {
  try {
    static_cast<void>(call());
  } catch (std::exception const& error) {
    return error.what();
  }
  return {};
}

inline bool contains(std::string const& text, std::string const& part) {
  return text.find(part) != std::string::npos;
}

/// Counts its instances, those made by copying, and those that were moved from.
class Counted {
 public:
  explicit Counted(int n = 0) : number(n) { ++alive; }
  Counted(Counted const& other) : number(other.number) {
    ++alive;
    ++copies;
  }
  Counted(Counted&& other) noexcept : number(std::exchange(other.number, -1)) { ++alive; }
  Counted& operator=(Counted const&) = default;
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() { --alive; }

  int number;
  inline static std::atomic<int> alive{0}, copies{0};
};

/// Cannot be copied once `armed`.
struct Fragile {
  Fragile() = default;
  Fragile(Fragile const&) {
    if (armed) throw std::runtime_error("fragile");
  }
  Fragile& operator=(Fragile const&) = default;
  ~Fragile() = default;
  inline static std::atomic<bool> armed{false};
};

/// Runs what it was given when it is copied, and thereby while it is captured.
struct OnCopy {
  explicit OnCopy(std::function<void()> f) : function(std::move(f)) {}
  OnCopy(OnCopy const& other) {
    if (other.function) other.function();
  }
  OnCopy& operator=(OnCopy const&) = delete;
  ~OnCopy() = default;
  std::function<void()> function;  // a copy does nothing any more
};

/// Runs what it was given at its end; one that was moved from does nothing.
struct AtEnd {
  explicit AtEnd(std::function<void()> f) : function(std::move(f)) {}
  AtEnd(AtEnd&& other) noexcept : function(std::exchange(other.function, nullptr)) {}
  AtEnd(AtEnd const&) = delete;
  AtEnd& operator=(AtEnd const&) = delete;
  AtEnd& operator=(AtEnd&&) = delete;
  ~AtEnd() {
    if (function) function();
  }
  std::function<void()> function;
};

/// Runs what it was given at the end of its thread.
inline thread_local AtEnd atThreadEnd(nullptr);

/// The body of a renderer that answers "ask" with 5.
inline void servesAsk(tincan::Renderer& ipc) {
  ipc.on("ask", [](tincan::Event& event) { event.returnValue = 5; });
  ipc.run();
}

/// Dead letters and errors of a bus, as lines.
class Reports {
 public:
  explicit Reports(tincan::Bus& bus) {
    bus.onDeadLetter([this](tincan::DeadLetter const& letter) {
      add(deadLetters_, std::string(tincan::toString(letter.reason)) + " " + letter.channel + " " +
                            letter.from + ">" + letter.to);
    });
    bus.onError([this](tincan::ErrorReport const& report) {
      std::string text = "?";
      try {
        std::rethrow_exception(report.exception);
      } catch (std::exception const& error) {
        text = error.what();
      } catch (...) {
      }
      add(errors_, report.channel + " " + report.from + ">" + report.to + ": " + text);
    });
  }
  Reports(Reports const&) = delete;
  Reports& operator=(Reports const&) = delete;

  Log deadLetters() const { return get(deadLetters_); }
  Log errors() const { return get(errors_); }

 private:
  void add(Log& log, std::string line) {
    std::lock_guard const lock(mutex_);
    log.push_back(std::move(line));
  }
  Log get(Log const& log) const {
    std::lock_guard const lock(mutex_);
    return log;
  }

  mutable std::mutex mutex_;
  Log deadLetters_, errors_;
};

inline std::uint64_t deadLettersOf(tincan::Stats const& stats) {
  std::uint64_t sum = 0;
  for (auto const& [reason, count] : stats.deadLetters) sum += count;
  return sum;
}

/// sent = handled + dead letters + pending
inline bool addsUp(tincan::Stats const& stats) {
  return stats.sent == stats.handled + deadLettersOf(stats) + stats.pending;
}

/// Polls until the condition holds; the thread's own endpoint is what makes it hold.
template <class Condition>
void pollUntil(tincan::Endpoint& endpoint, Condition&& condition) {
  while (!condition()) {
    if (endpoint.poll() == 0) std::this_thread::yield();
  }
}

}  // namespace test
