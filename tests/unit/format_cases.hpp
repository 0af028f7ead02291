// tests/unit/format_cases.hpp - what is printed of the library's types, by fmt or by the standard library
#pragma once

#include <string>
#include <tincan/tincan.hpp>

#include "catch.hpp"

namespace test {

struct Point {
  int x, y;
};

/// `print(value)` formats with "{}", `pad(value)` with "{:>8}|".
template <class Print, class Pad>
void checkFormats(Print const& print, Pad const& pad) {
  SECTION("enumerators by their names, padded as text is") {
    CHECK(print(tincan::Errc::Timeout) == "Timeout");
    CHECK(pad(tincan::SendResult::Closed) == "  Closed|");
  }
  SECTION("an error with its code") {
    tincan::Error const error(tincan::Errc::NoReply, "x", "'x': reply was never sent by 'main'");
    CHECK(print(error) == "NoReply: 'x': reply was never sent by 'main'");
  }
  SECTION("a value as what it holds, or its type") {
    CHECK(print(tincan::Value(42)) == "42");
    CHECK(print(tincan::Value("text")) == "text");
    CHECK(print(tincan::Value(true)) == "true");
    CHECK(print(tincan::Value(0.5)) == "0.5");
    CHECK(print(tincan::Value()) == "<nothing>");
    CHECK(print(tincan::Value(Point{1, 2})).find("Point>") != std::string::npos);
  }
  SECTION("what a bus tells about itself") {
    tincan::Bus bus;
    auto window = bus.attach("window");
    std::string letters;
    bus.onDeadLetter([&](tincan::DeadLetter const& letter) { letters += print(letter); });
    window.send("nobody's");
    bus.main().poll();
    CHECK(letters == "NoListener: 'nobody's' from 'window' to 'main'");
    CHECK(print(bus.stats()) ==
          "sent 1, handled 0, pending 0, max depth 1, late answers 0, dead letters 1 (NoListener "
          "1)");
  }
}

}  // namespace test
