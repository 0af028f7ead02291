// tests/unit/number.cpp - an arithmetic value on its way to another arithmetic type
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/number.hpp>

#include "catch.hpp"

namespace {

using tincan::detail::Number;

/// The number as a To; nothing if that cannot represent it, and then the place for it is unchanged.
template <class To, class From>
std::optional<To> numberAs(From value) {
  To const before = static_cast<To>(1);
  To out = before;
  if (Number(value).to(out)) return out;
  CHECK(out == before);
  return std::nullopt;
}

template <class T>
using LimitsOf = std::numeric_limits<T>;

/// From all whole numbers at the edges of From to To.
template <class From, class To>
void convertEdges() {
  From const edges[] = {LimitsOf<From>::min(),
                        static_cast<From>(LimitsOf<From>::min() + 1),
                        From{0},
                        From{1},
                        static_cast<From>(LimitsOf<From>::max() / 2),
                        static_cast<From>(LimitsOf<From>::max() - 1),
                        LimitsOf<From>::max()};
  for (From const value : edges) {
    std::optional<To> const got = numberAs<To>(value);
    REQUIRE(got.has_value() == std::in_range<To>(value));
    if (got.has_value()) REQUIRE(std::cmp_equal(*got, value));
  }
}

template <class From, class... To>
void convertEdgesToEach() {
  (convertEdges<From, To>(), ...);
}

template <class... T>
void convertAmong() {
  (convertEdgesToEach<T, T...>(), ...);
}

}  // namespace

TEST_CASE("number: whole numbers become each other exactly if they fit") {
  convertAmong<signed char, unsigned char, short, unsigned short, int, unsigned, long,
               unsigned long, long long, unsigned long long>();
}

TEST_CASE("number: only 0 and 1 are a bool, and a bool is 0 or 1") {
  CHECK(numberAs<bool>(0) == false);
  CHECK(numberAs<bool>(1u) == true);
  CHECK(numberAs<bool>(2) == std::nullopt);
  CHECK(numberAs<bool>(-1) == std::nullopt);
  CHECK(numberAs<bool>(1.0) == true);
  CHECK(numberAs<bool>(0.5) == std::nullopt);
  CHECK(numberAs<int>(true) == 1);
  CHECK(numberAs<double>(false) == 0.0);
}

TEST_CASE("number: a whole number becomes a floating one only without rounding") {
  constexpr int Exact = 1 << LimitsOf<float>::digits;
  CHECK(numberAs<float>(Exact) == static_cast<float>(Exact));
  CHECK(numberAs<float>(Exact + 1) == std::nullopt);
  CHECK(numberAs<double>(LimitsOf<std::int64_t>::max()) == std::nullopt);
  CHECK(numberAs<double>(LimitsOf<std::int64_t>::min()) == -0x1p63);
  CHECK(numberAs<double>(LimitsOf<std::uint64_t>::max()) == std::nullopt);
  CHECK(numberAs<double>(std::uint64_t{1} << 63) == 0x1p63);
}

TEST_CASE("number: a floating one becomes a whole number only if it is one, and fits") {
  CHECK(numberAs<int>(-3.0) == -3);
  CHECK(numberAs<int>(0.5f) == std::nullopt);
  CHECK(numberAs<unsigned>(-1.0) == std::nullopt);
  CHECK(numberAs<int>(0x1p31) == std::nullopt);
  CHECK(numberAs<std::int64_t>(0x1p63) == std::nullopt);
  CHECK(numberAs<std::int64_t>(-0x1p63) == LimitsOf<std::int64_t>::min());
  CHECK(numberAs<std::uint64_t>(0x1p63) == std::uint64_t{1} << 63);
  CHECK(numberAs<std::uint64_t>(0x1p64) == std::nullopt);
  CHECK(numberAs<unsigned>(-0.0) == 0u);
}

TEST_CASE("number: a floating one becomes a narrower one only without rounding or overflow") {
  CHECK(numberAs<float>(0.5) == 0.5f);
  CHECK(numberAs<float>(0.1) == std::nullopt);
  CHECK(numberAs<float>(1e300) == std::nullopt);
  CHECK(numberAs<double>(0.1f) == static_cast<double>(0.1f));
}

TEST_CASE("number: infinity and what is no number stay so, and are no whole numbers") {
  double const infinity = LimitsOf<double>::infinity();
  CHECK(numberAs<float>(infinity) == LimitsOf<float>::infinity());
  CHECK(numberAs<float>(-infinity) == -LimitsOf<float>::infinity());
  CHECK(numberAs<long>(infinity) == std::nullopt);
  std::optional<float> const none = numberAs<float>(LimitsOf<double>::quiet_NaN());
  REQUIRE(none.has_value());
  CHECK(*none != *none);
  CHECK(numberAs<int>(LimitsOf<double>::quiet_NaN()) == std::nullopt);
  CHECK(numberAs<bool>(LimitsOf<float>::quiet_NaN()) == std::nullopt);
}

TEST_CASE("number: a new one is 0") {
  int out = 5;
  CHECK(Number().to(out));
  CHECK(out == 0);
}
