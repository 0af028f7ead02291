// tests/unit/name_index.cpp - finds what has a channel's name
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/detail/base/name_index.hpp>

#include "catch.hpp"

namespace {

struct IndexedName {
  std::uint64_t hash;
  std::string name;
  std::string_view view() const noexcept { return name; }
};
using IndexOfNames = tincan::detail::NameIndex<IndexedName>;

/// As the tables do: a larger index when there is no room.
struct NamesInIndex {
  void add(std::uint64_t hash, std::string name) {
    items.push_back(std::make_unique<IndexedName>(IndexedName{hash, std::move(name)}));
    if (index.hasRoom()) return index.insert(items.back().get());
    IndexOfNames larger(items.size());
    for (auto const& item : items) larger.insert(item.get());
    index = std::move(larger);
  }
  void findAll() const {
    for (auto const& item : items) {
      REQUIRE(index.find(item->hash, item->name) == item.get());
      REQUIRE(index.find(item->hash + 1, item->name) == nullptr);
      REQUIRE(index.find(item->hash, item->name + "?") == nullptr);
    }
  }

  IndexOfNames index;
  std::vector<std::unique_ptr<IndexedName>> items;
};

}  // namespace

TEST_CASE("name index: a new one is empty and has no room") {
  IndexOfNames const index;
  CHECK(index.find(0, "") == nullptr);
  CHECK_FALSE(index.hasRoom());
}

TEST_CASE("name index: it has room for twice as many as it is made for") {
  IndexOfNames index(20);
  std::vector<IndexedName> items;
  for (std::uint64_t i = 0; i < 40; ++i) items.push_back({i * 7919, std::to_string(i)});
  for (IndexedName& item : items) {
    REQUIRE(index.hasRoom());
    index.insert(&item);
  }
  for (IndexedName& item : items) CHECK(index.find(item.hash, item.name) == &item);
}

TEST_CASE("name index: names are found whether their hashes differ, are close, or are equal") {
  std::uint64_t const distance = GENERATE(0u, 1u, 64u, 0x9e3779b97f4a7c15u);
  CAPTURE(distance);
  NamesInIndex names;
  for (std::uint64_t i = 0; i < 300; ++i) {
    names.add(i * distance, "channel " + std::to_string(i));
    if (i % 50 == 0) names.findAll();
  }
  names.findAll();
}

TEST_CASE("name index: names of one hash differ by any byte") {
  for (std::size_t size = 1; size < 26; ++size) {
    NamesInIndex names;
    std::string const same(size, 'x');
    names.add(1, same);
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = same;
      other[at] = 'y';
      REQUIRE(names.index.find(1, other) == nullptr);
      names.add(1, other);
    }
    names.findAll();
  }
}
