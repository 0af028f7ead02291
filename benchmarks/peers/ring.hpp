// benchmarks/peers/ring.hpp - the plain ring of limits.hpp: no names, no callables, no answers
//
// A looks for room twice: in the ring, and at how far B is, as for every other contestant.
#pragma once

#include <string>

#include "../limits.hpp"
#include "desk.hpp"

namespace bench {

class RingPeer {
 public:
  static constexpr auto key = "ring";
  static std::string title() { return "plain SPSC ring"; }

  explicit RingPeer(Desk& desk) : desk_(desk) {}

  void send(Reading const& reading) {
    spinUntil([&] { return ring_.tryPush(reading); });
  }

  void poll() {
    for (Reading reading; ring_.tryPop(reading);) desk_.take(reading);
  }

 private:
  Desk& desk_;
  SpscRing<Reading> ring_;
};

}  // namespace bench
