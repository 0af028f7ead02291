// tests/unit/deadline_heap.cpp - moments in their order
#include <tincan/detail/base/deadline_heap.hpp>
#include <tincan/tincan.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "catch.hpp"

using tincan::detail::Deadline;
using tincan::detail::DeadlineHeap;
using tincan::detail::Nanoseconds;
using tincan::detail::NoDeadline;

TEST_CASE("deadline heap: empty, one, and empty again") {
  DeadlineHeap heap;
  CHECK(heap.first() == nullptr);
  CHECK(heap.next() == NoDeadline);
  Deadline one;
  one.at = 5;
  heap.add(one);
  CHECK(heap.first() == &one);
  CHECK(heap.next() == 5);
  heap.remove(one);
  CHECK(heap.first() == nullptr);
  CHECK(heap.next() == NoDeadline);
}

TEST_CASE("deadline heap: those of one moment come in the order of their numbers") {
  DeadlineHeap heap;
  Deadline all[4];
  std::uint64_t const numbers[4] = {3, 1, 4, 2};
  for (std::size_t i = 0; i < 4; ++i) {
    all[i].at = 7;
    all[i].number = numbers[i];
    heap.add(all[i]);
  }
  for (std::uint64_t number = 1; number <= 4; ++number) {
    REQUIRE(heap.first() != nullptr);
    CHECK(heap.first()->number == number);
    heap.remove(*heap.first());
  }
  CHECK(heap.first() == nullptr);
}

TEST_CASE("deadline heap: whatever is added and removed, the first one is first") {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    std::vector<Deadline> all(200);
    std::vector<bool> isThere(all.size());
    std::set<std::pair<std::pair<Nanoseconds, std::uint64_t>, Deadline const*>> model;
    DeadlineHeap heap;
    std::uint64_t made = 0;
    for (int step = 0; step < 4000; ++step) {
      std::size_t const which = random() % all.size();
      Deadline& one = all[which];
      if (isThere[which]) {
        model.erase({{one.at, one.number}, &one});
        heap.remove(one);
      } else {
        one.at = static_cast<Nanoseconds>(random() % 16);
        one.number = ++made;
        model.insert({{one.at, one.number}, &one});
        heap.add(one);
      }
      isThere[which] = !isThere[which];
      REQUIRE(heap.first() == (model.empty() ? nullptr : model.begin()->second));
    }
    while (!model.empty()) {
      REQUIRE(heap.first() == model.begin()->second);
      heap.remove(*heap.first());
      model.erase(model.begin());
    }
    REQUIRE(heap.first() == nullptr);
  }
}

TEST_CASE("29: a deadline among 100,000 is found, added and removed in few steps") {
  // In any order that a heap might not like: this ends within the patience of a test if no step looks at many.
  constexpr std::size_t Many = 100'000;
  std::vector<Deadline> all(Many);
  DeadlineHeap heap;
  auto const fill = [&](auto&& momentOf) {
    for (std::size_t i = 0; i < Many; ++i) {
      all[i].at = static_cast<Nanoseconds>(momentOf(i));
      all[i].number = i;
      heap.add(all[i]);
    }
  };
  auto const isSorted = [&] {
    for (Nanoseconds last = -1; Deadline* const first = heap.first(); last = first->at) {
      if (first->at < last) return false;
      heap.remove(*first);
    }
    return true;
  };
  fill([](std::size_t i) { return i; });
  CHECK(isSorted());
  fill([](std::size_t i) { return Many - i; });
  CHECK(isSorted());
  fill([](std::size_t) { return 1; });
  for (std::size_t i = 0; i < Many; i += 2) heap.remove(all[i]);
  for (std::size_t i = 1; i < Many; i += 2) heap.remove(all[Many - i]);
  CHECK(heap.first() == nullptr);
}
