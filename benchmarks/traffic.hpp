// benchmarks/traffic.hpp - numbered messages, and the books of those who send and receive them
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "basics.hpp"

namespace bench {

struct Message {
  std::uint64_t number;
  std::uint64_t load[2];
  std::uint64_t check;
};
static_assert(sizeof(Message) == 32);

inline Message messageOf(std::uint64_t number) {
  auto const mixed = number * 0x9E3779B97F4A7C15u;
  return {number, {mixed, ~mixed}, number ^ mixed};
}

/// A word short enough for a std::string to keep it in place, as channel-like words usually are.
inline std::string const sampleText = "temperature";  // NOLINT: one object, copied all the time

/// The sender's book. Work on a copy: then counting costs no stores beside the message's own.
struct Sent {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;

  Message next() {
    auto const message = messageOf(count++);
    sum += message.check;
    return message;
  }
  int nextNumber() {
    sum += count;
    return static_cast<int>(count++);
  }
};

/// The receiver's book: the messages have to come in order, unchanged, each once.
class Tally {
 public:
  void take(Message const& message) {
    auto const whole =
        message.check == (message.number ^ message.load[0]) && message.load[1] == ~message.load[0];
    note(message.number, message.check, whole);
  }

  void take(std::string const& word, int number) {
    auto const whole = word.size() == sampleText.size() && word.back() == sampleText.back() &&
                       (number % 64 != 0 || word == sampleText);  // now and then all of it
    note(static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(number), whole);
  }

  std::uint64_t count() const { return next_; }

  /// What was sent has to be what was received, and in order.
  void requireAllOf(Sent const& sent, std::string_view who) const {
    require(next_ == sent.count, fmt::format("{}: messages lost or doubled", who));
    require(wrong_ == 0, fmt::format("{}: messages changed or out of order", who));
    require(sum_ == sent.sum, fmt::format("{}: the checksum differs", who));
  }

 private:
  void note(std::uint64_t number, std::uint64_t check, bool whole) {
    if (number != next_ || !whole) ++wrong_;
    ++next_;
    sum_ += check;
  }

  std::uint64_t next_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t wrong_ = 0;
};

}  // namespace bench
