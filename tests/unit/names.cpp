// tests/unit/names.cpp - what is a channel's name, and what travels as text or as a bit
#include <array>
#include <bitset>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support.hpp"

using namespace test;
using tincan::ChannelName;
using tincan::detail::ChannelNameAccess;

namespace {

// Not known to the compiler.
bool volatile isOn = true;

constexpr char padded[16] = "status";
constexpr ChannelName constantName("constant");
constexpr tincan::Channel<void(int)> paddedChannel{padded};

}  // namespace

TEST_CASE("names: a char array, constant or not, ends at its first NUL") {
  test::Bus bus;
  Log got;
  bus.main().on("status", [&](tincan::Event& event) { got.emplace_back(event.channel().name()); });
  tincan::Peer const main = bus.main().peer();
  char buffer[32] = "status";
  char const local[] = "status\0and what is behind it";
  main.send(padded);
  main.send(buffer);
  main.send(local);
  main.send(paddedChannel, 1);
  buffer[2] = 'u';
  main.send(buffer);
  REQUIRE(bus.main().poll() == 5);
  REQUIRE(got == Log{"status", "status", "status", "status"});
  REQUIRE(bus.stats().deadLetters.at(tincan::Errc::NoListener) == 1);
}

TEST_CASE("names: an array without a NUL is a name as a whole") {
  char const bytes[4] = {'a', 'b', 'c', 'd'};
  char changing[2] = {'a', 'b'};
  REQUIRE(ChannelName(bytes) == ChannelName("abcd"));
  REQUIRE(ChannelName(changing) == ChannelName("ab"));
  static constexpr char constant[3] = {'x', 'y', 'z'};
  static_assert(ChannelName(constant).name() == "xyz");
}

TEST_CASE("names: what a condition picks is a name, of one length or of two") {
  test::Bus bus;
  Log got;
  bus.main().on(isOn ? "on" : "no", [&] { got.emplace_back("on"); });
  bus.main().on(isOn ? "longer" : "short", [&] { got.emplace_back("longer"); });
  tincan::Peer const main = bus.main().peer();
  for (bool const on : {true, false, true}) {
    isOn = on;
    main.send(isOn ? "on" : "no");
    main.send(isOn ? "longer" : "short");
  }
  bus.main().poll();
  REQUIRE(got == Log{"on", "longer", "on", "longer"});
}

TEST_CASE("names: what may change is no literal, whatever the compiler knows of it") {
  char buffer[8] = "buffer";
  REQUIRE_FALSE(ChannelNameAccess::isLiteral(ChannelName(buffer)));
  REQUIRE_FALSE(ChannelNameAccess::isLiteral(ChannelName(isOn ? "ab" : "cd")));
  REQUIRE(ChannelNameAccess::isLiteral(constantName));
}

TEST_CASE("names: a literal, an array and a name at run time have one hash, at every length") {
  auto const isOne = [](auto const& literal) {
    std::string const text(literal);
    char buffer[512] = {};
    text.copy(buffer, sizeof(buffer) - 1);
    return ChannelName(literal) == ChannelName(text) && ChannelName(buffer) == ChannelName(text);
  };
  REQUIRE(isOne(""));
  REQUIRE(isOne("a"));
  REQUIRE(isOne("1234567"));
  REQUIRE(isOne("12345678"));
  REQUIRE(isOne("123456789"));
  REQUIRE(isOne("\xff\xfe\x80 and more than sixteen"));
  REQUIRE(
      isOne("a name that is longer than two hundred and fifty-six bytes: "
            "........................................................................."
            "........................................................................."
            "........................................................................."
            "........................................................................."));
}

// ---- what travels -------------------------------------------------------------------------------

TEST_CASE("text: a char array travels up to its first NUL, or as a whole") {
  test::Bus bus;
  Log got;
  bus.main().on("text", [&](std::string const& text) { got.push_back(text); });
  auto window = bus.attach("window");
  static constexpr tincan::Channel<void(std::string)> typed{"text"};
  char padding[16] = "padded";
  char const whole[4] = {'a', 'b', 'c', 'd'};
  window.send("text", padding);
  window.send("text", whole);
  window.send(typed, padding);
  window.send(typed, whole);
  window.postMessage("text", whole);
  bus.main().poll();
  REQUIRE(got == Log{"padded", "abcd", "padded", "abcd", "abcd"});
}

TEST_CASE("text: a char array as an answer, and in a Value") {
  test::Bus bus;
  char const whole[3] = {'x', 'y', 'z'};
  bus.main().on("a", [&](tincan::Event& event) { event.returnValue = whole; });
  bus.main().on("b", [&](tincan::Event& event) { event.defer().set(whole); });
  auto a = bus.main().peer().request<std::string>("a");
  auto b = bus.main().peer().request<std::string>("b");
  bus.main().poll();
  REQUIRE(a.get() == "xyz");
  REQUIRE(b.get() == "xyz");
  REQUIRE(tincan::Value(whole).get<std::string>() == "xyz");
}

