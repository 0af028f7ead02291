// benchmarks/peers/eventpp.hpp - eventpp::EventQueue, keyed by strings or by integers
//
// It has no answers: a question carries a pointer to a slot that the caller watches. B polls with
// process(), which takes out all there is.
#pragma once

#include <eventpp/eventqueue.h>
#include <fmt/format.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <type_traits>

#include "callables.hpp"
#include "desk.hpp"

namespace bench {

/// The policy that eventpp's own benchmarks show to be faster between one sender and one receiver.
struct EventppSpinLock {
  using Threading = eventpp::GeneralThreading<eventpp::SpinLock>;
};

template <class Key, class Policies = eventpp::DefaultPolicies>
class Eventpp {
  static constexpr bool named = std::is_same_v<Key, std::string>;
  static constexpr bool spins = std::is_same_v<Policies, EventppSpinLock>;

 public:
  static constexpr auto key = named   ? spins ? "eventpp-string-spin" : "eventpp-string"
                              : spins ? "eventpp-int-spin"
                                      : "eventpp-int";
  static std::string title() {
    return fmt::format("eventpp {}, {} key{}", TINCAN_BENCH_EVENTPP_VERSION,
                       named ? "string" : "int", spins ? ", spin lock" : "");
  }

  explicit Eventpp(Desk& desk) {
    queue_.appendListener(reading(),
                          [&desk](Reading const& arrived, Answer*) { desk.take(arrived); });
    queue_.appendListener(question(), [&desk](Reading const& asked, Answer* answer) {
      answer->set(desk.answer(asked.number));
    });
  }

  void send(Reading const& sent) { queue_.enqueue(reading(), sent, nullptr); }

  std::uint64_t ask(std::uint64_t number) {
    Answer answer;
    queue_.enqueue(question(), Reading{number, 0, 0}, &answer);
    return answer.wait();
  }

  void poll() { queue_.process(); }

 private:
  static auto reading() {
    if constexpr (named) return "reading";
    else return 1;
  }
  static auto question() {
    if constexpr (named) return "question";
    else return 2;
  }

  eventpp::EventQueue<Key, void(Reading const&, Answer*), Policies> queue_;
};

}  // namespace bench
