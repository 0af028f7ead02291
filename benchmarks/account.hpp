// benchmarks/account.hpp - the books of one sender, and of the receiver on it
#pragma once

#include "limits.hpp"
#include "progress.hpp"
#include "traffic.hpp"

namespace bench {

/// Sent is the sender's, the tally the receiver's, and the progress tells the one of the other.
struct Account {
  alignas(apart) Sent sent;
  Progress progress;
  alignas(apart) Tally tally;

  void take(Message const& message) {
    tally.take(message);
    progress.publish(tally.count());
  }
};

}  // namespace bench
