// tests/unit/conversions.cpp - arguments on their way to parameters
#include <any>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <tuple>
#include <variant>

#include "support.hpp"

using namespace test;

namespace {

/// What a listener that takes a P got when A... was sent; nothing if it did not take them.
template <class P, class... A>
std::optional<P> sent(A&&... arguments) {
  tincan::Bus bus;
  std::optional<P> got;
  bus.main().on("x", [&](P const& value) { got = value; });
  bus.main().peer().send("x", std::forward<A>(arguments)...);
  bus.main().poll();
  return got;
}

template <class T>
constexpr T Max = std::numeric_limits<T>::max();
template <class T>
constexpr T Min = std::numeric_limits<T>::min();

enum class Colour { Red, Green };
enum Plain { Zero, One };

}  // namespace

TEST_CASE("integers convert if the value is representable") {
  REQUIRE(sent<long>(5) == 5L);
  REQUIRE(sent<signed char>(127) == static_cast<signed char>(127));
  REQUIRE(sent<signed char>(-128) == static_cast<signed char>(-128));
  REQUIRE_FALSE(sent<signed char>(128));
  REQUIRE_FALSE(sent<signed char>(-129));
  REQUIRE(sent<unsigned char>(255L) == static_cast<unsigned char>(255));
  REQUIRE_FALSE(sent<unsigned char>(256));
  REQUIRE_FALSE(sent<unsigned>(-1));
  REQUIRE_FALSE(sent<std::uint64_t>(-1));
  REQUIRE(sent<std::int64_t>(std::uint64_t{5}) == 5);
  REQUIRE_FALSE(sent<std::int64_t>(Max<std::uint64_t>));
  REQUIRE(sent<std::uint64_t>(Max<std::int64_t>) == static_cast<std::uint64_t>(Max<std::int64_t>));
  REQUIRE_FALSE(sent<std::uint64_t>(Min<std::int64_t>));
  REQUIRE(sent<long long>(5L) == 5LL);  // two types of one size
  REQUIRE(sent<int>('a') == static_cast<int>('a'));
  REQUIRE(sent<char>(97) == 'a');
  REQUIRE(sent<char16_t>(0xffff) == static_cast<char16_t>(0xffff));
  REQUIRE_FALSE(sent<char16_t>(0x10000));
  REQUIRE(sent<wchar_t>(u'x') == L'x');
}

TEST_CASE("bool converts as 0 and 1") {
  REQUIRE(sent<int>(true) == 1);
  REQUIRE(sent<double>(false) == 0.0);
  REQUIRE(sent<bool>(1) == true);
  REQUIRE(sent<bool>(0u) == false);
  REQUIRE(sent<bool>(1.0) == true);
  REQUIRE_FALSE(sent<bool>(2));
  REQUIRE_FALSE(sent<bool>(-1));
  REQUIRE_FALSE(sent<bool>(0.5));
}

TEST_CASE("floating point converts if the value is representable") {
  REQUIRE(sent<double>(0.1f) == static_cast<double>(0.1f));
  REQUIRE_FALSE(sent<float>(0.1));
  REQUIRE(sent<float>(0.5) == 0.5f);
  REQUIRE_FALSE(sent<float>(1e300));
  REQUIRE_FALSE(sent<float>(-1e300));
  REQUIRE_FALSE(sent<float>(1e-300));
  REQUIRE(sent<float>(HUGE_VAL) == std::numeric_limits<float>::infinity());
  REQUIRE(std::isnan(sent<float>(std::nan("")).value()));
  REQUIRE(sent<double>(0.5L) == 0.5);
  REQUIRE(sent<long double>(0.1) == static_cast<long double>(0.1));
}

TEST_CASE("floating point and integers convert at their borders") {
  REQUIRE(sent<double>(5) == 5.0);
  REQUIRE(sent<int>(5.0) == 5);
  REQUIRE(sent<int>(-0.0) == 0);
  REQUIRE_FALSE(sent<int>(5.5));
  REQUIRE_FALSE(sent<int>(std::nan("")));
  REQUIRE_FALSE(sent<int>(HUGE_VAL));
  REQUIRE_FALSE(sent<int>(-HUGE_VAL));
  REQUIRE(sent<int>(2147483647.0) == 2147483647);
  REQUIRE_FALSE(sent<int>(2147483648.0));
  REQUIRE_FALSE(sent<unsigned>(-1.0));
  REQUIRE_FALSE(sent<std::int64_t>(0x1p63));
  REQUIRE(sent<std::int64_t>(-0x1p63) == Min<std::int64_t>);
  REQUIRE(sent<std::uint64_t>(0x1p63) == std::uint64_t{1} << 63);
  REQUIRE_FALSE(sent<std::uint64_t>(0x1p64));
  REQUIRE(sent<double>((std::int64_t{1} << 53)) == 0x1p53);
  REQUIRE_FALSE(sent<double>((std::int64_t{1} << 53) + 1));
  REQUIRE_FALSE(sent<double>(Max<std::int64_t>));
  REQUIRE_FALSE(sent<double>(Max<std::uint64_t>));
  REQUIRE(sent<double>(Min<std::int64_t>) == -0x1p63);
  REQUIRE_FALSE(sent<float>(16'777'217));
  REQUIRE(sent<float>(16'777'216) == 16'777'216.0f);
  REQUIRE_FALSE(sent<float>(Max<std::uint64_t>));
}

