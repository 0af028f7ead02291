// tincan/detail/base/address_map.hpp - values by the address of what they are for
//
//   Threads   One at a time.
//   Progress  What is found, put in and taken out costs the same however much there is. Only
//             makeRoom() and the making of Room allocate.
//   Lifetime  Does not own what the addresses belong to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/channel_name.hpp>  // mixHash
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/base/row.hpp>

namespace tincan::inline abi0::detail {

/// A hash table with open addressing. `Value` is moved without throwing, and made by default.
template <class Value>
class AddressMap {
  struct Place {
    void const* key = nullptr;
    Value value{};
  };

 public:
  AddressMap() = default;
  AddressMap(AddressMap&& other) noexcept
      : places_(std::exchange(other.places_, {})), count_(std::exchange(other.count_, 0)) {}
  AddressMap& operator=(AddressMap&& other) noexcept {
    places_ = std::exchange(other.places_, {});
    count_ = std::exchange(other.count_, 0);
    return *this;
  }
  ~AddressMap() = default;

  bool empty() const noexcept { return count_ == 0; }
  std::size_t size() const noexcept { return count_; }

  /// The value for that address, or null.
  Value* find(void const* key) noexcept {
    std::size_t const at = placeOf(key);
    return at == Nowhere ? nullptr : &places_[at].value;
  }

  /// Makes room for one more value. Throws std::bad_alloc, and then nothing has happened.
  void makeRoom() {
    if (hasRoom()) return;
    Room larger(sizeOfRoom());
    moveTo(larger);
  }

  // For who must not allocate while he has the map: the three parts of makeRoom().

  /// Memory for the values of a map.
  class Room {
   public:
    /// Takes no memory.
    Room() = default;
    /// Throws std::bad_alloc.
    explicit Room(std::size_t size) : places_(size) {}

   private:
    friend class AddressMap;
    Row<Place> places_{};
  };
  /// True if there is room for one more value.
  bool hasRoom() const noexcept { return (count_ + 1) * 2 <= places_.size(); }
  /// The size of the room that makes place for more values.
  std::size_t sizeOfRoom() const noexcept { return places_.empty() ? 8 : places_.size() * 2; }
  /// Moves the values into that room, which then is what the map has had; if it is no larger, nothing
  /// happens.
  void moveTo(Room& room) noexcept {
    if (room.places_.size() <= places_.size()) return;
    places_.swap(room.places_);
    for (Place& place : room.places_) {
      if (place.key != nullptr) places_[freePlace(place.key)] = std::move(place);
    }
  }

  /// Adds a value, for which there is room, for an address that has none.
  void insert(void const* key, Value value) noexcept {
    places_[freePlace(key)] = {key, std::move(value)};
    ++count_;
  }

  /// Takes out the value for that address; an empty one if there is none.
  Value take(void const* key) noexcept {
    std::size_t const at = placeOf(key);
    return at == Nowhere ? Value() : takeAt(at);
  }

  /// Calls call(value) for every value, in no particular order.
  template <class F>
  void forEach(F&& call) const {
    for (Place const& place : places_) {
      if (place.key != nullptr) call(place.value);
    }
  }

  /// Calls call(value) for every value, which it may change, in no particular order.
  template <class F>
  void forEach(F&& call) {
    for (Place& place : places_) {
      if (place.key != nullptr) call(place.value);
    }
  }

  /// Looks at `most` places, at other ones at each call, and takes out the values for which `isOver`;
  /// each is handed to `taken`, which must not come back here.
  template <class IsOver, class Taken>
  void lookAtSome(std::size_t most, IsOver&& isOver, Taken&& taken) noexcept {
    for (std::size_t i = smallerOf(most, places_.size()); i > 0; --i) {
      cursor_ &= places_.size() - 1;
      // What follows may move into a place that has become free.
      if (places_[cursor_].key != nullptr && isOver(places_[cursor_].value)) {
        taken(takeAt(cursor_));
      } else {
        ++cursor_;
      }
    }
  }

 private:
  static constexpr std::size_t Nowhere = SIZE_MAX;

  /// Where the value for that address is, or Nowhere.
  std::size_t placeOf(void const* key) const noexcept {
    if (places_.empty()) return Nowhere;
    for (std::size_t at = home(key);; at = next(at)) {
      if (places_[at].key == key) return at;
      if (places_[at].key == nullptr) return Nowhere;
    }
  }
  /// Where the value for that address lies if no other is in the way. There are places.
  std::size_t home(void const* key) const noexcept {
    return narrowed<std::size_t>(mixHash(reinterpret_cast<std::uintptr_t>(key))) &
           (places_.size() - 1);
  }
  std::size_t next(std::size_t at) const noexcept { return (at + 1) & (places_.size() - 1); }
  std::size_t freePlace(void const* key) const noexcept {
    std::size_t at = home(key);
    while (places_[at].key != nullptr) at = next(at);
    return at;
  }

  /// Takes out what is there. The values behind it, up to the next free place, move up as far as they
  /// may (D. Knuth, The Art of Computer Programming 3, algorithm 6.4 R).
  Value takeAt(std::size_t hole) noexcept {
    Value taken = std::exchange(places_[hole].value, Value());
    places_[hole].key = nullptr;
    --count_;
    for (std::size_t at = next(hole); places_[at].key != nullptr; at = next(at)) {
      std::size_t const distance = (at - home(places_[at].key)) & (places_.size() - 1);
      if (distance < ((at - hole) & (places_.size() - 1))) continue;
      places_[hole] = std::exchange(places_[at], Place());
      hole = at;
    }
    return taken;
  }

  Row<Place> places_{};  // open addressing, at most half full
  std::size_t count_ = 0;
  std::size_t cursor_ = 0;
};

}  // namespace tincan::inline abi0::detail
