// tincan/detail/thread/held_endpoints.hpp - the endpoints that belong to one thread
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/base/pointer_tree.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>

namespace tincan::inline abi0::detail {

/// The endpoints that a thread has polled, made or set up, in that order; and which of them is the
/// first for a purpose.
///
///   Threads   The one that they belong to. Any thread may take one of them over that was not polled
///             yet: that one stays here as a past one until the next sweep.
///   Progress  Finding the first one costs nothing per call, over the life of the endpoints.
///   Lifetime  Holds them.
class HeldEndpoints {
 public:
  using Hold = std::shared_ptr<EndpointCore>;

  bool has(EndpointCore const& core) const noexcept;

  /// Adds an endpoint, if it is not here. Throws std::bad_alloc, and then nothing has happened.
  void add(EndpointCore& core);

  /// Removes an endpoint, which the caller holds, too.
  void remove(EndpointCore const& core) noexcept;

  /// Learns that the thread is about to poll the endpoint for the first time. Returns its number
  /// among those that the thread has polled. Throws std::bad_alloc.
  [[nodiscard]] std::uint64_t beginPolling(EndpointCore& core);
  /// Undoes beginPolling(): another thread was first.
  void forgetPolling(std::uint64_t number) noexcept { polled_.erase(keyOf(number)); }

  /// The first one that the thread has polled and that is open, on whatever bus; or null.
  EndpointCore* firstPolled() noexcept;

  /// The first one that is open, polled or not, on whatever bus; or null.
  EndpointCore* first() noexcept;

  /// The first one that is open on that bus, polled or not; or null.
  Hold const* firstOn(std::shared_ptr<BusCore> const& bus);

  /// Lets those leave that another thread has ended.
  void letDisownedGo();

  /// Takes all of them out, for the end of the thread; null: one that was removed.
  [[nodiscard]] Row<Hold> takeAll() noexcept;

  /// See EndpointCore::noteFork().
  void noteFork() noexcept;

 private:
  static constexpr std::size_t FirstSweep = 16;

  static TreeKey keyOf(std::uint64_t number) noexcept {
    return {{}, static_cast<std::int64_t>(number)};
  }

  // relaxed, both: another thread may read or write it as well, and finds no such endpoint at that
  // place of its own.
  static std::size_t placeOf(EndpointCore const& core) noexcept {
    return core.placeAtThread.load(std::memory_order_relaxed);
  }
  static void setPlace(EndpointCore& core, std::size_t place) noexcept {
    core.placeAtThread.store(place, std::memory_order_relaxed);
  }

  static bool isUsable(Hold const& core) noexcept {
    return core != nullptr && core->belongsHere() && !core->isClosed();
  }
  /// True for one that has ended or gone to another thread, and comes back by add() only.
  static bool isPast(Hold const& core) noexcept;
  void noLongerPolled(EndpointCore const& core) noexcept;

  /// Takes those off the list that have ended or gone to another thread.
  void sweep() noexcept;

  Row<Hold> all_{};                    // in the order of adding; null: removed
  std::size_t firstHere_ = 0;          // all of them before it are past
  AddressMap<std::size_t> firstOn_{};  // all of a bus before it are past
  PointerTree polled_{};               // those that this thread polls, by boundAs
  std::uint64_t bound_ = 0;            // how many it has begun to poll
  std::size_t sweepAt_ = FirstSweep;   // when there are so many
  bool isLettingGo_ = false;
};

}  // namespace tincan::inline abi0::detail
