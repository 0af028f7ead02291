// benchmarks/ring_way.hpp - messages through a plain ring, the limit of what is sent one way
#pragma once

#include <cstddef>
#include <cstdint>

#include "duo.hpp"
#include "limits.hpp"
#include "traffic.hpp"

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

  double slice(Duo& duo, std::uint64_t times) {
    return slice(duo, times, [] {});
  }

  void check() const { tally_.requireAllOf(sent_, "ring"); }

 private:
  SpscRing<Message, Capacity> ring_;
  alignas(apart) Sent sent_;    // A's
  alignas(apart) Tally tally_;  // B's
};

}  // namespace bench