TEST_CASE("bits: an element of a vector<bool> or a bitset travels as a bool") {
  test::Bus bus;
  std::vector<bool> got;
  bus.main().on("bit", [&](bool bit) { got.push_back(bit); });
  auto window = bus.attach("window");
  {
    std::vector<bool> bits{true, false};
    std::bitset<8> set(2);
    window.send("bit", bits[0]);
    window.send("bit", bits[1]);
    window.send("bit", set[1]);
    window.send("bit", std::as_const(bits)[1]);
    bits.flip();
    set.flip();
  }
  bus.main().poll();
  REQUIRE(got == std::vector<bool>{true, false, true, false});
  std::vector<bool> bits{true};
  REQUIRE(tincan::Value(bits[0]).holds<bool>());
}

TEST_CASE("references: what std::ref refers to is the sender's own, as with a pointer") {
  test::Bus bus;
  int number = 1;
  bus.main().on("x", [](std::reference_wrapper<int> reference) { reference.get() = 2; });
  bus.main().peer().send("x", std::ref(number));
  bus.main().poll();
  REQUIRE(number == 2);
}

TEST_CASE("alignment: arguments and answers that want 128 bytes") {
  struct alignas(128) Wide {
    int number = 0;
    bool isAligned() const { return reinterpret_cast<std::uintptr_t>(this) % 128 == 0; }
  };
  test::Bus bus;
  int sum = 0;
  bus.main().on("x", [&sum](tincan::Event& event, Wide const& wide) {
    if (wide.isAligned()) sum += wide.number;
    event.returnValue = Wide{wide.number + 1};
  });
  bus.main().handle("x", [](Wide const& wide) { return wide.isAligned() ? wide : Wide{}; });
  auto asked = bus.main().peer().request<Wide>("x", Wide{1});
  auto invoked = bus.main().peer().invoke<Wide>("x", Wide{7});
  bus.main().poll();
  REQUIRE(sum == 1);
  REQUIRE(asked.get().number == 2);
  REQUIRE(invoked.get().number == 7);
}

// ---- functions that are none --------------------------------------------------------------------

TEST_CASE("null functions are refused at once, by every verb") {
  test::Bus bus;
  tincan::Main& main = bus.main();
  void (*const pointer)(int) = nullptr;
  void (*const nothing)() = nullptr;
  std::function<void(int)> const empty;
  static constexpr tincan::Channel<void(int)> typed{"x"};
  REQUIRE_THROWS_AS(main.on("x", pointer), std::invalid_argument);
  REQUIRE_THROWS_AS(main.on("x", empty), std::invalid_argument);
  REQUIRE_THROWS_AS(main.on(typed, empty), std::invalid_argument);
  REQUIRE_THROWS_AS(main.on(typed, pointer), std::invalid_argument);
  REQUIRE_THROWS_AS(main.addListener("x", empty), std::invalid_argument);
  REQUIRE_THROWS_AS(main.once("x", pointer), std::invalid_argument);
  REQUIRE_THROWS_AS(main.handle("x", empty), std::invalid_argument);
  REQUIRE_THROWS_AS(main.handle(typed, pointer), std::invalid_argument);
  REQUIRE_THROWS_AS(main.handleOnce("x", pointer), std::invalid_argument);
  REQUIRE_THROWS_AS(main.post(nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(main.post(std::function<void()>()), std::invalid_argument);
  REQUIRE_THROWS_AS(main.allow("x", std::function<bool(tincan::Peer const&)>()),
                    std::invalid_argument);
  auto window = bus.attach("window");
  REQUIRE_THROWS_AS(main.from(window.peer()).on("x", empty), std::invalid_argument);
  auto future = main.peer().request("x");
  REQUIRE_THROWS_AS(future.then(main, std::function<void(tincan::Future<tincan::Value>)>()),
                    std::invalid_argument);
  tincan::MessageChannel channel;
  REQUIRE_THROWS_AS(channel.port1.on("message", pointer), std::invalid_argument);
  REQUIRE_THROWS_AS(channel.port1.on("close", nothing), std::invalid_argument);
  REQUIRE(main.channels().empty());
  REQUIRE_FALSE(main.hasHandler("x"));
}

TEST_CASE("null functions: a body that is none is refused, and nothing is spawned", "[threads]") {
  tincan::Bus bus;
  void (*const body)(tincan::Renderer&) = nullptr;
  REQUIRE_THROWS_AS(bus.spawn("window", body), std::invalid_argument);
  REQUIRE_THROWS_AS(bus.spawn("window", std::function<void(tincan::Renderer&)>()),
                    std::invalid_argument);
  REQUIRE(bus.main().renderers().empty());
}

TEST_CASE("null functions: a null hook takes the hook away") {
  test::Bus bus;
  int letters = 0;
  bus.onDeadLetter([&](tincan::DeadLetter const&) { ++letters; });
  bus.main().peer().send("x");
  bus.main().poll();
  bus.onDeadLetter(std::function<void(tincan::DeadLetter const&)>());
  bus.onError(nullptr);
  bus.main().onWake(nullptr);
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(letters == 1);
}
