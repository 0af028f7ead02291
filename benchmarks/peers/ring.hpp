// benchmarks/peers/ring.hpp - the plain ring of limits.hpp: no names, no callables, no answers
//
// A looks for room twice: in the ring, and at how far B is, as for every other contestant.
#pragma once

#include <string>

#include "../limits.hpp"
#include "desk.hpp"

namespace bench {

/// AfterNothing: what B does when it has found nothing, see two_rings.hpp.
template <class AfterNothing>
class RingPeer {
 public:
  static std::string title() { return "plain SPSC ring"; }

  explicit RingPeer(Desk& desk) : desk_(desk) {}

  void send(Reading const& reading) {
    spinUntil([&] { return ring_.tryPush(reading); });
  }

  void poll() {
    Reading reading;
    if (!ring_.tryPop(reading)) return AfterNothing{}();
    do {
      desk_.take(reading);
    } while (ring_.tryPop(reading));
  }

 private:
  Desk& desk_;
  SpscRing<Reading> ring_;
};

}  // namespace bench
