// tests/unit/bounded_receiver.hpp - a receiver whose inbox is bounded, and the policies
#pragma once

#include <algorithm>

#include "support.hpp"

namespace test {

inline constexpr tincan::Overflow Policies[] = {tincan::Overflow::Fail, tincan::Overflow::Block,
                                                tincan::Overflow::DropNewest,
                                                tincan::Overflow::DropOldest};
inline constexpr tincan::Overflow Refusing[] = {tincan::Overflow::Fail,
                                                tincan::Overflow::DropNewest};

inline tincan::InboxOptions bounded(std::size_t capacity, tincan::Overflow overflow) {
  return {.capacity = capacity, .overflow = overflow};
}

using Numbers = std::vector<int>;

inline Numbers range(int first, int end) {
  Numbers numbers;
  for (int i = first; i < end; ++i) numbers.push_back(i);
  return numbers;
}

enum class Kind { Main, Attached };

/// A receiver whose inbox is bounded. It notes the numbers it gets.
struct Receiver {
  Receiver(Kind kind, tincan::InboxOptions options)
      : bus({.main = kind == Kind::Main ? options : tincan::InboxOptions{}}), reports(bus) {
    if (kind == Kind::Attached) window.emplace(bus.attach("window", options));
    endpoint().on("number", [this](int number) { got.push_back(number); });
  }

  ~Receiver() { bus.close(); }  // before what the hooks and listeners write to goes
  Receiver(Receiver const&) = delete;
  Receiver& operator=(Receiver const&) = delete;

  tincan::Endpoint& endpoint() {
    if (window.has_value()) return *window;
    return bus.main();
  }
  tincan::Peer peer() { return endpoint().peer(); }

  tincan::Bus bus;
  Reports reports;
  Numbers got;
  std::optional<tincan::Renderer> window;
};

inline std::size_t countOf(Log const& log, std::string const& line) {
  return static_cast<std::size_t>(std::count(log.begin(), log.end(), line));
}

}  // namespace test
