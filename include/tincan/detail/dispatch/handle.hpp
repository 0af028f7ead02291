// tincan/detail/dispatch/handle.hpp - what an endpoint does with one cell of a lane
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/message_dispatch.hpp>
#include <tincan/detail/dispatch/message_end.hpp>
#include <tincan/detail/dispatch/take_alone.hpp>
#include <tincan/detail/dispatch/unhandled.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

/// Ends what other threads have removed. False if the endpoint is closed, and handles nothing more.
[[gnu::always_inline]] inline bool mayGoOn(EndpointCore& core) {
  if (!core.notices.has(Notices::Leaving | Notices::Closed)) [[likely]]
    return true;
  removeNow(core);
  return !core.isClosed();
}

/// Reports what is being handled: a listener of a plain message has thrown it.
[[gnu::noinline]] inline void reportThrown(EndpointCore const& core, MessageLane const& lane,
                                           NameRecord const& record) {
  reportError(core, record, lane, std::current_exception());
}

[[gnu::noinline]] inline void handleAny(EndpointCore& core, MessageLane& lane,
                                        NameRecord const& record, ArgumentsView& arguments,
                                        AnswerSlot* slot) {
  MessageDispatch(core, lane, record, arguments, slot).callListeners();
}

/// Calls what most messages meet: one listener, for all senders, that takes the arguments as they
/// are. False, and nothing has happened, if it is another case.
[[gnu::always_inline]] inline bool handleAlone(EndpointCore& core, MessageLane& lane,
                                               NameRecord const& record,
                                               ArgumentsView const& arguments, AnswerSlot* slot) {
  ListenerNode* const node = findAlone(core, lane, record, arguments.ops);
  if (node == nullptr) [[unlikely]]
    return false;
  ListenerTable::DeferDestruction const guard(&core.table);
  callAlone(core, lane, record, arguments.at, slot, *node);
  return true;
}

[[gnu::always_inline]] inline void handle(EndpointCore& core, MessageLane& lane, MessageCell& cell,
                                          AnswerSlot* slot) {
  lane.messageTaken();
  MessageEnd end(lane, cell);
  if (slot != nullptr && mayBeAbandoned(core) && skipAbandoned(core, lane, *cell.name, slot))
      [[unlikely]]
    return;
  if (!handleAlone(core, lane, *cell.name, end.arguments, slot)) [[unlikely]]
    handleAny(core, lane, *cell.name, end.arguments, slot);
}

[[gnu::noinline]] inline void handleInvoke(EndpointCore& core, MessageLane& lane,
                                           MessageCell& cell) {
  lane.messageTaken();
  MessageEnd end(lane, cell);
  if (skipAbandoned(core, lane, *cell.name, cell.slot())) return;
  MessageDispatch(core, lane, *cell.name, end.arguments, cell.slot()).callHandler();
}

[[gnu::noinline]] inline void runTask(EndpointCore& core, MessageLane& lane, MessageCell& cell) {
  TaskPtr const task(cell.task);
  try {
    task->run();
  } catch (...) {
    core.bus->reportError({}, lane.senderCore().name, core.name, std::current_exception());
  }
}

/// Who has told to quit, on a driven bus, and when.
inline Quits::Quit quitOf(MessageLane const& lane, MessageCell const& cell) noexcept {
  // relaxed: front() has acquired it.
  return {lane.writer->lastThread(), stampOf(cell.word.load(std::memory_order_relaxed))};
}

/// Handles what is neither a plain message nor a request. False: it stays pinned.
[[gnu::noinline]] inline bool deliverOther(EndpointCore& core, Kind kind, MessageLane& lane,
                                           MessageCell& cell) {
  switch (kind) {
    case Kind::Message:
    case Kind::Request: break;
    case Kind::Invoke: handleInvoke(core, lane, cell); break;
    case Kind::Extra: lane.extra = &cell; return false;  // until the request has been handled
    case Kind::Post: runTask(core, lane, cell); break;
    case Kind::Answer: takeAnswer(core, cell.slot()); break;
    case Kind::Quit: core.quits.request(quitOf(lane, cell)); break;
    case Kind::Nothing:
    case Kind::Latest: break;
  }
  return true;
}

/// Tells the tap of a lane, at its end, that a cell has been handled.
struct TellHandled {
  TellHandled(MessageLane const& lane, Kind kind) noexcept
      : tap(lane.tap != nullptr && isTold(kind) ? lane.tap.get() : nullptr) {}
  ~TellHandled() {
    if (tap != nullptr) [[unlikely]]
      tap->handled();
  }
  TellHandled(TellHandled const&) = delete;
  TellHandled& operator=(TellHandled const&) = delete;
  LaneTap* const tap;
};

