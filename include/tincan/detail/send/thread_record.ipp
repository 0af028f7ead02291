// tincan/detail/send/thread_record.ipp - a thread that runs the body of a renderer: the bodies
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/driven.hpp>
#include <tincan/detail/dispatch/wake.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/send/joiners.hpp>
#include <tincan/detail/send/post.hpp>
#include <tincan/detail/send/thread_record.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/detail/thread/thread_end.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/detail/thread/waiting.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE bool ThreadRecord::isInParent() const noexcept {
  return Party::isInParent() || (generation_ != process().forks.generation() &&
                                 owner() == nullptr && core_->bus->driver() == nullptr);
}

TINCAN_INLINE void ThreadRecord::began(std::shared_ptr<ThreadRecord> self) {
  if (core_->bus->driver() != nullptr) return;
  ThreadHolder& holder = *threadHolder();
  token_ = holder.token();
  setOwner(token_.get());
  holder.atEnd(std::move(self));
}

TINCAN_INLINE void ThreadRecord::threadHasEnded() noexcept {
  clock_ = threadState().clock;
  joiners_.tellAll();
  state_.signal();
}

TINCAN_INLINE bool ThreadRecord::isThisThread() const noexcept {
  if (core_->bus->driver() != nullptr) return core_->isBoundHere();
  ThreadToken const* const thread = owner();
  return thread != nullptr && thread == threadState().token;
}

TINCAN_INLINE bool ThreadRecord::mayEndHere() const noexcept {
  if (isFinished() || core_->bus->driver() == nullptr) return true;
  try {
    core_->bus->driver()->ownership.checkCaller();
    return true;
  } catch (std::exception const& exception) {
    std::fprintf(stderr, "tincan: the handle of the thread of '%s' ends where it must not: %s\n",
                 core_->name.c_str(), exception.what());
  }
  return false;
}

TINCAN_INLINE void ThreadRecord::quit() const {
  noteCall(*core_->bus);
  noteLife(*core_);
  if (isFinished()) return;
  if (core_->bus->driver() == nullptr) {
    core_->quit();
    // Endpoint::quit(), which a signal handler may call, does not: the function is a user's.
    return callWakeHook(*core_);
  }
  sendQuit(*core_);
  callWakeHook(*core_);
}

TINCAN_INLINE void ThreadRecord::join() {
  if (isFinished()) return finish();
  if (isThisThread()) throwDeadlock("join", core_->displayName() + " > " + core_->displayName());
  waitForEnd(Waiting::Until::ThreadEnds);
  finish();
}

TINCAN_INLINE void ThreadRecord::joinAtEnd() noexcept {
  if (isThisThread()) return;  // the bus joins it
  joinOrEndWaits([this] { core_->close(); });
}

TINCAN_INLINE void ThreadRecord::joinClosed() noexcept {
  if (isThisThread()) return;  // the handle joins it, if there is one
  joinOrEndWaits([] {});
}

TINCAN_INLINE ThreadRecord::AtEnd ThreadRecord::waitAtEnd(Waiting::Until until) noexcept {
  try {
    if (!isFinished()) waitForEnd(until);
    return AtEnd::Over;
  } catch (Error const&) {
    return AtEnd::Cycle;
  } catch (std::exception const&) {
    return AtEnd::NoMemory;
  }
}

TINCAN_INLINE void ThreadRecord::waitForEnd(Waiting::Until until) {
  SendingAs const sender(core_->bus);
  if (Driver* const driver = core_->bus->driver()) {
    driver->executor.mayInterrupt();
    Waiting waiting(state_, *core_, sender.core(), "join", until);
    return waitFor(waiting);
  }
  Joiners::Joiner joiner(joiners_);
  if (joiner.isTooLate()) return;
  Waiting waiting(joiner.ended, *this, sender.core(), "join", until);
  waitFor(waiting);
}

TINCAN_INLINE void ThreadRecord::waitFor(Waiting& waiting) {
  Waited const waited = waiting.wait(NoDeadline, "join", {});
  switch (waited.end) {
    case WaitEnd::Ready:
    case WaitEnd::Driven: break;
    case WaitEnd::Deadlock: throwDeadlock("join", waited.cycle);
    case WaitEnd::Closed:
    case WaitEnd::Deserted:
    case WaitEnd::Timeout:
      throw Error(Errc::Closed, "join", "join: the wait was ended, or the thread is in the parent");
  }
}

TINCAN_INLINE void ThreadRecord::finish() noexcept {
  // In a child of the process of the thread there is nothing to join, and whoever has the mutex may
  // be in the parent.
  if (generation_ == process().forks.generation()) {
    std::lock_guard const lock(mutex_);
    if (thread_.joinable()) thread_.join();
  }
  raiseClock(clock_);
  if (Driver* const driver = core_->bus->driver()) driver->effects.hasJoined(*core_);
}

TINCAN_INLINE void ThreadRecord::endWaits() const noexcept {
  ThreadToken* const token = owner();
  if (token == nullptr) return;
  // seq_cst: a waiter that is noted in the graph later sees it, one that is there is nudged.
  token->mustLeave.store(1, std::memory_order_seq_cst);
  waitGraph().nudge([&](auto const& wait) { return wait.thread == token; });
}

}  // namespace tincan::inline abi0::detail
