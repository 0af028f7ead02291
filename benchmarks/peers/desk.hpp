// benchmarks/peers/desk.hpp - what A sends through every peer, and what B's handlers do with it
//
//   A peer    is a class that is made of a Desk, on A, and has
//               static key, title(): what it is called in the table; the title tells its version
//               send(reading)        A: to the handler of readings, which calls desk.take(reading)
//               ask(x)               A: blocks until the handler of questions, desk.answer(x), has
//                                    answered, and returns the answer
//               poll()               B: handles what is there; it may wait until something is
//               serve(done)          B, instead of poll(): handles until done() says so
//               open(), close()      B, if the peer has to be set up there, too
#pragma once

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <string_view>

#include "../harness.hpp"
#include "../limits.hpp"
#include "../progress.hpp"

namespace bench {

/// The arguments of the event: 24 bytes.
struct Reading {
  std::uint64_t number;
  double value;
  double mirrored;

  std::uint64_t check() const { return number ^ std::bit_cast<std::uint64_t>(value); }
};
static_assert(sizeof(Reading) == 24);

inline Reading readingOf(std::uint64_t number) {
  auto const value = static_cast<double>(number) * 0.25;
  return {number, value, -value};
}

/// The sender's book. A works on a copy, so that counting costs no stores beside the message's own.
struct Sent {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;

  Reading next() {
    auto const reading = readingOf(count++);
    sum += reading.check();
    return reading;
  }
};

/// B's: readings have to come in order, unchanged, each once; and so do questions.
class Desk {
 public:
  void take(Reading const& reading) {
    auto const expected = readingOf(taken_);
    if (reading.number != taken_ || reading.value != expected.value ||
        reading.mirrored != expected.mirrored) {
      ++wrong_;
    }
    ++taken_;
    sum_ += reading.check();
    progress_.publish(taken_);
  }

  std::uint64_t answer(std::uint64_t question) {
    if (question != answered_) ++wrong_;
    ++answered_;
    return question + 1;
  }

  std::uint64_t taken() const { return taken_; }
  std::uint64_t answered() const { return answered_; }

  /// A, before it sends reading `number`.
  void waitForRoom(std::uint64_t number) { progress_.waitForRoom(number); }

  /// At rest: what was sent and asked has to be what was received.
  void check(Sent const& sent, std::uint64_t asked, std::string_view who) const {
    require(taken_ == sent.count, fmt::format("{}: messages lost or doubled", who));
    require(answered_ == asked, fmt::format("{}: questions lost or doubled", who));
    require(wrong_ == 0, fmt::format("{}: messages changed or out of order", who));
    require(sum_ == sent.sum, fmt::format("{}: the checksum differs", who));
  }

 private:
  Progress progress_;
  alignas(apart) std::uint64_t taken_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t wrong_ = 0;
};

}  // namespace bench
