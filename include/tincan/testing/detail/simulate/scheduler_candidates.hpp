// tincan/testing/detail/simulate/scheduler_candidates.hpp - what may happen next in a simulation
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/objects.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>

namespace tincan::inline v0::testing::detail {

/// What ends with an endpoint that is closed; and who has waited long enough.
inline void Scheduler::settle() {
  while (!closing_.empty()) {
    SimulatedEndpoint& actor = *closing_.back();
    closing_.pop_back();
    if (actor.core->isNobody() || actor.core->wasLeft() || actor.running != 0) continue;
    Acting const acting(*this, actor);
    tincan::detail::settleDriven(*actor.core);
  }
  for (Frame* const frame : frames_) {
    if (frame->overSince != 0 || (frame->verdict.empty() && !frame->isOver())) continue;
    if (isBuried(*frame)) continue;
    frame->overSince = ++numbers_;
    frame->isAnswered = frame->state != nullptr && frame->state->ready();
    frame->subject->isPumped = false;
    if (frame->kind == Frame::Kind::Poll) continue;
    announce(frame->source);
    touch(Objects::arrivals(*frame->subject), Adds);
  }
}

/// Something that this run() or poll() handles has itself blocked: on a thread it would lie above.
inline bool Scheduler::isBuried(Frame const& frame) const {
  auto const at = std::find(frames_.begin(), frames_.end(), &frame);
  return std::any_of(at + 1, frames_.end(),
                     [&](Frame const* above) { return above->actor == frame.subject; });
}

/// Of the first ones of all lines to that endpoint, none led to this one.
inline bool Scheduler::isNext(SimulatedLane& line) const {
  QueuedMessage const& mine = line.front();
  auto const known = reorders() ? store_.at(mine.knowledge) : std::span<std::uint32_t const>();
  for (SimulatedLane* const other : line.to->lines) {
    if (other == &line || other->empty()) continue;
    QueuedMessage const& theirs = other->front();
    if (mine.isLate || theirs.isLate) {
      if (theirs.stamp < mine.stamp) return false;
    } else if (mine.kind == Kind::Quit) {
      if (theirs.number < mine.number) return false;
    } else if (covers(known, other->from->index, theirs.sent)) {
      return false;
    }
  }
  return true;
}

/// What the endpoint's poll() takes, for it does not take what it causes at the endpoint itself.
inline bool Scheduler::isThere(SimulatedLane& line) const {
  if (line.empty() || !isNext(line)) return false;
  return line.from != line.to || line.front().number <= line.to->takesOwnUpTo;
}

/// It is on the thread of a test that polls or runs another endpoint.
inline bool Scheduler::waitsForItsTurn(SimulatedEndpoint const& actor) const {
  return testFrame_ != nullptr && testFrame_->kind != Frame::Kind::Wait &&
         actor.family == nullptr && &actor != testFrame_->subject;
}

inline void Scheduler::collectLines(SimulatedEndpoint& actor) {
  if (!actor.isPumped || actor.core->isClosed() || waitsForItsTurn(actor)) return;
  for (SimulatedLane* const line : actor.lines) {
    if (line->empty()) continue;
    forgetDropped(*line);
    if (!isThere(*line)) continue;
    std::uint64_t const place = placeOf(*line, line->front().number);
    if (place == StepObserver::Held) continue;
    candidates_.push_back({Candidate::What::Deliver, place, line->source, &actor, line});
  }
}

/// There is nothing for it. A body that polls in vain again and again waits for something to happen.
inline bool Scheduler::mayEndPoll(Frame const& frame) const {
  constexpr unsigned MostInVain = 16;
  SimulatedEndpoint const& actor = *frame.subject;
  bool const hasSome =
      std::any_of(actor.lines.begin(), actor.lines.end(),
                  [&](SimulatedLane* line) { return isThere(*line) && !isHeld(*line); });
  if (hasSome || isBuried(frame)) return false;
  return frame.actor == nullptr || actor.vainSince != happened_ || actor.vainPolls < MostInVain;
}

inline void Scheduler::collectFrames() {
  for (Frame* const frame : frames_) {
    if (frame->overSince != 0) {
      candidates_.push_back({Candidate::What::GoOn, frame->overSince, frame->source, frame->actor,
                             nullptr, nullptr, frame});
    } else if (frame->kind == Frame::Kind::Poll && mayEndPoll(*frame)) {
      candidates_.push_back(
          {Candidate::What::EndPoll, Late, frame->source, frame->actor, nullptr, nullptr, frame});
    }
  }
}

/// In the order of their sending. With a name: without the messages of other endpoints.
inline void Scheduler::collect(std::string_view endpoint) {
  settle();
  candidates_.clear();
  for (SimulatedEndpoint& actor : actors_) {
    if (isOver_ || actor.waiting == 0) continue;
    if (endpoint.empty() || actor.core->name == endpoint) collectLines(actor);
  }
  for (Body& body : bodies_) {
    if (unbegun_ == 0 || isOver_) break;
    if (body.task == nullptr) continue;
    candidates_.push_back(
        {Candidate::What::Begin, body.number, body.source, body.actor, nullptr, &body});
  }
  collectFrames();
  if (crashesLeft_ + timeoutsLeft_ != 0 && !candidates_.empty() && !isOver_) collectFaults();
  // Few, and mostly sorted.
  for (std::size_t i = 1; i < candidates_.size(); ++i) {
    if (candidates_[i].number >= candidates_[i - 1].number) continue;
    Candidate const one = candidates_[i];
    std::size_t k = i;
    for (; k > 0 && one.number < candidates_[k - 1].number; --k)
      candidates_[k] = candidates_[k - 1];
    candidates_[k] = one;
  }
}

/// What may happen at any point, but is not what things wait for.
inline void Scheduler::collectFaults() {
  for (SimulatedEndpoint& actor : actors_) {
    if (timeoutsLeft_ != 0 && deadlineOf(actor) != NoDeadline) {
      candidates_.push_back({Candidate::What::Expire, Never, actor.deadline, &actor});
    }
  }
  collectCrashes();
}

inline void Scheduler::collectCrashes() {
  for (SimulatedEndpoint& actor : actors_) {
    if (crashesLeft_ != 0 && actor.crash != Nothing && !actor.core->isClosed()) {
      candidates_.push_back({Candidate::What::Crash, Never, actor.crash, &actor});
    }
  }
}

/// At the end of a run, one of those that live may crash: a choice. Where else it may crash follows
/// from what that changes.
inline bool Scheduler::mayCrash() {
  if (crashesLeft_ == 0) return false;
  std::vector<SimulatedEndpoint*> alive;
  for (SimulatedEndpoint& actor : actors_) {
    if (actor.crash != Nothing && !actor.core->isClosed()) alive.push_back(&actor);
  }
  std::uint64_t const chosen = alive.empty() ? 0 : search_->choose(alive.size() + 1);
  if (chosen == 0) {
    crashesLeft_ = 0;
    return false;
  }
  SimulatedEndpoint& actor = *alive[chosen - 1];
  candidates_.assign(1, {Candidate::What::Crash, Never, actor.crash, &actor});
  return happenOne();
}

/// One of the candidates, though nothing happens that others wait for.
inline bool Scheduler::happenOne() {
  auto const index = pick();
  if (index.has_value()) happen(Candidate(candidates_[*index]));
  else isGivenUp_ = true;
  return true;
}

inline void Scheduler::announceDeadlines() {
  for (SimulatedEndpoint& actor : actors_) {
    Nanoseconds const next = deadlineOf(actor);
    if (next == std::exchange(actor.announced, next) || next == NoDeadline) continue;
    announce(actor.deadline);
    touch(Objects::Time, Reads);  // it begins now
  }
}

}  // namespace tincan::inline v0::testing::detail