TEST_CASE("enumerations, pointers and classes do not convert") {
  REQUIRE(sent<Colour>(Colour::Green) == Colour::Green);
  REQUIRE_FALSE(sent<int>(Colour::Green));
  REQUIRE_FALSE(sent<Colour>(1));
  REQUIRE_FALSE(sent<int>(One));
  int number = 5;
  REQUIRE(sent<int*>(&number) == &number);
  REQUIRE_FALSE(sent<int const*>(&number));
  REQUIRE_FALSE(sent<bool>(&number));
  REQUIRE_FALSE(sent<std::string>(5));
  REQUIRE_FALSE(sent<int>("5"));
  REQUIRE_FALSE(sent<std::vector<int>>(std::vector<long>{1}));
}

TEST_CASE("strings in every spelling arrive as std::string or std::string_view") {
  char buffer[10] = "text";
  char const* const pointer = "text";
  for (int i = 0; i < 2; ++i) {
    REQUIRE(sent<std::string>("text") == "text");
    REQUIRE(sent<std::string>(buffer) == "text");
    REQUIRE(sent<std::string>(pointer) == "text");
    REQUIRE(sent<std::string>(std::string_view("text")) == "text");
    REQUIRE(sent<std::string>(std::string("text")) == "text");
  }
  tincan::Bus bus;
  Log got;
  bus.main().on("x", [&](std::string_view view) { got.emplace_back(view); });
  bus.main().on("x", [&](std::string_view const& view) { got.emplace_back(view); });
  bus.main().on("x", [&](std::string text) { got.push_back(std::move(text)); });
  bus.main().on("x", [&](std::string const text) { got.push_back(text); });
  bus.main().on("x", [&](std::optional<std::string> text) { got.push_back(*text); });
  bus.main().on("x", [&](std::optional<std::string_view> text) { got.emplace_back(*text); });
  std::string const text = "a text that is longer than what a string holds in place";
  bus.main().peer().send("x", text);
  bus.main().poll();
  REQUIRE(got == Log(6, text));
}

TEST_CASE("a listener may take fewer arguments than were sent") {
  tincan::Bus bus;
  Log got;
  bus.main().on("x", [&] { got.push_back("none"); });
  bus.main().on("x", [&](tincan::Event&) { got.push_back("event"); });
  bus.main().on("x", [&](int number) { got.push_back(std::to_string(number)); });
  bus.main().on("x", [&](int number, std::string const& text) {
    got.push_back(std::to_string(number) + text);
  });
  bus.main().on("x", [&](int, std::string const&, double, std::optional<int> more) {
    got.push_back(more ? "more" : "no more");
  });
  bus.main().peer().send("x", 1, "b", 2.5);
  bus.main().poll();
  REQUIRE(got == Log{"none", "event", "1", "1b", "no more"});
}

TEST_CASE("an argument that was not sent must be optional") {
  REQUIRE_FALSE(sent<int>());
  REQUIRE_FALSE(sent<std::string>());
  tincan::Bus bus;
  std::vector<std::optional<int>> got;
  bus.main().on("x", [&](std::string const&, std::optional<int> number) { got.push_back(number); });
  tincan::Peer const main = bus.main().peer();
  main.send("x", "a");
  main.send("x", "a", 1);
  main.send("x", "a", 2.0);
  main.send("x", "a", std::optional<int>(3));
  main.send("x", "a", std::optional<int>());
  main.send("x", "a", "b");  // dead letter
  main.send("x", "a", 2.5);  // dead letter
  bus.main().poll();
  REQUIRE(got == std::vector<std::optional<int>>{std::nullopt, 1, 2, 3, std::nullopt});
  REQUIRE(bus.stats().deadLetters.at(tincan::Errc::TypeMismatch) == 2);
}

