// tincan/testing/spy.hpp - notes what is sent, handled and lost in a simulation
#pragma once

#include <memory>

#include <tincan/testing/records.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {

namespace detail {
class SpyState;
}  // namespace detail

/// Notes every message of a simulation from now on: post, answers and quit are none. Usable by itself
/// and inside explore(), where each run needs one of its own. Copies show the same.
///
///   Threads   The simulation's.
///   Lifetime  May outlive the simulation; the notes are kept until all copies are gone.
class Spy {
 public:
  /// Begins to note. A message that waits already is noted once it is handled or dead, and not as sent.
  explicit Spy(Simulation& simulation);

  /// All that was sent, in the order of sending; also what was refused at once, without its arguments.
  Records sent() const;
  /// All that at least one listener or handler took, in the order in which they returned.
  Records handled() const;
  /// All that nobody took, and why.
  Records deadLetters() const;
  /// All that was sent and is neither handled nor dead.
  Records pending() const;

  /// Forgets what was noted so far; what is pending stays pending.
  void forget();

 private:
  std::shared_ptr<detail::SpyState> state_;
};

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/spy.ipp>
#endif
