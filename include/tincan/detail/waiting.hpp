// tincan/detail/waiting.hpp - layer 9 - blocks the calling thread until it has an answer
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tincan/channel_name.hpp>
#include <tincan/detail/core.hpp>
#include <tincan/detail/thread_state.hpp>
#include <tincan/error.hpp>

namespace tincan::detail {

/// What ends a wait, besides the answer, its deadline and a cycle.
enum class Heeds : bool { Nothing, Closing };

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
  Waiting(AnswerState<ThreadPlatform>& state, EndpointCore& target, EndpointCore& speaker,
          std::string_view channel, Heeds heeds = Heeds::Closing)
      : edge_{&state, &target, &speaker, heeds == Heeds::Closing, begun(target, speaker)},
        target_(target),
        speaker_(speaker) {
    Token* const self = thisToken();
    if (self == nullptr) {
      throw Error(Errc::Closed, std::string(channel), "waiting: this thread is ending");
    }
    self_ = self;
    if (graph_.begin(*self_, edge_)) [[likely]]
      return;
    std::string const cycle = graph_.look(*self_, edge_);
    if (cycle.empty()) return;
    if (Driver* const driver = target_.bus->driver()) driver->circleClosed(speaker_, target_);
    throwDeadlock(channel, cycle);
  }
  ~Waiting() { graph_.end(*self_, edge_); }
  Waiting(Waiting const&) = delete;
  Waiting& operator=(Waiting const&) = delete;

  WaitEnd wait(Nanoseconds deadline, std::string_view verb, std::string_view channel) {
    constexpr int Yields = 100;
    AnswerState<ThreadPlatform>& state = *edge_.state;
    SpinBudget& budget = threadState.waitSpins;
    for (unsigned i = budget.next(); i > 0; --i) {
      if (state.ready()) [[likely]] {
        budget.helped();
        return WaitEnd::Ready;
      }
    }
    budget.didNotHelp();
    if (Driver* const driver = target_.bus->driver()) [[unlikely]]
      return waitDriven(*driver, {speaker_, target_, verb, channel, deadline});
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
  /// Lamport's clock tells who closed a cycle; a driver, where one thing happens at a time, knows.
  static std::uint64_t begun(EndpointCore const& target, EndpointCore const& speaker) noexcept {
    Driver* const driver = target.bus->driver();
    return driver == nullptr ? threadState.clock : driver->countWait(speaker, target);
  }

  /// The driver runs others, until the wait is over.
  WaitEnd waitDriven(Driver& driver, BlockedWait const& blocked) {
    AnswerState<ThreadPlatform>& state = *edge_.state;
    cycle_ = graph_.sleeping(*self_, edge_);
    if (!cycle_.empty()) return state.ready() ? WaitEnd::Driven : WaitEnd::Deadlock;
    WaitEnd end = WaitEnd::Ready;
    std::string stuck = driver.wait(blocked, state, [&] {
      if (!state.ready()) end = look(blocked.deadline);
      if (state.ready() || end != WaitEnd::Ready) return true;
      if (state.takeNudge()) cycle_ = graph_.look(*self_, edge_);
      return !cycle_.empty();
    });
    graph_.awake(edge_);
    if (state.ready()) return WaitEnd::Driven;
    if (cycle_.empty()) cycle_ = std::move(stuck);
    return cycle_.empty() ? end : WaitEnd::Deadlock;
  }

  WaitEnd sleep(Nanoseconds deadline) {
    cycle_ = graph_.sleeping(*self_, edge_);
    if (!cycle_.empty()) return edge_.state->ready() ? WaitEnd::Ready : WaitEnd::Deadlock;
    WaitEnd end = WaitEnd::Ready;
    while (!edge_.state->ready()) {
      end = look(deadline);
      if (end != WaitEnd::Ready) break;
      edge_.state->sleep(deadline);
      if (edge_.state->ready()) break;
      cycle_ = graph_.look(*self_, edge_);
      if (!cycle_.empty()) {
        end = WaitEnd::Deadlock;
        break;
      }
    }
    graph_.awake(edge_);
    return edge_.state->ready() ? WaitEnd::Ready : end;
  }

  /// Ready: no reason to stop waiting.
  WaitEnd look(Nanoseconds deadline) const noexcept {
    if (self_->mustLeave.load(std::memory_order_seq_cst) != 0) return WaitEnd::Closed;
    if (!edge_.endsWithParties) return WaitEnd::Ready;
    if (target_.isClosed() || speaker_.isClosed()) return WaitEnd::Closed;
    if (target_.isDeserted() && edge_.state->pending()) {
      // Whoever closes an endpoint and then ends its thread, has closed it.
      return target_.isClosed() ? WaitEnd::Closed : WaitEnd::Deserted;
    }
    if (deadline != NoDeadline && target_.bus->now() >= deadline) return WaitEnd::Timeout;
    return WaitEnd::Ready;
  }

  Waits& graph_ = waitGraph();
  Waits::Edge const edge_;
  EndpointCore& target_;
  EndpointCore& speaker_;
  Token* self_ = nullptr;
  std::string cycle_;
};

}  // namespace tincan::detail
