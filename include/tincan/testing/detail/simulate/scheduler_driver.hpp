// tincan/testing/detail/simulate/scheduler_driver.hpp - what the bus tells a simulation
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/testing/detail/simulate/objects.hpp>
#include <tincan/testing/detail/simulate/recycling.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>

namespace tincan::inline v0::testing::detail {

inline std::shared_ptr<EndpointCore> Scheduler::makeEndpoint(
    std::shared_ptr<tincan::detail::BusCore> bus, std::string name, std::uint64_t id,
    InboxOptions const& options) {
  return std::allocate_shared<EndpointCore>(RecyclingAllocator<EndpointCore>(), std::move(bus),
                                            std::move(name), id, options);
}

inline std::shared_ptr<MessageLane> Scheduler::makeLane(std::shared_ptr<EndpointCore> from,
                                                        std::shared_ptr<EndpointCore> to) {
  return std::allocate_shared<RecycledLane>(RecyclingAllocator<RecycledLane>(), std::move(from),
                                            std::move(to));
}

inline void Scheduler::added(std::shared_ptr<EndpointCore> const& core) {
  SimulatedEndpoint& actor = actors_.add();
  actor.core = core;
  actor.index = static_cast<std::uint32_t>(actors_.size() - 1);
  actor.family = acting_ == nullptr ? nullptr : acting_->family;
  touch(Objects::Endpoints, Writes);
  core->driven = &actor;
  for (auto const& observer : observers_) observer->met(actor);
  if (core->isNobody()) return;
  if (crashesLeft_ != 0 && core->id > 1) announce(actor.crash = sources_++);
  if (deadlinesAreSteps_) actor.deadline = sources_++;
  actor.isPumped = true;
  using tincan::detail::ThreadToken;
  actor.token = std::allocate_shared<ThreadToken>(RecyclingAllocator<ThreadToken>());
  actor.part.token = actor.token.get();
  actor.part.clock = firstClock_;
  core->drive(actor, actor.token);
}

// ---- companions ----

inline void Scheduler::join(std::shared_ptr<StepObserver> observer) {
  for (SimulatedEndpoint const& actor : actors_) observer->met(actor);
  observers_.push_back(std::move(observer));
}

inline void Scheduler::joinAndDecide(std::shared_ptr<StepObserver> observer) {
  isDecided_ = true;
  join(std::move(observer));
}

inline void Scheduler::touchFaults() { touch(Objects::Faults, Writes); }

inline void Scheduler::actAs(EndpointCore& core, tincan::detail::FunctionRef<void()> act) {
  checkCaller();
  if (acting_ == &of(core)) return act();
  Acting const acting(*this, of(core));
  tincan::detail::Running const inItsName(core);
  act();
}

inline void Scheduler::deadLetter(Errc reason, std::string_view channel, std::string_view from,
                                  std::string_view to) noexcept {
  DeadLetterNote const death{
      reason, channel, from, to, std::exchange(failing_, 0), std::exchange(isRefusing_, false)};
  for (auto const& observer : observers_) observer->died(death);
}

inline std::uint64_t Scheduler::placeOf(SimulatedLane const& line, std::uint64_t number) const {
  for (auto const& observer : observers_) {
    if (number != StepObserver::Held) number = observer->placeOf(line, number);
  }
  return number;
}

inline void Scheduler::tellSent(SimulatedLane& line, QueuedMessage const& waiting,
                                tincan::detail::MessageCell& cell) {
  if (observers_.empty() || waiting.kind > Kind::Invoke) return;
  using tincan::detail::Place;
  auto* const extra = std::exchange(line.extra, nullptr);
  bool const isElsewhere = waiting.kind != Kind::Message &&
                           cell.arguments->place == Place::CellOrExtra && extra == nullptr;
  std::string text;
  if (!isElsewhere) appendArguments(text, cell.view(extra));
  for (std::size_t i = 0; i < observers_.size(); ++i) {
    observers_[i]->sent({line, waiting, cell.name->view(), text});
  }
}

/// Nothing can happen any more, for a companion's reason.
inline bool Scheduler::endsByCompanion() {
  for (auto const& observer : observers_) {
    if (std::string const complaint = observer->complaint(); !complaint.empty()) {
      fail(std::make_exception_ptr(Failure(complaint)));
      return true;
    }
  }
  bool const waits =
      testFrame_ != nullptr || std::any_of(frames_.begin(), frames_.end(), [](Frame const* frame) {
        return frame->kind == Frame::Kind::Wait;
      });
  bool const isComplete = std::any_of(observers_.begin(), observers_.end(),
                                      [](auto const& one) { return one->endsRun(); });
  if (!waits || !isComplete) return false;
  checkAtEnd();
  if (ended_ == nullptr) closeBus();
  return true;
}

inline void Scheduler::closed(EndpointCore& core) noexcept {
  touch(Objects::life(of(core)), Writes);
  touchRequests(of(core));
  touch(Objects::Endpoints, Removes);
  if (cycles_ != nullptr) {
    cycles_->with(core.displayName(), [&](std::size_t i) { touch(Objects::cycle(i), Writes); });
  }
  closing_.push_back(&of(core));
}

inline void Scheduler::laneMade(std::shared_ptr<MessageLane> const& lane) {
  SimulatedLane& line = lines_.add();
  line.lane = lane;
  line.from = &of(lane->senderCore());
  line.to = &of(*lane->receiver);
  line.source = sources_++;
  lane->driven = &line;
  line.to->lines.push_back(&line);
}

inline void Scheduler::checkCaller() const {
  if (here_ == &tincan::detail::threadState()) return;
  throw Error(
      Errc::WrongThread, {},
      "this bus is simulated: only the thread of the simulation and what runs in it may use "
      "it");
}

inline bool Scheduler::mayUse(EndpointCore const& core) const noexcept {
  SimulatedEndpoint const* const family = acting_ == nullptr ? nullptr : acting_->family;
  return here_ == &tincan::detail::threadState() && of(core).family == family;
}

inline bool Scheduler::mayLeave(EndpointCore const& core) const noexcept {
  return of(core).running == 0 || acting_ == &of(core);
}

inline void Scheduler::looksAtLife(EndpointCore const& core) noexcept {
  touch(Objects::life(of(core)), Reads);
}

inline void Scheduler::looksAtEndpoints() noexcept { touch(Objects::Endpoints, Reads); }

inline void Scheduler::looksForRoom(MessageLane& lane) noexcept {
  touch(Objects::room(of(lane).source), Writes);
}

inline bool Scheduler::hasMessages(EndpointCore const& core) const noexcept {
  auto const& lines = of(core).lines;
  if (observers_.empty()) return of(core).waiting != 0;
  return std::any_of(lines.begin(), lines.end(),
                     [&](SimulatedLane const* line) { return !line->empty() && !isHeld(*line); });
}

inline std::size_t Scheduler::pending(std::string_view endpoint) const {
  std::size_t count = 0;
  for (SimulatedLane const& line : lines_) {
    bool const isMeant = endpoint.empty() || line.to->core->name == endpoint;
    if (isMeant && !line.to->core->isClosed()) count += line.lane->waiting();
  }
  return count;
}

// ---- lines ----

inline bool Scheduler::pushed(MessageLane& lane) {
  SimulatedLane& line = of(lane);
  bool const wasEmpty = !hasMessages(*line.to->core);
  look(line);
  return wasEmpty;
}

/// What has become visible in the lane.
inline void Scheduler::look(SimulatedLane& line) {
  tincan::detail::MessageQueue& queue = *line.lane;
  auto const any = [](auto const&) { return true; };
  while (tincan::detail::MessageCell* const cell = queue.seek(line.seen, any)) {
    add(line, *cell, line.seen.position);
    ++line.seen.index;
    ++line.seen.position;
  }
}

inline void Scheduler::add(SimulatedLane& line, tincan::detail::MessageCell& cell,
                           std::uint64_t position) {
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  Kind const kind = tincan::detail::kindOf(word);
  if (kind == Kind::Extra) line.extra = &cell;
  if (kind == Kind::Extra || kind == Kind::Nothing) return;
  std::uint64_t const stamp = tincan::detail::stampOf(word);
  bool const isLate = stamp != tincan::detail::threadState().clock;
  QueuedMessage waiting{++numbers_, position, stamp, kind, isLate, 0, {}};
  if (kind <= Kind::Invoke) waiting.name = cell.name;
  if (reorders()) {
    SimulatedEndpoint& from = *line.from;
    if (acting_ != &from) merge(from.knowledge, ownClock());
    from.knowledge.resize((std::max<std::size_t>)(from.knowledge.size(), from.index + 1));
    waiting.sent = from.knowledge[from.index] = ++from.sent;
    if (acting_ == nullptr) {
      testSent_.resize((std::max<std::size_t>)(testSent_.size(), from.index + 1));
      testSent_[from.index] = waiting.sent;
    }
    waiting.knowledge = store_.keep(from.knowledge);
    from.history.sent(tincan::detail::threadState().clock);
    if (kind == Kind::Request || kind == Kind::Invoke) {
      askedBy(*cell.slot()) = {cell.slot(), &from, waiting.sent};
    }
    announce(line.source);
    touch(Objects::life(*line.to), Reads);
    touch(Objects::arrivals(*line.to), kind == Kind::Quit ? FindsNone : Adds);
  }
  line.push(waiting);
  tellSent(line, waiting, cell);
}

/// The cell of the message that is first, and the one with its arguments, if that is another.
inline tincan::detail::MessageCell* Scheduler::frontOf(SimulatedLane& line,
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
inline void Scheduler::forgetDropped(SimulatedLane& line) const {
  if (!line.lane->readerLocks) return;
  tincan::detail::MessageQueue::Cursor cursor;
  tincan::detail::MessageQueue& queue = *line.lane;
  bool const hasAny = queue.seek(cursor, [](auto& cell) {
    return tincan::detail::kindOf(cell.word.load(std::memory_order_relaxed)) != Kind::Nothing;
  }) != nullptr;
  while (!line.empty() && (!hasAny || line.front().position < cursor.position)) {
    line.pop();
    line.hasDropped = true;
  }
}

// ---- waits ----

inline void Scheduler::touchCircles(EndpointCore const& sender, EndpointCore const& target) {
  if (cycles_ == nullptr || cycles_->size() == 0) return;
  cycles_->with(edge(sender, target), [&](std::size_t i) { touch(Objects::cycle(i), Writes); });
}

inline std::uint64_t Scheduler::waitBegins(EndpointCore const& sender,
                                           EndpointCore const& target) noexcept {
  touchCircles(sender, target);
  return ++waits_;
}

/// Of all that wait now, also of those that do not belong to it: they only conflict more.
inline void Scheduler::cycleClosed(EndpointCore const& sender, EndpointCore const& target) {
  if (cycles_ == nullptr || isOver_) return;
  Cycles::Edges cycle{edge(sender, target)};
  for (Frame const* const frame : frames_) {
    if (frame->kind == Frame::Kind::Wait)
      cycle.insert(edge(frame->wait->sender, frame->wait->target));
  }
  cycles_->add(std::move(cycle));
}

// ---- answers ----

inline Scheduler::Asked& Scheduler::askedBy(tincan::detail::AnswerSlot const& slot) {
  auto const found = std::find_if(asked_.begin(), asked_.end(),
                                  [&](Asked const& one) { return one.slot == &slot; });
  return found == asked_.end() ? asked_.emplace_back(Asked{&slot}) : *found;
}

inline void Scheduler::answers(tincan::detail::AnswerSlot const& slot) noexcept {
  if (!reorders()) return;
  Asked& asked = askedBy(slot);
  asked.isAnswered = true;
  VectorClock known = ownClock();
  // An answer that the test gives follows what it has sent before, in whosever name.
  if (acting_ == nullptr) merge(known, testSent_);
  asked.knowledge = store_.keep(known);
}

inline void Scheduler::looksAtRequester(tincan::detail::AnswerSlot const& slot) noexcept {
  touchRequest(slot, Reads);
}

inline void Scheduler::looksForAnswer(tincan::detail::AnswerSlot const& slot) noexcept {
  touchRequest(slot, Writes);
}

inline void Scheduler::touchRequest(tincan::detail::AnswerSlot const& slot, std::uint32_t kind) {
  if (!reorders()) return;
  Asked const& asked = askedBy(slot);
  if (asked.by != nullptr) touch(Objects::request(*asked.by, asked.number), kind);
}

/// What it asked for and nobody has begun never runs.
inline void Scheduler::touchRequests(SimulatedEndpoint const& by) {
  for (Asked const& asked : asked_) {
    if (asked.by == &by) touch(Objects::request(by, asked.number), Writes);
  }
}

inline void Scheduler::tookAnswer(tincan::detail::AnswerSlot const& slot,
                                  EndpointCore& asked) noexcept {
  if (!reorders()) return;
  Asked& request = askedBy(slot);
  VectorClock& own = ownClock();
  if (std::exchange(request.isAnswered, false)) {
    merge(own, store_.at(request.knowledge));
  } else {
    SimulatedEndpoint const& by = of(asked);
    merge(own, store_.at(by.history.placeAt(slot.clock)));
    own.resize((std::max<std::size_t>)(own.size(), by.index + 1));
    own[by.index] = (std::max)(own[by.index], by.history.sentAt(slot.clock));
  }
  // Also if it knew of a larger clock: what it knew before must be told apart.
  std::uint64_t& clock = tincan::detail::threadState().clock;
  clock = (std::max)(clock, slot.clock) + 1;
  if (acting_ != nullptr) acting_->history.note(clock, store_.keep(own));
}

}  // namespace tincan::inline v0::testing::detail
