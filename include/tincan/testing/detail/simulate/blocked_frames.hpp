// tincan/testing/detail/simulate/blocked_frames.hpp - the code of a simulation that has blocked
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/frame.hpp>

namespace tincan::inline abi0::testing::detail {

/// The frames that are under way, in the order of their beginning.
struct BlockedFrames {
  void clear() noexcept {
    all.clear();
    test = nullptr;
  }

  void add(Frame& frame, bool isTests) {
    all.push_back(&frame);
    if (isTests) test = &frame;
  }
  void remove(Frame const& frame) noexcept {
    if (test == &frame) test = nullptr;
    std::erase(all, &frame);
  }

  /// Whether something that this run() or poll() handles has itself blocked: on a thread it would lie
  /// above.
  bool isBuried(Frame const& frame) const {
    auto const at = std::find(all.begin(), all.end(), &frame);
    return std::any_of(at + 1, all.end(),
                       [&](Frame const* above) { return frame.serves(above->runs); });
  }

  /// Whether the endpoint is on the thread of a test that polls or runs another one.
  bool waitsForTest(SimulatedEndpoint const& endpoint) const noexcept {
    return test != nullptr && test->kind != Frame::Kind::Wait && endpoint.family == nullptr &&
           !test->serves(&endpoint);
  }

  /// Whether a handler or a body of that endpoint's thread is between two of its calls.
  bool isInterrupted(SimulatedEndpoint const& endpoint) const noexcept {
    return std::any_of(all.begin(), all.end(), [&](Frame const* frame) {
      return frame->kind == Frame::Kind::Interruption && frame->runs->family == endpoint.family;
    });
  }

  /// The first deadline of a wait in the endpoint's name that can end by it: what is buried looks at the time later.
  tincan::detail::Nanoseconds deadlineOf(SimulatedEndpoint const& endpoint) const noexcept {
    tincan::detail::Nanoseconds next = tincan::detail::NoDeadline;
    for (Frame const* const frame : all) {
      bool const counts = frame->subject == &endpoint && frame->overSince == 0;
      if (counts && frame->deadline < next && !isBuried(*frame)) next = frame->deadline;
    }
    return next;
  }

  bool hasWait() const noexcept {
    return std::any_of(all.begin(), all.end(),
                       [](Frame const* frame) { return frame->kind == Frame::Kind::Wait; });
  }
  /// A sentence that says who waits for whom, and why.
  std::string text() const {
    std::string sentence;
    for (Frame const* const frame : all) {
      if (frame->kind == Frame::Kind::Interruption) continue;
      sentence += (sentence.empty() ? "" : "; ") + frame->text();
    }
    return sentence;
  }

  /// Ends the frame with that sentence, and before it what has blocked inside of it.
  void giveUp(Frame& frame, std::string const& sentence) {
    frame.verdict = sentence;
    auto const at = std::find(all.begin(), all.end(), &frame);
    for (auto above = at + 1; above != all.end(); ++above) {
      if (frame.serves((*above)->runs)) giveUp(**above, sentence);
    }
  }
  /// Ends all that has blocked, because the run has ended. False if nothing has.
  bool giveUpAll() {
    for (Frame* const frame : all) frame->verdict = "the run has ended";
    return !all.empty();
  }
  /// Lets code go on that looks for something again and again, though nothing has happened: it may do so a
  /// limited number of times. False: there is none.
  bool letPausesGoOn() noexcept {
    bool hasAny = false;
    for (Frame* const frame : all) {
      if (frame->kind != Frame::Kind::Pause || !std::exchange(frame->mayGoOn, false)) continue;
      frame->verdict = "nothing happens";
      hasAny = true;
    }
    return hasAny;
  }
  /// A sentence about code that looks for what will never come; empty: there is none.
  std::string hopelessPauses() const {
    std::string sentence;
    for (Frame const* const frame : all) {
      if (frame->kind != Frame::Kind::Pause) continue;
      sentence += (sentence.empty() ? "" : "; ") + frame->text();
    }
    return sentence;
  }

  /// Ends the waits for what will never come, with a sentence, which it returns; empty: there are none.
  /// `isTestDone`: the test does nothing more that could end one.
  std::string giveUpHopeless(bool isTestDone) {
    std::string sentence;
    for (Frame* const frame : all) {
      if (frame->kind != Frame::Kind::Wait) continue;
      if (!isTestDone && mayStillEnd(*frame)) continue;
      if (sentence.empty()) sentence = text();
      frame->verdict = sentence;
    }
    return sentence;
  }

  /// Whether the test, or a deadline, may still end the wait, or one that it waits for.
  bool mayStillEnd(Frame const& frame) const {
    Frame const* at = &frame;
    for (std::size_t i = 0; i <= all.size(); ++i) {
      if (at->deadline != tincan::detail::NoDeadline || at->state->deferred()) return true;
      SimulatedEndpoint const& target = SimulatedEndpoint::of(at->wait->target);
      auto const next = std::find_if(all.begin(), all.end(), [&](Frame const* one) {
        return one->runs == &target && one->kind == Frame::Kind::Wait;
      });
      if (next == all.end()) return false;
      at = *next;
    }
    return false;
  }

  std::vector<Frame*> all{};
  Frame* test = nullptr;  // the one of the test's own code; null if that runs
};

}  // namespace tincan::inline abi0::testing::detail
