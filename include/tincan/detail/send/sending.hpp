// tincan/detail/send/sending.hpp - puts messages into lanes
#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/dispatch/loop.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/pending_request.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/event.hpp>
#include <tincan/future.hpp>
#include <tincan/peer.hpp>
#include <tincan/port.hpp>

namespace tincan::inline v0::detail {

/// A cell that is being filled. Nothing that may send runs meanwhile. One that is not committed is
/// opened again for the next message.
class OpenCell {
 public:
  OpenCell(MessageLane& lane, ThreadState& thread)
      : lane_(lane), thread_(thread), cell_(begin(lane)) {}
  OpenCell(MessageLane& lane, SendingAs const& sender) : OpenCell(lane, sender.thread()) {}
  explicit OpenCell(MessageLane& lane) : OpenCell(lane, threadState()) {}
  ~OpenCell() {
    if (!isCommitted_) [[unlikely]]
      lane_.close();
  }
  OpenCell(OpenCell const&) = delete;
  OpenCell& operator=(OpenCell const&) = delete;

  MessageCell& operator*() const noexcept { return cell_; }
  MessageCell* operator->() const noexcept { return &cell_; }

  /// With the thread's next stamp.
  void commit(Kind kind) noexcept {
    std::uint64_t const known =
        (std::max)(thread_.clock, thread_.told->load(std::memory_order_relaxed));
    thread_.clock = (std::max)(known, lane_.lastStamp) + 1;
    publish(kind, thread_.clock);
  }
  /// For what was sent before, and has waited elsewhere: the stamp that it has, or the next one that
  /// fits.
  void commitWith(Kind kind, std::uint64_t stamp) noexcept {
    publish(kind, (std::max)(lane_.lastStamp + 1, stamp));
  }

 private:
  static MessageCell& begin(MessageLane& lane) {
    // Once in a chunk the sender catches up with what the receiver has seen; see Inbox::seen().
    if (lane.startsChunk()) [[unlikely]]
      raiseClock(stampOf(lane.receiver->inbox.seen()));
    return lane.open();
  }

  void publish(Kind kind, std::uint64_t stamp) noexcept {
    isCommitted_ = true;
    lane_.lastStamp = stamp;
    lane_.publish(cell_, makeWord(stamp, kind));
  }

  MessageLane& lane_;
  ThreadState& thread_;
  MessageCell& cell_;
  bool isCommitted_ = false;
};

/// From whom to whom, and until when an answer is waited for.
struct Route {
  SendingAs const sender;
  EndpointCore* const to;  // null: nobody
  Nanoseconds const deadline = NoDeadline;
};

/// The value has been captured, and nothing can fail any more.
template <class V, class... Ports>
void takePorts(PortList& list, V const&, PortsToSend<Ports...> const& toSend) noexcept {
  list.take(toSend.ports());
}

/// Builds arguments that are made quietly, where they travel.
template <class Captured, class... A>
[[gnu::always_inline]] inline void makeArguments(MessageCell& cell, std::byte* inPlace,
                                                 A&&... arguments) {
  using Tuple = typename Captured::Tuple;
  if constexpr (Captured::place == Place::Heap) {
    cell.setHeap(new Tuple(std::forward<A>(arguments)...));
  } else {
    ::new (static_cast<void*>(inPlace)) Tuple(std::forward<A>(arguments)...);
  }
  cell.arguments = &Captured::ops;
}

/// The arguments of one message while they are captured. What has code of its own runs before the
/// message has a place in the queue: it may send and ask whom it likes, and what it learns is older
/// than the message.
template <class Captured, class... A>
class Capture {
 public:
  using Tuple = typename Captured::Tuple;

  /// Room for the message is taken: one that is sent meanwhile finds that much less.
  Capture(MessageLane& lane, A&&... arguments) : lane_(lane) {
    lane_.pushedMessages.add();
    ++lane_.reserved;
    try {
      if constexpr (Captured::place == Place::Heap) {
        held_ = new Tuple(std::forward<A>(arguments)...);
      } else {
        held_ = ::new (static_cast<void*>(memory_)) Tuple(std::forward<A>(arguments)...);
      }
    } catch (...) {
      giveUp();
      throw;
    }
    if constexpr (Captured::hasPorts) takePorts(std::get<PortList>(*held_), arguments...);
  }
  ~Capture() {
    if (held_ == nullptr) [[likely]]
      return;
    if constexpr (Captured::place == Place::Heap) delete held_;
    else held_->~Tuple();
    giveUp();
  }
  Capture(Capture const&) = delete;
  Capture& operator=(Capture const&) = delete;

