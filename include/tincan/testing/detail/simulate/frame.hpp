// tincan/testing/detail/simulate/frame.hpp - code that blocks in a simulation
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/drive/executor.hpp>
#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>
#include <tincan/testing/detail/simulate/stack.hpp>

namespace tincan::inline abi0::testing::detail {

/// The body of a renderer.
struct Body {
  void renew() { *this = Body{}; }

  SimulatedEndpoint* endpoint = nullptr;
  tincan::detail::Owned<tincan::detail::PostedFunction> task{};  // until it begins
  std::uint64_t number = 0;                                      // in the order of what was sent
  Source source = Nothing;
};

/// Code that does not go on at once. Lives on its stack.
struct Frame {
  enum class Kind {
    Wait,
    Run,          ///< a run() that is under way
    Poll,         ///< a poll() that is under way
    Pause,        ///< code that looks for something again and again
    Interruption  ///< a handler or a body between two of its calls: it may go on at any time
  };

  /// "'window' waits for 'main' (sendSync 'x')"
  std::string text() const {
    EndpointCore const& who = kind == Kind::Wait ? wait->sender : *subject->core;
    return "'" + who.displayName() + "' " + predicate();
  }
  /// That without the subject.
  std::string predicate() const {
    if (kind == Kind::Pause) return std::string("looks again and again whether ") + looksFor;
    if (kind != Kind::Wait) return "waits for messages";
    std::string sentence =
        "waits for '" + wait->target.displayName() + "' (" + std::string(wait->verb);
    if (!wait->channel.empty()) sentence += " '" + std::string(wait->channel) + "'";
    return sentence + ")";
  }

  /// Whether it handles the messages of that endpoint, or waits in its name.
  bool serves(SimulatedEndpoint const* endpoint) const noexcept {
    return endpoint == subject || std::find(others.begin(), others.end(), endpoint) != others.end();
  }

  /// The timers that go before all messages, if it handles those.
  SimulatedEndpoint::FirstTimers firstTimers(tincan::detail::Nanoseconds now) const noexcept {
    if (takesAll || (kind != Kind::Run && kind != Kind::Poll)) return {};
    return {now, (std::min)(subject->core->continuations.lastTimer(), lastTimer)};
  }

  Kind kind;
  SimulatedEndpoint* runs;     // whose code blocks; null: the test's
  SimulatedEndpoint* subject;  // whose messages are handled meanwhile; of a wait: are not
  tincan::detail::FunctionRef<bool()> isOver;
  tincan::detail::Nanoseconds deadline = tincan::detail::NoDeadline;
  tincan::detail::BlockedWait const* wait = nullptr;
  tincan::detail::AnswerState<tincan::detail::ThreadPlatform> const* state = nullptr;
  std::span<SimulatedEndpoint* const> others{};  // whose messages are handled as those of `subject`

  bool takesAll = false;                 // a poll() of what was there before
  std::uint64_t lastTimer = UINT64_MAX;  // that may go on
  std::size_t itemsBefore = 0;           // what `subject` had handled when this began
  Stack* stack = nullptr;
  Source source = Nothing;      // of its going on
  std::uint64_t overSince = 0;  // its place in the order of what was sent; 0: it is not over
  bool isAnswered = false;      // by then
  std::string verdict{};        // why it ends, if not by being over
  char const* looksFor = "";    // in a pause: what would end it
  bool mayGoOn = false;         // in a pause, though nothing has happened
};

/// The error that a wait throws which cannot end.
inline Error stuck(std::string const& who) {
  return Error(Errc::Deadlock, {}, "nothing can happen any more: " + who);
}

}  // namespace tincan::inline abi0::testing::detail
