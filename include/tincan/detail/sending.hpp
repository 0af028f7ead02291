// tincan/detail/sending.hpp - layer 12 - puts messages into lanes
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

#include <tincan/detail/asker.hpp>
#include <tincan/detail/core.hpp>
#include <tincan/detail/endpoint_core.hpp>
#include <tincan/detail/thread_state.hpp>
#include <tincan/event.hpp>
#include <tincan/future.hpp>
#include <tincan/peer.hpp>
#include <tincan/port.hpp>

namespace tincan::detail {

/// A cell that is being filled. One that is not committed is published as Nothing: the reader goes
/// past it.
class OpenCell {
 public:
  explicit OpenCell(MessageLane& lane) : lane_(lane), cell_(begin(lane)), before_(lane.lastStamp) {
    // The stamp is drawn when the cell is opened: cells and stamps are in one order, even if
    // capturing the arguments sends messages itself.
    stamp_ = (std::max)(threadState.clock, lane.lastStamp) + 1;
    threadState.clock = lane.lastStamp = stamp_;
  }
  ~OpenCell() {
    if (kind_ != Kind::Nothing) [[likely]]
      return;
    publish();
    if (isCounted_) lane_.droppedMessages.add();
  }
  OpenCell(OpenCell const&) = delete;
  OpenCell& operator=(OpenCell const&) = delete;

  MessageCell& operator*() const noexcept { return cell_; }
  MessageCell* operator->() const noexcept { return &cell_; }

  /// It is a message: it counts from now on, so that one that is sent while its arguments are
  /// captured finds that much less room.
  void count() noexcept {
    lane_.pushedMessages.add();
    isCounted_ = true;
  }

  /// For what was sent before, and has waited elsewhere: the stamp that it has, or the next one that
  /// fits.
  void setStamp(std::uint64_t stamp) noexcept {
    stamp_ = lane_.lastStamp = (std::max)(before_ + 1, stamp);
  }

  void commit(Kind kind) noexcept {
    kind_ = kind;
    publish();
  }

 private:
  static MessageCell& begin(MessageLane& lane) {
    // Once in a chunk the sender catches up with what the receiver has seen; see Inbox::seen().
    if (lane.startsChunk()) [[unlikely]]
      raiseClock(stampOf(lane.receiver->inbox.seen()));
    return lane.open();
  }

  void publish() noexcept { lane_.publish(cell_, makeWord(stamp_, kind_)); }

  MessageLane& lane_;
  MessageCell& cell_;
  std::uint64_t const before_;  // the stamp of the lane's last cell
  std::uint64_t stamp_;
  Kind kind_ = Kind::Nothing;
  bool isCounted_ = false;
};

/// From whom to whom, and until when an answer is waited for.
struct Way {
  Speaker const speaker;
  EndpointCore* const to;  // null: nobody
  Nanoseconds const deadline = NoDeadline;
};

/// The value has been captured, and nothing can fail any more.
template <class V, class... Ports>
void takePorts(PortList& list, V const&, PortsToSend<Ports...> const& toSend) noexcept {
  list.take(toSend.ports());
}

/// Builds the arguments where they travel.
template <class Captured, class... A>
void capture(MessageCell& cell, std::byte* inPlace, A&&... arguments) {
  using Tuple = typename Captured::Tuple;
  Tuple* captured = nullptr;
  if constexpr (Captured::place == Place::Heap) {
    captured = new Tuple(std::forward<A>(arguments)...);
    cell.setHeap(captured);
  } else {
    captured = ::new (static_cast<void*>(inPlace)) Tuple(std::forward<A>(arguments)...);
  }
  if constexpr (Captured::hasPorts) takePorts(std::get<PortList>(*captured), arguments...);
  cell.arguments = &Captured::ops;
}

template <class... T, class... A>
constexpr void checkCaptured(TypeList<T...>, TypeList<A...>) noexcept {
  static_assert((std::is_constructible_v<T, A> && ...),
                "tincan: an argument is copied or moved into the message, and this type cannot be: "
                "pass std::move(argument), or a pointer that owns it.");
}

/// A message that was refused counts as sent and as a dead letter.
[[gnu::noinline]] inline void refuse(EndpointCore& speaker, EndpointCore& to,
                                     ChannelName const& channel, Errc reason) {
  if (Driver* const driver = to.bus->driver()) {
    driver->looked(Driver::Touch::Life, &to);
    driver->refuses();
  }
  speaker.sent.add();
  speaker.bus->deadLetter(reason, channel.name(), speaker.name, to.name);
}

/// The lane's oldest message that waits becomes a dead letter. False if there is none that could:
/// their arguments are being captured.
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
  lane.receiver->drop(lane, *cell, kind == Kind::Message ? nullptr : cell->slot());
  lane.unpin();
  return true;
}

