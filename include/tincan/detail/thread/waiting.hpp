// tincan/detail/thread/waiting.hpp - blocks the calling thread until it has an answer
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/answer/wait.hpp>
#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/thread/thread_end.hpp>
#include <tincan/detail/thread/wait_end.hpp>

namespace tincan::inline abi0::detail {

/// How a wait has ended, and the cycle if that was a Deadlock.
struct Waited {
  WaitEnd end;
  std::string cycle;
};

/// The wait of one thread, from before its request is visible.
///
///   Threads   The one that waits.
///   Order     What was done before the state was published is visible after WaitEnd::Ready.
///   Progress  Spins, yields, and then sleeps. None of the thread's listeners run meanwhile.
///   Lifetime  On the stack; the state, and both sides, outlive it.
///   Errors    The constructors throw Deadlock if the wait would close a cycle, Closed if this thread is
///             ending, and std::bad_alloc.
class Waiting {
 public:
  /// Says when a wait is over, besides when its state is published.
  enum class Until {
    Answered,    // when one of the two endpoints is closed, or the deadline passes
    ThreadEnds,  // when the waits of this thread are ended
    AtEnd,       // never: this is about to end, and must not before
    Yielding,    // never, but it is told of a cycle before others are
    Insisting    // never, and it is told of a cycle after others
  };

  /// Waits for an endpoint.
  Waiting(AnswerState<ThreadPlatform>& state, EndpointCore& target, EndpointCore& sender,
          std::string_view channel, Until until = Until::Answered)
      : Waiting(state, target, &target, sender, channel, until) {}
  /// Waits for an endpoint's answer to a request of the calling thread, which has looked for its token.
  [[gnu::always_inline]] Waiting(ThreadState& thread, AnswerSlot& slot, EndpointCore& target,
                                 EndpointCore& sender, std::string_view channel)
      : Waiting(thread, slot.state, target, &target, sender, channel, Until::Answered,
                &slot.answeredBy) {}
  /// Waits for a thread, whatever becomes of the endpoints.
  Waiting(AnswerState<ThreadPlatform>& state, Party<ThreadPlatform>& target, EndpointCore& sender,
          std::string_view verb, Until until = Until::ThreadEnds)
      : Waiting(state, target, nullptr, sender, verb, until) {}
  [[gnu::always_inline]] ~Waiting() {
    if (!isOver_) [[unlikely]]
      withdraw();
  }
  Waiting(Waiting const&) = delete;
  Waiting& operator=(Waiting const&) = delete;

  /// Blocks. `verb` and `channel` are for a driver's report.
  [[nodiscard]] Waited wait(Nanoseconds deadline, std::string_view verb, std::string_view channel);

  /// Takes the edge back, before the state goes. There is no wait() any more.
  [[gnu::always_inline]] void withdraw() noexcept {
    isOver_ = true;
    graph_.end(*edge_.thread, edge_);
  }

 private:
  Waiting(AnswerState<ThreadPlatform>& state, Party<ThreadPlatform>& target, EndpointCore* asked,
          EndpointCore& sender, std::string_view channel, Until until);

  [[gnu::always_inline]] Waiting(ThreadState& thread, AnswerState<ThreadPlatform>& state,
                                 Party<ThreadPlatform>& target, EndpointCore* asked,
                                 EndpointCore& sender, std::string_view channel, Until until,
                                 AnsweringTask<ThreadPlatform> const* answeredBy)
      : asked_(asked),
        sender_(sender),
        isAtEnd_(until != Until::Answered && until != Until::ThreadEnds),
        edge_{&state,
              &target,
              &sender,
              thread.token,
              until == Until::Answered,
              begun(thread),
              answeredBy,
              until == Until::Yielding    ? Told::First
              : until == Until::Insisting ? Told::Last
                                          : Told::InTurn} {
    if (thread.token == nullptr || thread.isEnding) [[unlikely]]
      refuseAtEnd(channel);
    if (!graph_.begin(*thread.token, edge_)) [[unlikely]]
      refuseCycle(channel);
  }

  /// The time of its beginning: Lamport's clock tells who closed a cycle. A driver, where one thing
  /// happens at a time, counts.
  [[gnu::always_inline]] std::uint64_t begun(ThreadState const& thread) const noexcept {
    Driver* const driver = sender_.bus->driver();
    if (driver == nullptr || asked_ == nullptr) [[likely]]
      return thread.clock;
    return driver->effects.waitBegins(sender_, *asked_);
  }

  /// Makes the token of the calling thread, which that is. Throws std::bad_alloc.
  static ThreadState& withToken(ThreadState& thread);
  /// Throws Closed if this thread, which is ending, would wait in vain.
  void refuseAtEnd(std::string_view channel) const;
  /// Throws Deadlock, without the edge, if that closes a cycle.
  void refuseCycle(std::string_view channel);

  /// Lets the executor run others until the wait is over.
  Waited waitDriven(Executor& executor, BlockedWait const& blocked);

  Waited sleep(Nanoseconds deadline);
  /// Tells a driver, or a tap, if the deadline has passed.
  Waited told(Waited&& waited) const noexcept;

  /// The reason to stop waiting; Ready: there is none.
  WaitEnd look(Nanoseconds deadline) const noexcept;

  /// While it lives, the wait is among those that sleep.
  struct Asleep {
    explicit Asleep(Waiting& w) noexcept : waiting(w) {}
    ~Asleep();
    Asleep(Asleep const&) = delete;
    Asleep& operator=(Asleep const&) = delete;
    Waiting& waiting;
  };

  Waits& graph_ = waitGraph();
  EndpointCore* const asked_;  // null: a thread is waited for
  EndpointCore& sender_;
  bool const isAtEnd_;
  bool isOver_ = false;
  Wait<ThreadPlatform> edge_;
};

}  // namespace tincan::inline abi0::detail