TEST_CASE("T& is the message's own copy, to move from") {
  tincan::Bus bus;
  std::vector<int> got;
  std::string leftOver = "?";
  std::unique_ptr<int> owned;
  bus.main().on("x", [&](std::vector<int>& numbers) { got = std::move(numbers); });
  bus.main().on("y", [&](std::unique_ptr<int>& pointer) { owned = std::move(pointer); });
  bus.main().on("y", [&](std::unique_ptr<int> const& pointer) {
    leftOver = pointer == nullptr ? "moved" : "still there";
  });
  std::vector<int> const original = {1, 2, 3};
  bus.main().peer().send("x", original);
  bus.main().peer().send("y", std::make_unique<int>(4));
  bus.main().poll();
  REQUIRE(got == original);
  REQUIRE(original.size() == 3);
  REQUIRE(*owned == 4);
  REQUIRE(leftOver == "moved");  // all listeners see the same message
}

TEST_CASE("what one listener writes to the message's own copy, the next one sees") {
  tincan::Bus bus;
  int seen = 0;
  bus.main().on("x", [](int& number) { number += 1; });
  bus.main().on("x", [&](int number) { seen = number += 10; });
  bus.main().on("x", [&](long number) { seen = static_cast<int>(number); });
  bus.main().peer().send("x", 1);
  bus.main().poll();
  REQUIRE(seen == 2);
}

TEST_CASE("T& takes no converted argument: what is written would be lost") {
  tincan::Bus bus;
  bool called = false;
  bus.main().on("x", [&](long&) { called = true; });
  bus.main().peer().send("x", 1);
  bus.main().poll();
  REQUIRE_FALSE(called);
  REQUIRE(bus.stats().deadLetters.at(tincan::Errc::TypeMismatch) == 1);
}

TEST_CASE("arguments are copied once per listener that takes them by value") {
  tincan::Bus bus;
  bus.main().on("x", [](Counted const&) {});
  bus.main().on("x", [](Counted&) {});
  bus.main().on("x", [](Counted) {});
  bus.main().on("x", [](Counted, std::optional<int>) {});
  Counted const original(1);
  Counted::copies = 0;
  bus.main().peer().send("x", original);
  REQUIRE(Counted::copies == 1);
  bus.main().peer().send("x", Counted(2));
  REQUIRE(Counted::copies == 1);
  bus.main().poll();
  REQUIRE(Counted::copies == 5);
}

TEST_CASE("types that swallow others travel as themselves") {
  REQUIRE(std::any_cast<int>(sent<std::any>(std::any(5)).value()) == 5);
  REQUIRE(sent<std::tuple<int>>(std::tuple<int>(5)) == std::tuple<int>(5));
  REQUIRE(sent<std::tuple<>>(std::tuple<>()).has_value());
  using Pair = std::pair<int, std::string>;
  REQUIRE(sent<Pair>(Pair(1, "a")) == Pair(1, "a"));
  using Variant = std::variant<int, std::string>;
  REQUIRE(sent<Variant>(Variant("a")) == Variant("a"));
  REQUIRE(sent<std::shared_ptr<int>>(std::make_shared<int>(3)).value().use_count() == 1);
  std::function<int()> const function = [] { return 7; };
  REQUIRE(sent<std::function<int()>>(function).value()() == 7);
  REQUIRE(sent<tincan::Peer>(tincan::Peer()) == tincan::Peer());
}

TEST_CASE("const and volatile arguments travel without") {
  int const constant = 5;
  std::string const text = "a";
  REQUIRE(sent<int>(constant) == 5);
  REQUIRE(sent<std::string>(std::move(text)) == "a");  // NOLINT: a copy
  REQUIRE(sent<int>(static_cast<int const&&>(constant)) == 5);
}

TEST_CASE("many arguments arrive in their places") {
  tincan::Bus bus;
  std::string got;
  bus.main().on("x", [&](char a, short b, int c, long d, float e, double f, bool g,
                         std::string const& h, std::vector<int> const& i, char const j) {
    got = std::string(1, a) + std::to_string(b) + std::to_string(c) + std::to_string(d) +
          std::to_string(static_cast<int>(e)) + std::to_string(static_cast<int>(f)) +
          (g ? "t" : "f") + h + std::to_string(i.size()) + j;
  });
  bus.main().peer().send("x", 'a', short{1}, 2, 3L, 4.0f, 5.0, true, "h", std::vector{1, 2}, 'j');
  bus.main().peer().send("x", 'a', 1, 2, 3, 4, 5, 1, "h", std::vector{1, 2}, 'j');
  bus.main().poll(1);
  REQUIRE(got == "a12345th2j");
  got.clear();
  bus.main().poll();
  REQUIRE(got == "a12345th2j");
}
