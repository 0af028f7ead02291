// tests/testing/printed.cpp - values of any type as text
#include <array>
#include <catch.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tincan/format.hpp>
#include <tincan/testing.hpp>
#include <tincan/testing/detail/report/printed.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "../unit/support.hpp"

namespace printing {

using test::contains;
using tincan::testing::detail::printed;

enum class Color { Red, Green = 5 };
enum class Level : unsigned char { High = 200 };
struct Point {
  int x;
  double y;
};
struct Line {
  Point from, to;
  std::string name;
};
struct Nothing {};
struct Flag {
  bool isSet;
};
struct Eight {
  int a, b, c, d, e, f, g, h;
};
struct Shown {
  int value;
  friend std::ostream& operator<<(std::ostream& out, Shown const& shown) {
    return out << "value " << shown.value;
  }
};
struct Nine {
  int a, b, c, d, e, f, g, h, i;
};
struct Derived : Point {
  int z;
};
struct EmptyBase : Nothing {
  int x;
};
struct Row {
  int cells[3];
};
struct Refers {
  int& value;
};
struct Holds {
  std::optional<int> maybe;
  std::string text;
  std::vector<Point> points;
};
struct WithUnion {
  int a;
  union {
    int b;
    float c;
  };
};
struct NoDefault {
  explicit NoDefault(int n) : value(n) {}
  int value;
};
struct SecondHasDefault {
  int a;
  NoDefault b = NoDefault(1);
};
struct Letters {
  char all[4];
  char const* view;
};
struct Looped {  // a range of its own type
  Looped() {}
  Looped const* begin() const { return this; }
  Looped const* end() const { return this + 1; }
};
class Closed {
 public:
  explicit Closed(int value) : value_(value) {}
  int value() const { return value_; }

