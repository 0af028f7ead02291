// tests/unit/fitting.cpp - hands the arguments of a message to a callable
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/message/fitting.hpp>

#include "catch.hpp"

namespace {

using tincan::detail::Access;
using tincan::detail::ArgumentsOf;
using tincan::detail::ArgumentsView;
using tincan::detail::Fitted;
using tincan::detail::IndexedValues;
using tincan::detail::typeInfo;
using tincan::detail::TypeList;
using tincan::detail::valueAt;
using tincan::detail::Values;

/// Hands the arguments in the tuple to a function with the parameters P. False if they do not fit; then
/// it was not called, nor was what comes before.
template <Access access, class... P, std::size_t... I, class... T, class F>
bool hand(IndexedValues<std::index_sequence<I...>, T...>& arguments, F&& function) {
  int before = 0, called = 0;
  ArgumentsView const view{&ArgumentsOf<T...>::ops, &arguments};
  bool const fits = tincan::detail::callWith<access>(
      TypeList<P...>{}, view, [&] { ++before; },
      [&](auto&&... values) {
        REQUIRE(before == 1);
        ++called;
        function(std::forward<decltype(values)>(values)...);
      });
  REQUIRE(before == (fits ? 1 : 0));
  REQUIRE(called == before);
  return fits;
}
auto const notCalled = [](auto&&...) { FAIL("it does not fit"); };

}  // namespace

TEST_CASE("fitting: arguments of the very types are handed on as they are") {
  Values<int, std::string> sent{{5}, {"text"}};
  CHECK(hand<Access::Look, int, std::string const&>(sent, [&](int number, std::string const& text) {
    CHECK(number == 5);
    CHECK(&text == &valueAt<1>(sent));
  }));
  CHECK(hand<Access::Look, int&, std::string&>(sent, [](int& number, std::string&) { ++number; }));
  CHECK(valueAt<0>(sent) == 6);
}

TEST_CASE("fitting: a handler owns its arguments, and may move from them") {
  Values<std::unique_ptr<int>> sent{{std::make_unique<int>(3)}};
  std::unique_ptr<int> got;
  CHECK(hand<Access::Own, std::unique_ptr<int>>(
      sent, [&](std::unique_ptr<int>&& value) { got = std::move(value); }));
  CHECK(*got == 3);
  CHECK(valueAt<0>(sent) == nullptr);
}

TEST_CASE("fitting: numbers convert if the value is representable") {
  Values<int, double> sent{{300}, {2.0}};
  CHECK(hand<Access::Look, long, int>(sent, [](long a, int b) {
    CHECK(a == 300);
    CHECK(b == 2);
  }));
  CHECK_FALSE(hand<Access::Look, signed char, int>(sent, notCalled));
  CHECK_FALSE(hand<Access::Look, std::string, int>(sent, notCalled));
}

TEST_CASE("fitting: nothing is written to what is made for the call") {
  Values<int> sent{{1}};
  CHECK_FALSE(hand<Access::Look, long&>(sent, notCalled));
  CHECK(hand<Access::Look, long const&>(sent, [](long const& value) { CHECK(value == 1); }));
}

TEST_CASE("fitting: more arguments than parameters are left out, fewer must be optional") {
  Values<int, std::string> sent{{1}, {"left out"}};
  CHECK(hand<Access::Look, int>(sent, [](int value) { CHECK(value == 1); }));
  CHECK(hand<Access::Look>(sent, [] {}));
  Values<int> one{{1}};
  CHECK_FALSE(hand<Access::Look, int, int>(one, notCalled));
  CHECK(hand<Access::Look, std::optional<long>, std::optional<std::string>>(
      one, [](std::optional<long> value, std::optional<std::string> const& none) {
        CHECK(value == 1);
        CHECK(none == std::nullopt);
      }));
}

namespace {
/// Can be moved, and says how often it was copied.
struct Copied {
  explicit Copied(int n = 0) : number(n) {}
  Copied(Copied const& other) : number(other.number) { ++copies; }
  Copied(Copied&& other) noexcept : number(std::exchange(other.number, -1)) {}
  Copied& operator=(Copied const&) = default;
  Copied& operator=(Copied&&) noexcept = default;
  ~Copied() = default;
  int number;
  inline static int copies = 0;
};
using Pointer = std::unique_ptr<int>;
}  // namespace

TEST_CASE("fitting: an optional parameter of a handler owns what was sent") {
  Copied::copies = 0;
  Values<Copied, Pointer, tincan::Value> sent{{Copied(3)}, {std::make_unique<int>(4)}, {5}};
  CHECK(hand<Access::Own, std::optional<Copied>, std::optional<Pointer> const&,
             std::optional<tincan::Value>&&>(
      sent, [](std::optional<Copied>&& copied, std::optional<Pointer> const& pointer,
               std::optional<tincan::Value>&& value) {
        CHECK(copied->number == 3);
        CHECK(**pointer == 4);
        CHECK(value->get<int>() == 5);
      }));
  CHECK(Copied::copies == 0);
  CHECK(valueAt<0>(sent).number == -1);
  CHECK(valueAt<1>(sent) == nullptr);
  CHECK(valueAt<2>(sent).empty());
  Values<tincan::Value> inside{{Copied(6)}};
  CHECK(hand<Access::Own, std::optional<Copied>>(
      inside, [](std::optional<Copied>&& copied) { CHECK(copied->number == 6); }));
  CHECK(Copied::copies == 0);
}

