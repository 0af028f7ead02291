// tincan/detail/thread/waiting.ipp - blocks the calling thread until it has an answer: the bodies
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/spin_budget.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/detail/thread/waiting.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE Waiting::Waiting(AnswerState<ThreadPlatform>& state, Party<ThreadPlatform>& target,
                               EndpointCore* asked, EndpointCore& sender, std::string_view channel,
                               Until until)
    : Waiting(withToken(threadState()), state, target, asked, sender, channel, until, nullptr) {}

TINCAN_INLINE ThreadState& Waiting::withToken(ThreadState& thread) {
  thisToken();
  return thread;
}

TINCAN_INLINE void Waiting::refuseAtEnd(std::string_view channel) const {
  auto const isPolled = [&] {
    // acquire: pairs with the release of whoever starts the thread.
    return edge_.target->thread() != nullptr ||
           (asked_ != nullptr && asked_->spawnedIn.load(std::memory_order_acquire) != 0);
  };
  if (edge_.thread == nullptr || !isPolled()) {
    throw Error(Errc::Closed, std::string(channel), "waiting: this thread is ending");
  }
}

TINCAN_INLINE void Waiting::refuseCycle(std::string_view channel) {
  std::string cycle;
  try {
    cycle = graph_.look(*edge_.thread, edge_);
  } catch (...) {
    graph_.end(*edge_.thread, edge_);
    throw;
  }
  if (cycle.empty()) return;
  if (Driver* const driver = sender_.bus->driver(); driver != nullptr && asked_ != nullptr) {
    driver->effects.cycleClosed(sender_, *asked_);
  }
  throwDeadlock(channel, cycle);
}

/// While it lives, the tap knows of a wait that was not over at once.
class WaitNote {
 public:
  WaitNote(EndpointCore const& sender, EndpointCore const* asked, std::string_view channel,
           AnswerState<ThreadPlatform> const& state) noexcept
      : sender_(sender), asked_(asked), channel_(channel), state_(state), tap_(sender.bus->tap()) {
    note(true);
  }
  ~WaitNote() { note(false); }
  WaitNote(WaitNote const&) = delete;
  WaitNote& operator=(WaitNote const&) = delete;

 private:
  void note(bool begins) const noexcept {
    if (tap_ != nullptr && asked_ != nullptr) {
      tap_->waits(sender_, *asked_, channel_, &state_, begins);
    }
  }

  EndpointCore const& sender_;
  EndpointCore const* const asked_;
  std::string_view const channel_;
  AnswerState<ThreadPlatform> const& state_;
  Tap* const tap_;
};

TINCAN_INLINE Waited Waiting::wait(Nanoseconds deadline, std::string_view verb,
                                   std::string_view channel) {
  constexpr int Yields = 100;
  AnswerState<ThreadPlatform>& state = *edge_.state;
  SpinBudget& budget = threadState().waitSpins;
  for (unsigned i = budget.next(); i > 0; --i) {
    if (state.ready()) [[likely]] {
      budget.helped();
      return {WaitEnd::Ready, {}};
    }
  }
  budget.didNotHelp();
  if (Driver* const driver = sender_.bus->driver(); driver != nullptr && asked_ != nullptr)
      [[unlikely]] {
    return told(waitDriven(driver->executor, {sender_, *asked_, verb, channel, deadline}));
  }
  WaitNote const note(sender_, asked_, channel, state);
  for (int i = 0; i < Yields; ++i) {
    if (state.ready()) return {WaitEnd::Ready, {}};
    if (WaitEnd const end = look(deadline); end != WaitEnd::Ready) return told({end, {}});
    ThreadPlatform::yield();
  }
  return told(sleep(deadline));
}

TINCAN_INLINE Waited Waiting::told(Waited&& waited) const noexcept {
  if (waited.end == WaitEnd::Timeout) noteDeadline(sender_);
  return std::move(waited);
}

TINCAN_INLINE Waited Waiting::waitDriven(Executor& executor, BlockedWait const& blocked) {
  AnswerState<ThreadPlatform>& state = *edge_.state;
  std::string cycle = graph_.sleeping(*edge_.thread, edge_);
  WaitEnd end = WaitEnd::Ready;
  std::string stuck;
  if (cycle.empty()) {
    Asleep const asleep(*this);
    stuck = executor.wait(blocked, state, [&] {
      if (!state.ready()) end = look(blocked.deadline);
      if (state.ready() || end != WaitEnd::Ready) return true;
      if (state.takeNudge()) cycle = graph_.look(*edge_.thread, edge_);
      return !cycle.empty();
    });
  }
  if (state.ready()) return {WaitEnd::Driven, {}};
  if (!cycle.empty()) sender_.bus->driver()->effects.cycleClosed(sender_, *asked_);
  else cycle = std::move(stuck);
  return {cycle.empty() ? end : WaitEnd::Deadlock, std::move(cycle)};
}

TINCAN_INLINE Waited Waiting::sleep(Nanoseconds deadline) {
  AnswerState<ThreadPlatform>& state = *edge_.state;
  std::string cycle = graph_.sleeping(*edge_.thread, edge_);
  if (!cycle.empty()) {
    return {state.ready() ? WaitEnd::Ready : WaitEnd::Deadlock, std::move(cycle)};
  }
  Asleep const asleep(*this);
  while (!state.ready()) {
    if (WaitEnd const end = look(deadline); end != WaitEnd::Ready) {
      return {state.ready() ? WaitEnd::Ready : end, {}};
    }
    state.sleep(deadline);
    if (state.ready()) break;
    cycle = graph_.look(*edge_.thread, edge_);
    if (!cycle.empty()) {
      return {state.ready() ? WaitEnd::Ready : WaitEnd::Deadlock, std::move(cycle)};
    }
  }
  return {WaitEnd::Ready, {}};
}

TINCAN_INLINE WaitEnd Waiting::look(Nanoseconds deadline) const noexcept {
  if (!isAtEnd_ && edge_.thread->mustLeave.load(std::memory_order_seq_cst) != 0)
    return WaitEnd::Closed;
  if (edge_.target->isInParent()) return WaitEnd::Closed;
  if (!edge_.endsWithParties) return WaitEnd::Ready;
  if (asked_->isClosed() || sender_.isOver()) return WaitEnd::Closed;
  if (asked_->isDeserted() && edge_.state->pending()) {
    // Whoever closes an endpoint and then ends its thread, has closed it.
    return asked_->isClosed() ? WaitEnd::Closed : WaitEnd::Deserted;
  }
  if (deadline != NoDeadline && sender_.bus->now() >= deadline) return WaitEnd::Timeout;
  return WaitEnd::Ready;
}

TINCAN_INLINE Waiting::Asleep::~Asleep() { waiting.graph_.awake(waiting.edge_); }

}  // namespace tincan::inline abi0::detail
