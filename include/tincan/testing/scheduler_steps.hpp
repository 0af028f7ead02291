// tincan/testing/scheduler_steps.hpp - layer 38 - how the steps of a simulation happen
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tincan/testing/scheduler.hpp>

namespace tincan::testing::detail {

inline constexpr std::uint32_t TestItself = Nothing - 1;  // in the place of an endpoint's number
/// The number of what happens if nothing else does; and of what need not happen.
inline constexpr std::uint64_t Late = std::uint64_t{1} << 62, Never = Late + 1;
inline constexpr std::uint32_t Reads = 0, Writes = 1, Adds = 2, FindsNone = 3;

/// Objects that steps touch.
struct Objects {
  static std::uint64_t life(Actor const& of) noexcept { return std::uint64_t{of.index} * 4; }
  static std::uint64_t arrivals(Actor const& of) noexcept { return life(of) + 1; }
  static std::uint64_t requests(Actor const& of) noexcept { return life(of) + 2; }
  static std::uint64_t room(Source line) noexcept { return std::uint64_t{1} << 32 | line; }
  static constexpr std::uint64_t Endpoints = std::uint64_t{1} << 33;
};

/// While it lives, what runs is that actor.
class Scheduler::Acting {
 public:
  Acting(Scheduler& scheduler, Actor& actor) noexcept
      : scheduler_(scheduler),
        actor_(actor),
        before_(std::exchange(scheduler.acting_, &actor)),
        wasPumped_(std::exchange(actor.isPumped, false)) {
    ++actor.running;
    actor.part.swap();
  }
  ~Acting() {
    actor_.part.swap();
    --actor_.running;
    actor_.isPumped = wasPumped_;
    scheduler_.acting_ = before_;
  }
  Acting(Acting const&) = delete;
  Acting& operator=(Acting const&) = delete;

