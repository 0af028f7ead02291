// tincan/detail/answer/explain.ipp - why there is no answer, in one sentence: the bodies
#pragma once

#include <string>
#include <string_view>

#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE Error explain(Errc code, std::string_view channel, std::string const& receiver) {
  std::string const quoted = "'" + std::string(channel) + "'";
  std::string sentence;
  switch (code) {
    case Errc::NoListener: sentence = quoted + ": nobody listens at '" + receiver + "'"; break;
    case Errc::NoHandler:
      sentence = "No handler registered for " + quoted + " at '" + receiver + "'";
      break;
    case Errc::NoReply: sentence = quoted + ": reply was never sent by '" + receiver + "'"; break;
    case Errc::Timeout: sentence = quoted + ": '" + receiver + "' did not answer in time"; break;
    case Errc::Cancelled: sentence = quoted + ": the request was cancelled"; break;
    case Errc::Closed:
      sentence = quoted + ": '" + receiver + "', or the endpoint that asked it, is closed";
      break;
    case Errc::Deadlock:
      sentence =
          quoted + ": waiting here would never end: the thread of '" + receiver + "' has ended";
      break;
    case Errc::Full: sentence = quoted + ": the inbox of '" + receiver + "' is full"; break;
    case Errc::Denied:
      sentence = quoted + ": '" + receiver + "' does not take this channel from this sender";
      break;
    case Errc::TypeMismatch:
      sentence = quoted + ": what listens at '" + receiver + "' takes other types";
      break;
    case Errc::Superseded:
      sentence = quoted + ": a later one was sent to '" + receiver + "' instead";
      break;
    case Errc::DuplicateHandler:
    case Errc::WrongThread:
    case Errc::AlreadyRetrieved: sentence = quoted + ": no answer from '" + receiver + "'"; break;
  }
  return Error(code, std::string(channel), sentence);
}

TINCAN_INLINE void throwFailure(Errc code, std::string_view channel, std::string const& receiver) {
  throw explain(code, channel, receiver);
}

TINCAN_INLINE void throwDeadlock(std::string_view channel, std::string const& path) {
  throw Error(Errc::Deadlock, std::string(channel),
              "'" + std::string(channel) + "': waiting here would never end: " + path);
}

}  // namespace tincan::inline abi0::detail
