// examples/pipeline.hpp - the first two stages of pipeline.cpp
#pragma once

#include <tincan/tincan.hpp>

namespace example {

/// Sends the numbers from 1 to `last`, and "end".
inline void count(tincan::Peer const& next, long last) {
  for (long n = 1; n <= last; ++n) {
    if (next.send("number", n) != tincan::SendResult::Queued) return;  // the next stage is gone
  }
  next.send("end");  // comes last: what one sends to one arrives in order
}

/// Sends to main the square of each number that comes, until the "end".
inline void square(tincan::Renderer& ipc) {
  ipc.on("number", [&](long n) { ipc.send("number", n * n); });  // waits while main has no room
  ipc.on("end", [&] {
    ipc.send("end");
    ipc.quit();
  });
  ipc.run();
}

}  // namespace example
