// tincan/testing/detail/simulate/observers.hpp - all that goes along with the steps of a simulation
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/delivery_log.hpp>
#include <tincan/testing/detail/simulate/step_observer.hpp>

namespace tincan::inline abi0::testing::detail {

/// Tells each observer in the order in which they have joined.
class Observers {
 public:
  using Nanoseconds = tincan::detail::Nanoseconds;

  void join(std::shared_ptr<StepObserver> observer) { all_.push_back(std::move(observer)); }

  void met(SimulatedEndpoint const& endpoint) {
    for (auto const& observer : all_) observer->met(endpoint);
  }
  void sent(SimulatedLane& lane, QueuedMessage const& message, MessageCell& cell) {
    if (!message.isMessage()) return;
    using tincan::detail::Place;
    auto* const extra = std::exchange(lane.seenExtra, nullptr);
    bool const isElsewhere = message.kind != Kind::Message &&
                             cell.arguments->place == Place::CellOrExtra && extra == nullptr;
    std::string text;
    if (!isElsewhere) appendArguments(text, cell.view(extra));
    for (std::size_t i = 0; i < all_.size(); ++i) {
      all_[i]->sent({lane, message, cell.name->view(), text});
    }
  }
  /// Returns what happens to the message instead of its delivery; null: it is delivered.
  ForcedOutcome const* delivering(SimulatedLane& lane, QueuedMessage const& message,
                                  MessageCell& cell, MessageCell* extra) {
    std::string text;
    appendArguments(text, cell.view(extra));
    ForcedOutcome const* outcome = nullptr;
    for (auto const& observer : all_) {
      if (outcome == nullptr) outcome = observer->outcomeOf(message);
    }
    if (outcome != nullptr) return outcome;
    InTransit const passage{lane, message, cell.name->view(), text};
    for (auto const& observer : all_) observer->delivering(passage);
    return nullptr;
  }
  void deliveringOther(SimulatedLane const& lane, Kind kind) {
    for (auto const& observer : all_) observer->deliveringOther(lane, kind);
  }
  void looked(EndpointCore const& by, EndpointCore const& at, tincan::detail::LookedAt what,
              bool isSo) {
    for (auto const& observer : all_) observer->looked(by, at, what, isSo);
  }
  void deadlinePassed(EndpointCore const& at, bool isTimer) {
    for (auto const& observer : all_) observer->deadlinePassed(at, isTimer);
  }
  void handled(QueuedMessage const& message) {
    for (auto const& observer : all_) observer->handled(message);
  }

  /// Tells that the next dead letter is the message of that number, which is failed on purpose; 0: that
  /// it is not.
  void failing(std::uint64_t number) noexcept { failing_ = number; }
  /// Whether the next dead letter is one that is failed on purpose.
  bool isFailing() const noexcept { return failing_ != 0; }
  /// Tells that the next dead letter has been in no lane.
  void refuses() noexcept { isRefusing_ = true; }
  /// Tells of a dead letter. `number`: that of the message, if it was superseded; else 0.
  void died(Errc reason, std::string_view channel, std::string_view from, std::string_view to,
            std::uint64_t number) noexcept {
    std::uint64_t const failing = number == 0 ? std::exchange(failing_, 0) : 0;
    DeadLetterNote const death{reason, channel,          from,
                               to,     number + failing, std::exchange(isRefusing_, false)};
    for (auto const& observer : all_) observer->died(death);
  }

  /// What the first observer says that has an opinion.
  StepObserver::TimeMay mayTimePass() const {
    for (auto const& observer : all_) {
      auto const may = observer->mayTimePass();
      if (may != StepObserver::TimeMay::PassAsUsual) return may;
    }
    return StepObserver::TimeMay::PassAsUsual;
  }
  bool holdTimers(SimulatedEndpoint const& endpoint) const {
    return std::any_of(all_.begin(), all_.end(),
                       [&](auto const& one) { return one->holdsTimers(endpoint); });
  }
  std::uint64_t placeOf(SimulatedLane const& lane, std::uint64_t number) const {
    for (auto const& observer : all_) {
      if (number != StepObserver::Held) number = observer->placeOf(lane, number);
    }
    return number;
  }
  bool isHeld(SimulatedLane const& lane) const { return placeOf(lane, 0) == StepObserver::Held; }
  Nanoseconds nextDeadline(Nanoseconds now) const {
    Nanoseconds next = tincan::detail::NoDeadline;
    for (auto const& observer : all_) next = (std::min)(next, observer->nextDeadline(now));
    return next;
  }

  bool mayLetGo(Nanoseconds now) const {
    return std::any_of(all_.begin(), all_.end(),
                       [now](auto const& one) { return one->mayLetGo(now); });
  }
  /// The first complaint; empty: there is none.
  std::string complaint() const {
    for (auto const& observer : all_) {
      if (std::string complaint = observer->complaint(); !complaint.empty()) return complaint;
    }
    return {};
  }
  bool endRun() const {
    return std::any_of(all_.begin(), all_.end(), [](auto const& one) { return one->endsRun(); });
  }

 private:
  std::vector<std::shared_ptr<StepObserver>> all_{};
  std::uint64_t failing_ = 0;
  bool isRefusing_ = false;
};

}  // namespace tincan::inline abi0::testing::detail
