// tests/kit/pauses.hpp - pauses at random, so that threads meet in other orders
#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <thread>

namespace kit {

/// While it lives, the calling thread's calls of pause() wait now and then, as the seed says.
class Pauses {
 public:
  explicit Pauses(std::uint64_t seed) : engine_(seed), style_(seed % 3) { current() = this; }
  Pauses(Pauses const&) = delete;
  Pauses& operator=(Pauses const&) = delete;
  ~Pauses() { current() = nullptr; }

  /// Those of the calling thread; null: it makes none.
  static Pauses*& current() {
    static thread_local Pauses* pauses = nullptr;
    return pauses;
  }

  void pause() {
    if (style_ == 0) return;
    auto const draw = engine_() % 16;
    if (draw < 3) std::this_thread::yield();
    if (draw == 3) sleep(120);
    if (draw == 4 && style_ == 2) sleep(600);
  }

 private:
  void sleep(std::uint64_t most) {
    std::this_thread::sleep_for(std::chrono::microseconds(engine_() % most));
  }

  std::mt19937_64 engine_;
  std::uint64_t style_;  // 0: none at all
};

/// Waits a while, if this is a thread that makes pauses.
inline void pause() {
  if (Pauses* const pauses = Pauses::current()) pauses->pause();
}

}  // namespace kit
