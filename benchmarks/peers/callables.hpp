// benchmarks/peers/callables.hpp - a peer made of anything that carries callables to another thread
//
// These carriers know no names: the callable calls the handler directly, which spares them the
// look-up. Most have no answers either: theirs is the fastest we know, a slot on the caller's stack
// which the caller watches. A carrier that has blocking calls of its own is asked for them.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <type_traits>

#include "../limits.hpp"
#include "desk.hpp"

namespace bench {

/// Where the answer to one question lands: B sets it, A waits for it.
class Answer {
 public:
  void set(std::uint64_t value) { value_.store(value, std::memory_order_release); }

  std::uint64_t wait() const {
    // acquire: pairs with the release in set(). No answer is 0.
    spinUntil([&] { return value_.load(std::memory_order_acquire) != 0; });
    return value_.load(std::memory_order_relaxed);
  }

 private:
  alignas(apart) std::atomic<std::uint64_t> value_{0};
};

/// A carrier has post(f) on A, poll() on B, and may have call(f), which returns what f() returned
/// on B, open() and close().
template <class Carrier>
class Callables {
 public:
  static constexpr auto key = Carrier::key;
  static std::string title() { return Carrier::title(); }

  explicit Callables(Desk& desk) : desk_(desk) {}

  void send(Reading const& reading) {
    carrier_.post([this, reading] { desk_.take(reading); });
  }

  std::uint64_t ask(std::uint64_t question) {
    auto const handle = [this, question] { return desk_.answer(question); };
    if constexpr (requires { carrier_.call(handle); }) {
      return carrier_.call(handle);
    } else {
      Answer answer;
      carrier_.post([handle, &answer] { answer.set(handle()); });
      return answer.wait();
    }
  }

  void poll() { carrier_.poll(); }

  // clang-format off
  void open() requires requires(Carrier& carrier) { carrier.open(); } { carrier_.open(); }
  void close() requires requires(Carrier& carrier) { carrier.close(); } { carrier_.close(); }
  // clang-format on

 private:
  Desk& desk_;
  Carrier carrier_;
};

}  // namespace bench
