// tests/testing/printed.cpp - values of any type as text
#include <array>
#include <catch.hpp>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
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
  CHECK(printed(Nothing{}) == "{}");
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
  CHECK(printed(Row{}).front() == '{');
}

}  // namespace printing
