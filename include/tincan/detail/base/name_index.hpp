// tincan/detail/base/name_index.hpp - finds what has a channel's name
//
// A name's place follows from its hash; what does not find one nearby, because many hashes are equal
// or lie close together (anybody can make up such names), goes into a tree.
//
//   Threads   One at a time.
//   Progress  find() looks at `Nearby` places at most, then at the logarithm of what is in the tree.
//   Lifetime  Does not own what it finds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace tincan::inline v0::detail {

/// Names are short, and a call of memcmp costs more than the comparison.
inline bool sameBytes(char const* a, char const* b, std::size_t size) noexcept {
  if (a == b) return true;
  auto const word = [](char const* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof(bytes));
    return bytes;
  };
  if (size < sizeof(std::uint64_t)) {
    for (; size > 0; --size) {
      if (a[size - 1] != b[size - 1]) return false;
    }
    return true;
  }
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if (word(a + at) != word(b + at)) return false;
  }
  return word(a + size - 8) == word(b + size - 8);  // overlaps
}

/// `Item` has a member `std::uint64_t hash` and a function `std::string_view view()`.
template <class Item>
class NameIndex {
 public:
  NameIndex() = default;
  NameIndex(NameIndex&&) noexcept = default;
  NameIndex& operator=(NameIndex&&) noexcept = default;

  /// With room for twice as many items.
  explicit NameIndex(std::size_t items) {
    std::size_t size = 16;
    while (size < items * 4) size *= 2;
    places_.resize(size);
  }

  Item* find(std::uint64_t hash, std::string_view name) const noexcept {
    if (places_.empty()) return nullptr;
    for (std::size_t i = 0; i < Nearby; ++i) {
      Place const& place = places_[(hash + i) & mask()];
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

  /// Whether one more item fits before another index is to be made.
  bool hasRoom() const noexcept { return (count_ + 1) * 2 <= places_.size(); }

  /// There is room, and none of that name. Throws std::bad_alloc, and then nothing has happened.
  void insert(Item* item) {
    for (std::size_t i = 0; i < Nearby; ++i) {
      Place& place = places_[(item->hash + i) & mask()];
      if (place.item != nullptr) continue;
      place = {item->hash, item};
      ++count_;
      return;
    }
    far_.emplace(Key{item->hash, item->view()}, item);
    ++count_;
  }

 private:
  static constexpr std::size_t Nearby = 16;

  struct Place {
    std::uint64_t hash = 0;
    Item* item = nullptr;
  };
  using Key = std::pair<std::uint64_t, std::string_view>;

  std::size_t mask() const noexcept { return places_.size() - 1; }

  // Wrong: taking an item out of its place alone. One whose places were all taken when it came would
  // no longer be found.
  [[gnu::noinline]] Item* findFar(std::uint64_t hash, std::string_view name) const noexcept {
    auto const found = far_.find(Key{hash, name});
    return found == far_.end() ? nullptr : found->second;
  }

  std::vector<Place> places_;  // open addressing, at most half full
  std::map<Key, Item*> far_;   // those that found none of their places free
  std::size_t count_ = 0;
};

}  // namespace tincan::inline v0::detail
