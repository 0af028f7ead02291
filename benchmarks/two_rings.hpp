// benchmarks/two_rings.hpp - a plain ring has two speeds, and this is how it is a limit all the same
//
// A receiver that has found nothing may look again at once, or wait. Which of the two makes the ring
// faster, and by how much, is chance; so there are always both, and what is measured against them is
// measured against their geometric mean.
#pragma once

#include <cmath>
#include <string_view>

#include "contest.hpp"

namespace bench {

/// The receiver looks again at once when it has found nothing. It then fights the sender for the
/// line it looks at, and whether it does so for every message hangs on a nanosecond more or less on
/// either side: a plain ring takes 7 or 70 ns, and the choice of a compiler can tip it over.
struct Eager {
  void operator()() const {}
};

/// The receiver waits for about a microsecond when it has found nothing, until there is more than
/// one message: that is late, but steady, and the most that a queue can carry.
struct Patient {
  void operator()() const {
    for (int i = 0; i < 1000; ++i) asm volatile("");
  }
};

/// What one contestant takes by what the rings take, in the geometric mean of both.
inline double ratioToRings(Contest const& contest, std::string_view name) {
  return contest.overCycles(
      [&](auto const& ns) { return ns(name) / std::sqrt(ns("eager ring") * ns("patient ring")); });
}

}  // namespace bench