  /// Into the cell, or the one before it, where they travel. Throws nothing.
  void fill(MessageCell& cell, std::byte* inPlace) noexcept {
    Tuple* const held = std::exchange(held_, nullptr);
    if constexpr (Captured::place == Place::Heap) {
      cell.setHeap(held);
    } else {
      ::new (static_cast<void*>(inPlace)) Tuple(std::move(*held));
      held->~Tuple();
    }
    cell.arguments = &Captured::ops;
    --lane_.reserved;
  }

 private:
  void giveUp() noexcept {
    --lane_.reserved;
    lane_.droppedMessages.add();
  }

  MessageLane& lane_;
  Tuple* held_ = nullptr;
  alignas(Captured::place == Place::Heap ? 1 : alignof(Tuple))
      std::byte memory_[Captured::place == Place::Heap ? 1 : sizeof(Tuple)];
};

/// The arguments are built where they travel.
template <class Captured, class... A>
requires(Captured::isMadeQuietlyFrom(TypeList<A...>{})) class Capture<Captured, A...> {
 public:
  using Tuple = typename Captured::Tuple;

  Capture(MessageLane& lane, A&&... arguments) noexcept
      : lane_(lane), arguments_(std::forward<A>(arguments)...) {}
  Capture(Capture const&) = delete;
  Capture& operator=(Capture const&) = delete;

  /// Throws std::bad_alloc, and then nothing has happened.
  [[gnu::always_inline]] void fill(MessageCell& cell, std::byte* inPlace) {
    std::apply(
        [&](A&... arguments) {
          makeArguments<Captured>(cell, inPlace, std::forward<A>(arguments)...);
        },
        arguments_);
    lane_.pushedMessages.add();
  }

 private:
  MessageLane& lane_;
  std::tuple<A&&...> arguments_;
};

template <class... T, class... A>
constexpr void checkCaptured(TypeList<T...>, TypeList<A...>) noexcept {
  static_assert((std::is_constructible_v<T, A> && ...),
                "tincan: an argument is copied or moved into the message, and this type cannot be: "
                "pass std::move(argument), or a pointer that owns it.");
}

/// A message that was refused counts as sent and as a dead letter.
[[gnu::noinline]] inline void refuse(EndpointCore& sender, EndpointCore& to,
                                     ChannelName const& channel, Errc reason) {
  noteRefusal(to);
  sender.sent.add();
  sender.bus->deadLetter(reason, channel.name(), sender, to);
}

/// The lane's oldest message that waits becomes a dead letter. False if there is none.
inline bool dropOldest(MessageLane& lane) {
  LaneBounds& bounds = *lane.bounds;
  Kind kind = Kind::Nothing;
  MessageCell* cell = nullptr;
  {
    std::lock_guard const lock(bounds.mutex);
    // relaxed: the lock orders it, and the writer is this thread.
    auto const kindOfCell = [](MessageCell& one) {
      return kindOf(one.word.load(std::memory_order_relaxed));
    };
    auto const isMessage = [&](MessageCell& one) { return kindOfCell(one) <= Kind::Invoke; };
    cell = lane.MessageQueue::seek(bounds.oldest, isMessage);
    if (cell == nullptr) return false;
    kind = kindOfCell(*cell);
    std::uint64_t const word = cell->word.load(std::memory_order_relaxed);
    cell->word.store(makeWord(stampOf(word), Kind::Nothing), std::memory_order_relaxed);
    lane.MessageQueue::pin();
    // What is behind the reader's place is given back.
    while (MessageCell* const first = lane.MessageQueue::front()) {
      if (kindOfCell(*first) != Kind::Nothing) break;
      lane.MessageQueue::pop();
      lane.MessageQueue::unpin();
    }
  }
  lane.droppedMessages.add();
  drop(lane, *cell, kind == Kind::Message ? nullptr : cell->slot());
  lane.unpin();
  return true;
}

/// Waits for room; why there will be none, or nothing. Full: this thread is the one to make it.
inline std::optional<Errc> waitForRoom(EndpointCore& sender, MessageLane& lane,
                                       ChannelName const& channel, Nanoseconds deadline) {
  LaneBounds& bounds = *lane.bounds;
  EndpointCore& to = *lane.receiver;
  // A stand-in of the receiver waits for it to be polled, which would be by this thread.
  if (&to == &sender || sender.named.get() == &to || to.isBoundHere()) return Errc::Full;
  Waiting waiting(bounds.room, to, sender, channel.name());
  for (;;) {
    bounds.wantRoom();
    std::uint64_t const waits = lane.waiting();
    if (waits < bounds.capacity) return std::nullopt;
    if (waits <= lane.reserved) {
      throwDeadlock(channel.name(), "an argument that is being captured for '" + to.displayName() +
                                        "' waits for room at '" + to.displayName() + "'");
    }
    switch (waiting.wait(deadline, "room for", channel.name())) {
      case WaitEnd::Driven:
      case WaitEnd::Ready: break;
      case WaitEnd::Timeout: return Errc::Timeout;
      case WaitEnd::Deadlock: throwDeadlock(channel.name(), waiting.cycle());
      case WaitEnd::Closed:
      case WaitEnd::Deserted: return Errc::Closed;
    }
  }
}

/// A lane that takes messages; or why not, and then the message counts as refused.
struct LaneOrError {
  MessageLane* lane;
  Errc refused;  // if lane is null
};

[[gnu::noinline]] inline LaneOrError makeRoom(EndpointCore& sender, MessageLane& lane,
                                              ChannelName const& channel, Nanoseconds deadline) {
  LaneBounds& bounds = *lane.bounds;
  noteRoom(*lane.receiver, lane);
  if (lane.waiting() < bounds.highWater) bounds.isHigh = false;
  std::optional<Errc> refused;
  auto const isFull = [&] { return lane.waiting() + bounds.promised >= bounds.capacity; };
  if (bounds.overflow == Overflow::DropOldest) {
    // while: hooks that are told may send here, too; what they send does not get this room.
    while (isFull()) {
      // What is dropped may send at its end, and drop again: not as deep as inboxes are.
      constexpr unsigned MostInside = 16;
      unsigned& dropping = threadState().dropping;
      if (dropping == MostInside) {
        refused = Errc::Full;
        break;
      }
      ++bounds.promised;
      ++dropping;
      bool const hasDropped = dropOldest(lane);
      --dropping;
      if (--bounds.promised; hasDropped) continue;
      // The reader is taking the last ones, or all are still being captured.
      bool const areCaptured = lane.reserved != 0 && lane.waiting() <= lane.reserved;
      if (bounds.promised != 0 || areCaptured) refused = Errc::Full;
      break;
    }
  } else if (isFull()) {
    refused = bounds.overflow == Overflow::Block ? waitForRoom(sender, lane, channel, deadline)
                                                 : Errc::Full;
  }
  if (refused.has_value()) {
    refuse(sender, *lane.receiver, channel, *refused);
    return {nullptr, *refused};
  }
  // That there is room tells what the receiver has done before it made it.
  raiseClock(bounds.takenAt.load(std::memory_order_relaxed));
  std::uint64_t const waiting = lane.waiting() + 1;  // with this one
  if (waiting >= bounds.highWater && !std::exchange(bounds.isHigh, true)) {
    sender.bus->highWater(sender.name, lane.receiver->name, waiting);
  }
  return {&lane, {}};
}

[[gnu::always_inline]] inline LaneOrError openLane(Route const& route, ChannelName const& channel) {
  if (route.to == nullptr) return {nullptr, Errc::Closed};
  EndpointCore& sender = route.sender.core();
  EndpointCore& to = *route.to;
  MessageLane* const lane = sender.laneTo(to);
  if (lane == nullptr || to.isClosed()) [[unlikely]] {
    refuse(sender, to, channel, Errc::Closed);
    return {nullptr, Errc::Closed};
  }
  if (lane->bounds != nullptr) [[unlikely]]
    return makeRoom(sender, *lane, channel, route.deadline);
  return {lane, {}};
}

inline SendResult finishPush(EndpointCore& sender, MessageLane& lane) {
  sender.sent.add();
  return lane.receiver->pushed(lane) ? SendResult::Queued : SendResult::Closed;
}

/// A channel's record, until a message has it.
class NameHold {
 public:
  NameHold(EndpointCore& sender, ChannelName const& channel)
      : record_(sender.names.find(channel)) {}
  explicit NameHold(NameRecord const* record) noexcept : record_(record) {}
  ~NameHold() {
    if (record_ != nullptr && !record_->isKept) [[unlikely]]
      DeleteRecord{}(record_);
  }
  NameHold(NameHold const&) = delete;
  NameHold& operator=(NameHold const&) = delete;

