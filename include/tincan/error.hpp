// tincan/error.hpp - what can go wrong
//
//   Threads   Any; an error is never changed.
#pragma once

#if defined(TINCAN_AMALGAMATED)
#error "tincan: all of it is here in one header already; for the test kit take the folder instead"
#endif

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/base/printable.hpp>

namespace tincan::inline abi0 {

/// The reasons of an Error and of a DeadLetter.
enum class Errc {
  NoListener,        ///< a sync send to a channel nobody listens on
  NoHandler,         ///< an invoke on a channel without a handler
  NoReply,           ///< every listener ran, every Reply died, and none answered
  TypeMismatch,      ///< an argument or an answer has another type than the other side asked for
  Deadlock,          ///< blocking here could never end
  Timeout,           ///< the deadline passed first
  Cancelled,         ///< the requester gave up
  Closed,            ///< the endpoint asked, or one's own, is closed
  Full,              ///< a bounded inbox refused the message
  Denied,            ///< the receiver does not take this channel from this sender
  DuplicateHandler,  ///< a channel has one handler at most
  WrongThread,       ///< the endpoint lives on another thread
  AlreadyRetrieved,  ///< a Future gives its answer once
  Superseded         ///< a later sendLatest was sent instead
};

/// The name of the enumerator: "NoListener".
constexpr std::string_view toString(Errc code) noexcept {
  switch (code) {
    case Errc::NoListener: return "NoListener";
    case Errc::NoHandler: return "NoHandler";
    case Errc::NoReply: return "NoReply";
    case Errc::TypeMismatch: return "TypeMismatch";
    case Errc::Deadlock: return "Deadlock";
    case Errc::Timeout: return "Timeout";
    case Errc::Cancelled: return "Cancelled";
    case Errc::Closed: return "Closed";
    case Errc::Full: return "Full";
    case Errc::Denied: return "Denied";
    case Errc::DuplicateHandler: return "DuplicateHandler";
    case Errc::WrongThread: return "WrongThread";
    case Errc::AlreadyRetrieved: return "AlreadyRetrieved";
    case Errc::Superseded: return "Superseded";
  }
  return "Errc";
}

/// A failure that the library itself reports. what() is one sentence: channel, who, expected and got. Bytes
/// of names that are no printable text stand in it like "\x00".
class Error : public std::runtime_error {
 public:
  /// Makes an error, also for tests and for answers of one's own. The channel may be empty.
  Error(Errc code, std::string channel, std::string const& sentence)
      : std::runtime_error(detail::printable(sentence)),
        channel_(std::move(channel)),
        code_(code) {}

  /// The reason, for programs that tell one failure from another.
  Errc code() const noexcept { return code_; }
  /// The channel that it is about; empty if it is about none.
  std::string const& channel() const noexcept { return channel_; }

 private:
  std::string channel_;
  Errc code_;
};

}  // namespace tincan::inline abi0
