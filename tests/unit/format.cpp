// tests/unit/format.cpp - what fmt and std::format print of the library's types
#include <string>
#include <tincan/format.hpp>
#include <tincan/std_format.hpp>

#include "catch.hpp"
#include "format_cases.hpp"

TEST_CASE("format: fmt prints the library's types") {
  test::checkFormats([](auto const& value) { return fmt::format("{}", value); },
                     [](auto const& value) { return fmt::format("{:>8}|", value); });
}

#ifdef __cpp_lib_format
TEST_CASE("format: the standard library prints them as fmt does") {
  test::checkFormats([](auto const& value) { return std::format("{}", value); },
                     [](auto const& value) { return std::format("{:>8}|", value); });
}
#endif
