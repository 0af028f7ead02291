// tests/unit/value.cpp - one value of any movable type
#include <memory>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Value;

namespace nottincan::abi0 {
struct Thing {};
}  // namespace nottincan::abi0
namespace other::tincan::abi0 {
struct Thing {};
}  // namespace other::tincan::abi0

TEST_CASE("the name of a type of the library has no inline namespace, in whatever it stands") {
  REQUIRE(Value(Errc::Full).typeName() == "tincan::Errc");
  REQUIRE(contains(Value(std::vector<tincan::Peer>()).typeName(), "vector<tincan::Peer"));
  REQUIRE(contains(Value(std::pair<Errc, tincan::Overflow>()).typeName(),
                   "pair<tincan::Errc, tincan::Overflow>"));
  REQUIRE(Value(nottincan::abi0::Thing()).typeName() == "nottincan::abi0::Thing");
  REQUIRE(Value(other::tincan::abi0::Thing()).typeName() == "other::tincan::abi0::Thing");
  tincan::Bus bus;
  std::string what;
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) { what = letter.what; });
  bus.main().on("x", [](Errc) {});
  bus.attach("w").send("x", Value(), tincan::Overflow::Block);
  bus.main().poll();
  REQUIRE(contains(what, "expected (tincan::Errc), got ("));
  REQUIRE_FALSE(contains(what, "abi0::"));
}

TEST_CASE("a Value holds exactly what was put in") {
  Value const number = 5;
  REQUIRE(number.holds<int>());
  REQUIRE_FALSE(number.holds<long>());
  REQUIRE(number.get<int>() == 5);
  REQUIRE(codeOf([&] { return number.get<long>(); }) == Errc::TypeMismatch);
  REQUIRE_FALSE(number.empty());
  REQUIRE(number.typeName() == "int");
}

namespace {

/// Does not give its address.
struct Addressless {
  int number = 0;
  void operator&() const {}
};

}  // namespace

TEST_CASE("a Value holds what has an operator& of its own") {
  Value value(Addressless{3});
  CHECK(value.holds<Addressless>());
  CHECK(value.get<Addressless>().number == 3);
  CHECK(value.take<Addressless>().number == 3);
}

TEST_CASE("an empty Value holds nothing") {
  Value value;
  REQUIRE(value.empty());
  REQUIRE_FALSE(value.holds<int>());
  REQUIRE_FALSE(value.holds<Value>());
  REQUIRE(codeOf([&] { return value.get<int>(); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return value.take<int>(); }) == Errc::TypeMismatch);
  value.take<void>();
  REQUIRE(value.take<Value>().empty());
  REQUIRE(value.typeName() == "nothing");
}

TEST_CASE("strings in every spelling are kept as std::string") {
  char buffer[] = "text";
  char const* const pointer = buffer;
  char* const mutablePointer = buffer;
  REQUIRE(Value("text").get<std::string>() == "text");
  REQUIRE(Value(buffer).get<std::string>() == "text");
  REQUIRE(Value(pointer).get<std::string>() == "text");
  REQUIRE(Value(mutablePointer).get<std::string>() == "text");
  REQUIRE(Value(std::string_view("te\0xt", 5)).get<std::string>().size() == 5);
  REQUIRE(Value(std::string("text")).get<std::string>() == "text");
  REQUIRE_FALSE(Value("text").holds<char const*>());
  REQUIRE_FALSE(Value("text").holds<std::string_view>());
}

TEST_CASE("take moves the value out and leaves nothing") {
  Value value = std::make_unique<int>(7);
  auto const taken = value.take<std::unique_ptr<int>>();
  REQUIRE(*taken == 7);
  REQUIRE(value.empty());
  REQUIRE(codeOf([&] { return value.take<std::unique_ptr<int>>(); }) == Errc::TypeMismatch);
}

