// tincan/detail/dispatch/handle.hpp - what an endpoint does with one cell of a lane
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/message_dispatch.hpp>
#include <tincan/detail/dispatch/message_end.hpp>
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
                                        NameRecord const& record, ArgumentsView const& arguments,
                                        AnswerSlot* slot) {
  MessageDispatch(core, lane, record, arguments, slot).callListeners();
}

/// Calls what most messages meet: one listener, for all senders, that takes the arguments as they
/// are. False, and nothing has happened, if it is another case.
[[gnu::always_inline]] inline bool handleAlone(EndpointCore& core, MessageLane& lane,
                                               NameRecord const& record,
                                               ArgumentsView const& arguments, AnswerSlot* slot) {
  MessageLane::ChannelCache const& cached = lane.cacheFor(record);
  if (!cached.isOf(record, core.tableVersion) || cached.plain == nullptr) [[unlikely]]
    return false;
  ListenerNode* const node = cached.plain->alone;
  if (node == nullptr || node->exact != arguments.ops) [[unlikely]]
    return false;
  ListenerTable::DeferDestruction const guard(&core.table);
  Responder responder(slot, core);
  Event event = EventAccess::make(lane.sender, record, responder);
  std::exception_ptr thrown;
  try {
    node->callExactly(event, arguments.at);
    core.handled.add();
    responder.fail(Errc::NoReply);
    return true;
  } catch (...) {
    thrown = std::current_exception();
  }
  core.handled.add();
  answerThrown(core, lane, record, responder, std::move(thrown));
  return true;
}

[[gnu::always_inline]] inline void handle(EndpointCore& core, MessageLane& lane, MessageCell& cell,
                                          AnswerSlot* slot) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  if (slot != nullptr && mayBeAbandoned(core) && skipAbandoned(core, lane, *cell.name, slot))
      [[unlikely]]
    return;
  if (!handleAlone(core, lane, *cell.name, end.arguments, slot)) [[unlikely]]
    handleAny(core, lane, *cell.name, end.arguments, slot);
}

[[gnu::noinline]] inline void handleInvoke(EndpointCore& core, MessageLane& lane,
                                           MessageCell& cell) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
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
    case Kind::Quit: core.quits.request({}); break;
    case Kind::Nothing: break;
  }
  return true;
}

/// Handles a cell that was taken from a lane, and gives it back. False: the round must end. To be
/// called after removeNow().
inline bool deliver(EndpointCore& core, MessageLane& lane, MessageCell& cell) {
  // relaxed: front() has acquired it.
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  raiseClock(stampOf(word));
  Kind const kind = kindOf(word);
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
    count_ += kind <= Kind::Answer ? 1 : 0;
    return deliver(core_, lane, cell) && more_(count_);
  }

  /// Handles what most messages are: plain, for one listener, for all senders, that takes the arguments as
  /// they are. Ends at the first one that is not.
  [[gnu::always_inline]] Run takeRun(MessageLane& lane, std::uint64_t last) {
    MessageCell const* const first = lane.bounds == nullptr ? lane.within(last) : nullptr;
    // relaxed: within() has acquired it.
    bool const isPlain =
        first != nullptr && kindOf(first->word.load(std::memory_order_relaxed)) == Kind::Message;
    return isPlain ? takePlain(lane, last) : Run{0, false};
  }

 private:
  [[gnu::noinline]] Run takePlain(MessageLane& lane, std::uint64_t last) {
    Run run{0, false};
    EndpointCore& core = core_;
    ThreadState& thread = threadState();
    ListenerTable::DeferDestruction const guard(&core.table);
    std::size_t const before = count_;
    ListenerNode* node = nullptr;
    lane.takeRun(
        last,
        [&](MessageCell & cell, std::uint64_t word) __attribute__((always_inline)) {
          node = kindOf(word) == Kind::Message ? findAlone(core, lane, cell) : nullptr;
          if (node == nullptr) return false;
          if (stampOf(word) > thread.clock) thread.clock = stampOf(word);
          return true;
        },
        [&](MessageCell & cell) __attribute__((always_inline)) {
          NameRecord const& record = *cell.name;
          lane.takenMessages.add();
          ++count_;
          try {
            node->take(cell, lane);
            core.handled.add();
          } catch (...) {
            core.handled.add();
            reportThrown(core, lane, record);
          }
          core.table.sweepBetween();
          run.stopped = !mayGoOn(core) || !more_(count_);
          return !run.stopped;
        });
    run.count = count_ - before;
    return run;
  }

  [[gnu::always_inline]] static ListenerNode* findAlone(EndpointCore& core, MessageLane& lane,
                                                        MessageCell& cell) noexcept {
    NameRecord const& record = *cell.name;
    MessageLane::ChannelCache const& cached = lane.cacheFor(record);
    if (!cached.isOf(record, core.tableVersion) || cached.plain == nullptr) [[unlikely]]
      return nullptr;
    ListenerNode* const node = cached.plain->alone;
    return node != nullptr && node->exact == cell.arguments ? node : nullptr;
  }

  EndpointCore& core_;
  More& more_;
  std::size_t count_ = 0;
};

}  // namespace tincan::inline abi0::detail
