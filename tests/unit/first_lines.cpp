// tests/unit/first_lines.cpp - what a bus has said already
#include <tincan/detail/endpoint/first_lines.hpp>
#include <tincan/tincan.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "child.hpp"
#include "support.hpp"

using tincan::detail::FirstLines;
using Say = FirstLines::Say;

TEST_CASE("first lines: a key is new once") {
  FirstLines lines;
  CHECK(lines.add(1) == Say::Line);
  CHECK(lines.add(1) == Say::Nothing);
  CHECK(lines.add(3) == Say::Line);
  CHECK(lines.add(1) == Say::Nothing);
}

TEST_CASE("first lines: keys that meet at one place, and many, are told apart") {
  FirstLines lines;
  constexpr std::uint64_t Step = 128;  // twice as many places as there are at first
  for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE(lines.add(1 + i * Step) == Say::Line);
  for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE(lines.add(1 + i * Step) == Say::Nothing);
}

TEST_CASE("first lines: one of them is the last, and after it nothing is kept") {
  FirstLines lines;
  for (std::uint64_t key = 1; key < FirstLines::Most; ++key) REQUIRE(lines.add(key) == Say::Line);
  REQUIRE(lines.add(1) == Say::Nothing);
  REQUIRE(lines.add(FirstLines::Most) == Say::LastLine);
  REQUIRE(lines.add(FirstLines::Most) == Say::Nothing);
  REQUIRE(lines.add(FirstLines::Most + 1) == Say::Nothing);
}

TEST_CASE("first lines: channels named at run time get no more than a number of lines") {
  std::string const said = test::inChild([](test::Verdict const& verdict) {
    verdict.saysStderr();
    tincan::Bus bus;
    auto window = bus.attach("window");
    for (std::size_t i = 0; i < FirstLines::Most + 100; ++i) {
      window.send("channel " + std::to_string(i));
      bus.main().poll();
    }
  });
  auto const lines = std::count(said.begin(), said.end(), '\n');
  REQUIRE(static_cast<std::size_t>(lines) == FirstLines::Most + 1);
  REQUIRE(test::contains(said, "'channel 4095': nobody listens"));
  REQUIRE(
      said.ends_with("there are no more lines, after 4096 of them; onDeadLetter is told of all\n"));
}
