// tincan/testing/detail/simulate/vector_clock.hpp - what could have led to what
//
// Vector clocks (C. Fidge, F. Mattern, 1988): for each endpoint how many messages of each other one
// could have led to what it does now. An answer carries only a Lamport clock, so each endpoint also
// keeps what it knew when.
//
//   Threads   One.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tincan::inline abi0::testing::detail {

/// The knowledge of somebody: for each endpoint, by its number, how many of its messages.
using VectorClock = std::vector<std::uint32_t>;

/// Whether somebody who knows that knows of the message with that number, from that endpoint.
inline bool covers(std::span<std::uint32_t const> knowledge, std::uint32_t endpoint,
                   std::uint32_t message) noexcept {
  return endpoint < knowledge.size() && knowledge[endpoint] >= message;
}

/// Whether somebody who knows that knows of all those news.
inline bool coversAll(VectorClock const& knowledge, std::span<std::uint32_t const> news) noexcept {
  for (std::size_t i = 0; i < news.size(); ++i) {
    if (news[i] > (i < knowledge.size() ? knowledge[i] : 0)) return false;
  }
  return true;
}

/// Something that was sent, by the endpoint with that number.
struct Sent {
  std::uint32_t by = 0;
  std::uint32_t number = 0;  // of all that this one has sent; 0: unknown
  std::uint32_t startedBefore =
      0;  // of what the receiver sends next, after it has started the port where this waited
  void const* port = nullptr;  // at which it was posted
};

/// Adds the news to the knowledge.
inline void merge(VectorClock& knowledge, std::span<std::uint32_t const> news) {
  if (knowledge.size() < news.size()) knowledge.resize(news.size());
  for (std::size_t i = 0; i < news.size(); ++i) knowledge[i] = (std::max)(knowledge[i], news[i]);
}

/// The knowledge that messages carry, until the end of a run.
class ClockStore {
 public:
  struct Place {
    std::uint32_t begin = 0, size = 0;
  };

  Place keep(VectorClock const& knowledge) {
    std::size_t const end = size_ + knowledge.size();
    if (end > numbers_.size()) numbers_.resize(end * 2);
    Place const place{static_cast<std::uint32_t>(size_),
                      static_cast<std::uint32_t>(knowledge.size())};
    // Few: a call of memmove would take longer.
    for (std::uint32_t const number : knowledge) numbers_[size_++] = number;
    return place;
  }
  std::span<std::uint32_t const> at(Place place) const noexcept {
    return {numbers_.data() + place.begin, place.size};
  }
  void clear() noexcept { size_ = 0; }

 private:
  std::vector<std::uint32_t> numbers_{};
  std::size_t size_ = 0;  // of those
};

/// The knowledge that one endpoint has had, by its Lamport clock.
class ClockHistory {
 public:
  /// Notes that it has learnt something.
  void note(std::uint64_t clock, ClockStore::Place place) { learnt_.push_back({clock, place}); }
  /// Notes that it has sent something.
  void sent(std::uint64_t clock) { sent_.push_back(clock); }

  ClockStore::Place placeAt(std::uint64_t clock) const noexcept {
    auto const after =
        std::upper_bound(learnt_.begin(), learnt_.end(), clock,
                         [](std::uint64_t c, Learnt const& learnt) { return c < learnt.clock; });
    return after == learnt_.begin() ? ClockStore::Place{} : (after - 1)->place;
  }
  void clear() noexcept {
    learnt_.clear();
    sent_.clear();
  }
  std::uint32_t sentAt(std::uint64_t clock) const noexcept {
    return static_cast<std::uint32_t>(std::upper_bound(sent_.begin(), sent_.end(), clock) -
                                      sent_.begin());
  }

 private:
  struct Learnt {
    std::uint64_t clock;
    ClockStore::Place place;
  };
  std::vector<Learnt> learnt_{};
  std::vector<std::uint64_t> sent_{};
};

}  // namespace tincan::inline abi0::testing::detail
