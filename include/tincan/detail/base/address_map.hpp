// tincan/detail/base/address_map.hpp - values by the address of what they are for
//
//   Threads   One at a time.
//   Progress  What is found, put in and taken out costs the same however much there is. Only
//             makeRoom() allocates.
//   Lifetime  Does not own what the addresses belong to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>

namespace tincan::inline v0::detail {

/// `Value` is moved without throwing, and made by default.
template <class Value>
class AddressMap {
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

  /// Null: there is none.
  Value* find(void const* key) noexcept {
    if (places_.empty()) return nullptr;
    for (std::size_t at = home(key);; at = next(at)) {
      if (places_[at].key == key) return &places_[at].value;
      if (places_[at].key == nullptr) return nullptr;
    }
  }

  /// For one more value. Throws std::bad_alloc, and then nothing has happened.
  void makeRoom() {
    if ((count_ + 1) * 2 <= places_.size()) return;
    std::vector<Place> old(places_.empty() ? 8 : places_.size() * 2);
    places_.swap(old);
    for (Place& place : old) {
      if (place.key != nullptr) places_[freePlace(place.key)] = std::move(place);
    }
  }

  /// There is room, and no value for that address.
  void insert(void const* key, Value value) noexcept {
    places_[freePlace(key)] = {key, std::move(value)};
    ++count_;
  }

  /// The value that was there, or an empty one.
  Value take(void const* key) noexcept {
    Value* const found = find(key);
    if (found == nullptr) return Value();
    std::size_t at = home(key);
    while (places_[at].key != key) at = next(at);
    return takeAt(at);
  }

  template <class F>
  void forEach(F&& call) const {
    for (Place const& place : places_) {
      if (place.key != nullptr) call(place.value);
    }
  }

  /// Looks at so many values, other ones at each call, and takes out those that `isOver`; they are
  /// handed to `taken` one by one, which must not come back here.
  template <class IsOver, class Taken>
  void lookAtSome(std::size_t most, IsOver&& isOver, Taken&& taken) noexcept {
    for (std::size_t i = (std::min)(most, places_.size()); i > 0; --i) {
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
  struct Place {
    void const* key = nullptr;
    Value value{};
  };

  std::size_t home(void const* key) const noexcept {
    return mixHash(reinterpret_cast<std::uintptr_t>(key)) & (places_.size() - 1);
  }
  std::size_t next(std::size_t at) const noexcept { return (at + 1) & (places_.size() - 1); }
  std::size_t freePlace(void const* key) const noexcept {
    std::size_t at = home(key);
    while (places_[at].key != nullptr) at = next(at);
    return at;
  }

  /// Those behind it, up to the next free place, move up as far as they may (D. Knuth, The Art of
  /// Computer Programming 3, algorithm 6.4 R).
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

  std::vector<Place> places_;  // open addressing, at most half full
  std::size_t count_ = 0;
  std::size_t cursor_ = 0;
};

}  // namespace tincan::inline v0::detail