/// Waits for room; why there will be none, or nothing. Full: this thread is the one to make it.
inline std::optional<Errc> waitForRoom(EndpointCore& speaker, MessageLane& lane,
                                       ChannelName const& channel, Nanoseconds deadline) {
  LaneBounds& bounds = *lane.bounds;
  EndpointCore& to = *lane.receiver;
  if (&to == &speaker || to.isBoundHere()) return Errc::Full;
  if (lane.isHeldUp(UINT64_MAX)) {
    throwDeadlock(channel.name(), "an argument that is being captured for '" + to.displayName() +
                                      "' waits for room at '" + to.displayName() + "'");
  }
  Waiting waiting(bounds.room, to, speaker, channel.name());
  for (;;) {
    bounds.wantRoom();
    if (lane.waiting() < bounds.capacity) return std::nullopt;
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
struct Opening {
  MessageLane* lane;
  Errc refused;  // if lane is null
};

[[gnu::noinline]] inline Opening makeRoom(EndpointCore& speaker, MessageLane& lane,
                                          ChannelName const& channel, Nanoseconds deadline) {
  LaneBounds& bounds = *lane.bounds;
  if (Driver* const driver = lane.receiver->bus->driver()) driver->looksForRoom(lane);
  if (lane.waiting() < bounds.highWater) bounds.isHigh = false;
  std::optional<Errc> refused;
  if (bounds.overflow == Overflow::DropOldest) {
    // while: hooks that are told may send here, too.
    while (lane.waiting() >= bounds.capacity) {
      if (dropOldest(lane)) continue;
      // The reader is taking the last ones, or they are behind one that is being captured.
      if (lane.isHeldUp(UINT64_MAX)) refused = Errc::Full;
      break;
    }
  } else if (lane.waiting() >= bounds.capacity) {
    refused = bounds.overflow == Overflow::Block ? waitForRoom(speaker, lane, channel, deadline)
                                                 : Errc::Full;
  }
  if (refused.has_value()) {
    refuse(speaker, *lane.receiver, channel, *refused);
    return {nullptr, *refused};
  }
  std::uint64_t const waiting = lane.waiting() + 1;  // with this one
  if (waiting >= bounds.highWater && !std::exchange(bounds.isHigh, true)) {
    speaker.bus->highWater(speaker.name, lane.receiver->name, waiting);
  }
  return {&lane, {}};
}

[[gnu::always_inline]] inline Opening openLane(Way const& way, ChannelName const& channel) {
  if (way.to == nullptr) return {nullptr, Errc::Closed};
  EndpointCore& speaker = way.speaker.core();
  EndpointCore& to = *way.to;
  MessageLane* const lane = speaker.laneTo(to);
  if (lane == nullptr || to.isClosed()) [[unlikely]] {
    refuse(speaker, to, channel, Errc::Closed);
    return {nullptr, Errc::Closed};
  }
  if (lane->bounds != nullptr) [[unlikely]]
    return makeRoom(speaker, *lane, channel, way.deadline);
  return {lane, {}};
}

inline SendResult finishPush(EndpointCore& speaker, MessageLane& lane) {
  speaker.sent.add();
  return lane.receiver->pushed(lane) ? SendResult::Queued : SendResult::Closed;
}

/// A channel's record, until a message has it.
class NameHold {
 public:
  NameHold(EndpointCore& speaker, ChannelName const& channel)
      : record_(speaker.names.find(channel)) {}
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
SendResult pushMessage(Way const& way, ChannelName const& channel, TypeList<T...>,
                       A&&... arguments) {
  checkCaptured(TypeList<T...>{}, TypeList<A...>{});
  Sending const sending;
  auto const [lane, refused] = openLane(way, channel);
  if (lane == nullptr) [[unlikely]]
    return refused == Errc::Closed ? SendResult::Closed : SendResult::Full;
  EndpointCore& speaker = way.speaker.core();
  NameHold name(speaker, channel);
  {
    OpenCell cell(*lane);
    cell.count();
    capture<ArgumentsOf<T...>>(*cell, cell->storage, std::forward<A>(arguments)...);
    cell->name = name.release();
    cell.commit(Kind::Message);
  }
  return finishPush(speaker, *lane);
}

/// The lane must be open. The slot gets an answer in any case: Closed, if nothing else.
template <class Captured, class... A>
void pushCaptured(EndpointCore& speaker, MessageLane& lane, NameHold& name, Kind kind,
                  AnswerSlot& slot, A&&... arguments) {
  auto const finish = [&](OpenCell& cell) {
    cell->setSlot(&slot);
    cell->name = name.release();
  };
  if constexpr (Captured::place == Place::CellOrExtra) {
    OpenCell extra(lane);
    OpenCell cell(lane);
    cell.count();
    capture<Captured>(*cell, extra->storage, std::forward<A>(arguments)...);
    finish(cell);
    extra.commit(Kind::Extra);
    cell.commit(kind);
  } else {
    OpenCell cell(lane);
    cell.count();
    capture<Captured>(*cell, cell->storage, std::forward<A>(arguments)...);
    finish(cell);
    cell.commit(kind);
  }
  finishPush(speaker, lane);
  threadState.answers.tidy();
}

template <class... T, class... A>
void pushRequest(EndpointCore& speaker, MessageLane& lane, NameHold& name, Kind kind,
                 AnswerSlot& slot, TypeList<T...>, A&&... arguments) {
  checkCaptured(TypeList<T...>{}, TypeList<A...>{});
  if constexpr (ArgumentsOf<T...>::place == Place::CellOrExtra) {
    // What may be dropped is one cell.
    if (lane.isShared) [[unlikely]] {
      pushCaptured<PlacedArguments<true, T...>>(speaker, lane, name, kind, slot,
                                                std::forward<A>(arguments)...);
      return;
    }
  }
  pushCaptured<ArgumentsOf<T...>>(speaker, lane, name, kind, slot, std::forward<A>(arguments)...);
}

inline std::string nameOf(Way const& way) {
  return way.to == nullptr ? "(nobody)" : way.to->displayName();
}

template <class R, class... T, class... A>
R sendSync(Way const& way, ChannelName const& channel, TypeList<T...> sent, A&&... arguments) {
  Sending const sending;
  auto const [lane, refused] = openLane(way, channel);
  if (lane == nullptr) [[unlikely]]
    throwFailure(refused, channel.name(), nameOf(way));
  EndpointCore& speaker = way.speaker.core();
  EndpointCore& to = *way.to;
  if (speaker.isClosed()) [[unlikely]]
    throwFailure(Errc::Closed, channel.name(), nameOf(way));
  if (lane->isHeldUp(UINT64_MAX)) [[unlikely]] {
    throwDeadlock(channel.name(), "an argument that is being captured for '" + to.displayName() +
                                      "' asks '" + to.displayName() + "'");
  }
  NameHold name(speaker, channel);
  Asker asker;
  WaitEnd end = WaitEnd::Ready;
  std::string cycle;
  {
    Waiting waiting(asker.state(), to, speaker, channel.name());
    pushRequest(speaker, *lane, name, Kind::Request, asker.slot(), sent,
                std::forward<A>(arguments)...);
    end = waiting.wait(way.deadline, "sendSync", channel.name());
    if (end == WaitEnd::Deadlock) [[unlikely]]
      cycle = waiting.cycle();
  }
  // The edge is withdrawn before the slot goes: whoever walks the graph looks at its state.
  asker.settle(end, cycle, to, channel.name());
  return asker.take<R>(channel.name(), to);
}

template <class R, class... T, class... A>
Future<R> ask(Way const& way, Kind kind, ChannelName const& channel, TypeList<T...> sent,
              A&&... arguments) {
  Sending const sending;
  auto const [lane, refused] = openLane(way, channel);
  if (lane == nullptr) [[unlikely]] {
    return FutureAccess::make<R>(
        std::make_exception_ptr(failure(refused, channel.name(), nameOf(way))));
  }
  EndpointCore& speaker = way.speaker.core();
  NameHold name(speaker, channel);
  NameHold own(name.copy());
  auto held = lane->shared_from_this();
  Asker asker;
  pushRequest(speaker, *lane, name, kind, asker.slot(), sent, std::forward<A>(arguments)...);
  return FutureAccess::make<R>(
      PendingAnswer(std::move(asker), std::move(held), own.release(), way.deadline));
}

/// A function, to be run by the receiver in its place among the messages.
template <class F>
struct PostedTask final : Task0 {
  template <class G>
  explicit PostedTask(G&& callable) : function(std::forward<G>(callable)) {}
  void run() override { function(); }
  F function;
};

/// What is no message, and does not count. False if the receiver is closed.
template <class Fill>
bool pushUncounted(EndpointCore& speaker, EndpointCore& to, Kind kind, Fill&& fill) {
  Sending const sending;
  MessageLane* const lane = speaker.laneTo(to);
  if (lane == nullptr || to.isClosed()) return false;
  OpenCell cell(*lane);
  fill(*cell);
  cell.commit(kind);
  return to.pushed(*lane);
}

/// False if the receiver is closed; then the task has ended.
inline bool pushTask(EndpointCore& speaker, EndpointCore& to, std::unique_ptr<Task0> task) {
  return pushUncounted(speaker, to, Kind::Post,
                       [&](MessageCell& cell) { cell.task = task.release(); });
}

/// For a lane that nobody else sends by.
inline void pushStamped(MessageLane& lane, std::uint64_t stamp, std::unique_ptr<Task0> task) {
  OpenCell cell(lane);
  cell.setStamp(stamp);
  cell->task = task.release();
  cell.commit(Kind::Post);
}

inline void pushQuit(EndpointCore& speaker, EndpointCore& to) {
  pushUncounted(speaker, to, Kind::Quit, [](MessageCell&) {});
}

/// An answer to a continuation of this endpoint goes through its inbox, after whatever the one who
/// answers has sent here before.
inline void EndpointCore::bringAnswer(AnswerSlot* slot) noexcept {
  auto const keep = slot->continuesAt;
  try {
    Speaker const speaker(bus);
    Sending const sending;
    MessageLane* const lane = speaker.core().laneTo(*this);
    if (lane != nullptr && !isClosed()) {
      OpenCell cell(*lane);
      cell->setSlot(slot);
      cell.commit(Kind::Answer);
      pushed(*lane);  // if the endpoint is closed meanwhile: see discard()
      return;
    }
  } catch (std::exception const&) {
    // No memory, or the wrong thread for a driven bus: as if the endpoint were closed. The
    // continuation keeps its deadline.
  }
  loseAnswer(slot);
}

}  // namespace tincan::detail

namespace tincan {

inline detail::Way Peer::way(std::string_view) const {
  if (core_ == nullptr) return {detail::Speaker(), nullptr};
  return {detail::Speaker(core_->bus), core_.get()};
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
  detail::Way const way = self().way("sendSync");
  return detail::sendSync<R>(way, channel, detail::TypeList<detail::Travels<A>...>{},
                             std::forward<A>(arguments)...);
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
    detail::Way const way = self().way("sendSync");
    auto const call = [&](auto sent, auto&&... fitted) {
      return detail::sendSync<R>(way, channel, sent, std::forward<decltype(fitted)>(fitted)...);
    };
    return Typed::apply(call, channel.name(), std::forward<A>(arguments)...);
  }
}

template <class Self>
template <class R, class... A>
Future<R> AskingVerbs<Self>::request(ChannelName channel, A&&... arguments) const {
  detail::Way const way = self().way("request");
  return detail::ask<R>(way, detail::Kind::Request, channel,
                        detail::TypeList<detail::Travels<A>...>{}, std::forward<A>(arguments)...);
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
    detail::Way const way = self().way("request");
    auto const call = [&](auto sent, auto&&... fitted) {
      return detail::ask<R>(way, detail::Kind::Request, channel, sent,
                            std::forward<decltype(fitted)>(fitted)...);
    };
    return Typed::apply(call, channel.name(), std::forward<A>(arguments)...);
  }
}

template <class Self>
template <class R, class... A>
Future<R> AskingVerbs<Self>::invoke(ChannelName channel, A&&... arguments) const {
  detail::Way const way = self().way("invoke");
  return detail::ask<R>(way, detail::Kind::Invoke, channel,
                        detail::TypeList<detail::Travels<A>...>{}, std::forward<A>(arguments)...);
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
    detail::Way const way = self().way("invoke");
    auto const call = [&](auto sent, auto&&... fitted) {
      return detail::ask<R>(way, detail::Kind::Invoke, channel, sent,
                            std::forward<decltype(fitted)>(fitted)...);
    };
    return Typed::apply(call, channel.name(), std::forward<A>(arguments)...);
  }
}

