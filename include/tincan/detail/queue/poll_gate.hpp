// tincan/detail/queue/poll_gate.hpp - who may take from an endpoint's lanes: it, or who closes it
//
// The endpoint's thread takes messages out of the lanes, until somebody closes the endpoint; then
// what is left must be cleared, at once if the thread is elsewhere. So the thread says that it polls
// and looks whether the endpoint is closed, and whoever closes it says so and looks whether it is
// being polled: one of them sees the other.
//
//   Threads   enter(), observe(), exit(), isPolled() from the endpoint's thread; the others from any.
//   Order     After enter(), and until exit(), nobody else clears the lanes if observe() does not say
//             Closed. Whoever clears them, told so by exit() or isVacant(), sees what the polls
//             before have done. Several may be told so: they agree by other means.
//   Progress  Wait-free.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/asymmetric_flag.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class PollGate {
 public:
  // Open    the endpoint is open, and runs on a thread
  // Closed  the endpoint is closed
  // Driven  the endpoint is open, and the driver of its bus runs it: no usual path goes on here
  //
  // Open         -> Driven  whoever makes the endpoint, on a bus that has a driver
  // Open, Driven -> Closed  whoever closes it
  enum Life : std::uint32_t { Open, Closed, Driven };

  // ---- the endpoint's thread ----

  /// Begins a poll, and returns how many others are under way already.
  std::uint32_t enter() noexcept {
    // relaxed: the observe() that follows orders it.
    std::uint32_t const outer = polls_.load(std::memory_order_relaxed);
    polls_.store(outer + 1, std::memory_order_relaxed);
    return outer;
  }
  /// Ends the poll for which enter() has returned `outer`. True if the endpoint has been closed and the
  /// caller must clear it.
  [[nodiscard, gnu::always_inline]] bool exit(std::uint32_t outer) noexcept {
    // release: pairs with the acquire in isVacant(): whoever clears the lanes next sees what we have
    // done to them.
    polls_.store(outer, std::memory_order_release);
    return outer == 0 && !observes(Open) && observe() == Closed;
  }
  /// True if observe() would return that.
  bool observes(Life life) noexcept { return life_.observes(life); }
  /// The endpoint's life, read after what enter() has written.
  std::uint32_t observe() noexcept { return life_.observe(); }
  /// True if a poll is under way.
  bool isPolled() const noexcept {
    // relaxed: only this thread writes it.
    return polls_.load(std::memory_order_relaxed) != 0;
  }

  // ---- any thread ----

  /// The endpoint's life, in no order with what this thread wrote by weaker means than seq_cst.
  std::uint32_t peek() const noexcept { return life_.peek(); }
  /// Says what the endpoint's life is. Counts only after settle(), which may follow the set() of several
  /// endpoints.
  void set(Life life) noexcept { life_.set(life); }
  /// Makes sure of what was set.
  void settle() noexcept { life_.settle(); }
  /// True if no poll is under way, nor will one take from the lanes again; false if the one under way
  /// will clear them. To be asked after Closed has been set and settled.
  [[nodiscard]] bool isVacant() const noexcept {
    // acquire: pairs with the release in exit().
    return polls_.load(std::memory_order_acquire) == 0;
  }

 private:
  AsymmetricFlag<Platform> life_{};
  // Apart: senders read the life, and each poll writes this.
  alignas(FalseSharingRange) typename Platform::template atomic<std::uint32_t> polls_{0};
};

}  // namespace tincan::inline abi0::detail
