// tincan/testing/spy.ipp - notes what is sent, handled and lost in a simulation: the bodies
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tincan/detail/base/inline.hpp>
#include <tincan/testing/detail/simulate/step_observer.hpp>
#include <tincan/testing/records.hpp>
#include <tincan/testing/simulation.hpp>
#include <tincan/testing/spy.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

class SpyState final : public StepObserver {
 public:
  enum class Fate { Waits, IsDelivered, Handled, Dead };
  struct Noted {
    Delivery delivery;
    std::uint64_t number;  // the simulation's
    Fate fate;
    std::optional<Errc> reason;
  };

  void sent(InTransit const& passage) override { add(passage, Fate::Waits); }

  void delivering(InTransit const& passage) override {
    Noted* known = find(passage.message);
    // It was sent before this spy came.
    if (known == nullptr) known = &add(passage, Fate::Waits, false);
    known->fate = Fate::IsDelivered;
  }

  void handled(QueuedMessage const& waiting) override {
    Noted* const noted = find(waiting);
    if (noted == nullptr) return;
    noted->fate = Fate::Handled;
    append(handled_, noted->delivery, {});
  }

  void died(DeadLetterNote const& death) override {
    Noted* noted = death.wasRefused ? nullptr : findDead(death);
    if (noted == nullptr) {
      Delivery const delivery{
          0, std::string(death.from), std::string(death.to), std::string(death.channel), {}};
      if (death.wasRefused) append(sent_, delivery, {});
      append(dead_, delivery, death.reason);
      return;
    }
    noted->fate = Fate::Dead;
    noted->reason = death.reason;
    append(dead_, noted->delivery, death.reason);
  }

  Records sent_{}, handled_{}, dead_{};
  std::vector<Noted> noted_{};

 private:
  Noted& add(InTransit const& passage, Fate fate, bool isSent = true) {
    Delivery const delivery{0, passage.lane.from->core->name, passage.lane.to->core->name,
                            std::string(passage.channel), std::string(passage.text)};
    if (isSent) append(sent_, delivery, {});
    noted_.push_back({delivery, passage.message.number, fate, {}});
    return noted_.back();
  }

  static void append(Records& records, Delivery delivery, std::optional<Errc> reason) {
    delivery.number = records.size() + 1;
    records.add(std::move(delivery), reason);
  }

  Noted* find(QueuedMessage const& waiting) noexcept {
    for (auto at = noted_.rbegin(); at != noted_.rend(); ++at) {
      if (at->number == waiting.number) return &*at;
    }
    return nullptr;
  }

  /// Finds whose dead letter that is. One that is closed or makes room is the oldest of its inbox; else it
  /// is the one that is being delivered, the innermost.
  Noted* findDead(DeadLetterNote const& death) noexcept {
    auto const is = [&](Noted const& noted, Fate fate) {
      if (death.number != 0) return noted.number == death.number;
      return noted.fate == fate && noted.delivery.channel == death.channel &&
             noted.delivery.from == death.from && noted.delivery.to == death.to;
    };
    if (death.reason == Errc::Closed || death.reason == Errc::Full || death.number != 0) {
      for (Noted& noted : noted_) {
        if (is(noted, Fate::Waits)) return &noted;
      }
    }
    for (auto at = noted_.rbegin(); at != noted_.rend(); ++at) {
      if (is(*at, Fate::IsDelivered)) return &*at;
    }
    return nullptr;
  }
};

}  // namespace detail

TINCAN_INLINE Spy::Spy(Simulation& simulation) : state_(std::make_shared<detail::SpyState>()) {
  detail::SimulationAccess::scheduler(simulation).join(state_);
}

TINCAN_INLINE Records Spy::sent() const { return state_->sent_; }

TINCAN_INLINE Records Spy::handled() const { return state_->handled_; }

TINCAN_INLINE Records Spy::deadLetters() const { return state_->dead_; }

TINCAN_INLINE Records Spy::pending() const {
  Records records;
  for (auto const& noted : state_->noted_) {
    if (noted.fate == detail::SpyState::Fate::Waits) records.add(noted.delivery);
  }
  return records;
}

TINCAN_INLINE void Spy::forget() { state_->sent_ = state_->handled_ = state_->dead_ = {}; }

}  // namespace tincan::inline abi0::testing
