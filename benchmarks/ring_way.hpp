// benchmarks/ring_way.hpp - messages through a plain ring, the limit of what is sent one way
#pragma once

#include <cstddef>
#include <cstdint>

#include "contest.hpp"
#include "duo.hpp"
#include "limits.hpp"
#include "traffic.hpp"
#include "two_rings.hpp"

namespace bench {

/// A pushes, B pops and books.
template <std::size_t Capacity = 1024>
class RingWay {
 public:
  /// afterNothing(): what B does when it has found nothing.
  template <class Pause>
  double slice(Duo& duo, std::uint64_t times, Pause const& afterNothing) {
    auto const push = [this, times] {
      auto sent = sent_;
      for (auto const end = sent.count + times; sent.count < end;) {
        auto const message = sent.next();
        spinUntil([&] { return ring_.tryPush(message); });
      }
      sent_ = sent;
    };
    auto const pop = [this, afterNothing, end = sent_.count + times] {
      Message message;
      while (tally_.count() < end) {
        if (ring_.tryPop(message)) {
          tally_.take(message);
        } else {
          afterNothing();
        }
      }
    };
    return duo.run(push, pop).both;
  }

  void check() const { tally_.requireAllOf(sent_, "ring"); }

 private:
  SpscRing<Message, Capacity> ring_;
  alignas(apart) Sent sent_;    // A's
  alignas(apart) Tally tally_;  // B's
};

/// The plain ring with either receiver, in one contest with those that are measured against them.
template <std::size_t Capacity = 1024>
class BothRings {
 public:
  void addTo(Contest& contest, Duo& duo) {
    contest.add("eager ring", [&](auto times) { return eager_.slice(duo, times, Eager{}); });
    contest.add("patient ring", [&](auto times) { return patient_.slice(duo, times, Patient{}); });
  }

  void check() const {
    eager_.check();
    patient_.check();
  }

 private:
  RingWay<Capacity> eager_;
  RingWay<Capacity> patient_;
};

}  // namespace bench
