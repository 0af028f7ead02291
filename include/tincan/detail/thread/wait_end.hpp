// tincan/detail/thread/wait_end.hpp - how a wait has ended
#pragma once

namespace tincan::inline abi0::detail {

/// The outcome of a wait.
enum class WaitEnd {
  Ready,     // the answer is there
  Driven,    // the answer is there, and the driver of the bus wants to know of it
  Closed,    // one of the two endpoints is closed
  Deserted,  // the thread has ended that would have answered
  Timeout,
  Deadlock  // it would never end
};

}  // namespace tincan::inline abi0::detail
