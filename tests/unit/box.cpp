// tests/unit/box.cpp - storage for one value without its type
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <tincan/detail/base/box.hpp>

#include "catch.hpp"

namespace {

using tincan::detail::Box;
using tincan::detail::FitsInPlace;
using tincan::detail::InPlace;

/// Counts those of its size that live.
template <std::size_t Size>
struct BoxedCount {
  explicit BoxedCount(int start) : number(start) { ++alive; }
  BoxedCount(BoxedCount&& other) noexcept : number(std::exchange(other.number, -1)) { ++alive; }
  BoxedCount& operator=(BoxedCount&&) = delete;
  ~BoxedCount() { --alive; }

  int number;
  std::byte rest[Size - sizeof(int)] = {};
  static inline int alive = 0;
};
using SmallCount = BoxedCount<InPlace>;
using LargeCount = BoxedCount<InPlace + 4>;
static_assert(FitsInPlace<SmallCount> && !FitsInPlace<LargeCount>);

struct ThrowsWhenBoxed {
  ThrowsWhenBoxed() { throw std::runtime_error("not made"); }
};

struct MoveMayThrow {
  MoveMayThrow() = default;
  MoveMayThrow(MoveMayThrow&&) noexcept(false) {}
};
static_assert(!FitsInPlace<MoveMayThrow>);

bool isInside(Box const& box, void const* at) {
  auto const* const begin = reinterpret_cast<std::byte const*>(&box);
  auto const* const place = static_cast<std::byte const*>(at);
  return place >= begin && place < begin + sizeof(Box);
}

}  // namespace

TEST_CASE("box: a new one is empty") {
  Box box;
  CHECK(box.empty());
  CHECK(box.type() == nullptr);
  CHECK(box.address() == nullptr);
  CHECK(box.as<int>() == nullptr);
  CHECK(box.typeName() == "nothing");
  CHECK(box.take<int>() == std::nullopt);
}

TEST_CASE("box: a small value lies in place, a large one on the heap") {
  Box box;
  box.emplace<SmallCount>(1);
  CHECK(isInside(box, box.address()));
  box.clear();
  box.emplace<LargeCount>(2);
  CHECK_FALSE(isInside(box, box.address()));
  CHECK(box.as<LargeCount>()->number == 2);
}

TEST_CASE("box: only the exact type is found") {
  Box box;
  box.emplace<int>(5);
  CHECK(*box.as<int>() == 5);
  CHECK(box.as<unsigned>() == nullptr);
  CHECK(box.as<long>() == nullptr);
  CHECK(static_cast<void*>(box.as<int>()) == box.address());
  CHECK(box.typeName() == "int");
}

TEMPLATE_TEST_CASE("box: what is in it ends exactly once", "", SmallCount, LargeCount) {
  REQUIRE(TestType::alive == 0);
  {
    Box first;
    first.emplace<TestType>(7);
    CHECK(TestType::alive == 1);
    Box second(std::move(first));
    CHECK(first.empty());
    CHECK(TestType::alive == 1);
    CHECK(second.as<TestType>()->number == 7);
    Box third;
    third.emplace<TestType>(8);
    third = std::move(second);
    CHECK(TestType::alive == 1);
    CHECK(third.as<TestType>()->number == 7);
    Box& itself = third;
    third = std::move(itself);
    CHECK(third.as<TestType>()->number == 7);
  }
  CHECK(TestType::alive == 0);
}

TEST_CASE("box: it stays empty if the value could not be made") {
  Box box;
  CHECK_THROWS_AS(box.emplace<ThrowsWhenBoxed>(), std::runtime_error);
  CHECK(box.empty());
  using Large = std::array<std::optional<std::string>, 4>;
  struct LargeThrows : Large {
    LargeThrows() { throw std::runtime_error("not made"); }
  };
  CHECK_THROWS_AS(box.emplace<LargeThrows>(), std::runtime_error);
  CHECK(box.empty());
}

TEST_CASE("box: take moves out and leaves nothing, moveOut leaves what was moved from") {
  Box box;
  box.emplace<std::unique_ptr<int>>(std::make_unique<int>(3));
  auto const moved = box.moveOut<std::unique_ptr<int>>();
  REQUIRE(moved.has_value());
  CHECK(**moved == 3);
  REQUIRE_FALSE(box.empty());
  CHECK(*box.as<std::unique_ptr<int>>() == nullptr);
  CHECK(box.take<std::unique_ptr<int>>().has_value());
  CHECK(box.empty());
}

TEST_CASE("box: a number is taken as another type if that can represent it, else it stays") {
  Box box;
  box.emplace<int>(300);
  CHECK(box.take<std::uint8_t>() == std::nullopt);
  CHECK(box.take<std::string>() == std::nullopt);
  REQUIRE_FALSE(box.empty());
  CHECK(box.take<double>() == 300.0);
  CHECK(box.empty());
}

TEST_CASE("box: what needs no end may stay until the next value") {
  Box box;
  box.emplace<int>(1);
  box.clearUnlessTrivial();
  CHECK(*box.as<int>() == 1);
  box.emplace<int>(2);
  CHECK(*box.as<int>() == 2);
  box.emplace<SmallCount>(3);
  box.clearUnlessTrivial();
  CHECK(box.empty());
  CHECK(SmallCount::alive == 0);
}

TEST_CASE("box: a class may have an operator new of its own, for other memory") {
  struct Arena {};
  struct InArena {
    static void* operator new(std::size_t, Arena&) = delete;
    static void operator delete(void*, std::size_t) = delete;
    std::byte bytes[100] = {};
  };
  Box box;
  box.emplace<InArena>();
  Box other(std::move(box));
  CHECK(other.take<InArena>().has_value());
}
