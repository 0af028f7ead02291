// tincan/detail/endpoint/waiting.hpp - blocks the calling thread until it has an answer
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/error.hpp>

namespace tincan::inline v0::detail {

/// Driven: ready, and the driver of the bus wants to know of it.
enum class WaitEnd { Ready, Driven, Closed, Deserted, Timeout, Deadlock };

[[noreturn]] inline void throwDeadlock(std::string_view channel, std::string const& path) {
  throw Error(Errc::Deadlock, std::string(channel),
              "'" + std::string(channel) + "': waiting here would never end: " + path);
}

/// The wait of one thread, from before its request is visible. Throws Error(Deadlock) if it would
/// close a cycle.
class Waiting {
 public:
  /// Answered: or one of the two endpoints is closed. AtEnd: for what is about to end, and must not
  /// before; it goes on when the waits of this thread are ended. Insisting: again, see Wait::insists.
  enum class Until { Answered, ThreadEnds, AtEnd, Insisting };

  /// For an endpoint.
  Waiting(AnswerState<ThreadPlatform>& state, EndpointCore& target, EndpointCore& sender,
          std::string_view channel, Until until = Until::Answered)
      : Waiting(state, target, &target, sender, channel, until) {}
  /// For its answer to a request.
  Waiting(AnswerSlot& slot, EndpointCore& target, EndpointCore& sender, std::string_view channel)
      : Waiting(slot.state, target, &target, sender, channel, Until::Answered, &slot.answeredBy) {}
  /// For a thread, whatever becomes of the endpoints.
  Waiting(AnswerState<ThreadPlatform>& state, Party<ThreadPlatform>& target, EndpointCore& sender,
          std::string_view verb, Until until = Until::ThreadEnds)
      : Waiting(state, target, nullptr, sender, verb, until) {}
  ~Waiting() { graph_.end(*self_, edge_); }
  Waiting(Waiting const&) = delete;
  Waiting& operator=(Waiting const&) = delete;

  WaitEnd wait(Nanoseconds deadline, std::string_view verb, std::string_view channel) {
    constexpr int Yields = 100;
    AnswerState<ThreadPlatform>& state = *edge_.state;
    SpinBudget& budget = threadState().waitSpins;
    for (unsigned i = budget.next(); i > 0; --i) {
      if (state.ready()) [[likely]] {
        budget.helped();
        return WaitEnd::Ready;
      }
    }
    budget.didNotHelp();
    if (Driver* const driver = sender_.bus->driver(); driver != nullptr && asked_ != nullptr)
        [[unlikely]] {
      return waitDriven(driver->executor, {sender_, *asked_, verb, channel, deadline});
    }
    for (int i = 0; i < Yields; ++i) {
      if (state.ready()) return WaitEnd::Ready;
      if (WaitEnd const end = look(deadline); end != WaitEnd::Ready) return end;
      ThreadPlatform::yield();
    }
    return sleep(deadline);
  }

  /// The cycle, after WaitEnd::Deadlock.
  std::string const& cycle() const noexcept { return cycle_; }

 private:
  Waiting(AnswerState<ThreadPlatform>& state, Party<ThreadPlatform>& target, EndpointCore* asked,
          EndpointCore& sender, std::string_view channel, Until until,
          AnsweringTask<ThreadPlatform> const* answeredBy = nullptr)
      : asked_(asked),
        sender_(sender),
        isAtEnd_(until == Until::AtEnd || until == Until::Insisting) {
    self_ = thisToken();
    auto const isPolled = [&] {
      return target.thread() != nullptr ||
             (asked != nullptr && asked->spawnedIn.load(std::memory_order_acquire) != 0);
    };
    if (self_ == nullptr || (threadState().isEnding && !isPolled())) [[unlikely]] {
      throw Error(Errc::Closed, std::string(channel), "waiting: this thread is ending");
    }
    edge_.state = &state;
    edge_.target = &target;
    edge_.sender = &sender;
    edge_.thread = self_;
    edge_.answeredBy = answeredBy;
    edge_.insists = until == Until::Insisting;
    edge_.endsWithParties = until == Until::Answered;
    edge_.clock = begun(sender);
    if (graph_.begin(*self_, edge_)) [[likely]]
      return;
    std::string cycle;
    try {
      cycle = graph_.look(*self_, edge_);
    } catch (...) {
      graph_.end(*self_, edge_);
      throw;
    }
    if (cycle.empty()) return;
    if (Driver* const driver = sender_.bus->driver(); driver != nullptr && asked_ != nullptr) {
      driver->effects.cycleClosed(sender_, *asked_);
    }
    throwDeadlock(channel, cycle);
  }

  /// Lamport's clock tells who closed a cycle; a driver, where one thing happens at a time, knows.
  std::uint64_t begun(EndpointCore const& sender) const noexcept {
    Driver* const driver = sender.bus->driver();
    return driver == nullptr || asked_ == nullptr ? threadState().clock
                                                  : driver->effects.waitBegins(sender, *asked_);
  }