template <class Self>
template <class... A>
SendResult Verbs<Self>::send(ChannelName channel, A&&... arguments) const {
  detail::Way const way = self().way("send");
  return detail::pushMessage(way, channel, detail::TypeList<detail::Travels<A>...>{},
                             std::forward<A>(arguments)...);
}

template <class Self>
template <detail::FunctionType S, class... A>
SendResult Verbs<Self>::send(Channel<S> const& channel, A&&... arguments) const {
  using Typed = detail::Typed<S>;
  if constexpr (Typed::template argumentsFit<A...>()) {
    detail::Way const way = self().way("send");
    auto const call = [&](auto sent, auto&&... fitted) {
      return detail::pushMessage(way, channel, sent, std::forward<decltype(fitted)>(fitted)...);
    };
    return Typed::apply(call, channel.name(), std::forward<A>(arguments)...);
  }
}

template <class Self>
template <class V, class... Ports>
SendResult Verbs<Self>::postMessage(ChannelName channel, V&& value, Ports&&... ports) const {
  detail::Way const way = self().way("postMessage");
  return detail::pushMessage(way, channel, detail::TypeList<detail::Travels<V>, detail::PortList>{},
                             std::forward<V>(value), detail::PortsToSend<Ports...>(ports...));
}

template <class Self>
template <detail::FunctionType S, class V, class... Ports>
SendResult Verbs<Self>::postMessage(Channel<S> const& channel, V&& value, Ports&&... ports) const {
  using Typed = detail::Typed<S>;
  if constexpr (Typed::template argumentsFit<V>()) {
    static_assert(Typed::Sent::size == 1,
                  "tincan: postMessage sends one value: the channel's signature must have one "
                  "parameter.");
    detail::Way const way = self().way("postMessage");
    auto const call = [&]<class T>(detail::TypeList<T>, auto&& fitted) {
      return detail::pushMessage(way, channel, detail::TypeList<T, detail::PortList>{},
                                 std::forward<decltype(fitted)>(fitted),
                                 detail::PortsToSend<Ports...>(ports...));
    };
    return Typed::apply(call, channel.name(), std::forward<V>(value));
  }
}

}  // namespace tincan