  NameRecord const* release() noexcept { return std::exchange(record_, nullptr); }
  /// A second one, for somebody else.
  NameRecord const* copy() const {
    return record_->isKept ? record_ : makeRecord(record_->name(), false);
  }

 private:
  NameRecord const* record_;
};

/// `T...` is what travels, made from the arguments.
template <class... T, class... A>
SendResult pushMessage(Route const& route, ChannelName const& channel, TypeList<T...>,
                       A&&... arguments) {
  checkCaptured(TypeList<T...>{}, TypeList<A...>{});
  auto const [lane, refused] = openLane(route, channel);
  if (lane == nullptr) [[unlikely]]
    return refused == Errc::Closed ? SendResult::Closed : SendResult::Full;
  EndpointCore& sender = route.sender.core();
  NameHold name(sender, channel);
  using Captured = ArgumentsOf<T...>;
  if constexpr (Captured::isMadeQuietlyFrom(TypeList<A...>{})) {
    OpenCell cell(*lane, route.sender);
    makeArguments<Captured>(*cell, cell->storage, std::forward<A>(arguments)...);
    lane->pushedMessages.add();
    cell->name = name.release();
    cell.commit(Kind::Message);
  } else {
    Capture<Captured, A...> captured(*lane, std::forward<A>(arguments)...);
    if (route.to->isClosed()) [[unlikely]] {  // meanwhile
      refuse(sender, *route.to, channel, Errc::Closed);
      return SendResult::Closed;
    }
    OpenCell cell(*lane, route.sender);
    captured.fill(*cell, cell->storage);
    cell->name = name.release();
    cell.commit(Kind::Message);
  }
  return finishPush(sender, *lane);
}

/// Puts a request into a lane that is open. The slot gets an answer in any case: Closed, if nothing
/// else.
template <class Captured, class... A>
void pushRequest(SendingAs const& sender, MessageLane& lane, NameHold& name, Kind kind,
                 AnswerSlot& slot, Capture<Captured, A...>& captured) {
  auto const finish = [&](OpenCell& cell) {
    cell->setSlot(&slot);
    cell->name = name.release();
    cell.commit(kind);
  };
  if constexpr (Captured::place == Place::CellOrExtra) {
    lane.prepareTwo();
    ArgumentsOps const* ops = nullptr;
    {
      OpenCell extra(lane, sender);
      captured.fill(*extra, extra->storage);
      ops = extra->arguments;
      extra.commit(Kind::Extra);
    }
    OpenCell cell(lane, sender);
    cell->arguments = ops;
    finish(cell);
  } else {
    OpenCell cell(lane, sender);
    captured.fill(*cell, cell->storage);
    finish(cell);
  }
  finishPush(sender.core(), lane);
  sender.thread().answers.tidy();
}

/// Calls push(captured) with what travels. Of a lane where what waits may be dropped, a request is one
/// cell.
template <class... T, class Push, class... A>
void withCaptured(MessageLane& lane, TypeList<T...>, Push&& push, A&&... arguments) {
  checkCaptured(TypeList<T...>{}, TypeList<A...>{});
  if constexpr (ArgumentsOf<T...>::place == Place::CellOrExtra) {
    if (lane.readerLocks) [[unlikely]] {
      Capture<PlacedArguments<true, T...>, A...> captured(lane, std::forward<A>(arguments)...);
      return push(captured);
    }
  }
  Capture<ArgumentsOf<T...>, A...> captured(lane, std::forward<A>(arguments)...);
  push(captured);
}

inline std::string nameOf(Route const& route) {
  return route.to == nullptr ? "(nobody)" : route.to->displayName();
}

template <class R, class... T, class... A>
R sendSync(Route const& route, ChannelName const& channel, TypeList<T...> sent, A&&... arguments) {
  auto const [lane, refused] = openLane(route, channel);
  if (lane == nullptr) [[unlikely]]
    throwFailure(refused, channel.name(), nameOf(route));
  EndpointCore& sender = route.sender.core();
  EndpointCore& to = *route.to;
  if (sender.isClosed()) [[unlikely]]
    throwFailure(Errc::Closed, channel.name(), nameOf(route));
  NameHold name(sender, channel);
  PendingRequest pending(route.deadline);
  WaitEnd end = WaitEnd::Ready;
  std::string cycle;
  MessageLane& open = *lane;
  withCaptured(
      open, sent,
      [&](auto& captured) {
        Waiting waiting(pending.slot(), to, sender, channel.name());
        pushRequest(route.sender, open, name, Kind::Request, pending.slot(), captured);
        // From here on the slot is in use: whatever leaves, leaves it to the one who answers.
        AbandonUnlessWaited unless(pending, to);
        end = waiting.wait(route.deadline, "sendSync", channel.name());
        if (end == WaitEnd::Deadlock) [[unlikely]]
          cycle = waiting.cycle();
        unless.hasWaited();
      },
      std::forward<A>(arguments)...);
  // The edge is withdrawn before the slot goes: whoever walks the graph looks at its state.
  pending.settle(end, cycle, to, channel.name());
  return pending.take<R>(channel.name(), to);
}

template <class R, class... T, class... A>
Future<R> ask(Route const& route, Kind kind, ChannelName const& channel, TypeList<T...> sent,
              A&&... arguments) {
  LaneOrError opening{};
  try {
    opening = openLane(route, channel);
  } catch (Error const&) {  // it would wait for room for ever
    return FutureAccess::make<R>(std::current_exception());
  }
  auto const [lane, refused] = opening;
  if (lane == nullptr) [[unlikely]] {
    return FutureAccess::make<R>(
        std::make_exception_ptr(explain(refused, channel.name(), nameOf(route))));
  }
  EndpointCore& sender = route.sender.core();
  NameHold name(sender, channel);
  NameHold own(name.copy());
  auto held = lane->shared_from_this();
  PendingRequest pending(route.deadline);
  MessageLane& open = *lane;
  withCaptured(
      open, sent,
      [&](auto& captured) {
        pushRequest(route.sender, open, name, kind, pending.slot(), captured);
      },
      std::forward<A>(arguments)...);
  return FutureAccess::make<R>(
      PendingAnswer(std::move(pending), std::move(held), own.release(), route.deadline));
}

/// For the verbs that return a Future: no memory is told by that.
template <class R, class Ask>
[[gnu::always_inline]] inline Future<R> byFuture(Ask&& ask) {
  try {
    return ask();
  } catch (std::bad_alloc const&) {
    return FutureAccess::make<R>(std::current_exception());
  }
}

/// What became of something that is no message.
enum class Pushed {
  Queued,
  TooLate,  // it was put into the inbox, but the receiver has been closed meanwhile
  Refused   // the receiver is closed, and nothing has happened
};

/// What is no message, and does not count. Whoever speaks, there is a SendingAs for it. If it throws,
/// nothing has happened.
template <class Fill>
Pushed pushUncounted(EndpointCore& sender, EndpointCore& to, Kind kind, Fill&& fill) {
  MessageLane* const lane = sender.laneTo(to);
  if (lane == nullptr || to.isClosed()) return Pushed::Refused;
  OpenCell cell(*lane);
  fill(*cell);
  cell.commit(kind);
  return to.pushed(*lane) ? Pushed::Queued : Pushed::TooLate;
}

/// Takes the task, unless it refuses it or throws. TooLate: the task has ended or, if it runs
/// anyway, will run.
inline Pushed offerTask(EndpointCore& sender, EndpointCore& to, TaskPtr& task) {
  return pushUncounted(sender, to, Kind::Post,
                       [&](MessageCell& cell) { cell.task = task.release(); });
}

/// False if the receiver is closed; then the task has ended.
inline bool pushTask(EndpointCore& sender, EndpointCore& to, TaskPtr task) {
  return offerTask(sender, to, task) == Pushed::Queued;
}

inline void EndpointCore::bringTask(TaskPtr task) noexcept {
  try {
    SendingAs const sender(bus);
    if (offerTask(sender.core(), *this, task) != Pushed::Refused) return;
  } catch (std::exception const&) {
    // No memory, or the wrong thread for a driven bus: when the loop comes round.
  }
  keepTask(*this, std::move(task));
  if (!isClosed()) announceKept(*this);
}

/// For a lane that nobody else sends by.
inline void pushStamped(MessageLane& lane, std::uint64_t stamp,
                        std::unique_ptr<PostedFunction> task) {
  OpenCell cell(lane);
  cell->task = task.release();
  cell.commitWith(Kind::Post, stamp);
}

inline void pushQuit(EndpointCore& sender, EndpointCore& to) {
  pushUncounted(sender, to, Kind::Quit, [](MessageCell&) {});
}

/// An answer to a continuation of this endpoint goes through its inbox, after whatever the one who
/// answers has sent here before.
inline void EndpointCore::bringAnswer(AnswerSlot* slot) noexcept {
  auto const keep = slot->continuesAt;
  try {
    SendingAs const sender(bus);
    auto const fill = [&](MessageCell& cell) { cell.setSlot(slot); };
    // TooLate: see discard().
    if (pushUncounted(sender.core(), *this, Kind::Answer, fill) != Pushed::Refused) return;
  } catch (std::exception const&) {
    // No memory, or the wrong thread for a driven bus: when the loop comes round.
    if (!isClosed() && kept.keep(slot)) return announceKept(*this);
  }
  loseAnswer(slot);
}

}  // namespace tincan::inline v0::detail