 private:
  Scheduler& scheduler_;
  Actor& actor_;
  Actor* const before_;
  bool const wasPumped_;
};

// ---- who is there ----

inline void Scheduler::added(std::shared_ptr<EndpointCore> const& core) {
  Actor& actor = actors_.emplace_back();
  actor.core = core;
  actor.index = static_cast<std::uint32_t>(actors_.size() - 1);
  actor.family = acting_ == nullptr ? nullptr : acting_->family;
  touch(Objects::Endpoints, Writes);
  core->driven = &actor;
  if (core->isNobody()) return;
  if (crashesLeft_ != 0 && core->id > 1) announce(actor.crash = sources_++);
  if (deadlinesAreSteps_) actor.deadline = sources_++;
  actor.isPumped = true;
  actor.token = std::make_shared<tincan::detail::Token>();
  actor.part.token = actor.token.get();
  core->drive(actor, actor.token);
}

inline void Scheduler::closed(EndpointCore& core) noexcept {
  touch(Objects::life(of(core)), Writes);
  touch(Objects::Endpoints, Writes);
  closing_.push_back(&of(core));
}

inline void Scheduler::laneMade(std::shared_ptr<MessageLane> const& lane) {
  Line& line = lines_.emplace_back();
  line.lane = lane;
  line.from = &of(lane->senderCore());
  line.to = &of(*lane->receiver);
  line.source = sources_++;
  lane->driven = &line;
  line.to->lines.push_back(&line);
}

inline void Scheduler::checkCaller() const {
  if (here_ == &tincan::detail::threadState) return;
  throw Error(
      Errc::WrongThread, {},
      "this bus is simulated: only the thread of the simulation and what runs in it may use "
      "it");
}

inline bool Scheduler::mayUse(EndpointCore const& core) const noexcept {
  Actor const* const family = acting_ == nullptr ? nullptr : acting_->family;
  return here_ == &tincan::detail::threadState && of(core).family == family;
}

inline bool Scheduler::mayLeave(EndpointCore const& core) const noexcept {
  return of(core).running == 0 || acting_ == &of(core);
}

inline void Scheduler::looked(Touch at, EndpointCore const* core) noexcept {
  switch (at) {
    case Touch::Life: touch(Objects::life(of(*core)), Reads); break;
    case Touch::Endpoints: touch(Objects::Endpoints, Reads); break;
    case Touch::Requests:
      if (acting_ != nullptr) touch(Objects::requests(*acting_), Writes);
      break;
  }
}

inline void Scheduler::looksForRoom(MessageLane& lane) noexcept {
  touch(Objects::room(of(lane).source), Writes);
}

inline bool Scheduler::hasMessages(EndpointCore const& core) const noexcept {
  auto const& lines = of(core).lines;
  return std::any_of(lines.begin(), lines.end(), [](Line const* line) { return !line->empty(); });
}

inline std::size_t Scheduler::pending(std::string_view endpoint) const {
  std::size_t count = 0;
  for (Line const& line : lines_) {
    bool const isMeant = endpoint.empty() || line.to->core->name == endpoint;
    if (isMeant && !line.to->core->isClosed()) count += line.lane->waiting();
  }
  return count;
}

// ---- lines ----

inline bool Scheduler::pushed(MessageLane& lane) {
  Line& line = of(lane);
  bool const wasEmpty = !hasMessages(*line.to->core);
  look(line);
  return wasEmpty;
}

/// What has become visible in the lane.
inline void Scheduler::look(Line& line) {
  tincan::detail::MessageQueue& queue = *line.lane;
  auto const any = [](auto const&) { return true; };
  while (tincan::detail::MessageCell* const cell = queue.seek(line.seen, any)) {
    add(line, *cell, line.seen.position);
    ++line.seen.index;
    ++line.seen.position;
  }
}

inline void Scheduler::add(Line& line, tincan::detail::MessageCell& cell, std::uint64_t position) {
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  Kind const kind = tincan::detail::kindOf(word);
  if (kind == Kind::Extra || kind == Kind::Nothing) return;
  std::uint64_t const stamp = tincan::detail::stampOf(word);
  bool const isLate = stamp != tincan::detail::threadState.clock;
  Waiting waiting{++numbers_, position, stamp, kind, isLate, 0, {}};
  if (search_ != nullptr) {
    Actor& from = *line.from;
    if (acting_ != nullptr && acting_ != &from) learn(from.knowledge, acting_->knowledge);
    from.knowledge.resize(std::max<std::size_t>(from.knowledge.size(), from.index + 1));
    waiting.sent = from.knowledge[from.index] = ++from.sent;
    waiting.knowledge = store_.keep(from.knowledge);
    from.memory.sent(stamp);
    announce(line.source);
    touch(Objects::life(*line.to), Reads);
    touch(Objects::arrivals(*line.to), kind == Kind::Quit ? FindsNone : Adds);
  }
  line.waiting.push_back(waiting);
}

/// The cell of the message that is first, and the one with its arguments, if that is another.
inline tincan::detail::MessageCell* Scheduler::frontOf(Line& line,
                                                       tincan::detail::MessageCell*& extra) const {
  tincan::detail::MessageQueue::Cursor cursor;
  tincan::detail::MessageQueue& queue = *line.lane;
  return queue.seek(cursor, [&](tincan::detail::MessageCell& cell) {
    Kind const kind = tincan::detail::kindOf(cell.word.load(std::memory_order_relaxed));
    if (kind == Kind::Extra) extra = &cell;
    return kind != Kind::Extra && kind != Kind::Nothing;
  });
}

/// Those that made room for others, in an inbox that drops the oldest.
inline void Scheduler::forgetDropped(Line& line) const {
  if (!line.lane->isShared) return;
  tincan::detail::MessageQueue::Cursor cursor;
  tincan::detail::MessageQueue& queue = *line.lane;
  bool const hasAny = queue.seek(cursor, [](auto& cell) {
    return tincan::detail::kindOf(cell.word.load(std::memory_order_relaxed)) != Kind::Nothing;
  }) != nullptr;
  while (!line.empty() && (!hasAny || line.front().position < cursor.position)) line.pop();
}

// ---- what may happen ----

/// What ends with an endpoint that is closed; and who has waited long enough.
inline void Scheduler::settle() {
  while (!closing_.empty()) {
    Actor& actor = *closing_.back();
    closing_.pop_back();
    if (actor.core->isNobody() || actor.running != 0) continue;
    Acting const acting(*this, actor);
    actor.core->settleDriven();
  }
  for (Frame* const frame : frames_) {
    if (frame->overSince != 0 || (frame->verdict.empty() && !frame->isOver())) continue;
    frame->overSince = ++numbers_;
    frame->isAnswered = frame->state != nullptr && frame->state->ready();
    frame->subject->isPumped = false;
    if (frame->kind == Frame::Kind::Poll) continue;
    announce(frame->source);
    touch(Objects::arrivals(*frame->subject), Adds);
  }
}

/// Of the first ones of all lines to that endpoint, none led to this one.
inline bool Scheduler::isNext(Line& line) const {
  Waiting const& mine = line.front();
  for (Line* const other : line.to->lines) {
    if (other == &line || other->empty()) continue;
    Waiting const& theirs = other->front();
    if (mine.isLate || theirs.isLate) {
      if (theirs.stamp < mine.stamp) return false;
    } else if (mine.kind == Kind::Quit) {
      if (theirs.number < mine.number) return false;
    } else if (search_ != nullptr &&
               knows(store_.at(mine.knowledge), other->from->index, theirs.sent)) {
      return false;
    }
  }
  return true;
}

inline void Scheduler::collectLines(Actor& actor) {
  if (!actor.isPumped || actor.core->isClosed()) return;
  for (Line* const line : actor.lines) {
    forgetDropped(*line);
    if (line->empty() || !isNext(*line)) continue;
    candidates_.push_back(
        {Candidate::What::Deliver, line->front().number, line->source, &actor, line});
  }
}

inline void Scheduler::collectFrames() {
  for (Frame* const frame : frames_) {
    if (frame->overSince != 0) {
      candidates_.push_back({Candidate::What::GoOn, frame->overSince, frame->source, frame->actor,
                             nullptr, nullptr, frame});
    } else if (frame->kind == Frame::Kind::Poll && !hasMessages(*frame->subject->core) &&
               (frame->actor == nullptr || frame->subject->vainSince != happened_)) {
      candidates_.push_back(
          {Candidate::What::EndPoll, Late, frame->source, frame->actor, nullptr, nullptr, frame});
    }
  }
}

/// In the order of their sending. With a name: without the messages of other endpoints.
inline void Scheduler::collect(std::string_view endpoint) {
  settle();
  candidates_.clear();
  for (Actor& actor : actors_) {
    if (isOver_ || actor.lines.empty()) continue;
    if (endpoint.empty() || actor.core->name == endpoint) collectLines(actor);
  }
  for (Body& body : bodies_) {
    if (body.task == nullptr || isOver_) continue;
    candidates_.push_back(
        {Candidate::What::Begin, body.number, body.source, body.actor, nullptr, &body});
  }
  collectFrames();
  if (crashesLeft_ + timeoutsLeft_ != 0 && !candidates_.empty() && !isOver_) collectFaults();
  // Few, and mostly sorted.
  for (std::size_t i = 1; i < candidates_.size(); ++i) {
    for (std::size_t k = i; k > 0 && candidates_[k].number < candidates_[k - 1].number; --k) {
      std::swap(candidates_[k], candidates_[k - 1]);
    }
  }
}

/// What may happen at any point, but is not what things wait for.
inline void Scheduler::collectFaults() {
  for (Actor& actor : actors_) {
    if (timeoutsLeft_ != 0 && deadlineOf(actor) != NoDeadline) {
      candidates_.push_back({Candidate::What::Expire, Never, actor.deadline, &actor});
    }
    if (crashesLeft_ != 0 && actor.crash != Nothing && !actor.core->isClosed()) {
      candidates_.push_back({Candidate::What::Crash, Never, actor.crash, &actor});
    }
  }
}

/// At the end of a run, one of those that live may crash: a choice. Where else it may crash follows
/// from what that changes.
inline bool Scheduler::mayCrash() {
  if (crashesLeft_ == 0) return false;
  std::vector<Actor*> alive;
  for (Actor& actor : actors_) {
    if (actor.crash != Nothing && !actor.core->isClosed()) alive.push_back(&actor);
  }
  std::uint64_t const chosen = alive.empty() ? 0 : search_->choose(alive.size() + 1);
  if (chosen == 0) {
    crashesLeft_ = 0;
    return false;
  }
  Actor& actor = *alive[chosen - 1];
  return happenByItself({Candidate::What::Crash, Never, actor.crash, &actor});
}

/// The only thing that may happen now, all the same a step for the search.
inline bool Scheduler::happenByItself(Candidate const& candidate) {
  candidates_.assign(1, candidate);
  if (pick().has_value()) happen(candidate);
  else isGivenUp_ = true;
  return true;
}

inline void Scheduler::announceDeadlines() {
  for (Actor& actor : actors_) {
    Nanoseconds const next = deadlineOf(actor);
    if (next == std::exchange(actor.announced, next) || next == NoDeadline) continue;
    announce(actor.deadline);
  }
}

// ---- the loop ----

inline std::optional<std::size_t> Scheduler::pick() {
  if (search_ == nullptr || isOver_) return 0;
  record();
  steps_.clear();
  for (Candidate const& one : candidates_) {
    std::uint32_t const endpoint = one.actor == nullptr ? TestItself : one.actor->index;
    bool isOrdered = false;
    if (one.what == Candidate::What::Deliver) {
      Actor const& to = *one.line->to;
      isOrdered = to.lastSent != 0 &&
                  knows(store_.at(one.line->front().knowledge), to.lastSender, to.lastSent);
    }
    steps_.push_back({one.source, endpoint, isOrdered});
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
}

inline Stack& Scheduler::freeStack() {
  if (free_.empty()) {
    stacks_.push_back(Stacks::take(*this));
    free_.push_back(stacks_.back().get());
  }
  Stack& stack = *free_.back();
  free_.pop_back();
  return stack;
}

/// The steps happen here, until it is another stack's turn.
inline Stack& Scheduler::runOn(Stack& here) {
  running_ = &here;
  here_ = &tincan::detail::threadState;
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
    goOn(*next.frame, next.what == Candidate::What::EndPoll);
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

/// What blocked will run next.
inline void Scheduler::goOn(Frame& frame, bool isVainPoll) {
  if (isVainPoll) {
    frame.subject->vainSince = happened_;
    touch(Objects::arrivals(*frame.subject), FindsNone);
    return;
  }
  ++happened_;
  // An answer that comes between the end of the wait and this is taken all the same.
  if (frame.kind == Frame::Kind::Wait && !frame.isAnswered) {
    touch(Objects::requests(*frame.subject), Writes);
  }
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
    case Candidate::What::Expire: expire(*candidate.actor); break;
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
  if (testFrame_ != nullptr) {
    testFrame_->verdict = whoWaits();
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
  Actor& actor = *std::find_if(actors_.begin(), actors_.end(),
                               [&](Actor const& one) { return deadlineOf(one) == next; });
  return happenByItself({Candidate::What::Expire, Late, actor.deadline, &actor});
}

/// Everything has happened.
inline bool Scheduler::endRun() {
  if (search_ != nullptr && mayCrash()) return true;
  checkAtEnd();
  if (search_ != nullptr) record();
  if (ended_ == nullptr) closeBus();
  return true;
}

inline Error stuck(std::string const& who) {
  return Error(Errc::Deadlock, {}, "nothing can happen any more: " + who);
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
    Actor const& target = of(at->wait->target);
    auto const next = std::find_if(frames_.begin(), frames_.end(), [&](Frame const* one) {
      return one->actor == &target && one->kind == Frame::Kind::Wait;
    });
    if (next == frames_.end()) return false;
    at = *next;
  }
  return false;
}

/// To those who wait for what will never come. False: there are none.
inline bool Scheduler::giveVerdicts() {
  std::string const sentence = whoWaits();
  bool areThere = false;
  for (Frame* const frame : frames_) {
    if (!isOver_ && (frame->kind != Frame::Kind::Wait || mayStillEnd(*frame))) continue;
    frame->verdict = sentence;
    areThere = true;
  }
  if (!areThere || isOver_) return areThere;
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
  now_ = std::max(now_, target);
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
  for (Actor& actor : actors_) actor.core->owner.store(nullptr, std::memory_order_release);
  for (auto& stack : stacks_) Stacks::give(std::move(stack));
}

// ---- what happens ----

inline void Scheduler::deliver(Line& line) {
  using tincan::detail::MessageCell;
  Waiting const waiting = line.front();
  line.pop();
  Actor& to = *line.to;
  MessageCell* extra = nullptr;
  MessageCell* const cell = frontOf(line, extra);
  if (cell == nullptr) return;
  bool const isMessage = waiting.kind <= Kind::Invoke;
  DeliveryLog::Note note = 0;
  if (isMessage) note = log_.add(*line.from, to, cell->name->view(), cell->view(extra));
  if (search_ != nullptr) {
    learn(to.knowledge, store_.at(waiting.knowledge));
    to.lastSender = line.from->index;
    to.lastSent = waiting.sent;
    touch(Objects::life(to), Reads);
    if (waiting.kind == Kind::Request || waiting.kind == Kind::Invoke) {
      touch(Objects::requests(*line.from), Reads);
    }
    if (line.lane->bounds != nullptr) touch(Objects::room(line.source), Writes);
    // One more than Lamport would: what happened at an endpoint is told apart by its clock.
    to.part.clock = std::max(to.part.clock, waiting.stamp) + 1;
    to.memory.note(to.part.clock, store_.keep(to.knowledge));
  }
  if (waiting.kind != Kind::Quit) ++to.items;
  std::uint64_t const before = to.core->handled.get();
  std::uint64_t const outer = std::exchange(to.handledInside, 0);
  {
    Acting const acting(*this, to);
    to.core->deliverFirst(*line.lane);
  }
  std::uint64_t const handled = to.core->handled.get() - before;
  if (isMessage && handled > to.handledInside) log_.wasHandled(note);
  to.handledInside = outer + handled;
}

inline void Scheduler::start(EndpointCore& core, std::unique_ptr<tincan::detail::Task0> body) {
  Actor& actor = of(core);
  actor.isPumped = false;
  actor.family = &actor;
  Body& made = bodies_.emplace_back();
  made.actor = &actor;
  made.task = std::move(body);
  made.number = ++numbers_;
  made.source = sources_++;
  actor.source = made.source;
  announce(made.source);
}

inline void Scheduler::begin(Body& body) {
  Acting const acting(*this, *body.actor);
  auto const task = std::move(body.task);
  task->run();
}

inline void Scheduler::block(Frame& frame) {
  frame.actor = acting_;
  frame.source = acting_ == nullptr ? testSource() : acting_->source;
  frame.stack = running_;
  bool const isTests = running_ == &test_;
  bool const wasPumped = std::exchange(frame.subject->isPumped, frame.kind != Frame::Kind::Wait);
  if (frame.kind == Frame::Kind::Poll) announce(frame.source);
  acting_ = nullptr;
  if (frame.actor != nullptr) frame.actor->part.swap();
  frames_.push_back(&frame);
  if (isTests) testFrame_ = &frame;
  running_->switchTo(freeStack());
  running_ = frame.stack;
  here_ = &tincan::detail::threadState;
  if (isTests) testFrame_ = nullptr;
  std::erase(frames_, &frame);
  if (frame.actor != nullptr) frame.actor->part.swap();
  acting_ = frame.actor;
  frame.subject->isPumped = wasPumped;
}

inline std::size_t Scheduler::pump(EndpointCore& core, Pump how,
                                   tincan::detail::FunctionRef<bool(std::size_t)> isOver) {
  Actor& actor = of(core);
  std::size_t const before = actor.items;
  std::uint64_t const happened = happened_;
  auto const over = [&] { return isOver(actor.items - before); };
  Frame frame{how == Pump::Run ? Frame::Kind::Run : Frame::Kind::Poll, nullptr, &actor, over};
  block(frame);
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
  Frame frame{Frame::Kind::Wait, nullptr, &of(blocked.speaker), isOver, blocked.deadline,
              &blocked,          &state};
  block(frame);
  return frame.verdict;
}

// ---- answers ----

inline void Scheduler::answers(tincan::detail::AnswerSlot const& slot) noexcept {
  if (search_ == nullptr || acting_ == nullptr) return;
  answering_.push_back({&slot, acting_});
}

inline void Scheduler::tookAnswer(tincan::detail::AnswerSlot const& slot,
                                  EndpointCore& asked) noexcept {
  if (search_ == nullptr || acting_ == nullptr) return;
  Actor const* by = &of(asked);
  auto const deferred = std::find_if(answering_.begin(), answering_.end(),
                                     [&](Answering const& one) { return one.slot == &slot; });
  if (deferred != answering_.end()) {
    by = deferred->by;
    answering_.erase(deferred);
  }
  learn(acting_->knowledge, store_.at(by->memory.placeAt(slot.clock)));
  acting_->knowledge.resize(std::max<std::size_t>(acting_->knowledge.size(), by->index + 1));
  std::uint32_t& sent = acting_->knowledge[by->index];
  sent = std::max(sent, by->memory.sentAt(slot.clock));
  // Also if it knew of a larger clock: what it knew before must be told apart.
  std::uint64_t& own = tincan::detail::threadState.clock;
  own = std::max(own, slot.clock) + 1;
  acting_->memory.note(own, store_.keep(acting_->knowledge));
}

// ---- time ----

inline Nanoseconds Scheduler::nextDeadline() const noexcept {
  Nanoseconds next = NoDeadline;
  for (Actor const& actor : actors_) next = std::min(next, deadlineOf(actor));
  return next;
}

inline Nanoseconds Scheduler::deadlineOf(Actor const& actor) const noexcept {
  Nanoseconds next = NoDeadline;
  if (!actor.core->isClosed()) next = actor.core->continuations.nextDeadline();
  for (Frame const* const frame : frames_) {
    bool const counts = frame->subject == &actor && frame->overSince == 0;
    if (counts) next = std::min(next, frame->deadline);
  }
  return next;
}

/// Its next deadline passes. Early, if others have something to do: they are as slow as that.
inline void Scheduler::expire(Actor& actor) {
  if (candidates_.size() > 1) --timeoutsLeft_;
  touch(Objects::arrivals(actor), FindsNone);
  touch(Objects::requests(actor), Writes);
  notes_.push_back({log_.handled(), actor.core->name, "a deadline passes"});
  passTime(deadlineOf(actor));
}

/// It ends here, as if its thread had closed it.
inline void Scheduler::crash(Actor& actor) {
  --crashesLeft_;
  ++happened_;
  notes_.push_back({log_.handled(), actor.core->name, "crashes"});
  actor.core->close();
}

inline void Scheduler::passTime(Nanoseconds to) {
  now_ = std::max(now_, to);
  ++happened_;
  for (Actor& actor : actors_) {
    actor.announced = NoDeadline;
    if (actor.core->isClosed() || actor.core->continuations.nextDeadline() > now_) continue;
    Acting const acting(*this, actor);
    actor.items += actor.core->settleDriven();
  }
}

// ---- what a test says ----

inline void Scheduler::fail(std::exception_ptr exception) noexcept {
  if (ended_ == nullptr) ended_ = std::move(exception);
}

inline void Scheduler::testThrew(std::exception_ptr const& exception) noexcept {
  if (!isGivenUp_) fail(exception);
}

inline void Scheduler::violate(std::string const& what) {
  Failure const failure(what);
  fail(std::make_exception_ptr(failure));
  throw failure;
}

inline void Scheduler::checkAfterStep() {
  if (ended_ != nullptr) return;
  try {
    for (Claim& claim : sometimes_) claim.hasHeld = claim.hasHeld || claim.holds();
    for (Claim& claim : always_) {
      if (!claim.holds()) fail(std::make_exception_ptr(Failure("always: " + claim.what)));
    }
  } catch (...) {
    fail(std::current_exception());
  }
}

inline void Scheduler::checkAtEnd() {
  checkAfterStep();
  if (ended_ != nullptr) return;
  try {
    for (Claim& claim : eventually_) {
      if (!claim.holds()) fail(std::make_exception_ptr(Failure("eventually: " + claim.what)));
    }
  } catch (...) {
    fail(std::current_exception());
  }
}

/// What is derived from std::exception goes where it goes in production. The rest is how a test's
/// own assertions end a test.
inline bool Scheduler::takesException(std::exception_ptr const& exception, bool isHooked) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (Failure const&) {
    fail(exception);
    return true;
  } catch (GivenUp const&) {
    return true;
  } catch (Error const&) {
    if (isOver_) return true;  // how they end
    if (search_ == nullptr || isHooked) return false;
    fail(exception);
    return true;
  } catch (std::exception const&) {
    if (search_ == nullptr || isHooked) return false;
    fail(exception);
    return true;
  } catch (...) {
    fail(exception);
    return true;
  }
}

inline std::uint64_t Scheduler::choose(std::uint64_t n) {
  if (n == 0) throw std::invalid_argument("tincan: choose(0) has nothing to choose from");
  return search_ == nullptr || isOver_ ? 0 : search_->choose(n);
}

inline std::string Scheduler::loopSentence() {
  auto const deliveries = log_.deliveries();
  auto const isSame = [&](std::size_t a, std::size_t b) {
    Delivery const& one = deliveries[a];
    Delivery const& other = deliveries[b];
    return one.from == other.from && one.to == other.to && one.channel == other.channel;
  };
  std::size_t const count = deliveries.size();
  std::size_t period = 1;
  for (; period < 64 && period * 3 < count; ++period) {
    bool repeats = true;
    for (std::size_t i = count - 2 * period; repeats && i < count; ++i) {
      repeats = isSame(i, i - period);
    }
    if (repeats) break;
  }
  std::string sentence = "there is no end: after " + std::to_string(maxSteps_) + " steps ";
  if (count == 0) return sentence + "no message has been handled";
  bool const isLoop = period < 64 && period * 3 < count;
  sentence += isLoop ? "these go round" : "the last were";
  for (std::size_t i = count - std::min<std::size_t>(isLoop ? period : 8, count); i < count; ++i) {
    sentence += (sentence.back() == ')' ? ", " : ": ") + std::string("'") + deliveries[i].channel +
                "' (" + deliveries[i].from + " > " + deliveries[i].to + ")";
  }
  return sentence;
}

}  // namespace tincan::testing::detail