/// Handles a cell that was taken from a lane, and gives it back. False: the round must end. To be
/// called after removeNow().
inline bool deliver(EndpointCore& core, MessageLane& lane, MessageCell& cell) {
  // relaxed: front() has acquired it.
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  raiseClock(stampOf(word));
  Kind const kind = kindOf(word);
  TellHandled const tellHandled(lane, kind);
  if (kind <= Kind::Request) [[likely]]
    handle(core, lane, cell, kind == Kind::Request ? cell.slot() : nullptr);
  else if (!deliverOther(core, kind, lane, cell)) return true;
  lane.unpin();
  return mayGoOn(core);
}

/// Handles what the rounds of an inbox take from its lanes, as long as more(how many were handled).
template <class More>
class Deliverer {
 public:
  Deliverer(EndpointCore& core, More& more) noexcept : core_(core), more_(more) {}

  std::size_t count() const noexcept { return count_; }
  bool mayBegin() { return more_(count_) && mayGoOn(core_); }

  /// Handles one cell. False: the round must end.
  bool operator()(MessageLane& lane, MessageCell& cell) {
    // relaxed: front() has acquired it.
    Kind const kind = kindOf(cell.word.load(std::memory_order_relaxed));
    if (kind <= Kind::Answer) count_ += kind != Kind::Post || cell.task->counts() ? 1U : 0U;
    return deliver(core_, lane, cell) && more_(count_);
  }

  /// Handles what most messages are: for one listener, or the handler, for all senders, that takes the
  /// arguments as they are. Ends at the first one that is not.
  [[gnu::always_inline]] Run takeRun(MessageLane& lane, std::uint64_t last) {
    MessageCell const* const first = lane.readerTakesRuns ? lane.within(last) : nullptr;
    if (first == nullptr) return {0, false};
    // relaxed: within() has acquired it.
    Kind const kind = kindOf(first->word.load(std::memory_order_relaxed));
    if (kind == Kind::Message) [[likely]]
      return takePlain(lane, last);
    return kind <= Kind::Invoke ? takeAsking(lane, last) : Run{0, false};
  }

 private:
  [[gnu::noinline]] Run takePlain(MessageLane& lane, std::uint64_t last) {
    EndpointCore& core = core_;
    ListenerNode* node = nullptr;
    return takeEach(
        lane, last,
        [&](MessageCell const& cell, Kind kind) __attribute__((always_inline)) {
          node =
              kind == Kind::Message ? findAlone(core, lane, *cell.name, cell.arguments) : nullptr;
          return node != nullptr;
        },
        [&](MessageCell & cell) __attribute__((always_inline)) {
          NameRecord const& record = *cell.name;
          try {
            node->take(cell, lane);
            core.handled.add();
          } catch (...) {
            core.handled.add();
            reportThrown(core, lane, record);
          }
        });
  }

  /// Handles requests and calls.
  [[gnu::noinline]] Run takeAsking(MessageLane& lane, std::uint64_t last) {
    EndpointCore& core = core_;
    ListenerNode* listener = nullptr;
    HandlerNode* handler = nullptr;
    return takeEach(
        lane, last,
        [&](MessageCell const& cell, Kind kind) __attribute__((always_inline)) {
          if (lane.extra != nullptr || mayBeAbandoned(core)) return false;
          listener = nullptr;
          handler = nullptr;
          if (kind == Kind::Request) listener = findAlone(core, lane, *cell.name, cell.arguments);
          else if (kind == Kind::Invoke)
            handler = findHandler(core, lane, *cell.name, cell.arguments);
          return listener != nullptr || handler != nullptr;
        },
        [&](MessageCell & cell) __attribute__((always_inline)) {
          ArgumentsEnd const end(cell.view(nullptr));
          void* const at = end.arguments.at;
          if (listener != nullptr) callAlone(core, lane, *cell.name, at, cell.slot(), *listener);
          else callAlone(core, lane, *cell.name, at, cell.slot(), *handler);
        });
  }

  /// Takes the cells in a row that `finds(cell, kind)` somebody for, and has each handled by handle(cell).
  template <class Finds, class Handle>
  [[gnu::always_inline]] Run takeEach(MessageLane& lane, std::uint64_t last, Finds&& finds,
                                      Handle&& handleIt) {
    Run run{0, false};
    EndpointCore& core = core_;
    ThreadState& thread = threadState();
    ListenerTable::DeferDestruction const guard(&core.table);
    std::size_t const before = count_;
    lane.takeRun(
        last,
        [&](MessageCell & cell, std::uint64_t word) __attribute__((always_inline)) {
          if (!finds(cell, kindOf(word))) return false;
          if (stampOf(word) > thread.clock) thread.clock = stampOf(word);
          return true;
        },
        [&](MessageCell & cell) __attribute__((always_inline)) {
          lane.takenMessages.add();
          ++count_;
          handleIt(cell);
          core.table.sweepBetween();
          run.stopped = !mayGoOn(core) || !more_(count_);
          return !run.stopped;
        });
    run.count = count_ - before;
    return run;
  }

  EndpointCore& core_;
  More& more_;
  std::size_t count_ = 0;
};

}  // namespace tincan::inline abi0::detail
