// tincan/detail/base/name_index.hpp - finds what has a channel's name
//
// A name's place follows from its hash. An item that finds no place nearby, because many hashes are
// equal or lie close together (anybody can make up such names), goes into a tree.
//
//   Threads   One at a time.
//   Progress  find() looks at `Nearby` places at most, then at the logarithm of what is in the tree.
//   Lifetime  Does not own what it finds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/base/pointer_tree.hpp>
#include <tincan/detail/base/row.hpp>

namespace tincan::inline abi0::detail {

/// `Item` has a member `std::uint64_t hash` and a function `std::string_view view()`.
template <class Item>
class NameIndex {
 public:
  NameIndex() = default;
  NameIndex(NameIndex&&) noexcept = default;
  NameIndex& operator=(NameIndex&&) noexcept = default;

  /// Makes room for twice as many items.
  explicit NameIndex(std::size_t items) {
    std::size_t size = 16;
    while (size < items * 4) size *= 2;
    places_ = Row<Place>(size);
  }

  /// The item of that name, whose hash that is, or null.
  Item* find(std::uint64_t hash, std::string_view name) const noexcept {
    if (places_.empty()) return nullptr;
    for (std::size_t i = 0; i < Nearby; ++i) {
      Place const& place = places_[placeOf(hash, i)];
      if (place.item == nullptr) return nullptr;
      if (place.hash == hash) {
        std::string_view const other = place.item->view();
        if (other.size() == name.size() && sameBytes(other.data(), name.data(), name.size())) {
          return place.item;
        }
      }
    }
    return findFar(hash, name);
  }

  /// True if one more item fits. Else the owner makes a larger index, and leaves out what it likes.
  bool hasRoom() const noexcept { return (count_ + 1) * 2 <= places_.size(); }

  /// Adds an item, for which there is room, and whose name no other has. Throws std::bad_alloc, and
  /// then nothing has happened.
  void insert(Item* item) {
    for (std::size_t i = 0; i < Nearby; ++i) {
      Place& place = places_[placeOf(item->hash, i)];
      if (place.item != nullptr) continue;
      place = {item->hash, item};
      ++count_;
      return;
    }
    far_.emplace(keyOf(item->hash, item->view()), address(item));
    ++count_;
  }

 private:
  static constexpr std::size_t Nearby = 16;

  struct Place {
    std::uint64_t hash = 0;
    Item* item = nullptr;
  };

  static TreeKey keyOf(std::uint64_t hash, std::string_view name) noexcept {
    return {name, static_cast<std::int64_t>(hash)};
  }
  static void* address(Item* item) noexcept { return const_cast<std::remove_const_t<Item>*>(item); }

  /// Where what has that hash may lie, the i-th choice.
  std::size_t placeOf(std::uint64_t hash, std::size_t i) const noexcept {
    return (narrowed<std::size_t>(hash) + i) & (places_.size() - 1);
  }

  // Wrong: a way to take an item out of its place alone. One whose places were all taken when it came
  // would no longer be found.
  [[gnu::noinline]] Item* findFar(std::uint64_t hash, std::string_view name) const noexcept {
    auto const found = far_.find(keyOf(hash, name));
    return found == far_.end() ? nullptr : static_cast<Item*>(found->second);
  }

  Row<Place> places_{};  // open addressing, at most half full
  PointerTree far_{};    // those that found none of their places free
  std::size_t count_ = 0;
};

}  // namespace tincan::inline abi0::detail
