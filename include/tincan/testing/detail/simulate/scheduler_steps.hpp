// tincan/testing/detail/simulate/scheduler_steps.hpp - what happens in each step of a simulation
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <tincan/testing/detail/simulate/objects.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>

namespace tincan::inline v0::testing::detail {

inline void Scheduler::deliver(SimulatedLane& line) {
  using tincan::detail::MessageCell;
  QueuedMessage const waiting = line.front();
  line.pop();
  SimulatedEndpoint& to = *line.to;
  MessageCell* extra = nullptr;
  MessageCell* const cell = frontOf(line, extra);
  if (cell == nullptr) return;
  bool const isMessage = waiting.kind <= Kind::Invoke;
  DeliveryLog::Note note = 0;
  if (isMessage) note = log_.add(*line.from, to, cell->name->view(), cell->view(extra));
  if (reorders()) {
    merge(to.knowledge, store_.at(waiting.knowledge));
    to.lastSender = line.from->index;
    to.lastSent = waiting.sent;
    touch(Objects::life(to), Reads);
    if (to.isPolled() || waiting.kind == Kind::Quit) looksForMore(to);
    if (waiting.kind == Kind::Request || waiting.kind == Kind::Invoke) {
      touch(Objects::request(*line.from, waiting.sent), Reads);
    }
    if (line.lane->bounds != nullptr) touch(Objects::room(line.source), Writes);
    // One more than Lamport would: what happened at an endpoint is told apart by its clock.
    to.part.clock = (std::max)(to.part.clock, waiting.stamp) + 1;
    to.history.note(to.part.clock, store_.keep(to.knowledge));
  }
  if (waiting.kind != Kind::Quit) ++to.items;
  std::uint64_t const before = to.core->handled.get();
  std::uint64_t const outer = std::exchange(to.handledInside, 0);
  {
    Acting const acting(*this, to);
    ForcedOutcome const* fate = nullptr;
    if (isMessage && !observers_.empty()) fate = tellDelivering(line, waiting, *cell, extra);
    if (fate == nullptr) {
      tincan::detail::deliverFirst(*to.core, *line.lane);
    } else {
      failing_ = waiting.number;
      tincan::detail::failFirst(*to.core, *line.lane, fate->reason, fate->exception);
      failing_ = 0;
    }
  }
  std::uint64_t const handled = to.core->handled.get() - before;
  if (isMessage && handled > to.handledInside) {
    log_.wasHandled(note);
    for (auto const& observer : observers_) observer->handled(waiting);
  }
  to.handledInside = outer + handled;
}

/// What happens instead; null: it is delivered.
inline ForcedOutcome const* Scheduler::tellDelivering(SimulatedLane& line,
                                                      QueuedMessage const& waiting,
                                                      tincan::detail::MessageCell& cell,
                                                      tincan::detail::MessageCell* extra) {
  std::string text;
  appendArguments(text, cell.view(extra));
  InTransit const passage{line, waiting, cell.name->view(), text};
  ForcedOutcome const* fate = nullptr;
  for (auto const& observer : observers_) {
    if (fate == nullptr) fate = observer->outcomeOf(waiting);
  }
  if (fate == nullptr) {
    for (auto const& observer : observers_) observer->delivering(passage);
  }
  return fate;
}

inline void Scheduler::start(EndpointCore& core,
                             std::unique_ptr<tincan::detail::PostedFunction> body) {
  SimulatedEndpoint& actor = of(core);
  actor.isPumped = false;
  actor.family = &actor;
  Body& made = bodies_.add();
  made.actor = &actor;
  made.task = std::move(body);
  made.number = ++numbers_;
  ++unbegun_;
  made.source = sources_++;
  actor.source = made.source;
  announce(made.source);
}

inline void Scheduler::begin(Body& body) {
  Acting const acting(*this, *body.actor);
  auto const task = std::move(body.task);
  --unbegun_;
  task->run();
}

inline void Scheduler::block(Frame& frame) {
  frame.actor = acting_;
  frame.source = acting_ == nullptr ? testSource() : acting_->source;
  frame.stack = running_;
  bool const isTests = running_ == &test_;
  bool const wasPumped = std::exchange(frame.subject->isPumped, frame.kind != Frame::Kind::Wait);
  std::uint64_t const ownUpTo = frame.kind == Frame::Kind::Poll ? numbers_ : UINT64_MAX;
  std::uint64_t const tookUpTo = std::exchange(frame.subject->takesOwnUpTo, ownUpTo);
  if (frame.kind == Frame::Kind::Poll) {
    announce(frame.source);
    looksForMore(*frame.subject);
  }
  acting_ = nullptr;
  if (frame.actor != nullptr) frame.actor->part.swap();
  frames_.push_back(&frame);
  if (isTests) testFrame_ = &frame;
  running_->switchTo(freeStack());
  running_ = frame.stack;
  here_ = &tincan::detail::threadState();
  if (isTests) testFrame_ = nullptr;
  std::erase(frames_, &frame);
  if (frame.actor != nullptr) frame.actor->part.swap();
  acting_ = frame.actor;
  frame.subject->isPumped = wasPumped;
  frame.subject->takesOwnUpTo = tookUpTo;
  if (frame.subject->isPolled()) looksForMore(*frame.subject);  // around this
}

inline std::size_t Scheduler::pump(EndpointCore& core, Pump how,
                                   tincan::detail::FunctionRef<bool(std::size_t)> isOver) {
  SimulatedEndpoint& actor = of(core);
  std::size_t const before = actor.items;
  std::uint64_t const happened = happened_;
  auto const over = [&] { return isOver(actor.items - before); };
  Frame frame{how == Pump::Run ? Frame::Kind::Run : Frame::Kind::Poll, nullptr, &actor, over};
  frame.itemsBefore = before;
  bool const isOthers = reorders() && acting_ != &actor;
  if (isOthers) {  // on one thread: what is handled here comes after what that has done
    merge(actor.knowledge, ownClock());
    actor.history.note(++actor.part.clock, store_.keep(actor.knowledge));
  }
  block(frame);
  if (isOthers) merge(ownClock(), actor.knowledge);
  if (running_ == &test_) throwWhatEnded();
  if (!frame.verdict.empty() && !core.isClosed()) throw stuck(frame.verdict);
  if (frame.actor == nullptr) checkVain(happened);
  return actor.items - before;
}

/// A test that polls until something happens, which does not.
inline void Scheduler::checkVain(std::uint64_t happened) {
  vainPolls_ = happened_ == happened ? vainPolls_ + 1 : 0;
  if (vainPolls_ < maxSteps_) return;
  vainPolls_ = 0;
  throw stuck("the test polls again and again");
}

inline std::string Scheduler::wait(
    tincan::detail::BlockedWait const& blocked,
    tincan::detail::AnswerState<tincan::detail::ThreadPlatform>& state,
    tincan::detail::FunctionRef<bool()> isOver) {
  Frame frame{Frame::Kind::Wait, nullptr, &of(blocked.sender), isOver, blocked.deadline,
              &blocked,          &state};
  block(frame);
  touchCircles(blocked.sender, blocked.target);
  return frame.verdict;
}

// ---- time ----

inline Nanoseconds Scheduler::nextDeadline() const noexcept {
  Nanoseconds next = NoDeadline;
  for (SimulatedEndpoint const& actor : actors_) next = (std::min)(next, deadlineOf(actor));
  for (auto const& observer : observers_) next = (std::min)(next, observer->nextDeadline(now_));
  return next;
}

inline Nanoseconds Scheduler::deadlineOf(SimulatedEndpoint const& actor) const noexcept {
  Nanoseconds next = NoDeadline;
  if (!actor.core->isClosed()) next = actor.core->continuations.nextDeadline();
  for (Frame const* const frame : frames_) {
    bool const counts = frame->subject == &actor && frame->overSince == 0;
    if (counts) next = (std::min)(next, frame->deadline);
  }
  return next;
}

/// Its next deadline passes.
inline void Scheduler::expire(SimulatedEndpoint& actor) {
  Nanoseconds const until = deadlineOf(actor);
  touch(Objects::Time, Writes);
  for (SimulatedEndpoint const& one : actors_) {
    if (deadlineOf(one) > until) continue;
    looksForMore(one);
    touchRequests(one);
  }
  notes_.push_back({log_.handled(), actor.core->name, "a deadline passes"});
  passTime(until);
}

/// It ends here, as if its thread had closed it.
inline void Scheduler::crash(SimulatedEndpoint& actor) {
  --crashesLeft_;
  ++happened_;
  notes_.push_back({log_.handled(), actor.core->name, "crashes"});
  Acting const acting(*this, actor);
  tincan::detail::Running const running(*actor.core);
  actor.core->close();
}

inline void Scheduler::passTime(Nanoseconds to) {
  now_ = (std::max)(now_, to);
  ++happened_;
  for (SimulatedEndpoint& actor : actors_) {
    actor.announced = NoDeadline;
    if (actor.core->isClosed() || actor.core->continuations.nextDeadline() > now_) continue;
    Acting const acting(*this, actor);
    actor.items += tincan::detail::settleDriven(*actor.core);
  }
}

}  // namespace tincan::inline v0::testing::detail