TEST_CASE("fitting: nothing is moved into an optional parameter where another one does not fit") {
  Values<Pointer, std::string> sent{{std::make_unique<int>(4)}, {"text"}};
  CHECK_FALSE(hand<Access::Own, std::optional<Pointer>, int>(sent, notCalled));
  CHECK(*valueAt<0>(sent) == 4);
}

TEST_CASE(
    "fitting: a listener looks at a copy by an optional parameter, or moves out of what was sent") {
  Copied::copies = 0;
  Values<Copied> sent{{Copied(3)}};
  auto const looks = [](std::optional<Copied> const& copied) { CHECK(copied->number == 3); };
  CHECK(hand<Access::Look, std::optional<Copied> const&>(sent, looks));
  CHECK(Copied::copies == 1);
  CHECK(hand<Access::Look, std::optional<Copied>>(sent, looks));
  CHECK(valueAt<0>(sent).number == 3);
  Copied::copies = 0;
  CHECK(hand<Access::Look, std::optional<Copied>&>(sent, [](std::optional<Copied>& copied) {
    CHECK(copied->number == 3);
    copied->number = 4;
  }));
  CHECK(valueAt<0>(sent).number == 4);  // the message's own
  CHECK(hand<Access::Look, std::optional<Copied>&>(sent, [](std::optional<Copied>& copied) {
    Copied const mine(std::move(*copied));
    CHECK(mine.number == 4);
  }));
  CHECK(valueAt<0>(sent).number == -1);
  CHECK(Copied::copies == 0);
}

TEST_CASE("fitting: what cannot be copied stays the message's, behind an optional parameter, too") {
  Values<Pointer> sent{{std::make_unique<int>(4)}};
  int const* const at = valueAt<0>(sent).get();
  for (int i = 0; i < 2; ++i) {
    CHECK(hand<Access::Look, std::optional<Pointer> const&>(
        sent, [&](std::optional<Pointer> const& pointer) { CHECK(pointer->get() == at); }));
  }
  try {
    hand<Access::Look, std::optional<Pointer> const&>(sent, [](auto const&) { throw 1; });
  } catch (int) {
  }
  CHECK(valueAt<0>(sent).get() == at);
  CHECK(hand<Access::Look, std::optional<std::optional<Pointer>>&>(
      sent,
      [&](std::optional<std::optional<Pointer>>& pointer) { CHECK((*pointer)->get() == at); }));
  CHECK(valueAt<0>(sent).get() == at);
  Pointer taken;
  CHECK(hand<Access::Look, std::optional<Pointer>&>(
      sent, [&](std::optional<Pointer>& pointer) { taken = std::move(*pointer); }));
  CHECK(taken.get() == at);
  CHECK(valueAt<0>(sent) == nullptr);
}

TEST_CASE("fitting: a Value behind an optional parameter, and one in which there is an optional") {
  Values<tincan::Value, tincan::Value> sent{{std::optional<int>(3)}, {4}};
  CHECK(hand<Access::Look, std::optional<int>, std::optional<tincan::Value> const&>(
      sent, [](std::optional<int> const& number, std::optional<tincan::Value> const& value) {
        CHECK(number == 3);
        CHECK(value->get<int>() == 4);
      }));
  CHECK(valueAt<1>(sent).get<int>() == 4);
}

TEST_CASE("fitting: std::nullopt is an argument that is not there") {
  Values<std::nullopt_t> sent{{std::nullopt}};
  CHECK(hand<Access::Look, std::optional<int>>(
      sent, [](std::optional<int> const& none) { CHECK(none == std::nullopt); }));
  CHECK(hand<Access::Own, std::optional<Pointer>>(
      sent, [](std::optional<Pointer> const& none) { CHECK(none == std::nullopt); }));
  CHECK_FALSE(hand<Access::Look, int>(sent, notCalled));
}

TEST_CASE("fitting: a string is looked at as a std::string_view") {
  Values<std::string> sent{{"text"}};
  CHECK(hand<Access::Look, std::string_view>(sent, [&](std::string_view text) {
    CHECK(text.data() == valueAt<0>(sent).data());
    CHECK(text == "text");
  }));
}

TEST_CASE("fitting: what a Value holds is fitted, or the Value itself") {
  Values<tincan::Value> sent{{tincan::Value(7)}};
  CHECK(hand<Access::Look, int&>(sent, [](int& value) { value += 1; }));
  CHECK(hand<Access::Look, double>(sent, [](double value) { CHECK(value == 8.0); }));
  CHECK(hand<Access::Look, tincan::Value const&>(
      sent, [](tincan::Value const& value) { CHECK(value.get<int>() == 8); }));
  Values<tincan::Value> empty;
  CHECK_FALSE(hand<Access::Look, int>(empty, notCalled));
}

TEST_CASE("fitting: what fits is the message's own, or made from it") {
  int sent = 4;
  Fitted<int> own;
  REQUIRE(own.fit(typeInfo<int>, &sent));
  CHECK(own.own() == &sent);
  CHECK(&own.value() == &sent);
  Fitted<long> made;
  REQUIRE(made.fit(typeInfo<int>, &sent));
  CHECK(made.own() == nullptr);
  CHECK(made.value() == 4);
  CHECK_FALSE(Fitted<int>().fitNothing());
  CHECK(Fitted<std::optional<int>>().fitNothing());
}

TEST_CASE("fitting: a sentence can name the parameters") {
  using Parameters = TypeList<int, std::string const&, std::optional<double>&>;
  CHECK(describeParameters(*exactOps(Parameters{}))
            .starts_with("(int, std::string, std::optional<double"));
  CHECK(describeParameters(*exactOps(TypeList<>{})) == "()");
}
