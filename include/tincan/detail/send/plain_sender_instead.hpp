// tincan/detail/send/plain_sender_instead.hpp - by whose lanes a thread sends for an endpoint that it has not polled
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/route.hpp>

namespace tincan::inline abi0::detail {

/// The next stamp of the thread, at most.
[[gnu::always_inline]] inline std::uint64_t nextStampOf(ThreadState const& thread) noexcept {
  // relaxed: see MessageLane::publishNext(). Whoever sends in the same name later, on another thread, has
  // synchronized with this one, and reads this value or a later one.
  return largerOf(thread.clock, thread.told->load(std::memory_order_relaxed)) + 1;
}

/// The sender for a thread that has not polled `from`, if it is known from the last time. Calls nothing.
[[gnu::always_inline]] inline EndpointCore* plainSenderAsBefore(
    Ends const& ends, ThreadState const& thread) noexcept {
  if (ends.isOwnVerb) {
    EndpointCore* const from = ends.from;
    // relaxed: only a number, which this thread or one before it has raised.
    bool const isOnRecord =
        from != nullptr && from->plainSender.isLentTo(thread.token) &&
        nextStampOf(thread) <= from->spokenUntil.load(std::memory_order_relaxed);
    return isOnRecord ? from : nullptr;
  }
  auto const& before = thread.byHandle;
  bool const isUsable = before.from == ends.from && before.current == thread.current &&
                        before.sender != nullptr && before.sender->isOpenTo(thread);
  return isUsable ? before.sender : nullptr;
}

/// Puts on record that the thread is about to send one message in the name of an endpoint that nobody has
/// polled, for the thread that will send in its name next. Seldom writes: a record that is ahead of what was
/// sent is as good.
inline void noteSendFor(EndpointCore& named, ThreadState const& thread) noexcept {
  constexpr std::uint64_t Ahead = 64;
  std::uint64_t const stamp = nextStampOf(thread);
  // relaxed: only a number, which this thread or one before it has raised.
  if (named.spokenUntil.load(std::memory_order_relaxed) < stamp)
    raise(named.spokenUntil, stamp + Ahead);
}

/// At its end, puts on record what the thread knows by the answer that has come to it meanwhile, if it asked
/// in the name of an endpoint that nobody has polled.
struct NoteAnswerFor {
  [[gnu::always_inline]] ~NoteAnswerFor() {
    if (sender.owner() == nullptr || sender.named != nullptr) [[unlikely]]
      note(sender, thread);
  }
  [[gnu::noinline]] static void note(EndpointCore& sender, ThreadState const& thread) noexcept {
    EndpointCore& named = sender.named == nullptr ? sender : *sender.named;
    if (named.owner() == nullptr) raise(named.spokenUntil, thread.clock);
  }

  EndpointCore& sender;
  ThreadState const& thread;
};

/// Decides as SendingAs does for a thread that has not polled `from`, where that needs no lock, no memory and
/// no error. Null: SendingAs is to be asked.
///
///   Threads   Any, with its own state.
///   Lifetime  The sender stays at least until the thread calls something else of the library.
inline EndpointCore* plainSenderInstead(Ends const& ends, ThreadState& thread) noexcept {
  EndpointCore* const from = ends.from;
  if (ends.isOwnVerb) {
    if (from == nullptr || !from->plainSender.isLentTo(thread.token)) return nullptr;
    noteSendFor(*from, thread);
    return from;
  }
  if (ends.to == nullptr || ends.to->bus->driver() != nullptr) return nullptr;
  BusCore const* const bus = ends.to->bus.get();
  if (from != nullptr && from->bus.get() == bus && from->belongsHere()) {
    EndpointCore* const standIn = thread.standIn;
    bool const isUsable = standIn != nullptr && standIn->named.get() == from &&
                          !from->isBoundHere() && !from->isClosed();
    if (!isUsable) return nullptr;
    noteSendFor(*from, thread);
    return standIn;
  }
  EndpointCore* sender = thread.current;
  if (sender == nullptr) {
    sender = thread.sender;
    // One that stands for another is seldom asked for here, and another thread may take its place.
    if (sender != nullptr && sender->named != nullptr) return nullptr;
  }
  bool const isUsable = sender != nullptr && sender->bus.get() == bus && !sender->isGone() &&
                        sender->isOpenTo(thread);
  if (!isUsable) return nullptr;
  thread.byHandle = {from, thread.current, sender};
  return sender;
}

}  // namespace tincan::inline abi0::detail