TEST_CASE("take converts between arithmetic types if the value is representable") {
  REQUIRE(Value(5).take<double>() == 5.0);
  REQUIRE(Value(5.0).take<int>() == 5);
  REQUIRE(Value(5).take<unsigned char>() == 5);
  REQUIRE(Value(true).take<int>() == 1);
  REQUIRE(Value('a').take<int>() == 'a');

  Value large = 300;
  REQUIRE(codeOf([&] { return large.take<unsigned char>(); }) == Errc::TypeMismatch);
  REQUIRE(large.get<int>() == 300);  // unchanged
  REQUIRE(codeOf([&] { return Value(5.5).take<int>(); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return Value(-1).take<unsigned>(); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return Value(2).take<bool>(); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return Value("5").take<int>(); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return Value(5).take<std::string>(); }) == Errc::TypeMismatch);
}

TEST_CASE("a mismatch names both types") {
  Value value = 5;
  std::string const what = whatOf([&] { return value.get<std::string>(); });
  REQUIRE(contains(what, "expected std::string"));
  REQUIRE(contains(what, "got int"));
}

TEST_CASE("a Value moves, and what it held ends once") {
  int const before = Counted::alive;
  {
    Value a = Counted(1);
    Value b = std::move(a);
    REQUIRE(a.empty());
    REQUIRE(b.get<Counted>().number == 1);
    a = std::move(b);
    a = Counted(2);
    REQUIRE(a.get<Counted>().number == 2);
    Value& same = a;
    a = std::move(same);
    REQUIRE(a.get<Counted>().number == 2);
    REQUIRE(Counted::alive == before + 1);
  }
  REQUIRE(Counted::alive == before);
}

namespace {
struct alignas(64) Aligned {
  int number = 9;
};
struct ThrowsOnMove {
  ThrowsOnMove() = default;
  ThrowsOnMove(ThrowsOnMove const&) {}
  int number = 8;
};
}  // namespace

TEST_CASE("a Value holds what is large, aligned, or may throw when moved") {
  Value large = std::vector<std::string>(100, "x");
  Value moved = std::move(large);
  REQUIRE(moved.take<std::vector<std::string>>().size() == 100);

  struct Bytes {
    char data[1000];
  };
  Value bytes = Bytes{{'a', 'b'}};
  Value other = std::move(bytes);
  REQUIRE(other.get<Bytes>().data[1] == 'b');

  Value aligned = Aligned();
  Value const alsoAligned = std::move(aligned);
  REQUIRE(reinterpret_cast<std::uintptr_t>(&alsoAligned.get<Aligned>()) % 64 == 0);

  Value throwing = ThrowsOnMove();
  Value const alsoThrowing = std::move(throwing);
  REQUIRE(alsoThrowing.get<ThrowsOnMove>().number == 8);
}

TEST_CASE("an exception from copying into a Value leaves") {
  Fragile const fragile;
  Fragile::armed = true;
  REQUIRE_THROWS_AS(Value(fragile), std::runtime_error);
  Fragile::armed = false;
}

TEST_CASE("a Value travels, and arrives as what it holds") {
  tincan::Bus bus;
  std::string text, type;
  int number = 0;
  bus.main().on("text", [&](std::string const& got) { text = got; });
  bus.main().on("number", [&](int got) { number = got; });
  bus.main().on("any", [&](Value& got) { type = std::move(got).take<std::string>(); });
  bus.main().peer().send("text", Value("inside"));
  bus.main().peer().send("number", Value(5.0));
  bus.main().peer().send("any", Value("any"));
  bus.main().poll();
  REQUIRE(text == "inside");
  REQUIRE(number == 5);
  REQUIRE(type == "any");
}

TEST_CASE("a Value inside a message mismatches with its own type's name") {
  tincan::Bus bus;
  bus.main().on("x", [](tincan::Event&, int) {});
  auto future = bus.main().peer().request("x", Value("text"));
  bus.main().poll();
  REQUIRE(contains(whatOf([&] { future.get(); }), "(std::string)"));
}

namespace {
struct Greedy {
  Greedy() = default;
  template <class T>
  Greedy(T&&) {}  // NOLINT
};
}  // namespace

TEST_CASE("a Value can be made from what converts from anything") {
  Value value = Greedy();
  REQUIRE(value.holds<Greedy>());
  Value moved = std::move(value);
  REQUIRE(moved.holds<Greedy>());
}
