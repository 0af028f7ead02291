// tests/electron/turns.hpp - several endpoints on one thread, each in its turn
#pragma once

#include <tincan/tincan.hpp>

namespace test {

/// Enough turns for a question, its answer, and what follows from that.
template <class... Endpoints>
void takeTurns(Endpoints&... endpoints) {
  for (int turn = 0; turn < 10; ++turn) (endpoints.poll(), ...);
}

}  // namespace test
