// tests/unit/printable.cpp - names of any bytes in sentences that people read
#include <string>
#include <string_view>

#include <tincan/detail/base/printable.hpp>

#include "support.hpp"

using namespace std::string_view_literals;
using test::contains;
using test::whatOf;
using tincan::detail::printable;
using tincan::detail::wholeCharacters;

TEST_CASE("printable: text stays as it is") {
  for (std::string_view const text :
       {""sv, "plain text ~"sv, "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x99\x82"sv, "\xc2\xa0"sv,
        "\xf4\x8f\xbf\xbf"sv}) {
    REQUIRE(printable(text) == text);
  }
}

TEST_CASE("printable: other bytes are shown by their numbers") {
  REQUIRE(printable("a\0b"sv) == R"(a\x00b)");
  REQUIRE(printable("\x1b[2J\x7f"sv) == R"(\x1b[2J\x7f)");
  REQUIRE(printable("line\nand\ttab\r"sv) == R"(line\nand\ttab\x0d)");
  REQUIRE(printable("\xc2\x9b"sv) == R"(\xc2\x9b)");          // controls terminals
  REQUIRE(printable("caf\xe9"sv) == R"(caf\xe9)");            // Latin 1
  REQUIRE(printable("\xe2\x82"sv) == R"(\xe2\x82)");          // cut
  REQUIRE(printable("\xe2\x82z"sv) == R"(\xe2\x82z)");        // cut, and then something else
  REQUIRE(printable("\xc0\x80"sv) == R"(\xc0\x80)");          // longer than it needs to be
  REQUIRE(printable("\xe0\x80\x80"sv) == R"(\xe0\x80\x80)");  // the same in three bytes
  REQUIRE(printable("\xed\xa0\x80"sv) == R"(\xed\xa0\x80)");  // half of a pair
  REQUIRE(printable("\xf4\x90\x80\x80"sv) == R"(\xf4\x90\x80\x80)");  // no Unicode
  REQUIRE(printable("\xff\x80"sv) == R"(\xff\x80)");
}

TEST_CASE("printable: a text is cut between characters") {
  REQUIRE(wholeCharacters("text", 4) == 4);
  REQUIRE(wholeCharacters("text", 3) == 3);
  REQUIRE(wholeCharacters("a\xe2\x82\xac", 4) == 4);
  REQUIRE(wholeCharacters("a\xe2\x82\xac", 3) == 1);
  REQUIRE(wholeCharacters("a\xe2\x82\xac", 2) == 1);
  REQUIRE(wholeCharacters("a\xe2\x82\xac", 1) == 1);
  REQUIRE(wholeCharacters("\xf0\x9f\x99\x82", 3) == 0);
  REQUIRE(wholeCharacters("\x80\x80\x80\x80\x80\x80", 5) == 5);  // there is no character to keep
}

TEST_CASE("what() shows names of any bytes, and goes on behind them") {
  tincan::Bus bus;
  std::string const name("a\0b", 3), who("r\0s", 3);
  auto window = bus.attach(who);
  auto const sentence = [&](auto const& ask) {
    return whatOf([&] {
      auto answer = ask();
      bus.main().poll();
      window.poll();
      answer.get();
    });
  };
  REQUIRE(sentence([&] { return window.request<int>(name); }) ==
          R"('a\x00b': nobody listens at 'main')");
  REQUIRE(sentence([&] { return bus.main().renderer(who)->invoke<int>(name); }) ==
          R"(No handler registered for 'a\x00b' at 'r\x00s')");
  window.on(name, [](int) {});
  REQUIRE(contains(sentence([&] { return bus.main().renderer(who)->request<int>(name, "x"); }),
                   R"('a\x00b': what listens at 'r\x00s' expected (int), got (std::string))"));
  bus.main().handle(name, [] { return std::string("text"); });
  REQUIRE(contains(sentence([&] { return window.invoke<int>(name); }),
                   R"('a\x00b': the answer of 'main': expected int, got std::string)"));
  REQUIRE(contains(whatOf([&] { bus.main().handle(name, [] {}); }),
                   R"(Attempted to register a second handler for 'a\x00b')"));
  REQUIRE(contains(whatOf([&] {
                     bus.main().poll();
                     window.poll();
                     return bus.main().renderer(who)->sendSync<int>(name);
                   }),
                   R"('a\x00b': waiting here would never end: main > r\x00s)"));
  try {
    bus.main().handle(name, [] {});
  } catch (tincan::Error const& error) {
    REQUIRE(error.channel() == name);
  }
}
