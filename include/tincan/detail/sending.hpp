// tincan/detail/sending.hpp - layer 12 - puts messages into lanes
#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
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

namespace tincan::detail {

/// A cell that is being filled. One that is not committed is published as Nothing: the reader goes
/// past it.
class OpenCell {
 public:
  explicit OpenCell(MessageLane& lane) : lane_(lane), cell_(begin(lane)) {
    // The stamp is drawn when the cell is opened: cells and stamps are in one order, even if
    // capturing the arguments sends messages itself.
    stamp_ = std::max(threadState.clock, lane.lastStamp) + 1;
    threadState.clock = lane.lastStamp = stamp_;
  }
  ~OpenCell() {
    if (kind_ == Kind::Nothing) [[unlikely]]
      publish();
  }
  OpenCell(OpenCell const&) = delete;
  OpenCell& operator=(OpenCell const&) = delete;

  MessageCell& operator*() const noexcept { return cell_; }
  MessageCell* operator->() const noexcept { return &cell_; }

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
  std::uint64_t stamp_;
  Kind kind_ = Kind::Nothing;
};

/// Builds the arguments where they travel.
template <class... A>
void capture(MessageCell& cell, std::byte* inPlace, A&&... arguments) {
  using Captured = ArgumentsOf<Travels<A>...>;
  using Tuple = typename Captured::Tuple;
  static_assert((std::is_constructible_v<Travels<A>, A> && ...),
                "tincan: an argument is copied or moved into the message, and this type cannot be: "
                "pass std::move(argument), or a pointer that owns it.");
  if constexpr (Captured::place == Place::Heap) {
    cell.setHeap(new Tuple(std::forward<A>(arguments)...));
  } else {
    ::new (static_cast<void*>(inPlace)) Tuple(std::forward<A>(arguments)...);
  }
  cell.arguments = &Captured::ops;
}

/// A lane that takes messages, or null: the receiver is closed, and the message counts as refused.
inline MessageLane* openLane(EndpointCore& speaker, EndpointCore& to, ChannelName const& channel) {
  MessageLane* const lane = speaker.laneTo(to);
  if (lane != nullptr && !to.isClosed()) [[likely]]
    return lane;
  speaker.sent.add();
  speaker.bus->deadLetter(Errc::Closed, channel.name(), speaker.name, to.name);
  return nullptr;
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

  NameRecord const* get() const noexcept { return record_; }
  NameRecord const* release() noexcept { return std::exchange(record_, nullptr); }
  /// A second one, for somebody else.
  NameRecord const* copy() const {
    return record_->isKept ? record_ : makeRecord(record_->name(), false);
  }

 private:
  NameRecord const* record_;
};

template <class... A>
SendResult pushMessage(EndpointCore& speaker, EndpointCore& to, ChannelName const& channel,
                       A&&... arguments) {
  Sending const sending;
  MessageLane* const lane = openLane(speaker, to, channel);
  if (lane == nullptr) [[unlikely]]
    return SendResult::Closed;
  NameHold name(speaker, channel);
  {
    OpenCell cell(*lane);
    capture(*cell, cell->storage, std::forward<A>(arguments)...);
    cell->name = name.release();
    lane->pushedMessages.add();
    cell.commit(Kind::Message);
  }
  return finishPush(speaker, *lane);
}

/// The lane must be open. The slot gets an answer in any case: Closed, if nothing else.
template <class... A>
void pushRequest(EndpointCore& speaker, MessageLane& lane, NameHold& name, AnswerSlot& slot,
                 A&&... arguments) {
  if constexpr (ArgumentsOf<Travels<A>...>::place == Place::CellOrExtra) {
    OpenCell extra(lane);
    OpenCell cell(lane);
    capture(*cell, extra->storage, std::forward<A>(arguments)...);
    cell->setSlot(&slot);
    cell->name = name.release();
    lane.pushedMessages.add();
    extra.commit(Kind::Extra);
    cell.commit(Kind::Request);
  } else {
    OpenCell cell(lane);
    capture(*cell, cell->storage, std::forward<A>(arguments)...);
    cell->setSlot(&slot);
    cell->name = name.release();
    lane.pushedMessages.add();
    cell.commit(Kind::Request);
  }
  finishPush(speaker, lane);
}

template <class R, class... A>
R sendSync(EndpointCore& speaker, EndpointCore& to, ChannelName const& channel,
           Nanoseconds deadline, A&&... arguments) {
  Sending const sending;
  MessageLane* const lane = openLane(speaker, to, channel);
  if (lane == nullptr || speaker.isClosed()) [[unlikely]] {
    throwFailure(Errc::Closed, channel.name(), to.displayName());
  }
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
    pushRequest(speaker, *lane, name, asker.slot(), std::forward<A>(arguments)...);
    end = waiting.wait(deadline);
    if (end == WaitEnd::Deadlock) [[unlikely]]
      cycle = waiting.cycle();
  }
  // The edge is withdrawn before the slot goes: whoever walks the graph looks at its state.
  asker.settle(end, cycle, to, channel.name());
  return asker.take<R>(channel.name(), to);
}

