// tincan/testing/detail/simulate/candidate_list.hpp - what may happen next, in the usual order
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/causality.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>

namespace tincan::inline v0::testing::detail {

/// A step that may happen next.
struct Candidate {
  /// The place of what happens if nothing else does; and of what need not happen at all.
  static constexpr std::uint64_t Late = std::uint64_t{1} << 62, Never = Late + 1;

  enum class What { Deliver, Begin, GoOn, EndPoll, Expire, Crash } what;
  std::uint64_t place;
  Source source;
  SimulatedEndpoint* endpoint;  // whose code runs in it; null: the test's
  SimulatedLane* lane = nullptr;
  Body* body = nullptr;
  Frame* frame = nullptr;
};

/// Candidates, sorted by their places.
class CandidateList {
 public:
  void clear() noexcept { all_.clear(); }
  bool empty() const noexcept { return all_.empty(); }
  Candidate const& operator[](std::size_t index) const noexcept { return all_[index]; }

  /// Candidates are few, and come mostly sorted.
  void add(Candidate const& one) {
    all_.push_back(one);
    std::size_t at = all_.size() - 1;
    for (; at > 0 && one.place < all_[at - 1].place; --at) all_[at] = all_[at - 1];
    all_[at] = one;
  }

  /// Which of them the search wants; nothing: the rest of the run was explored before.
  std::optional<std::size_t> pick(ScheduleSearch& search, Causality const& causality) {
    steps_.clear();
    for (Candidate const& one : all_) steps_.push_back(stepOf(one, causality));
    return search.pick(steps_);
  }

 private:
  static constexpr std::uint32_t TestItself = Nothing - 1;  // in the place of an endpoint's number

  static Step stepOf(Candidate const& one, Causality const& causality) {
    std::uint32_t const endpoint = one.endpoint == nullptr ? TestItself : one.endpoint->index;
    bool const isDelivery = one.what == Candidate::What::Deliver;
    bool const isBlocked = one.endpoint != nullptr && !one.endpoint->isPumped;
    return {one.source, endpoint, isDelivery && causality.isOrdered(*one.lane), isDelivery,
            isBlocked};
  }

  std::vector<Candidate> all_;
  std::vector<Step> steps_;
};

}  // namespace tincan::inline v0::testing::detail
