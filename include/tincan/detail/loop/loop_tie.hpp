// tincan/detail/loop/loop_tie.hpp - an endpoint and the foreign loop that polls it
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/peer.hpp>

namespace tincan::inline abi0::detail {

/// Ties an endpoint to a foreign loop, whichever that is: has the loop woken, polls, knows until when the loop
/// may sleep.
///
///   Threads   Made, used and ended on the endpoint's. `wake` is called on any thread, by one at a time; all
///             that it may do is wake the loop.
///   Lifetime  The endpoint may end before: then it is not touched any more. It must not be moved, and has one tie
///             at a time, whose end takes the hook of onWake() away. Once the end of this has returned, `wake`
///             is not running and never runs again. A listener may end this.
///   Errors    WrongThread, Closed: making one. What poll() of an endpoint throws, poll() does.
class LoopTie {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  LoopTie(Endpoint& endpoint, std::function<void()> wake)
      : endpoint_(endpoint),
        peer_(endpoint.peer()),
        bell_(std::make_shared<Bell>(std::move(wake))) {
    endpoint.onWake(Hook(bell_));
  }
  LoopTie(LoopTie const&) = delete;
  LoopTie& operator=(LoopTie const&) = delete;
  ~LoopTie() {
    bell_->silence();
    if (!isOpen()) return;
    try {
      endpoint_.onWake({});
    } catch (...) {
      // It has been closed just now, or the hook is running and waits for this thread: it is silent anyway.
    }
  }

  /// Handles some messages; if it leaves some, it wakes the loop, so that this comes after what else the loop
  /// has to do. False: a listener has ended this very object.
  [[nodiscard]] bool poll() {
    constexpr std::size_t Some = 100;
    auto const bell = bell_;
    if (!isGone()) endpoint_.poll(Some);
    return bell->isTied();
  }

  /// False once the endpoint is closed: nothing comes any more.
  bool isOpen() const noexcept { return peer_.alive(); }
  /// True once the endpoint has ended.
  bool isGone() const noexcept { return PeerAccess::core(peer_)->isGone(); }
  /// The endpoint, which must not be gone.
  Endpoint& endpoint() const noexcept { return endpoint_; }

  /// The time by which to poll again, or nothing.
  std::optional<TimePoint> nextDeadline() const {
    return isOpen() ? endpoint_.nextDeadline() : std::nullopt;
  }
  /// How many milliseconds are left until then, rounded up; -1: there is no such time.
  int millisecondsLeft() const {
    auto const deadline = nextDeadline();
    return deadline ? millisecondsUntil(*deadline) : -1;
  }
  static int millisecondsUntil(TimePoint deadline) {
    constexpr std::chrono::milliseconds Most(std::numeric_limits<int>::max());
    auto const now = std::chrono::steady_clock::now();
    if (deadline <= now) return 0;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
    return static_cast<int>((left < Most ? left : Most).count());
  }

 private:
  /// Calls `wake` until it is silenced. Only the endpoint's thread asks and silences it.
  class Bell {
   public:
    explicit Bell(std::function<void()> wake) : wake_(std::move(wake)) {}
    void ring() {
      std::lock_guard const lock(mutex_);
      if (isTied_) wake_();
    }
    void silence() noexcept {
      std::lock_guard const lock(mutex_);
      isTied_ = false;
    }
    bool isTied() const noexcept { return isTied_; }

   private:
    std::mutex mutex_{};  // guards isTied_ where other threads look at it, and calls
    bool isTied_ = true;
    std::function<void()> const wake_;
  };

  /// The function of onWake(). Its end, with the endpoint or with the bus, is worth a look, too.
  class Hook {
   public:
    explicit Hook(std::shared_ptr<Bell> bell) noexcept : bell_(std::move(bell)) {}
    Hook(Hook&&) noexcept = default;
    Hook& operator=(Hook&&) = delete;
    ~Hook() {
      if (bell_ == nullptr) return;
      try {
        bell_->ring();
      } catch (...) {
        // No memory to wake the loop, which has nothing to do but to see that the endpoint is gone.
      }
    }
    void operator()() const { bell_->ring(); }

   private:
    std::shared_ptr<Bell> bell_;
  };

  Endpoint& endpoint_;
  Peer const peer_;
  std::shared_ptr<Bell> const bell_;
};

}  // namespace tincan::inline abi0::detail
