// tincan/testing/detail/simulate/blocked_frames.hpp - the code of a simulation that has blocked
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <tincan/testing/detail/simulate/frame.hpp>

namespace tincan::inline v0::testing::detail {

/// The frames that are under way, in the order of their beginning.
class BlockedFrames {
 public:
  void clear() noexcept {
    all_.clear();
    test_ = nullptr;
  }

  void add(Frame& frame, bool isTests) {
    all_.push_back(&frame);
    if (isTests) test_ = &frame;
  }
  void remove(Frame const& frame) noexcept {
    if (test_ == &frame) test_ = nullptr;
    std::erase(all_, &frame);
  }

  std::vector<Frame*> const& all() const noexcept { return all_; }
  /// The frame of the test's own code; null if that runs.
  Frame* test() const noexcept { return test_; }

  /// Whether something that this run() or poll() handles has itself blocked: on a thread it would lie
  /// above.
  bool isBuried(Frame const& frame) const {
    auto const at = std::find(all_.begin(), all_.end(), &frame);
    return std::any_of(at + 1, all_.end(),
                       [&](Frame const* above) { return above->runs == frame.subject; });
  }

  /// Whether the endpoint is on the thread of a test that polls or runs another one.
  bool waitsForTest(SimulatedEndpoint const& endpoint) const noexcept {
    return test_ != nullptr && test_->kind != Frame::Kind::Wait && endpoint.family == nullptr &&
           &endpoint != test_->subject;
  }

  /// The first deadline of a wait in the endpoint's name.
  tincan::detail::Nanoseconds deadlineOf(SimulatedEndpoint const& endpoint) const noexcept {
    tincan::detail::Nanoseconds next = tincan::detail::NoDeadline;
    for (Frame const* const frame : all_) {
      bool const counts = frame->subject == &endpoint && frame->overSince == 0;
      if (counts) next = (std::min)(next, frame->deadline);
    }
    return next;
  }

  bool hasWait() const noexcept {
    return std::any_of(all_.begin(), all_.end(),
                       [](Frame const* frame) { return frame->kind == Frame::Kind::Wait; });
  }
  /// Who waits for whom, and why.
  std::string text() const {
    std::string sentence;
    for (Frame const* const frame : all_) {
      sentence += (sentence.empty() ? "" : "; ") + frame->text();
    }
    return sentence;
  }

  /// Ends the frame with that sentence, and before it what has blocked inside of it.
  void giveUp(Frame& frame, std::string const& sentence) {
    frame.verdict = sentence;
    auto const at = std::find(all_.begin(), all_.end(), &frame);
    for (auto above = at + 1; above != all_.end(); ++above) {
      if ((*above)->runs == frame.subject) giveUp(**above, sentence);
    }
  }
  /// Ends all that has blocked, because the run has ended. False if nothing has.
  bool giveUpAll() {
    for (Frame* const frame : all_) frame->verdict = "the run has ended";
    return !all_.empty();
  }
  /// Ends the waits for what will never come, with a sentence, which it returns; empty: there are none.
  /// `isTestDone`: the test does nothing more that could end one.
  std::string giveUpHopeless(bool isTestDone) {
    std::string sentence;
    for (Frame* const frame : all_) {
      if (frame->kind != Frame::Kind::Wait) continue;
      if (!isTestDone && mayStillEnd(*frame)) continue;
      if (sentence.empty()) sentence = text();
      frame->verdict = sentence;
    }
    return sentence;
  }

 private:
  /// Whether the test, or a deadline, may still end the wait, or one that it waits for.
  bool mayStillEnd(Frame const& frame) const {
    Frame const* at = &frame;
    for (std::size_t i = 0; i <= all_.size(); ++i) {
      if (at->deadline != tincan::detail::NoDeadline || at->state->deferred()) return true;
      SimulatedEndpoint const& target = SimulatedEndpoint::of(at->wait->target);
      auto const next = std::find_if(all_.begin(), all_.end(), [&](Frame const* one) {
        return one->runs == &target && one->kind == Frame::Kind::Wait;
      });
      if (next == all_.end()) return false;
      at = *next;
    }
    return false;
  }

  std::vector<Frame*> all_;
  Frame* test_ = nullptr;
};

}  // namespace tincan::inline v0::testing::detail
