// tests/unit/address_map.cpp - values by the address of what they are for
#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <tincan/detail/base/address_map.hpp>

#include "catch.hpp"

namespace {

using OwnedInt = std::unique_ptr<int>;
using OwnedByAddress = tincan::detail::AddressMap<OwnedInt>;

void insertInto(OwnedByAddress& map, void const* key, int value) {
  map.makeRoom();
  map.insert(key, std::make_unique<int>(value));
}

/// All values, of which none is there twice.
std::set<int> valuesOf(OwnedByAddress const& map) {
  std::set<int> values;
  map.forEach([&](OwnedInt const& value) { REQUIRE(values.insert(*value).second); });
  REQUIRE(values.size() == map.size());
  return values;
}

}  // namespace

TEST_CASE("address map: a new one is empty, and finds and takes nothing") {
  OwnedByAddress map;
  int key = 0;
  CHECK(map.empty());
  CHECK(map.find(&key) == nullptr);
  CHECK(map.take(&key) == nullptr);
  map.lookAtSome(
      8, [](OwnedInt const&) { return true; }, [](OwnedInt) { FAIL("there is none"); });
}

TEST_CASE("address map: as std::map, whatever comes and goes") {
  std::vector<int> keys(200);
  std::map<void const*, int> expected;
  OwnedByAddress map;
  std::mt19937 random(7);
  for (int step = 0; step < 20'000; ++step) {
    void const* const key = &keys[random() % keys.size()];
    auto const known = expected.find(key);
    OwnedInt* const found = map.find(key);
    REQUIRE((found != nullptr) == (known != expected.end()));
    if (found == nullptr) {
      insertInto(map, key, step);
      expected.emplace(key, step);
    } else {
      REQUIRE(**found == known->second);
      OwnedInt const taken = map.take(key);
      REQUIRE(taken != nullptr);
      REQUIRE(*taken == known->second);
      expected.erase(known);
    }
    REQUIRE(map.size() == expected.size());
  }
  for (auto const& [key, value] : expected) REQUIRE(**map.find(key) == value);
}

TEST_CASE("address map: looks at some, other ones at each call, take out what is over") {
  std::vector<int> keys(100);
  OwnedByAddress map;
  for (int i = 0; i < 100; ++i) insertInto(map, &keys[static_cast<std::size_t>(i)], i);
  std::set<int> taken;
  auto const isEven = [](OwnedInt const& value) { return *value % 2 == 0; };
  // There are 256 places; what moves into a place that has become free is looked at, too.
  for (int call = 0; call < 80; ++call) {
    map.lookAtSome(4, isEven, [&](OwnedInt value) { REQUIRE(taken.insert(*value).second); });
  }
  CHECK(taken.size() == 50);
  for (int const value : valuesOf(map)) CHECK(value % 2 == 1);
  CHECK(map.size() == 50);
}

TEST_CASE("address map: one that is moved from is empty, and may be used again") {
  int key = 0;
  OwnedByAddress first;
  insertInto(first, &key, 1);
  OwnedByAddress second(std::move(first));
  CHECK(first.empty());
  CHECK(first.find(&key) == nullptr);
  CHECK(**second.find(&key) == 1);
  insertInto(first, &key, 2);
  second = std::move(first);
  CHECK(**second.find(&key) == 2);
  CHECK(second.size() == 1);
}