namespace tincan::inline v0 {

inline detail::Route Peer::route(std::string_view verb) const {
  if (core_ == nullptr) return {detail::SendingAs(), nullptr};
  return {detail::SendingAs(from_, core_->bus, verb), core_.get()};
}

template <class... A>
SendResult Event::reply(ChannelName channel, A&&... arguments) {
  return sender.send(channel, std::forward<A>(arguments)...);
}
template <detail::FunctionType S, class... A>
SendResult Event::reply(Channel<S> const& channel, A&&... arguments) {
  return sender.send(channel, std::forward<A>(arguments)...);
}

template <class Self>
template <class R, class... A>
R AskingVerbs<Self>::sendSync(ChannelName channel, A&&... arguments) const {
  detail::Route const route = self().route("sendSync");
  return detail::sendSync<R>(route, channel, detail::TypeList<detail::Travels<A>...>{},
                             detail::travelling<A>(arguments)...);
}

template <class Self>
template <detail::FunctionType S, class... A>
typename detail::Typed<S>::Result AskingVerbs<Self>::sendSync(Channel<S> const& channel,
                                                              A&&... arguments) const {
  return this->template sendSync<typename detail::Typed<S>::Result>(channel,
                                                                    std::forward<A>(arguments)...);
}

template <class Self>
template <class R, detail::FunctionType S, class... A>
R AskingVerbs<Self>::sendSync(Channel<S> const& channel, A&&... arguments) const {
  using Typed = detail::Typed<S>;
  static_assert(std::is_same_v<R, typename Typed::Result> || std::is_void_v<R>,
                "tincan: this typed channel answers with another type than the one asked for.");
  if constexpr (Typed::template argumentsFit<A...>()) {
    detail::Route const route = self().route("sendSync");
    auto const call = [&](auto sent, auto&&... fitted) {
      return detail::sendSync<R>(route, channel, sent, std::forward<decltype(fitted)>(fitted)...);
    };
    return Typed::apply(call, channel.name(), std::forward<A>(arguments)...);
  }
}

template <class Self>
template <class R, class... A>
Future<R> AskingVerbs<Self>::request(ChannelName channel, A&&... arguments) const {
  return detail::byFuture<R>([&] {
    detail::Route const route = self().route("request");
    return detail::ask<R>(route, detail::Kind::Request, channel,
                          detail::TypeList<detail::Travels<A>...>{},
                          detail::travelling<A>(arguments)...);
  });
}

template <class Self>
template <detail::FunctionType S, class... A>
Future<typename detail::Typed<S>::Result> AskingVerbs<Self>::request(Channel<S> const& channel,
                                                                     A&&... arguments) const {
  return this->template request<typename detail::Typed<S>::Result>(channel,
                                                                   std::forward<A>(arguments)...);
}

template <class Self>
template <class R, detail::FunctionType S, class... A>
Future<R> AskingVerbs<Self>::request(Channel<S> const& channel, A&&... arguments) const {
  using Typed = detail::Typed<S>;
  static_assert(std::is_same_v<R, typename Typed::Result> || std::is_void_v<R>,
                "tincan: this typed channel answers with another type than the one asked for.");
  if constexpr (Typed::template argumentsFit<A...>()) {
    return detail::byFuture<R>([&] {
      detail::Route const route = self().route("request");
      auto const call = [&](auto sent, auto&&... fitted) {
        return detail::ask<R>(route, detail::Kind::Request, channel, sent,
                              std::forward<decltype(fitted)>(fitted)...);
      };
      return Typed::apply(call, channel.name(), std::forward<A>(arguments)...);
    });
  }
}

template <class Self>
template <class R, class... A>
Future<R> AskingVerbs<Self>::invoke(ChannelName channel, A&&... arguments) const {
  return detail::byFuture<R>([&] {
    detail::Route const route = self().route("invoke");
    return detail::ask<R>(route, detail::Kind::Invoke, channel,
                          detail::TypeList<detail::Travels<A>...>{},
                          detail::travelling<A>(arguments)...);
  });
}

template <class Self>
template <detail::FunctionType S, class... A>
Future<typename detail::Typed<S>::Result> AskingVerbs<Self>::invoke(Channel<S> const& channel,
                                                                    A&&... arguments) const {
  return this->template invoke<typename detail::Typed<S>::Result>(channel,
                                                                  std::forward<A>(arguments)...);
}

template <class Self>
template <class R, detail::FunctionType S, class... A>
Future<R> AskingVerbs<Self>::invoke(Channel<S> const& channel, A&&... arguments) const {
  using Typed = detail::Typed<S>;
  static_assert(std::is_same_v<R, typename Typed::Result> || std::is_void_v<R>,
                "tincan: this typed channel answers with another type than the one asked for.");
  if constexpr (Typed::template argumentsFit<A...>()) {
    return detail::byFuture<R>([&] {
      detail::Route const route = self().route("invoke");
      auto const call = [&](auto sent, auto&&... fitted) {
        return detail::ask<R>(route, detail::Kind::Invoke, channel, sent,
                              std::forward<decltype(fitted)>(fitted)...);
      };
      return Typed::apply(call, channel.name(), std::forward<A>(arguments)...);
    });
  }
}

template <class Self>
template <class... A>
SendResult Verbs<Self>::send(ChannelName channel, A&&... arguments) const {
  detail::Route const route = self().route("send");
  return detail::pushMessage(route, channel, detail::TypeList<detail::Travels<A>...>{},
                             detail::travelling<A>(arguments)...);
}

template <class Self>
template <detail::FunctionType S, class... A>
SendResult Verbs<Self>::send(Channel<S> const& channel, A&&... arguments) const {
  using Typed = detail::Typed<S>;
  if constexpr (Typed::template argumentsFit<A...>()) {
    detail::Route const route = self().route("send");
    auto const call = [&](auto sent, auto&&... fitted) {
      return detail::pushMessage(route, channel, sent, std::forward<decltype(fitted)>(fitted)...);
    };
    return Typed::apply(call, channel.name(), std::forward<A>(arguments)...);
  }
}

template <class Self>
template <class V, class... Ports>
SendResult Verbs<Self>::postMessage(ChannelName channel, V&& value, Ports&&... ports) const {
  detail::Route const route = self().route("postMessage");
  return detail::pushMessage(route, channel,
                             detail::TypeList<detail::Travels<V>, detail::PortList>{},
                             detail::travelling<V>(value), detail::PortsToSend<Ports...>(ports...));
}

template <class Self>
template <detail::FunctionType S, class V, class... Ports>
SendResult Verbs<Self>::postMessage(Channel<S> const& channel, V&& value, Ports&&... ports) const {
  using Typed = detail::Typed<S>;
  if constexpr (Typed::template argumentsFit<V>()) {
    static_assert(Typed::Sent::size == 1,
                  "tincan: postMessage sends one value: the channel's signature must have one "
                  "parameter.");
    detail::Route const route = self().route("postMessage");
    auto const call = [&]<class T>(detail::TypeList<T>, auto&& fitted) {
      return detail::pushMessage(route, channel, detail::TypeList<T, detail::PortList>{},
                                 std::forward<decltype(fitted)>(fitted),
                                 detail::PortsToSend<Ports...>(ports...));
    };
    return Typed::apply(call, channel.name(), std::forward<V>(value));
  }
}

}  // namespace tincan::inline v0
