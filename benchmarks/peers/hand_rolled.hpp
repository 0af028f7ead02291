// benchmarks/peers/hand_rolled.hpp - mutex + deque<std::function> + condvar + promise, with names
//
// What programs write: handlers in a map by name, looked up where they run; B sleeps when there is
// nothing to do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "../limits.hpp"
#include "desk.hpp"

namespace bench {

class HandRolledPeer {
 public:
  static constexpr auto key = "hand-rolled";
  static std::string title() { return "mutex + deque + condvar + promise"; }

  explicit HandRolledPeer(Desk& desk) {
    listeners_["reading"] = [&desk](Reading const& reading) { desk.take(reading); };
    handlers_["question"] = [&desk](std::uint64_t question) { return desk.answer(question); };
  }

  void send(Reading const& reading) {
    queue_.post([this, name = std::string("reading"), reading] {
      listeners_.find(name)->second(reading);
      queue_.quit();
    });
  }

  std::uint64_t ask(std::uint64_t question) {
    return queue_.call([this, name = std::string("question"), question] {
      queue_.quit();
      return handlers_.find(name)->second(question);
    });
  }

  /// Runs one job: each of them ends serve().
  void poll() { queue_.serve(); }

 private:
  HandRolled queue_;
  std::unordered_map<std::string, std::function<void(Reading const&)>> listeners_;
  std::unordered_map<std::string, std::function<std::uint64_t(std::uint64_t)>> handlers_;
};

}  // namespace bench
