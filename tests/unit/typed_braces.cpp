// tests/unit/typed_braces.cpp - arguments in braces, on typed channels, with every verb
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support.hpp"

using namespace test;
using namespace std::chrono_literals;

namespace {

struct Point {
  int x, y;
};

inline constexpr tincan::Channel<void(Point)> moveTo{"move"};
inline constexpr tincan::Channel<int(Point)> lengthOf{"length"};
inline constexpr tincan::Channel<void(int, Point, std::string)> mixed{"mixed"};
inline constexpr tincan::Channel<void(std::vector<int>)> list{"list"};
inline constexpr tincan::Channel<void(std::map<std::string, int> const&)> table{"table"};
inline constexpr tincan::Channel<void(std::string_view, std::optional<Point>)> labelled{"labelled"};
inline constexpr tincan::Channel<void(std::uint8_t)> byte{"byte"};

}  // namespace

TEST_CASE("braces: send makes the parameter as a call of a function does") {
  test::Bus bus;
  auto window = bus.attach("window");
  int sum = 0;
  bus.main().on(moveTo, [&](Point const& p) { sum += 10 * p.x + p.y; });
  REQUIRE(window.send(moveTo, {1, 2}) == tincan::SendResult::Queued);
  REQUIRE(window.main().send(moveTo, {.x = 3, .y = 4}) == tincan::SendResult::Queued);
  window.send(moveTo, {});
  window.send(moveTo, Point{5, 6});
  REQUIRE(bus.main().poll() == 4);
  REQUIRE(sum == 12 + 34 + 56);
}

TEST_CASE("braces: every verb that sends") {
  test::Bus bus;
  auto window = bus.attach("window");
  auto other = bus.attach("other");
  Log log;
  auto const noteAt = [&](std::string const& who) {
    return [&log, who](Point const& p) {
      log.push_back(who + " " + std::to_string(p.x) + std::to_string(p.y));
    };
  };
  bus.main().on(moveTo, noteAt("main"));
  window.on(moveTo, noteAt("window"));
  other.on(moveTo, noteAt("other"));
  REQUIRE(bus.main().broadcast(moveTo, {1, 2}) == 2);
  window.sendToHost(moveTo, {3, 4});
  window.postMessage(moveTo, {5, 6});
  tincan::MessageChannel channel;
  window.postMessage(moveTo, {7, 8}, std::move(channel.port1));
  bus.main().on("ask", [](tincan::Event& event) { event.reply(moveTo, {9, 0}); });
  other.send("ask");
  window.poll();
  other.poll();
  bus.main().poll();
  other.poll();
  REQUIRE(log == Log{"window 12", "other 12", "main 34", "main 56", "main 78", "other 90"});
}

TEST_CASE("braces: every verb that asks", "[threads]") {
  tincan::Bus bus;
  bus.main().handle(lengthOf, [](Point const& p) { return p.x + p.y; });
  bus.main().on(lengthOf,
                [](tincan::Event& event, Point const& p) { event.returnValue = p.x * p.y; });
  std::vector<int> got;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    got.push_back(ipc.sendSync(lengthOf, {2, 3}));
    got.push_back(ipc.sendSync<int>(lengthOf, {3, 4}));
    ipc.sendSync<void>(lengthOf, {0, 0});
    got.push_back(ipc.request(lengthOf, {4, 5}).get());
    got.push_back(ipc.invoke(lengthOf, {4, 5}).get());
    got.push_back(ipc.invoke<int>(lengthOf, {5, 6}).get());
    got.push_back(ipc.within(10s).sendSync(lengthOf, {6, 7}));
    got.push_back(ipc.main().within(10s).invoke(lengthOf, {7, 8}).get());
    bus.close();
  });
  bus.main().run();
  window.join();
  REQUIRE(got == std::vector<int>{6, 12, 20, 9, 11, 42, 15});
}

TEST_CASE("braces: beside arguments that are not in braces, which convert as ever") {
  test::Bus bus;
  auto window = bus.attach("window");
  Log log;
  bus.main().on(mixed, [&](int number, Point const& p, std::string const& text) {
    log.push_back(std::to_string(number) + " " + std::to_string(p.x) + " " + text);
  });
  bus.main().on(labelled, [&](std::string const& text, std::optional<Point> const& p) {
    log.push_back(text + (p.has_value() ? std::to_string(p->y) : "-"));
  });
  window.send(mixed, 1.0, {2, 3}, "four");
  window.send(mixed, {5}, {6, 7}, {"eight"});
  window.send(mixed, {}, {}, {"xyz", 2});
  window.send(labelled, std::string_view("label"), {{1, 2}});
  window.send(labelled, "none", {});
  REQUIRE(codeOf([&] {
            return window.send(mixed, 1.5, {2, 3}, "four");
          }) == tincan::Errc::TypeMismatch);
  bus.main().poll();
  REQUIRE(log == Log{"1 2 four", "5 6 eight", "0 0 xy", "label2", "none-"});
}

TEST_CASE("braces: containers") {
  test::Bus bus;
  auto window = bus.attach("window");
  std::size_t values = 0, entries = 0;
  bus.main().on(list, [&](std::vector<int> const& numbers) { values += numbers.size(); });
  bus.main().on(table, [&](std::map<std::string, int> const& map) { entries += map.size(); });
  window.send(list, {1, 2, 3});
  window.send(table, {{"a", 1}, {"b", 2}});
  bus.main().poll();
  REQUIRE(values == 3);
  REQUIRE(entries == 2);
}

TEST_CASE("braces: a number that the parameter cannot represent is TypeMismatch, in braces too") {
  test::Bus bus;
  auto window = bus.attach("window");
  int got = 0;
  bus.main().on(byte, [&](std::uint8_t number) { got = number; });
  window.send(byte, {200});
  REQUIRE(codeOf([&] { return window.send(byte, {300}); }) == tincan::Errc::TypeMismatch);
  REQUIRE(contains(whatOf([&] { return window.send(byte, {300}); }), "'byte'"));
  bus.main().poll();
  REQUIRE(got == 200);
}
