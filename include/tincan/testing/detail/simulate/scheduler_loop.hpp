// tincan/testing/detail/simulate/scheduler_loop.hpp - lets the steps of a simulation happen, one after another
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/testing/detail/simulate/objects.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>

namespace tincan::inline v0::testing::detail {

inline std::optional<std::size_t> Scheduler::pick() {
  if (search_ == nullptr || isOver_) return 0;
  record();
  steps_.clear();
  for (Candidate const& one : candidates_) {
    std::uint32_t const endpoint = one.actor == nullptr ? TestItself : one.actor->index;
    bool const isDelivery = one.what == Candidate::What::Deliver;
    bool isOrdered = false;
    if (isDelivery) {
      SimulatedEndpoint const& to = *one.line->to;
      isOrdered = to.lastSent != 0 && !one.line->hasDropped &&
                  covers(store_.at(one.line->front().knowledge), to.lastSender, to.lastSent);
    }
    bool const isBlocked = one.actor != nullptr && !one.actor->isPumped;
    steps_.push_back({one.source, endpoint, isOrdered, isDelivery, isBlocked});
  }
  return search_->pick(steps_);
}

/// What the step before, and the test since, have touched and sent.
inline void Scheduler::record() {
  if (deadlinesAreSteps_) announceDeadlines();
  search_->record(accesses_, announced_);
  accesses_.clear();
  announced_.clear();
}

/// From the test: until nothing can happen, or whatever else the test wants.
inline void Scheduler::letHappen() {
  if (running_ != &test_) {
    throw std::logic_error("tincan: a simulation is run by its test, not by what runs in it");
  }
  test_.switchTo(freeStack());
  running_ = &test_;
  here_ = &tincan::detail::threadState();
}

inline Stack& Scheduler::freeStack() {
  if (free_.empty()) {
    stacks_.push_back(idleStacks_.take(*this));
    free_.push_back(stacks_.back().get());
  }
  Stack& stack = *free_.back();
  free_.pop_back();
  return stack;
}

/// The steps happen here, until it is another stack's turn.
inline Stack& Scheduler::runOn(Stack& here) {
  running_ = &here;
  here_ = &tincan::detail::threadState();
  tincan::detail::thisToken();  // if this stack is a thread: see the constructor
  Stack* next = nullptr;
  while (next == nullptr) next = happenNext();
  free_.push_back(&here);
  return *next;
}

/// Null: more may happen here.
inline Stack* Scheduler::happenNext() {
  if (mustStop()) return &test_;
  if (std::exchange(passesTimeFirst_, false)) {
    passTime(nextDeadline());
    return nullptr;
  }
  collect(stepsAt_);
  if (candidates_.empty()) return passIdle() ? nullptr : &test_;
  auto const index = pick();
  if (!index.has_value()) {
    isGivenUp_ = true;
    return nullptr;
  }
  Candidate const next = candidates_[*index];
  if (next.frame != nullptr) {
    if (next.what == Candidate::What::EndPoll) endPoll(*next.frame);
    else goOn(*next.frame);
    return next.frame->stack;
  }
  happen(next);
  return nullptr;
}

/// The test goes on, whatever it waits for.
inline bool Scheduler::mustStop() {
  if (isOver_) return false;
  if (ended_ == nullptr && !isGivenUp_) return isStep_ && log_.noted() != stepsFrom_;
  if (testFrame_ != nullptr) testFrame_->verdict = "the run has ended";
  return true;
}

/// There is nothing more for it.
inline void Scheduler::endPoll(Frame const& frame) {
  SimulatedEndpoint& actor = *frame.subject;
  looksForMore(actor);
  if (actor.items != frame.itemsBefore) return;
  actor.vainPolls = actor.vainSince == happened_ ? actor.vainPolls + 1 : 0;
  actor.vainSince = happened_;
}

/// What blocked will run next.
inline void Scheduler::goOn(Frame const& frame) {
  ++happened_;
  // An answer that comes between the end of the wait and this is taken all the same.
  if (frame.kind == Frame::Kind::Wait && !frame.isAnswered) touchRequests(*frame.subject);
}

inline void Scheduler::happen(Candidate const& candidate) {
  if (!isOver_ && stepsLeft_-- == 0) {
    stepsLeft_ = maxSteps_;
    fail(std::make_exception_ptr(Error(Errc::Deadlock, {}, loopSentence())));
    return;
  }
  switch (candidate.what) {
    case Candidate::What::Deliver:
      ++happened_;
      deliver(*candidate.line);
      checkAfterStep();
      break;
    case Candidate::What::Begin:
      ++happened_;
      begin(*candidate.body);
      break;
    case Candidate::What::EndPoll:
    case Candidate::What::GoOn: break;  // see happenNext()
    case Candidate::What::Expire:
      if (candidate.number != Late) --timeoutsLeft_;  // others are as slow as that
      expire(*candidate.actor);
      break;
    case Candidate::What::Crash: crash(*candidate.actor); break;
  }
}

inline void Scheduler::closeBus() noexcept {
  if (std::exchange(isOver_, true)) return;
  for (Body& body : bodies_) {
    if (auto const task = std::move(body.task)) body.actor->core->abandon();
  }
  if (!actors_.empty()) actors_.front().core->bus->close();
}

/// Nothing can happen by itself. False: the test goes on.
inline bool Scheduler::passIdle() {
  if (isOver_) return giveVerdicts();
  if (isStep_) return false;
  if (passDeadline()) return true;
  bool const testGoesOn = testFrame_ == nullptr && !isFinal_;
  bool const mayLetGo = std::any_of(observers_.begin(), observers_.end(),
                                    [this](auto const& one) { return one->mayLetGo(now_); });
  if (testGoesOn && mayLetGo) return false;
  if (endsByCompanion()) return true;
  if (testFrame_ != nullptr) {
    giveUp(*testFrame_, whoWaits());
    return true;
  }
  if (giveVerdicts()) return true;
  return isFinal_ && endRun();
}

inline bool Scheduler::passDeadline() {
  Nanoseconds const next = nextDeadline();
  bool const testGoesOn = testFrame_ == nullptr && !isFinal_;
  if (next == NoDeadline || (testGoesOn && next > passesUntil_)) return false;
  if (!deadlinesAreSteps_) {
    passTime(next);
    return true;
  }
  auto const actor =
      std::find_if(actors_.begin(), actors_.end(),
                   [&](SimulatedEndpoint const& one) { return deadlineOf(one) == next; });
  if (actor == actors_.end()) {  // a companion's
    passTime(next);
    return true;
  }
  candidates_.assign(1, {Candidate::What::Expire, Late, actor->deadline, &*actor});
  collectCrashes();
  return happenOne();
}

/// Everything has happened.
inline bool Scheduler::endRun() {
  if (search_ != nullptr && mayCrash()) return true;
  checkAtEnd();
  if (search_ != nullptr) record();
  if (ended_ == nullptr) closeBus();
  return true;
}

inline std::string Scheduler::whoWaits() const {
  std::string sentence;
  for (Frame const* const frame : frames_) {
    sentence += (sentence.empty() ? "" : "; ") + frame->text();
  }
  return sentence;
}

/// Whether the test, or a deadline, may still bring it about.
inline bool Scheduler::mayStillEnd(Frame const& frame) const {
  if (isFinal_) return false;
  Frame const* at = &frame;
  for (std::size_t i = 0; i <= frames_.size(); ++i) {
    if (at->deadline != NoDeadline || at->state->deferred()) return true;
    SimulatedEndpoint const& target = of(at->wait->target);
    auto const next = std::find_if(frames_.begin(), frames_.end(), [&](Frame const* one) {
      return one->actor == &target && one->kind == Frame::Kind::Wait;
    });
    if (next == frames_.end()) return false;
    at = *next;
  }
  return false;
}

/// It ends with that sentence, and before it what has blocked inside of it.
inline void Scheduler::giveUp(Frame& frame, std::string const& sentence) {
  frame.verdict = sentence;
  auto const at = std::find(frames_.begin(), frames_.end(), &frame);
  for (auto above = at + 1; above != frames_.end(); ++above) {
    if ((*above)->actor == frame.subject) giveUp(**above, sentence);
  }
}

/// To those who wait for what will never come. False: there are none.
inline bool Scheduler::giveVerdicts() {
  if (isOver_) {
    for (Frame* const frame : frames_) frame->verdict = "the run has ended";
    return !frames_.empty();
  }
  std::string sentence;
  for (Frame* const frame : frames_) {
    if (frame->kind != Frame::Kind::Wait || mayStillEnd(*frame)) continue;
    if (sentence.empty()) sentence = whoWaits();
    frame->verdict = sentence;
  }
  if (sentence.empty()) return false;
  if (deadlock_.empty()) deadlock_ = sentence;
  if (isFinal_) fail(std::make_exception_ptr(stuck(sentence)));
  return true;
}

/// At the end of a call of the test.
inline void Scheduler::throwWhatEnded() {
  if (isGivenUp_) throw GivenUp{};
  if (search_ == nullptr) stepsLeft_ = maxSteps_;
  std::string const deadlock = std::exchange(deadlock_, {});
  if (std::exception_ptr const exception = std::exchange(ended_, nullptr)) {
    std::rethrow_exception(exception);
  }
  if (deadlock.empty()) return;
  throw stuck(deadlock);
}

inline void Scheduler::throwIfEnded() {
  if (running_ != &test_ || isOver_) return;
  if (isGivenUp_) throw GivenUp{};
  if (ended_ != nullptr) std::rethrow_exception(std::exchange(ended_, nullptr));
}

inline bool Scheduler::step(std::string_view endpoint) {
  checkCaller();
  stepsFrom_ = log_.noted();
  stepsAt_ = endpoint;
  isStep_ = true;
  ++happened_;
  letHappen();
  isStep_ = false;
  stepsAt_ = {};
  bool const hasHappened = log_.noted() != stepsFrom_;
  throwWhatEnded();
  return hasHappened;
}

inline std::size_t Scheduler::runUntilIdle() {
  checkCaller();
  std::size_t const before = log_.handled();
  ++happened_;
  letHappen();
  std::size_t const count = log_.handled() - before;
  if (ended_ == nullptr && deadlock_.empty() && search_ == nullptr) checkAtEnd();
  throwWhatEnded();
  return count;
}

inline void Scheduler::advance(Nanoseconds duration) {
  checkCaller();
  if (duration < 0) throw std::invalid_argument("tincan: time does not go back");
  Nanoseconds const target = now_ + duration;
  if (nextDeadline() <= target) {
    passesTimeFirst_ = true;
    passesUntil_ = target;
    letHappen();
    passesUntil_ = 0;
  }
  now_ = (std::max)(now_, target);
  throwWhatEnded();
}

inline std::exception_ptr Scheduler::finish() noexcept {
  isFinal_ = true;
  ++happened_;
  if (!isGivenUp_ && ended_ == nullptr) letHappen();
  return ended_;
}

inline void Scheduler::end() noexcept {
  closeBus();
  if (!frames_.empty() || !closing_.empty()) letHappen();
}

inline void Scheduler::letGo() noexcept {
  if (!actors_.empty()) actors_.front().core->bus->driveBy(nullptr);
  // From now on they are closed endpoints of no thread.
  for (SimulatedEndpoint& actor : actors_) actor.core->setOwner(nullptr);
  for (auto& stack : stacks_) idleStacks_.give(std::move(stack));
}

}  // namespace tincan::inline v0::testing::detail
