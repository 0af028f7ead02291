// tests/unit/first_lines.cpp - what a bus has said already
#include <tincan/detail/endpoint/first_lines.hpp>
#include <tincan/tincan.hpp>

#include <cstdint>

#include "catch.hpp"

TEST_CASE("first lines: a key is new once") {
  tincan::detail::FirstLines lines;
  CHECK(lines.add(1));
  CHECK_FALSE(lines.add(1));
  CHECK(lines.add(3));
  CHECK_FALSE(lines.add(1));
}

TEST_CASE("first lines: keys that meet at one place, and many, are told apart") {
  tincan::detail::FirstLines lines;
  constexpr std::uint64_t Step = 128;  // twice as many places as there are at first
  for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE(lines.add(1 + i * Step));
  for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE_FALSE(lines.add(1 + i * Step));
}
