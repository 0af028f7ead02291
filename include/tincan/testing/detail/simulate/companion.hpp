// tincan/testing/detail/simulate/companion.hpp - goes along with the steps of a simulation
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>

namespace tincan::testing::detail {

/// A message on its way.
struct Passage {
  SimulatedLane const& line;
  QueuedMessage const& waiting;
  std::string_view channel, text;
};

/// A dead letter.
struct Death {
  Errc reason;
  std::string_view channel, from, to;
  std::uint64_t number;  // of what was failed on purpose; else 0
  bool wasRefused;       // it was in no inbox
};

/// Instead of the listeners.
struct Fate {
  Errc reason;
  std::exception_ptr exception;  // the answer; null: an Error of that reason
};

/// Spies, doubles, faults, recordings: they look on, and some decide.
///
///   Threads   The simulation's, and those of bodies, one at a time.
///   Errors    None may leave but from delivering().
class Companion {
 public:
  /// A place that is no place: the message stays where it is.
  static constexpr std::uint64_t Held = UINT64_MAX;

  Companion() = default;
  Companion(Companion const&) = delete;
  Companion& operator=(Companion const&) = delete;
  virtual ~Companion() = default;

  /// An endpoint; at first those that are there.
  virtual void met(SimulatedEndpoint const&) {}
  virtual void sent(Passage const&) {}
  /// Just before the listeners.
  virtual void delivering(Passage const&) {}
  /// Null: the listeners.
  virtual Fate const* fateOf(QueuedMessage const&) { return nullptr; }
  virtual void handled(QueuedMessage const&) {}
  virtual void died(Death const&) {}

  /// The place of the line's first message in the order in which things happen; `number` is the
  /// usual one.
  virtual std::uint64_t placeOf(SimulatedLane const&, std::uint64_t number) { return number; }
  /// When something that is held is let go.
  virtual tincan::detail::Nanoseconds nextDeadline(tincan::detail::Nanoseconds) {
    return tincan::detail::NoDeadline;
  }
  /// Something is held that the test may still let go: nobody waits in vain before its end.
  virtual bool mayLetGo(tincan::detail::Nanoseconds) const { return false; }
  /// Nothing can happen any more: why that is wrong, or nothing.
  virtual std::string complaint() { return {}; }
  /// Nothing more is to happen.
  virtual bool endsRun() { return false; }
};

}  // namespace tincan::testing::detail
