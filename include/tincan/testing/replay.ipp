// tincan/testing/replay.ipp - runs a simulation in the order of a recording: the bodies
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/printable.hpp>
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/simulate/endpoint_labels.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>
#include <tincan/testing/detail/simulate/step_observer.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/recording.hpp>
#include <tincan/testing/replay.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

/// Lets each endpoint take its messages in the order of a recording only.
class Follower final : public StepObserver {
 public:
  explicit Follower(Recording const& recording)
      : entries_(recording.entries()), isFull_(recording.isFull()) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      receivers_[entries_[i].to].places.push_back(i);
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
    Receiver const* const receiver = find(lane);
    if (receiver == nullptr || receiver->isDone()) return Held;
    Recording::Entry const& next = entries_[receiver->place()];
    if (next.from != labels_.of(*lane.from->core)) return Held;
    if (next.what != whatOf(front.kind)) return Held;
    if (front.kind > Kind::Invoke) return Messages + receiver->place();
    if (next.channel != front.name->view()) {
      noteDifference(next, std::string(front.name->view()));
      return Held;
    }
    return Messages + receiver->place();
  }

  void delivering(InTransit const& passage) override {
    auto const at = receivers_.find(labels_.of(*passage.lane.to->core));
    if (at != receivers_.end()) ++at->second.taken;
  }

  void deliveringOther(SimulatedLane const& lane, Kind kind) override {
    auto const at = receivers_.find(labels_.of(*lane.to->core));
    if (isFull_ && kind <= Kind::Answer && at != receivers_.end()) ++at->second.taken;
  }

  void looked(EndpointCore const& requester, EndpointCore const& responder, bool isReady) override {
    if (!isFull_) return;
    Receiver& receiver = receivers_[labels_.of(requester)];
    std::string const& from = labels_.of(responder);
    What const what = isReady ? What::Ready : What::NotReady;
    auto const is = [&](Recording::Entry const& entry) {
      return entry.what == what && entry.from == from;
    };
    if (receiver.taken != 0 && is(entries_[receiver.places[receiver.taken - 1]])) return;
    if (!receiver.isDone() && is(entries_[receiver.place()])) {
      ++receiver.taken;
    } else if (difference_.empty()) {
      difference_ = "the run differs from the recording: '" + labels_.of(requester) +
                    "' finds an answer of '" + from + (isReady ? "' ready" : "' not ready") +
                    " where it did not before";
    }
  }

  bool mayLetGo(Nanoseconds) const override { return true; }

  std::string complaint() override {
    if (!difference_.empty()) return tincan::detail::printable(difference_);
    std::size_t missing = entries_.size();
    for (auto const& [name, receiver] : receivers_) {
      if (!receiver.isDone()) missing = (std::min)(missing, receiver.place());
    }
    return missing == entries_.size() ? std::string()
                                      : tincan::detail::printable(sentence(entries_[missing]));
  }

  /// Ends the run if something waits: it was not taken in the recording.
  bool endsRun() override {
    return std::any_of(endpoints_.begin(), endpoints_.end(), [](SimulatedEndpoint const* endpoint) {
      return std::any_of(endpoint->lanes.begin(), endpoint->lanes.end(),
                         [](SimulatedLane const* lane) { return !lane->empty(); });
    });
  }

 private:
  // Places in the order in which things happen, after whatever was not recorded.
  static constexpr std::uint64_t Messages = std::uint64_t{1} << 40, Quits = Messages * 2;

  struct Receiver {
    bool isDone() const noexcept { return taken >= places.size(); }
    std::size_t place() const noexcept { return places[taken]; }

    std::vector<std::size_t> places;  // of its entries
    std::size_t taken = 0;
  };

  Receiver const* find(SimulatedLane const& lane) {
    auto const at = receivers_.find(labels_.of(*lane.to->core));
    return at == receivers_.end() ? nullptr : &at->second;
  }

  using What = Recording::Entry::What;

  static What whatOf(Kind kind) noexcept {
    if (kind <= Kind::Invoke) return What::Message;
    return kind == Kind::Post ? What::Post : What::Answer;
  }

  static std::string nameOf(Recording::Entry const& entry) {
    switch (entry.what) {
      case What::Post: return "a posted function from '" + entry.from + "' to '" + entry.to + "'";
      case What::Answer: return "an answer of '" + entry.from + "' to '" + entry.to + "'";
      case What::Ready:
      case What::NotReady:
        return "the look of '" + entry.to + "' for an answer of '" + entry.from + "'";
      case What::Message: break;
    }
    return "message " + std::to_string(entry.number) + " from '" + entry.from + "' to '" +
           entry.to + "'";
  }

  void noteDifference(Recording::Entry const& expected, std::string const& channel) {
    if (!difference_.empty()) return;
    difference_ = "the run differs from the recording: " + nameOf(expected) + " is '" + channel +
                  "', and was '" + expected.channel + "'";
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
  std::map<std::string, Receiver> receivers_;
  EndpointLabels labels_;
  std::vector<SimulatedEndpoint const*> endpoints_;
  std::string difference_;
};

}  // namespace detail

TINCAN_INLINE Result replay(Recording const& recording, std::function<void(Simulation&)> body,
                            Options options) {
  constexpr std::uint64_t StepsForEach = 16;
  options.maxSteps =
      (std::max<std::uint64_t>)(options.maxSteps, recording.entries().size() * StepsForEach);
  Simulation simulation(options);
  detail::Scheduler& scheduler = detail::SimulationAccess::scheduler(simulation);
  scheduler.joinAndDecide(std::make_shared<detail::Follower>(recording));
  try {
    body(simulation);
  } catch (...) {
    scheduler.testThrew(std::current_exception());
  }
  std::exception_ptr const ended = scheduler.finish();
  Result result;
  result.ok = result.complete = ended == nullptr;
  result.schedules = 1;
  result.mermaid = detail::Report(simulation.log(), scheduler.notes()).mermaid();
  if (ended == nullptr) return result;
  try {
    std::rethrow_exception(ended);
  } catch (std::exception const& exception) {
    result.failure = exception.what();
  }
  return result;
}

}  // namespace tincan::inline abi0::testing
