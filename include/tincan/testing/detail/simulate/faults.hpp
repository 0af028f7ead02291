// tincan/testing/detail/simulate/faults.hpp - the messages of a simulation that fail or come late
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/detail/simulate/step_observer.hpp>

namespace tincan::inline abi0::testing::detail {

/// One message that is to fail or to come late.
struct FaultState {
  bool isStruck() const noexcept { return number != 0; }

  std::string channel;
  bool fails;                // else it is late
  ForcedOutcome outcome;     // if it fails
  Nanoseconds duration;      // if it is late; NoDeadline: until it is released
  std::uint64_t number = 0;  // of the message; 0: it has not been sent
  Nanoseconds until = 0;     // it waits until then
};

/// All faults of a simulation, in the order of their making.
class Faults final : public StepObserver {
 public:
  explicit Faults(Scheduler& scheduler) noexcept : scheduler_(scheduler) {}

  void add(std::shared_ptr<FaultState> fault) {
    faults_.push_back(std::move(fault));
    scheduler_.touchFaults();
  }
  void release(FaultState& fault) {
    fault.until = 0;
    fault.duration = 0;
    scheduler_.touchFaults();
  }

  void sent(InTransit const& passage) override {
    bool isTaken = false;
    bool concerns = false;
    for (auto const& fault : faults_) {
      if (fault->channel != passage.channel) continue;
      concerns = true;
      bool const isReplaced = fault->isStruck() && !fault->fails &&
                              passage.lane.superseded.by == passage.message.number &&
                              passage.lane.superseded.number == fault->number;
      if (isReplaced)
        fault->number = passage.message.number;  // which waits in the place of the other
      isTaken = isTaken || isReplaced;
      if (fault->isStruck() || isTaken) continue;
      isTaken = true;
      fault->number = passage.message.number;
      bool const isEndless = fault->duration == NoDeadline;
      fault->until = isEndless ? NoDeadline : scheduler_.after(fault->duration);
    }
    // Another one may be the next in another order.
    if (concerns) scheduler_.touchFaults();
  }

  ForcedOutcome const* outcomeOf(QueuedMessage const& waiting) override {
    FaultState const* const fault = find(waiting.number);
    return fault != nullptr && fault->fails ? &fault->outcome : nullptr;
  }

  void delivering(InTransit const& passage) override {
    if (find(passage.message.number) != nullptr) scheduler_.touchFaults();
  }

  std::uint64_t placeOf(SimulatedLane const& lane, std::uint64_t number) override {
    if (lane.empty()) return number;
    FaultState const* const fault = find(lane.front().number);
    bool const waits = fault != nullptr && !fault->fails && fault->until > scheduler_.now();
    return waits ? Held : number;
  }

  bool mayLetGo(Nanoseconds now) const override {
    return std::any_of(faults_.begin(), faults_.end(),
                       [&](auto const& fault) { return !fault->fails && fault->until > now; });
  }

  Nanoseconds nextDeadline(Nanoseconds now) override {
    Nanoseconds next = NoDeadline;
    for (auto const& fault : faults_) {
      if (!fault->fails && fault->until > now) next = (std::min)(next, fault->until);
    }
    return next;
  }

 private:
  FaultState const* find(std::uint64_t number) const noexcept {
    for (auto const& fault : faults_) {
      if (fault->number == number && fault->isStruck()) return fault.get();
    }
    return nullptr;
  }

  Scheduler& scheduler_;
  std::vector<std::shared_ptr<FaultState>> faults_{};
};

/// The code of an Error, Closed for another exception. Throws std::invalid_argument for null.
inline Errc reasonOf(std::exception_ptr const& exception) {
  if (exception == nullptr) {
    throw std::invalid_argument("tincan: failNext() was given no exception");
  }
  try {
    std::rethrow_exception(exception);
  } catch (Error const& error) {
    return error.code();
  } catch (...) {
    return Errc::Closed;
  }
}

}  // namespace tincan::inline abi0::testing::detail
