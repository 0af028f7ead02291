// tests/no_rtti/values.cpp - values, types and conversions without RTTI
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <tincan/tincan.hpp>

struct Position {
  int x, y;
};
namespace first {
struct Same {
  int number;
};
}  // namespace first
namespace second {
struct Same {
  int number;
};
}  // namespace second
struct Registered {
  int number;
};
template <>
struct tincan::TypeName<Registered> {
  static constexpr std::string_view value = "a registered name";
};

namespace {

int failures = 0;

void check(bool isRight, char const* what, int line) {
  if (isRight) return;
  ++failures;
  std::fprintf(stderr, "values.cpp:%d: %s\n", line, what);
}
#define CHECK(...) check(__VA_ARGS__, #__VA_ARGS__, __LINE__)

template <class F>
std::string whatOf(F&& call) {
  try {
    static_cast<void>(call());
  } catch (tincan::Error const& error) {
    return std::string(tincan::toString(error.code())) + " " + error.what();
  }
  return {};
}

bool contains(std::string const& text, std::string const& part) {
  return text.find(part) != std::string::npos;
}

void values() {
  tincan::Value value = Position{1, 2};
  CHECK(value.holds<Position>());
  CHECK(!value.holds<int>());
  CHECK(contains(value.typeName(), "Position"));
  CHECK(contains(whatOf([&] { return value.get<int>(); }), "expected int, got Position"));
  CHECK(value.take<Position>().y == 2);
  CHECK(tincan::Value("text").holds<std::string>());
  CHECK(tincan::Value("text").typeName() == "std::string");
  CHECK(tincan::Value(5).take<double>() == 5.0);
  CHECK(contains(whatOf([&] { return tincan::Value(300).take<signed char>(); }), "TypeMismatch"));

  tincan::Value same = first::Same{1};
  CHECK(same.holds<first::Same>());
  CHECK(!same.holds<second::Same>());  // one name, two types
  tincan::Value registered = Registered{1};
  CHECK(registered.typeName() == "a registered name");
  CHECK(registered.holds<Registered>());
  tincan::Value pointer = std::make_unique<int>(4);
  CHECK(*pointer.take<std::unique_ptr<int>>() == 4);
}

void messages() {
  tincan::Bus bus;
  auto window = bus.attach("window");
  int x = 0, optional = 0;
  double number = 0;
  std::string text;
  window.on("position", [&](Position const& position) { x = position.x; });
  window.on("number", [&](double got, std::optional<int> more) {
    number = got;
    optional += more.has_value() ? 1 : 0;
  });
  window.on("text", [&](std::string_view got) { text = got; });
  window.on("same", [](tincan::Event& event, second::Same const&) { event.returnValue = 1; });
  tincan::Peer const peer = window.peer();
  peer.send("position", Position{7, 8});
  peer.send("number", 5);
  peer.send("number", 6, 1L);
  peer.send("text", "text");
  auto mismatch = peer.request<int>("same", first::Same{1});
  auto unknown = peer.request<int>("position", Position{1, 1}, 2);
  window.poll();
  CHECK(x == 1);
  CHECK(number == 6);
  CHECK(optional == 1);
  CHECK(text == "text");
  std::string const what = whatOf([&] { return mismatch.get(); });
  CHECK(contains(what, "TypeMismatch"));
  CHECK(contains(what, "first::Same"));
  CHECK(contains(what, "second::Same"));
  CHECK(contains(whatOf([&] { return unknown.get(); }), "NoReply"));
}

void exceptions() {
  tincan::Bus bus;
  bus.onError([](tincan::ErrorReport const&) {});
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("throws", [] { throw 42; });
    ipc.on("answers", [](tincan::Event& event) { event.returnValue = Position{3, 4}; });
    ipc.run();
  });
  int thrown = 0;
  try {
    window.peer().sendSync("throws");
  } catch (int number) {
    thrown = number;
  }
  CHECK(thrown == 42);
  CHECK(window.peer().sendSync<Position>("answers").y == 4);
  std::string const what = whatOf([&] { window.peer().sendSync<int>("answers"); });
  CHECK(contains(what, "expected int, got Position"));
}

}  // namespace

int main() {
  values();
  messages();
  exceptions();
  return failures == 0 ? 0 : 1;
}
