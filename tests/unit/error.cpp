// tests/unit/error.cpp - what can go wrong
#include <set>
#include <type_traits>

#include "support.hpp"

using namespace test;
using tincan::Errc;

TEST_CASE("an Error tells its code, its channel, and a sentence") {
  tincan::Error const error(Errc::Timeout, "x", "a sentence");
  REQUIRE(error.code() == Errc::Timeout);
  REQUIRE(error.channel() == "x");
  REQUIRE(std::string(error.what()) == "a sentence");
  static_assert(std::is_base_of_v<std::runtime_error, tincan::Error>);
  static_assert(std::is_nothrow_move_constructible_v<tincan::Error> ||
                std::is_copy_constructible_v<tincan::Error>);
}

TEST_CASE("every code has its own name") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Errc::AlreadyRetrieved); ++i) {
    names.insert(tincan::toString(static_cast<Errc>(i)));
  }
  REQUIRE(names.size() == 13);
  REQUIRE(names.count("Errc") == 0);
  REQUIRE(tincan::toString(Errc::NoListener) == "NoListener");
  REQUIRE(tincan::toString(Errc::AlreadyRetrieved) == "AlreadyRetrieved");
}

TEST_CASE("errors name the channel and who was asked") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto future = window.peer().request("some channel");
  window.poll();
  try {
    future.get();
    FAIL("nobody listens");
  } catch (tincan::Error const& error) {
    REQUIRE(error.code() == Errc::NoListener);
    REQUIRE(error.channel() == "some channel");
    REQUIRE(contains(error.what(), "'some channel'"));
    REQUIRE(contains(error.what(), "'window'"));
  }
}

TEST_CASE("an endpoint without a name has a number in sentences") {
  tincan::Bus bus;
  auto window = bus.attach();
  REQUIRE(window.name().empty());
  auto future = window.peer().request("x");
  window.poll();
  REQUIRE(contains(whatOf([&] { future.get(); }), "#" + std::to_string(window.peer().id())));
}
