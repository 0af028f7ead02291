// tincan/reports.hpp - what a bus tells about itself
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <string>

#include <tincan/error.hpp>

namespace tincan::inline abi0 {

/// Tells of a listener that threw, or that could not take the arguments that others took; or of a posted function, a
/// timer, a continuation, a coroutine, a function of onWake() or a thread's body that threw.
struct ErrorReport {
  /// `channel` is empty if it was no listener and no handler. `to` is the name of the endpoint on which it was thrown,
  /// `from` that of the sender; where nobody has sent anything it is as `to`, or empty.
  std::string channel, from, to;
  std::exception_ptr exception;  ///< what was thrown, never null
};

/// Tells of a message that nobody handled, and why. `what` is one sentence, as Error::what().
struct DeadLetter {
  Errc reason;  ///< why nobody handled it
  /// `channel` is what it was sent on. `from` is the name of the sender, empty for nobody; `to` that of the endpoint
  /// that should have handled it. `what` is for people.
  std::string channel, from, to, what;
};

/// Tells of a sender that has so many messages waiting in one inbox, and had fewer before.
struct HighWater {
  std::string from, to;   ///< the names of the sender, and of the endpoint that has the inbox
  std::uint64_t waiting;  ///< how many messages of that sender wait there
};

/// Counts messages; post, answers and quit do not count. At rest
/// sent = handled + dead letters + pending.
struct Stats {
  std::uint64_t sent = 0;         ///< also those refused at once
  std::uint64_t handled = 0;      ///< at least one listener took it
  std::uint64_t pending = 0;      ///< waiting in an inbox
  std::uint64_t maxDepth = 0;     ///< the most that an endpoint has found waiting in its inbox
  std::uint64_t lateAnswers = 0;  ///< nobody waited for them any more
  std::map<Errc, std::uint64_t> deadLetters{};  ///< for each reason there has been, how many
};

/// Whether a send has put its message into the receiver's inbox.
enum class SendResult {
  Queued,  ///< it is in the receiver's inbox
  Closed,  ///< the receiver is gone; nothing was taken from the arguments
  Full     ///< the receiver's inbox had no room
};

}  // namespace tincan::inline abi0
