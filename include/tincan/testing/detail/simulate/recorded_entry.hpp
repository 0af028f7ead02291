// tincan/testing/detail/simulate/recorded_entry.hpp - which entry of a recording something is, and its name in sentences
#pragma once

#include <string>

#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing::detail {

using RecordedWhat = Recording::Entry::What;

/// What a cell of a lane is noted as, which is no quit.
inline RecordedWhat recordedCell(tincan::detail::Kind kind) noexcept {
  if (kind <= tincan::detail::Kind::Invoke) return RecordedWhat::Message;
  return kind == tincan::detail::Kind::Post ? RecordedWhat::Post : RecordedWhat::Answer;
}

/// What a look is noted as that finds something so, or not.
inline RecordedWhat recordedLook(tincan::detail::LookedAt what, bool isSo) noexcept {
  switch (what) {
    case tincan::detail::LookedAt::Answer:
      return isSo ? RecordedWhat::Ready : RecordedWhat::NotReady;
    case tincan::detail::LookedAt::Life: return isSo ? RecordedWhat::Alive : RecordedWhat::Ended;
    case tincan::detail::LookedAt::Request: break;
  }
  return isSo ? RecordedWhat::Cancelled : RecordedWhat::Awaited;
}

/// What a look has found: "an answer of 'main' ready".
inline std::string foundBy(RecordedWhat look, std::string const& from) {
  switch (look) {
    case RecordedWhat::Ready: return "an answer of '" + from + "' ready";
    case RecordedWhat::NotReady: return "an answer of '" + from + "' not ready";
    case RecordedWhat::Alive: return "'" + from + "' alive";
    case RecordedWhat::Ended: return "'" + from + "' not alive";
    case RecordedWhat::Cancelled: return "a request of '" + from + "' cancelled";
    case RecordedWhat::Awaited: return "a request of '" + from + "' not cancelled";
    case RecordedWhat::Message:
    case RecordedWhat::Post:
    case RecordedWhat::Answer:
    case RecordedWhat::Timer:
    case RecordedWhat::Deadline: break;
  }
  return {};
}

/// The name of an entry: "message 3 from 'a' to 'main'".
inline std::string nameOf(Recording::Entry const& entry) {
  std::string const way = "from '" + entry.from + "' to '" + entry.to + "'";
  switch (entry.what) {
    case RecordedWhat::Message: return "message " + std::to_string(entry.number) + " " + way;
    case RecordedWhat::Post: return "a posted function " + way;
    case RecordedWhat::Answer: return "an answer of '" + entry.from + "' to '" + entry.to + "'";
    case RecordedWhat::Timer: return "a timer of '" + entry.to + "'";
    case RecordedWhat::Deadline: return "the passing of a deadline of '" + entry.to + "'";
    case RecordedWhat::Ready:
    case RecordedWhat::NotReady:
    case RecordedWhat::Alive:
    case RecordedWhat::Ended:
    case RecordedWhat::Cancelled:
    case RecordedWhat::Awaited: break;
  }
  return "the look by which '" + entry.to + "' finds " + foundBy(entry.what, entry.from);
}

}  // namespace tincan::inline abi0::testing::detail