 private:
  int value_;
};

TEST_CASE("printed: numbers and texts") {
  CHECK(printed(-7) == "-7");
  CHECK(printed(true) == "true");
  CHECK(printed('x') == "x");
  CHECK(printed(2.5) == "2.5");
  CHECK(printed(std::string("text")) == "text");
  CHECK(printed(std::string_view("view")) == "view");
}

TEST_CASE("printed: numbers in the shortest form that tells them apart") {
  CHECK(printed(0.1) == "0.1");
  CHECK(printed(0.1f) == "0.1");
  CHECK(printed(0.1L) == "0.1");
  CHECK(printed(1e-9) == "1e-09");
  CHECK(printed(0.1 + 1e-12) == "0.10000000000100001");
  CHECK(printed(static_cast<double>(0.1f)) == "0.10000000149011612");
  CHECK(printed(1e6) == "1000000");
  CHECK(printed(1e300) == "1e+300");
  CHECK(printed(-std::numeric_limits<double>::infinity()) == "-inf");
  CHECK(printed(std::vector{0.25f, 3.f}) == "[0.25, 3]");
  CHECK(printed(std::int8_t{65}) == "65");
  CHECK(printed(std::uint8_t{65}) == "65");
  CHECK(printed(tincan::Value(std::int8_t{65})) == "65");
  CHECK(printed(L'A') == "65");
  CHECK(printed(~std::uint64_t{0}) == "18446744073709551615");
}

TEST_CASE("printed: what has an operator<< says itself how") {
  CHECK(printed(Shown{3}) == "value 3");
  CHECK(printed(std::vector{Shown{1}, Shown{2}}) == "[value 1, value 2]");
}

TEST_CASE("printed: enumerators by their numbers") {
  CHECK(printed(Color::Green) == "5");
  CHECK(printed(Level::High) == "200");
}

TEST_CASE("printed: structs by their members") {
  CHECK(printed(Point{1, 0.5}) == "{1, 0.5}");
  CHECK(contains(printed(Nothing{}), "Nothing>"));
  CHECK(printed(Flag{true}) == "{true}");
  CHECK(printed(Eight{1, 2, 3, 4, 5, 6, 7, 8}) == "{1, 2, 3, 4, 5, 6, 7, 8}");
  CHECK(printed(Holds{1, "a", {{2, 3}}}) == "{1, a, [{2, 3}]}");
  CHECK(printed(Line{{1, 2}, {3, 4}, "edge"}) == "{{1, 2}, {3, 4}, edge}");
}

TEST_CASE("printed: containers, pairs and optionals by their elements") {
  CHECK(printed(std::vector<int>{}) == "[]");
  CHECK(printed(std::vector{1, 2}) == "[1, 2]");
  CHECK(printed(std::vector{true, false}) == "[true, false]");
  CHECK(printed(std::array{Color::Red}) == "[0]");
  CHECK(printed(std::optional<int>()) == "nothing");
  CHECK(printed(std::optional(Point{1, 2})) == "{1, 2}");
  CHECK(printed(std::pair(1, std::string("one"))) == "(1, one)");
  CHECK(printed(std::tuple<>()) == "()");
  CHECK(printed(std::map<int, std::string>{{1, "a"}, {2, "b"}}) == "[(1, a), (2, b)]");
}

TEST_CASE("printed: of others the type") {
  int value = 1;
  CHECK(contains(printed(Closed(1)), "Closed>"));
  CHECK(contains(printed(Nine{}), "Nine>"));
  CHECK(contains(printed(Derived{}), "Derived>"));
  CHECK(contains(printed(EmptyBase{}), "EmptyBase>"));
  CHECK(contains(printed(Refers{value}), "Refers>"));
  CHECK(contains(printed(WithUnion{}), "WithUnion>"));
  CHECK(contains(printed(SecondHasDefault{}), "SecondHasDefault>"));
  CHECK(contains(printed(Looped{}), "Looped>"));
}

TEST_CASE("printed: arrays by their elements, and those of letters up to their NUL or their end") {
  CHECK(printed(Row{{1, 2, 3}}) == "{[1, 2, 3]}");
  CHECK(printed(Letters{{'a', 'b', 0, 'c'}, "d"}) == "{ab, d}");
  CHECK(printed(Letters{{'a', 'b', 'c', 'd'}, nullptr}) == "{abcd, nothing}");
}

TEST_CASE("printed: pointers by their types, since their values differ from run to run") {
  int value = 1;
  CHECK(contains(printed(&value), "int"));
  CHECK(contains(printed(std::make_shared<int>(1)), "shared_ptr"));
  CHECK(contains(printed(std::make_unique<int>(1)), "unique_ptr"));
}

TEST_CASE("printed: of a long range the beginning") {
  std::string const text = printed(std::vector<int>(1000, 7));
  CHECK(text.size() < 120);
  CHECK(contains(text, "7, 7, ...]"));
}

TEST_CASE("printed: a Value as what it holds") {
  CHECK(printed(tincan::Value()) == "nothing");
  CHECK(printed(tincan::Value(5)) == "5");
  CHECK(printed(tincan::Value(Point{1, 2})) == "{1, 2}");
}

TEST_CASE("printed: what fmt can print, as fmt does") {
  CHECK(printed(tincan::Errc::Timeout) == "Timeout");
  CHECK(printed(std::vector{tincan::SendResult::Queued}) == "[Queued]");
}

namespace {

struct Order {
  Color color;
  std::optional<int> amount;
  std::vector<Point> corners;
};
struct Thrower {
  friend std::ostream& operator<<(std::ostream&, Thrower const&) { throw std::runtime_error("no"); }
};

}  // namespace

TEST_CASE("printed: arguments of messages, in the log of a simulation") {
  tincan::testing::Simulation sim;
  tincan::testing::Spy const spy(sim);
  sim.bus().main().on("x", [](Order const&, Color, Shown const&) {});
  sim.bus().main().on("y", [](Closed const&, Thrower const&, std::shared_ptr<int> const&) {});
  sim.inject("a", "x", Order{Color::Green, 3, {{1, 2}}}, Color::Green, Shown{4});
  sim.inject("a", "y", Closed(1), Thrower{}, std::make_shared<int>(1));
  sim.runUntilIdle();
  REQUIRE(sim.log().size() == 2);
  CHECK(sim.log()[0].text == "{5, 3, [{1, 2}]}, 5, value 4");
  CHECK(spy.handled().with("{5, 3, [{1, 2}]}, 5, value 4").count() == 1);
  sim.inject("a", "z", 0.1, 1e-9f, std::int8_t{65}, 'A', true);
  sim.bus().main().on("z", [](double, float, std::int8_t, char, bool) {});
  sim.runUntilIdle();
  CHECK(sim.log().back().text == "0.1, 1e-09, 65, A, true");
  CHECK(spy.handled().with("0.1, 1e-09, 65, A, true").count() == 1);
  CHECK(contains(sim.log()[1].text, "Closed, "));
  CHECK(contains(sim.log()[1].text, "Thrower, "));
  CHECK_FALSE(contains(sim.log()[1].text, "0x"));
}

TEST_CASE("printed: arguments and watched values in the table of a run that fails") {
  auto const result = tincan::testing::explore([](tincan::testing::Simulation& sim) {
    auto const last = std::make_shared<Point>();
    sim.bus().main().on("move", [last](Point const& to) { *last = to; });
    sim.inject("a", "move", Point{3, 0.5});
    auto const x = sim.watch("last", [last] { return std::pair(last->x, last->y); });
    sim.always("near", {x}, [last] { return last->x < 3; });
  });
  CHECK(result.failure == "always: near");
  CHECK(contains(result.mermaid, "move #123;3, 0.5#125;"));
  CHECK(contains(result.mermaid, "last #61; (3, 0.5)"));
}

}  // namespace printing
