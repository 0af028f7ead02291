// tincan/detail/endpoint/outbox.hpp - the lanes from one endpoint to others
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

class EndpointCore;
struct MessageLane;

/// The lanes from one endpoint to others, by the receiver's address.
///
///   Threads   The endpoint's.
///   Progress  The cost of an operation does not depend on the number of lanes. Only makeRoom()
///             allocates.
///   Lifetime  Holds the lanes; a lane holds its receiver, so an address stands for one receiver as
///             long as its lane is here.
class Outbox {
 public:
  using Hold = std::shared_ptr<MessageLane>;
  static constexpr std::size_t MostAtOnce = 8;

  Outbox() noexcept { forgetRecent(); }
  Outbox(Outbox const&) = delete;
  Outbox& operator=(Outbox const&) = delete;

  /// The lane to that receiver if it was used lately, else null; null also for no receiver.
  [[gnu::always_inline]] MessageLane* recent(EndpointCore const* to) const noexcept {
    Recent const& recent = recent_[place(to)];
    if (recent.to != to) [[unlikely]]
      return nullptr;
    if (recent.lane == nullptr) __builtin_unreachable();
    return recent.lane;
  }
  /// The spare hold, if it is of that lane; or null.
  [[nodiscard, gnu::always_inline]] Hold takeSpare(MessageLane const* lane) noexcept {
    return spare_.get() == lane ? static_cast<Hold&&>(spare_) : nullptr;
  }
  /// Keeps the hold of a lane as the spare one, if there is none.
  [[gnu::always_inline]] void leaveSpare(Hold& hold) noexcept {
    if (spare_ == nullptr) [[likely]]
      spare_.swap(hold);
  }
  /// The lane to that receiver; or null.
  MessageLane* find(EndpointCore const& to) noexcept {
    MessageLane* const lane = recent(&to);
    return lane != nullptr ? lane : findAll(to);
  }

  /// Makes room for one more lane. Throws std::bad_alloc, and then nothing has happened.
  void makeRoom() { lanes_.makeRoom(); }
  /// Adds the lane to a receiver that has none. There is room.
  void add(EndpointCore const& to, Hold lane) noexcept {
    recent_[place(&to)] = {&to, lane.get()};
    lanes_.insert(&to, std::move(lane));
  }

  /// Looks at a few lanes, other ones at each call, and moves those that `isOver` into `gone`. They
  /// end when the outbox is whole: captures that go with a lane may send.
  template <class IsOver>
  void forgetSome(IsOver&& isOver, Hold (&gone)[MostAtOnce]) noexcept {
    std::size_t count = 0;
    lanes_.lookAtSome(
        MostAtOnce, [&](Hold const& lane) { return isOver(*lane); },
        [&](Hold lane) { gone[count++] = std::move(lane); });
    if (count > 0) {
      forgetRecent();
      spare_ = nullptr;
    }
  }

  /// Takes all lanes out.
  [[nodiscard]] AddressMap<Hold> takeAll() noexcept;

  bool empty() const noexcept { return lanes_.empty(); }
  /// Takes the lanes of another one. This one is empty.
  void takeOver(Outbox& other) noexcept { lanes_ = other.takeAll(); }

 private:
  struct Recent {
    void const* to;  // a receiver, or this outbox, which is none
    MessageLane* lane;
  };
  static constexpr std::size_t RecentCount = 16;

  static std::size_t place(EndpointCore const* to) noexcept {
    return (reinterpret_cast<std::uintptr_t>(to) / FalseSharingRange) % RecentCount;
  }
  void forgetRecent() noexcept {
    for (Recent& one : recent_) one = {this, nullptr};
  }

  MessageLane* findAll(EndpointCore const& to) noexcept;

  Recent recent_[RecentCount];
  AddressMap<Hold> lanes_{};  // by the receiver's address
  // Of the lane that a request went by, for the next one: to count holds costs both of them more.
  Hold spare_{};
};

}  // namespace tincan::inline abi0::detail