template <class R, class... A>
Future<R> request(EndpointCore& speaker, EndpointCore& to, ChannelName const& channel,
                  A&&... arguments) {
  Sending const sending;
  MessageLane* const lane = openLane(speaker, to, channel);
  if (lane == nullptr) [[unlikely]] {
    try {
      throwFailure(Errc::Closed, channel.name(), to.displayName());
    } catch (Error const&) {
      return FutureAccess::make<R>(std::current_exception());
    }
  }
  NameHold name(speaker, channel);
  NameHold own(name.copy());
  auto held = lane->shared_from_this();
  Asker asker;
  pushRequest(speaker, *lane, name, asker.slot(), std::forward<A>(arguments)...);
  return FutureAccess::make<R>(PendingAnswer(std::move(asker), std::move(held), own.release()));
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

/// False if the receiver is closed.
inline bool pushTask(EndpointCore& speaker, EndpointCore& to, std::unique_ptr<Task0> task) {
  return pushUncounted(speaker, to, Kind::Post,
                       [&](MessageCell& cell) { cell.task = task.release(); });
}

inline void pushQuit(EndpointCore& speaker, EndpointCore& to) {
  pushUncounted(speaker, to, Kind::Quit, [](MessageCell&) {});
}

}  // namespace tincan::detail

namespace tincan {

template <class... A>
SendResult Peer::send(ChannelName channel, A&&... arguments) const {
  if (core_ == nullptr) return SendResult::Closed;
  detail::Speaker const speaker(core_->bus);
  return detail::pushMessage(speaker.core(), *core_, channel, std::forward<A>(arguments)...);
}

template <class R, class... A>
R Peer::sendSync(ChannelName channel, A&&... arguments) const {
  if (core_ == nullptr) detail::throwFailure(Errc::Closed, channel.name(), "(nobody)");
  detail::Speaker const speaker(core_->bus);
  return detail::sendSync<R>(speaker.core(), *core_, channel, detail::NoDeadline,
                             std::forward<A>(arguments)...);
}

template <class R, class... A>
Future<R> Peer::request(ChannelName channel, A&&... arguments) const {
  if (core_ == nullptr) {
    return detail::FutureAccess::make<R>(std::make_exception_ptr(
        Error(Errc::Closed, std::string(channel.name()), "a request to nobody")));
  }
  detail::Speaker const speaker(core_->bus);
  return detail::request<R>(speaker.core(), *core_, channel, std::forward<A>(arguments)...);
}

template <class... A>
SendResult Event::reply(ChannelName channel, A&&... arguments) {
  return sender.send(channel, std::forward<A>(arguments)...);
}

}  // namespace tincan
