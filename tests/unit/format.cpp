// tests/unit/format.cpp - what fmt prints of the library's types
#include <string>
#include <tincan/format.hpp>
#include <tincan/tincan.hpp>

#include "catch.hpp"

namespace {
struct Point {
  int x, y;
};
}  // namespace

TEST_CASE("format: enumerators by their names, padded as text is") {
  CHECK(fmt::format("{}", tincan::Errc::Timeout) == "Timeout");
  CHECK(fmt::format("{:>8}|", tincan::SendResult::Closed) == "  Closed|");
}

TEST_CASE("format: an error with its code") {
  tincan::Error const error(tincan::Errc::NoReply, "x", "'x': reply was never sent by 'main'");
  CHECK(fmt::format("{}", error) == "NoReply: 'x': reply was never sent by 'main'");
}

TEST_CASE("format: a value as what it holds, or its type") {
  CHECK(fmt::format("{}", tincan::Value(42)) == "42");
  CHECK(fmt::format("{}", tincan::Value("text")) == "text");
  CHECK(fmt::format("{}", tincan::Value(true)) == "true");
  CHECK(fmt::format("{}", tincan::Value()) == "<nothing>");
  CHECK(fmt::format("{}", tincan::Value(Point{1, 2})).find("Point>") != std::string::npos);
}

TEST_CASE("format: what a bus tells about itself") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::string letters;
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) { letters += fmt::format("{}", letter); });
  window.send("nobody's");
  bus.main().poll();
  CHECK(letters == "NoListener: 'nobody's' from 'window' to 'main'");
  CHECK(fmt::format("{}", bus.stats()) ==
        "sent 1, handled 0, pending 0, max depth 1, late answers 0, dead letters 1 (NoListener 1)");
}
