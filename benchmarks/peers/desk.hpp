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

#include <bit>
#include <cstdint>
#include <string>
#include <utility>

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

/// B's: readings have to come in order, unchanged, each once; and so do questions. Else it ends the
/// process at once: whoever waits for what got lost would wait for ever.
class Desk {
 public:
  explicit Desk(std::string who) : who_(std::move(who)) {}

  void take(Reading const& reading) {
    auto const expected = readingOf(taken_);
    if (reading.number != taken_ || reading.value != expected.value ||
        reading.mirrored != expected.mirrored) {
      fail(who_ + ": a message got lost, changed, or came twice or out of order");
    }
    ++taken_;
    sum_ += reading.check();
    progress_.publish(taken_);
  }

  std::uint64_t answer(std::uint64_t question) {
    if (question != answered_) fail(who_ + ": a question got lost or came twice");
    ++answered_;
    return question + 1;
  }

  std::uint64_t taken() const { return taken_; }
  std::uint64_t answered() const { return answered_; }

  /// A, before it sends reading `number`.
  void waitForRoom(std::uint64_t number) { progress_.waitForRoom(number); }

  /// At rest: what was sent and asked has to be what was received.
  void check(Sent const& sent, std::uint64_t asked) const {
    require(taken_ == sent.count, who_ + ": messages lost or doubled");
    require(answered_ == asked, who_ + ": questions lost or doubled");
    require(sum_ == sent.sum, who_ + ": the checksum differs");
  }

 private:
  std::string const who_;
  Progress progress_;
  alignas(apart) std::uint64_t taken_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace bench