  /// Lets the executor run others until the wait is over.
  WaitEnd waitDriven(Executor& executor, BlockedWait const& blocked) {
    AnswerState<ThreadPlatform>& state = *edge_.state;
    cycle_ = graph_.sleeping(*self_, edge_);
    if (!cycle_.empty()) return state.ready() ? WaitEnd::Driven : WaitEnd::Deadlock;
    WaitEnd end = WaitEnd::Ready;
    std::string stuck;
    {
      Asleep const asleep(*this);
      stuck = executor.wait(blocked, state, [&] {
        if (!state.ready()) end = look(blocked.deadline);
        if (state.ready() || end != WaitEnd::Ready) return true;
        if (state.takeNudge()) cycle_ = graph_.look(*self_, edge_);
        return !cycle_.empty();
      });
    }
    if (state.ready()) return WaitEnd::Driven;
    if (cycle_.empty()) cycle_ = std::move(stuck);
    return cycle_.empty() ? end : WaitEnd::Deadlock;
  }

  WaitEnd sleep(Nanoseconds deadline) {
    cycle_ = graph_.sleeping(*self_, edge_);
    if (!cycle_.empty()) return edge_.state->ready() ? WaitEnd::Ready : WaitEnd::Deadlock;
    Asleep const asleep(*this);
    while (!edge_.state->ready()) {
      if (WaitEnd const end = look(deadline); end != WaitEnd::Ready) {
        return edge_.state->ready() ? WaitEnd::Ready : end;
      }
      edge_.state->sleep(deadline);
      if (edge_.state->ready()) break;
      cycle_ = graph_.look(*self_, edge_);
      if (!cycle_.empty()) return edge_.state->ready() ? WaitEnd::Ready : WaitEnd::Deadlock;
    }
    return WaitEnd::Ready;
  }

  /// Ready: no reason to stop waiting.
  WaitEnd look(Nanoseconds deadline) const noexcept {
    if (!isAtEnd_ && self_->mustLeave.load(std::memory_order_seq_cst) != 0) return WaitEnd::Closed;
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

  struct Asleep {
    explicit Asleep(Waiting& w) noexcept : waiting(w) {}
    ~Asleep() { waiting.graph_.awake(waiting.edge_); }
    Asleep(Asleep const&) = delete;
    Asleep& operator=(Asleep const&) = delete;
    Waiting& waiting;
  };

  Waits& graph_ = waitGraph();
  Waits::Edge edge_{};
  EndpointCore* asked_;  // null: a thread is waited for
  EndpointCore& sender_;
  bool const isAtEnd_;
  ThreadToken* self_ = nullptr;
  std::string cycle_;
};

/// A thread, as somebody who is waited for.
class ThreadParty final : public Party<ThreadPlatform> {
 public:
  ThreadParty(std::shared_ptr<ThreadToken> token, std::string name)
      : hold_(std::move(token)), name_(std::move(name)) {
    owner.store(hold_.get(), std::memory_order_release);
  }
  std::string displayName() const override { return name_; }
  bool isOver() const noexcept override { return false; }

 private:
  std::shared_ptr<ThreadToken> const hold_;
  std::string const name_;
};

/// Waits until what was replaced runs on no other thread. Throws Deadlock if it waits for this one;
/// without memory for that to be seen, bad_alloc. Returns at once inside of it.
template <class... A>
void waitForCalls(typename Hook<A...>::Replaced&& replaced, std::shared_ptr<BusCore> const& bus) {
  for (;;) {
    HookWaiter waiter;
    std::shared_ptr<ThreadToken> token;
    auto const see = [&](RunningHook& call) {
      if (call.holder != nullptr) token = call.holder->token();
    };
    if (!replaced.next(&threadState(), waiter, see)) return;
    struct Forget {
      typename Hook<A...>::Replaced& replaced;
      HookWaiter& waiter;
      ~Forget() { replaced.forget(waiter); }
    } const forget{replaced, waiter};
    if (token == nullptr) {  // it cannot wait for us before it has a token
      while (!waiter.ended.ready()) waiter.ended.sleep(NoDeadline);
      raiseClock(waiter.clock);
      continue;
    }
    ThreadParty party(std::move(token), "(a thread inside the hook)");
    SendingAs const sender(bus);
    Waiting waiting(waiter.ended, party, sender.core(), "replacing a hook", Waiting::Until::AtEnd);
    WaitEnd const end = waiting.wait(NoDeadline, "replacing a hook", {});
    if (end == WaitEnd::Deadlock) throwDeadlock("replacing a hook", waiting.cycle());
    if (end != WaitEnd::Ready) return;  // it will never end: it is in the parent of this process
    raiseClock(waiter.clock);
  }
}

}  // namespace tincan::inline v0::detail
