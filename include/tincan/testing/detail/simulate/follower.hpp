// tincan/testing/detail/simulate/follower.hpp - lets a simulation go as a run that was recorded
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/printable.hpp>
#include <tincan/testing/detail/simulate/endpoint_labels.hpp>
#include <tincan/testing/detail/simulate/recorded_entry.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>
#include <tincan/testing/detail/simulate/step_observer.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing::detail {

using tincan::detail::Nanoseconds;

/// Lets each endpoint take its messages in the order of a recording, only or first.
class Follower final : public StepObserver {
 public:
  /// Only: what was not recorded does not happen, and what does not follow is a difference. First: what does not
  /// follow comes after what does.
  enum class Mode { Only, First };
  using What = RecordedWhat;
  using LookedAt = tincan::detail::LookedAt;

  Follower(Recording const& recording, Mode mode)
      : entries_(recording.entries()), isFull_(recording.isFull()), mode_(mode) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      receivers_[entries_[i].to].places.push_back(i);
      if (isTimed(entries_[i].what)) deadlines_.insert(i);
    }
  }

  void met(SimulatedEndpoint const& endpoint) override {
    labels_.add(*endpoint.core);
    endpoints_.push_back(&endpoint);
  }

  std::uint64_t placeOf(SimulatedLane const& lane, std::uint64_t number) override {
    if (lane.empty()) return number;
    QueuedMessage const& front = lane.front();
    if (front.kind == Kind::Quit) return Quits;
    if (front.kind > Kind::Invoke && (!isFull_ || front.kind > Kind::Answer)) return number;
    return mode_ == Mode::Only ? placeOfNext(lane, front) : placeOfFirst(lane, front, number);
  }

  void delivering(InTransit const& passage) override { take(passage.lane, What::Message); }
  void deliveringOther(SimulatedLane const& lane, Kind kind) override {
    if (isFull_ && kind <= Kind::Answer) take(lane, recordedCell(kind));
  }

  /// A recording may have been cut off before that: where it has nothing more of the endpoint, it says nothing of looks.
  void looked(EndpointCore const& by, EndpointCore const& at, LookedAt lookedAt,
              bool isSo) override {
    if (!isFull_ || mode_ == Mode::First) return;
    std::string const& looker = labels_.of(by);
    std::string const& from = labels_.of(at);
    Receiver& receiver = receivers_[looker];
    What const what = recordedLook(lookedAt, isSo);
    auto const is = [&](Recording::Entry const& entry) {
      return entry.what == what && entry.from == from;
    };
    if (receiver.taken != 0 && is(entries_[receiver.places[receiver.taken - 1]])) return;
    if (receiver.isDone()) return;
    if (is(entries_[receiver.place()])) receiver.take(receiver.taken);
    else differ("'" + looker + "' finds " + foundBy(what, from) + " where it did not before");
  }

  void deadlinePassed(EndpointCore const& at, bool isTimer) override {
    if (!isFull_ || mode_ == Mode::First) return;
    std::string const& whose = labels_.of(at);
    Receiver& receiver = receivers_[whose];
    if (receiver.isDone()) return;
    if (entries_[receiver.place()].what != (isTimer ? What::Timer : What::Deadline)) {
      return differ(isTimer ? "a timer of '" + whose + "' runs where none did before"
                            : "a deadline of '" + whose + "' passes where none did before");
    }
    deadlines_.erase(receiver.place());
    receiver.take(receiver.taken);
  }
  /// Deadlines pass where they were recorded, and after the recording none does.
  TimeMay mayTimePass() override {
    if (!isFull_ || mode_ == Mode::First) return TimeMay::PassAsUsual;
    hasHeldTime_ = std::none_of(receivers_.begin(), receivers_.end(),
                                [&](auto const& one) { return isTimedNext(one.second); });
    return hasHeldTime_ ? TimeMay::NotPass : TimeMay::Pass;
  }
  bool holdsTimers(SimulatedEndpoint const& endpoint) override {
    if (!isFull_ || mode_ == Mode::First) return false;
    Receiver const& receiver = receivers_[labels_.of(*endpoint.core)];
    return receiver.isDone() || entries_[receiver.place()].what != What::Timer;
  }

  bool mayLetGo(Nanoseconds) const override { return mode_ == Mode::Only; }

  std::string complaint() override {
    if (mode_ == Mode::First) return {};
    if (!difference_.empty()) return tincan::detail::printable(difference_);
    std::size_t missing = entries_.size();
    for (auto const& [name, receiver] : receivers_) {
      if (!receiver.isDone()) missing = (std::min)(missing, receiver.place());
    }
    return missing == entries_.size() ? std::string()
                                      : tincan::detail::printable(sentence(entries_[missing]));
  }

  /// Ends the run if something waits, a message or for a deadline: it does not come in the recording.
  bool endsRun() override {
    if (mode_ == Mode::First) return false;
    if (hasHeldTime_) return true;
    return std::any_of(endpoints_.begin(), endpoints_.end(), [](SimulatedEndpoint const* endpoint) {
      return std::any_of(endpoint->lanes.begin(), endpoint->lanes.end(),
                         [](SimulatedLane const* lane) { return !lane->empty(); });
    });
  }

 private:
  // Places in the order in which things happen, after whatever is not recorded as a kind.
  static constexpr std::uint64_t Messages = std::uint64_t{1} << 40, Others = Messages * 2,
                                 Quits = Messages * 3;

  struct Receiver {
    bool isDone() const noexcept { return taken >= places.size(); }
    std::size_t place() const noexcept { return places[taken]; }
    void take(std::size_t at) {
      isTaken.resize(places.size());
      isTaken[at] = true;
      while (taken < places.size() && isTaken[taken]) ++taken;
    }

    std::vector<std::size_t> places{};  // of its entries
    std::vector<bool> isTaken{};
    std::size_t taken = 0;  // all of them before this one
  };

  static bool isTimed(What what) noexcept { return what == What::Deadline || what == What::Timer; }
  bool isTimedNext(Receiver const& receiver) const {
    return !receiver.isDone() && isTimed(entries_[receiver.place()].what);
  }

  Receiver const* find(SimulatedLane const& lane) {
    auto const at = receivers_.find(labels_.of(*lane.to->core));
    return at == receivers_.end() ? nullptr : &at->second;
  }

  /// Of a message that is the next one in the recording; else Held.
  std::uint64_t placeOfNext(SimulatedLane const& lane, QueuedMessage const& front) {
    Receiver const* const receiver = find(lane);
    if (receiver == nullptr || receiver->isDone()) return Held;
    Recording::Entry const& next = entries_[receiver->place()];
    if (next.from != labels_.of(*lane.from->core)) return Held;
    if (next.what != recordedCell(front.kind)) return Held;
    if (!deadlines_.empty() && *deadlines_.begin() < receiver->place()) return Held;
    if (front.kind <= Kind::Invoke && next.channel != front.name->view()) {
      differ(nameOf(next) + " is '" + std::string(front.name->view()) + "', and was '" +
             next.channel + "'");
      return Held;
    }
    return Messages + receiver->place();
  }
  /// Of a message that comes some time in the recording; others come after it.
  std::uint64_t placeOfFirst(SimulatedLane const& lane, QueuedMessage const& front,
                             std::uint64_t number) {
    Receiver const* const receiver = find(lane);
    if (receiver == nullptr) return Others + number;
    std::size_t const at =
        findNext(*receiver, labels_.of(*lane.from->core), recordedCell(front.kind));
    return at == receiver->places.size() ? Others + number : Messages + receiver->places[at];
  }

  void take(SimulatedLane const& lane, What what) {
    auto const receiver = receivers_.find(labels_.of(*lane.to->core));
    if (receiver == receivers_.end()) return;
    std::size_t const at = findNext(receiver->second, labels_.of(*lane.from->core), what);
    if (at != receiver->second.places.size()) receiver->second.take(at);
  }
  /// The index of the receiver's next entry of that kind from there; or how many it has.
  std::size_t findNext(Receiver const& receiver, std::string const& from, What what) const {
    std::size_t at = receiver.taken;
    for (; at < receiver.places.size(); ++at) {
      Recording::Entry const& entry = entries_[receiver.places[at]];
      bool const isTaken = at < receiver.isTaken.size() && receiver.isTaken[at];
      if (!isTaken && entry.from == from && entry.what == what) break;
    }
    return at;
  }

  void differ(std::string const& how) {
    if (difference_.empty()) difference_ = "the run differs from the recording: " + how;
  }
  std::string sentence(Recording::Entry const& missing) {
    std::string text = "the run differs from the recording: " + nameOf(missing);
    if (missing.what == What::Message) text += ", '" + missing.channel + "'";
    text += missing.what == What::Message ? ", does not come" : " does not come";
    SimulatedEndpoint const* const receiver = endpointOf(missing.to);
    if (receiver == nullptr) return text + ": there is no '" + missing.to + "'";
    if (receiver->core->isClosed()) return text + ": '" + missing.to + "' is closed";
    if (endpointOf(missing.from) == nullptr) return text + ": there is no '" + missing.from + "'";
    std::string others;
    for (SimulatedLane const* const lane : receiver->lanes) {
      if (lane->empty() || lane->front().kind > Kind::Invoke) continue;
      others += (others.empty() ? "; next there would be '" : ", '") +
                std::string(lane->front().name->view()) + "' from '" +
                labels_.of(*lane->from->core) + "'";
    }
    return text + others;
  }

  SimulatedEndpoint const* endpointOf(std::string const& label) {
    for (SimulatedEndpoint const* const endpoint : endpoints_) {
      if (labels_.of(*endpoint->core) == label) return endpoint;
    }
    return nullptr;
  }

  std::vector<Recording::Entry> const entries_;
  bool const isFull_;
  Mode const mode_;
  std::map<std::string, Receiver> receivers_{};
  EndpointLabels labels_{};
  std::vector<SimulatedEndpoint const*> endpoints_{};
  std::set<std::size_t> deadlines_{};  // the places of those that have not passed
  bool hasHeldTime_ = false;           // when somebody last waited for a deadline
  std::string difference_{};
};

}  // namespace tincan::inline abi0::testing::detail
