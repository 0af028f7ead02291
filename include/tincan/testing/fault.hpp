// tincan/testing/fault.hpp - a message that fails or comes late
#pragma once

#include <memory>

namespace tincan::inline abi0::testing {

class Simulation;

namespace detail {
class Faults;
struct FaultState;
}  // namespace detail

/// Handle to a fault that Simulation::failNext, delayNext or holdNext has set up. Copies mean one fault.
/// Several faults on one channel strike one message each, in the order of their making.
///
///   Threads   The simulation's.
///   Lifetime  release() needs the simulation; the handle may be dropped at any time, the fault stays.
class [[nodiscard]] Fault {
 public:
  /// Whether there was a message on the channel.
  bool hasStruck() const noexcept;

  /// Lets a message that was held or delayed be handled from now on. If none was sent yet, the next one
  /// is not delayed.
  void release() const;

 private:
  friend class Simulation;
  Fault(std::shared_ptr<detail::Faults> faults, std::shared_ptr<detail::FaultState> state);

  std::shared_ptr<detail::Faults> faults_;
  std::shared_ptr<detail::FaultState> state_;
};

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/fault.ipp>
#endif
