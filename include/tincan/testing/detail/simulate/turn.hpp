// tincan/testing/detail/simulate/turn.hpp - whose code runs now
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>
#include <tincan/testing/detail/simulate/touches.hpp>

namespace tincan::inline abi0::testing::detail {

/// The thread that the simulation is on, and the endpoint whose code runs there.
///
///   Threads   The simulation's; isHere(), checkCaller(), mayUse() and isOwn(): any.
class Turn {
 public:
  class Acting;

  /// Takes the calling thread for the one of the simulation.
  Turn() {
    // Now: the thread must not come by its token while it is somebody else.
    tincan::detail::thisToken();
  }
  Turn(Turn const&) = delete;
  Turn& operator=(Turn const&) = delete;

  /// The endpoint whose code runs; null: the test's runs, or the simulation's own.
  SimulatedEndpoint* endpoint() const noexcept { return endpoint_; }

  /// The Lamport clock with which every endpoint begins. Earlier simulations have raised that of the
  /// thread; with this, what runs depends on none of them.
  std::uint64_t firstClock() const noexcept { return firstClock_; }

  bool isHere() const noexcept { return thread_ == &tincan::detail::threadState(); }
  /// Throws WrongThread if the calling thread is another one.
  void checkCaller() const {
    if (isHere()) return;
    throw Error(
        Errc::WrongThread, {},
        "this bus is simulated: only the thread of the simulation and what runs in it may use "
        "it");
  }
  bool mayUse(EndpointCore const& core) const noexcept {
    SimulatedEndpoint const& endpoint = SimulatedEndpoint::of(core);
    return isHere() && (endpoint.family == family() || !endpoint.isBound);
  }
  bool isOwn(EndpointCore const& core) const noexcept {
    return isHere() && SimulatedEndpoint::of(core).family == family();
  }
  /// The endpoint whose thread it would be that runs now; null: the test's.
  SimulatedEndpoint* family() const noexcept {
    return endpoint_ == nullptr ? nullptr : endpoint_->family;
  }
  bool mayLeave(EndpointCore const& core) const noexcept {
    SimulatedEndpoint const& endpoint = SimulatedEndpoint::of(core);
    return endpoint.running == 0 || endpoint_ == &endpoint;
  }

  /// Takes the thread for its own, after a switch of stacks: where those are threads, the
  /// simulation goes on on another one.
  void arrive() noexcept { thread_ = &tincan::detail::threadState(); }

  /// Puts away what the running code has of the thread, before it blocks; resume() gives it back.
  void suspend() noexcept {
    if (endpoint_ != nullptr) swap(endpoint_->part);
    exchangeHooks(endpoint_, nullptr);
    endpoint_ = nullptr;
  }
  void resume(SimulatedEndpoint* endpoint, Touches& touches) {
    if (endpoint != nullptr) swap(endpoint->part);
    exchangeHooks(nullptr, endpoint);
    endpoint_ = endpoint;
    // It goes on inside of a hook, nobody knows which; others may have used what that keeps meanwhile.
    if (tincan::detail::threadState().hooks != nullptr) touches.hooks();
  }

 private:
  /// Exchanges it with what the calling thread has.
  static void swap(ThreadPart& part) noexcept {
    tincan::detail::ThreadState& state = tincan::detail::threadState();
    std::swap(part.current, state.current);
    std::swap(part.body, state.body);
    std::swap(part.poll, state.poll);
    state.forgetSenders();  // only caches; whom they mean may end before this part comes back
    std::swap(part.token, state.token);
    std::swap(part.clock, state.clock);
    std::swap(part.sending, state.sending);
    std::swap(part.dropping, state.dropping);
    std::swap(part.leaving, state.leaving);
    std::swap(part.portRemains, state.portRemains);
    std::swap(part.driver, state.driver);
    std::swap(part.coroutines, tincan::detail::coroutineState());
  }

  /// Puts away the calls of hooks that the thread of the one is inside of, and takes those of the other one's; null: the
  /// test's.
  void exchangeHooks(SimulatedEndpoint* from, SimulatedEndpoint* to) noexcept {
    tincan::detail::RunningHook*& before = hooksOf(from);
    tincan::detail::RunningHook*& now = hooksOf(to);
    if (&before == &now) return;
    before = tincan::detail::threadState().hooks;
    tincan::detail::threadState().hooks = now;
  }
  tincan::detail::RunningHook*& hooksOf(SimulatedEndpoint* endpoint) noexcept {
    bool const isTests = endpoint == nullptr || endpoint->family == nullptr;
    return isTests ? hooksOfTest_ : endpoint->family->hooks;
  }

  std::uint64_t const firstClock_ =
      (std::max)(tincan::detail::threadState().clock, tincan::detail::threadState().told->load());
  void* thread_ = &tincan::detail::threadState();
  tincan::detail::RunningHook* hooksOfTest_ = nullptr;  // while others run
  SimulatedEndpoint* endpoint_ = nullptr;
};

/// While it lives, the code that runs is that endpoint's.
class Turn::Acting {
 public:
  Acting(Turn& turn, SimulatedEndpoint& endpoint) noexcept
      : turn_(turn),
        endpoint_(endpoint),
        before_(std::exchange(turn.endpoint_, &endpoint)),
        wasPumped_(std::exchange(endpoint.isPumped, false)) {
    ++endpoint.running;
    if (endpoint.runsWith != nullptr) ++endpoint.runsWith->inside;
    swap(endpoint.part);
    turn.exchangeHooks(before_, &endpoint);
  }
  ~Acting() {
    swap(endpoint_.part);
    turn_.exchangeHooks(&endpoint_, before_);
    --endpoint_.running;
    if (endpoint_.runsWith != nullptr) --endpoint_.runsWith->inside;
    endpoint_.isPumped = wasPumped_;
    turn_.endpoint_ = before_;
  }
  Acting(Acting const&) = delete;
  Acting& operator=(Acting const&) = delete;

 private:
  Turn& turn_;
  SimulatedEndpoint& endpoint_;
  SimulatedEndpoint* const before_;
  bool const wasPumped_;
};

/// While it lives, the endpoint's code that runs is a handler or a body, which others may interrupt.
class InterruptibleCode {
 public:
  explicit InterruptibleCode(SimulatedEndpoint& endpoint, bool mayBe = true) noexcept
      : endpoint_(endpoint), before_(std::exchange(endpoint.mayBeInterrupted, mayBe)) {}
  ~InterruptibleCode() { endpoint_.mayBeInterrupted = before_; }
  InterruptibleCode(InterruptibleCode const&) = delete;
  InterruptibleCode& operator=(InterruptibleCode const&) = delete;

 private:
  SimulatedEndpoint& endpoint_;
  bool const before_;
};

}  // namespace tincan::inline abi0::testing::detail
