// tests/unit/handlers.cpp - behaviours 11 and 16: who answers a call, with what, and what is thrown
#include <memory>
#include <optional>
#include <string_view>

#include "handler_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InvokeEvent;
using tincan::Task;

// ---- who answers --------------------------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture,
                 "11: a call on a channel without a handler is NoHandler, and says so") {
  auto future = ipc.invoke<int>("X", 1);
  main.poll();
  REQUIRE(future.ready());
  std::string what, channel;
  std::optional<Errc> code;
  try {
    future.get();
  } catch (tincan::Error const& error) {
    what = error.what();
    channel = error.channel();
    code = error.code();
  }
  REQUIRE(code == Errc::NoHandler);
  REQUIRE(contains(what, "No handler registered for 'X'"));
  REQUIRE(contains(what, "main"));
  REQUIRE(channel == "X");
  REQUIRE(reports.deadLetters() == Log{"NoHandler X window>main"});
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "11: a second handler throws DuplicateHandler, and the first one stays") {
  main.handle("X", [] { return 1; });
  std::string const sentence = "Attempted to register a second handler for 'X'";
  REQUIRE(contains(whatOf([&] { return main.handle("X", [] { return 2; }); }), sentence));
  REQUIRE(codeOf([&] { return main.handle("X", [] { return 2; }); }) == Errc::DuplicateHandler);
  REQUIRE(codeOf([&] { return main.handleOnce("X", [] { return 2; }); }) == Errc::DuplicateHandler);
  REQUIRE(call<int>("X") == 1);
  main.handleOnce("once", [] { return 3; });
  REQUIRE(codeOf([&] { return main.handle("once", [] { return 4; }); }) == Errc::DuplicateHandler);
  REQUIRE(call<int>("once") == 3);
}

TEST_CASE_METHOD(HandlerFixture, "a handler that was refused has its captures destroyed") {
  int const before = Counted::alive;
  main.handle("x", [] {});
  REQUIRE(codeOf([&] { return main.handle("x", [held = Counted(1)] {}); }) ==
          Errc::DuplicateHandler);
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(HandlerFixture, "each endpoint and each channel has a handler of its own") {
  main.handle("x", [] { return 1; });
  main.handle("y", [] { return 2; });
  ipc.handle("x", [] { return 3; });
  REQUIRE(call<int>("x") == 1);
  REQUIRE(call<int>("y") == 2);
  auto future = ipc.peer().invoke<int>("x");
  ipc.poll();
  REQUIRE(future.get() == 3);
}

TEST_CASE_METHOD(HandlerFixture, "hasHandler and removeHandler") {
  REQUIRE_FALSE(main.hasHandler("x"));
  main.removeHandler("x");
  main.on("x", [] {});
  REQUIRE_FALSE(main.hasHandler("x"));
  main.handle("x", [] { return 1; });
  REQUIRE(main.hasHandler("x"));
  REQUIRE_FALSE(main.hasHandler("y"));
  REQUIRE_FALSE(ipc.hasHandler("x"));
  main.removeHandler("x");
  REQUIRE_FALSE(main.hasHandler("x"));
  main.removeHandler("x");
  REQUIRE(codeOfCall("x") == Errc::NoHandler);
  main.handle("x", [] { return 2; });
  REQUIRE(main.hasHandler("x"));
  REQUIRE(call<int>("x") == 2);
}

TEST_CASE_METHOD(HandlerFixture, "15: on and handle on one name are independent") {
  SECTION("only a listener") {
    main.on("x", [&](tincan::Event& event) { event.returnValue = 1; });
    REQUIRE(codeOfCall("x") == Errc::NoHandler);
    REQUIRE(reports.deadLetters() == Log{"NoHandler x window>main"});
  }
  SECTION("only a handler") {
    main.handle("x", [&] { log.push_back("handler"); });
    ipc.send("x");
    auto future = ipc.request("x");
    main.poll();
    REQUIRE(codeOf([&] { return future.get().empty(); }) == Errc::NoListener);
    REQUIRE(log.empty());
    REQUIRE(reports.deadLetters() == Log{"NoListener x window>main", "NoListener x window>main"});
  }
  SECTION("both") {
    main.on("x", [&](tincan::Event& event) {
      log.push_back("listener");
      event.returnValue = 1;
    });
    main.handle("x", [&] {
      log.push_back("handler");
      return 2;
    });
    auto asked = ipc.request<int>("x");
    auto called = ipc.invoke<int>("x");
    ipc.send("x");
    main.poll();
    REQUIRE(asked.get() == 1);
    REQUIRE(called.get() == 2);
    REQUIRE(log == Log{"listener", "handler", "listener"});
    main.removeHandler("x");
    REQUIRE(main.listenerCount("x") == 1);
  }
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "removeAllListeners leaves handlers, which are no listeners") {
  main.on("x", [] {});
  main.handle("x", [] { return 1; });
  main.handle("y", [] { return 2; });
  REQUIRE(main.listenerCount("x") == 1);
  REQUIRE(main.listenerCount("y") == 0);
  REQUIRE(main.channels() == Log{"x"});
  SECTION("of one channel") { main.removeAllListeners("x"); }
  SECTION("of all") { main.removeAllListeners(); }
  REQUIRE(main.listenerCount("x") == 0);
  REQUIRE(call<int>("x") == 1);
  REQUIRE(call<int>("y") == 2);
}

TEST_CASE_METHOD(HandlerFixture, "a handler's token ends it, once") {
  int const before = Counted::alive;
  SECTION("by off") {
    auto const listener = main.handle("x", [held = Counted(1)] {});
    REQUIRE_FALSE(ipc.off(listener));
    REQUIRE(main.hasHandler("x"));
    REQUIRE(main.off(listener));
    REQUIRE_FALSE(main.hasHandler("x"));
    REQUIRE_FALSE(main.off(listener));
  }
  SECTION("by remove, of handleOnce, too") {
    auto const listener = main.handleOnce("x", [held = Counted(1)] {});
    REQUIRE(listener.remove());
    REQUIRE_FALSE(listener.remove());
  }
  SECTION("by a ScopedListener") {
    tincan::ScopedListener const scoped{main.handle("x", [held = Counted(1)] {})};
    REQUIRE(main.hasHandler("x"));
  }
  REQUIRE_FALSE(main.hasHandler("x"));
  REQUIRE(codeOfCall("x") == Errc::NoHandler);
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(HandlerFixture, "the token of a handler that is gone does not end its successor") {
  auto const old = main.handle("x", [] { return 1; });
  main.removeHandler("x");
  main.handle("x", [] { return 2; });
  REQUIRE_FALSE(main.off(old));
  REQUIRE_FALSE(old.remove());
  REQUIRE(call<int>("x") == 2);
}

TEST_CASE("handlers are for the endpoint's thread, and for open endpoints") {
  test::Bus bus;
  auto ipc = bus.attach("window");
  auto const listener = ipc.handle("x", [] {});
  ipc.poll();
  std::vector<std::optional<Errc>> codes;
  std::thread([&] {
    codes.push_back(codeOf([&] { return ipc.handle("y", [] {}); }));
    codes.push_back(codeOf([&] { return ipc.handleOnce("y", [] {}); }));
    codes.push_back(codeOf([&] { return ipc.hasHandler("x"); }));
    codes.push_back(codeOf([&] { return ipc.off(listener); }));
    codes.push_back(codeOf([&] { return listener.remove(); }));
    codes.push_back(codeOf([&] {
      ipc.removeHandler("x");
      return 0;
    }));
    codes.push_back(codeOf([&] { return ipc.invoke("x").ready(); }));
  }).join();
  REQUIRE(codes == std::vector<std::optional<Errc>>(7, Errc::WrongThread));
  REQUIRE(ipc.hasHandler("x"));
  ipc.close();
  REQUIRE(codeOf([&] { return ipc.handle("z", [] {}); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return ipc.handleOnce("z", [] {}); }) == Errc::Closed);
  bus.close();
  REQUIRE(codeOf([&] { return bus.main().handle("z", [] {}); }) == Errc::Closed);
}

// ---- arguments and answers ----------------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture, "a handler answers with what it returns") {
  main.handle("int", [] { return 5; });
  main.handle("literal", [] { return "literal"; });
  main.handle("view", []() -> std::string_view { return "view"; });
  main.handle("string", [] { return longText(); });
  main.handle("vector", [] { return std::vector<int>{1, 2, 3}; });
  main.handle("unique", [] { return std::make_unique<int>(7); });
  main.handle("optional", [] { return std::optional<int>(8); });
  main.handle("value", []() -> tincan::Value { return std::string("inside"); });
  REQUIRE(call<int>("int") == 5);
  REQUIRE(call<std::string>("literal") == "literal");
  REQUIRE(call<std::string>("view") == "view");
  REQUIRE(call<std::string>("string") == longText());
  REQUIRE(call<std::vector<int>>("vector") == std::vector<int>{1, 2, 3});
  REQUIRE(*call<std::unique_ptr<int>>("unique") == 7);
  REQUIRE(call<std::optional<int>>("optional") == 8);
  REQUIRE(call<std::string>("value") == "inside");
  REQUIRE(call("int").holds<int>());
  REQUIRE(call("literal").get<std::string>() == "literal");
  REQUIRE(call("view").typeName() == "std::string");
  REQUIRE(call("value").holds<std::string>());
  REQUIRE(bus.stats().handled == bus.stats().sent);
}

TEST_CASE_METHOD(HandlerFixture, "a handler of nothing answers with nothing") {
  main.handle("nothing", [&] { ++calls; });
  main.handle("empty", [] { return tincan::Value(); });
  main.handle("int", [] { return 5; });
  REQUIRE(call("nothing").empty());
  call<void>("nothing");
  REQUIRE(call("empty").empty());
  call<void>("empty");
  REQUIRE(codeOfCall<int>("nothing") == Errc::TypeMismatch);
  call<void>("int");
  REQUIRE(calls == 3);
}

TEST_CASE_METHOD(HandlerFixture, "a handler owns its arguments") {
  main.handle("value", [](std::unique_ptr<int> p) { return *p; });
  main.handle("rvalue", [](std::unique_ptr<int>&& p) {
    auto const mine = std::move(p);
    return *mine;
  });
  main.handle("lvalue", [](InvokeEvent&, std::unique_ptr<int>& p) {
    auto const mine = std::move(p);
    return *mine;
  });
  main.handle("const", [](InvokeEvent&, std::unique_ptr<int> const& p) { return *p; });
  main.handle("back", [](std::unique_ptr<int> p) { return p; });
  for (char const* channel : {"value", "rvalue", "lvalue", "const"}) {
    REQUIRE(call<int>(channel, std::make_unique<int>(3)) == 3);
  }
  REQUIRE(*call<std::unique_ptr<int>>("back", std::make_unique<int>(4)) == 4);
}

TEST_CASE_METHOD(HandlerFixture,
                 "what is moved into a call is copied nowhere, and what is answered neither") {
  int const alive = Counted::alive, copies = Counted::copies;
  main.handle("value", [](Counted counted) { return counted; });
  main.handle("rvalue", [](int, Counted&& counted) { return std::move(counted); });
  main.handle("task", [](Counted counted) -> Task<Counted> { co_return std::move(counted); });
  REQUIRE(call<Counted>("value", Counted(1)).number == 1);
  REQUIRE(call<Counted>("rvalue", 0, Counted(2)).number == 2);
  REQUIRE(call<Counted>("task", Counted(3)).number == 3);
  REQUIRE(Counted::copies == copies);
  REQUIRE(Counted::alive == alive);
}

TEST_CASE_METHOD(HandlerFixture,
                 "a handler may take fewer arguments, and std::optional ones that were not sent") {
  main.handle("none", [] { return 0; });
  main.handle("event", [](InvokeEvent&) { return 1; });
  main.handle("first", [](int a) { return a; });
  main.handle("more", [](InvokeEvent&, int a, std::optional<int> b, std::optional<int> c) {
    return a + b.value_or(100) + c.value_or(1000);
  });
  REQUIRE(call<int>("none", 1, "two") == 0);
  REQUIRE(call<int>("event", 1, "two") == 1);
  REQUIRE(call<int>("first", 7, "two") == 7);
  REQUIRE(call<int>("more", 1) == 1101);
  REQUIRE(call<int>("more", 1, 2) == 1003);
  REQUIRE(call<int>("more", 1, 2, 3) == 6);
  REQUIRE(codeOfCall("more") == Errc::TypeMismatch);
}

TEST_CASE_METHOD(HandlerFixture, "arguments and answers convert if the value is representable") {
  main.handle("double", [](double a) { return a / 2; });
  main.handle("small", [](unsigned char a) { return static_cast<int>(a); });
  main.handle("300", [] { return 300; });
  main.handle("view", [](std::string_view a) { return a.size(); });
  REQUIRE(call<double>("double", 5) == 2.5);
  REQUIRE(call<int>("small", 255LL) == 255);
  REQUIRE(codeOfCall("small", 256) == Errc::TypeMismatch);
  REQUIRE(codeOfCall("small", 2.5) == Errc::TypeMismatch);
  REQUIRE(call<double>("300") == 300);
  REQUIRE(codeOfCall<signed char>("300") == Errc::TypeMismatch);
  REQUIRE(call<int>("view", "four") == 4);
}

TEST_CASE_METHOD(HandlerFixture,
                 "11: arguments that a handler does not take are TypeMismatch, with both types") {
  bool called = false;
  main.handle("x", [&](InvokeEvent&, int, std::string const&) { called = true; });
  std::string const what = whatOf([&] { return call("x", "text", 1.5).empty(); });
  REQUIRE(contains(what, "(int, std::string)"));
  REQUIRE(contains(what, "(std::string, double)"));
  REQUIRE(contains(what, "'x'"));
  REQUIRE(contains(what, "window"));
  REQUIRE(codeOfCall("x", 1) == Errc::TypeMismatch);
  REQUIRE_FALSE(called);
  REQUIRE(reports.deadLetters() == Log{"TypeMismatch x window>main", "TypeMismatch x window>main"});
  REQUIRE(reports.errors().empty());
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "11: a handler that is a Task tells of arguments that do not fit as well") {
  bool called = false;
  main.handle("x", [&](int) -> Task<int> {
    called = true;
    co_return 1;
  });
  std::string const what = whatOf([&] { return call("x", "text").empty(); });
  REQUIRE(contains(what, "(int)"));
  REQUIRE(contains(what, "(std::string)"));
  REQUIRE_FALSE(called);
  REQUIRE(bus.stats().deadLetters.at(Errc::TypeMismatch) == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "11: an answer of another type is TypeMismatch, with both types") {
  main.handle("x", [] { return std::string("text"); });
  std::string const what = whatOf([&] { return call<int>("x"); });
  REQUIRE(contains(what, "expected int"));
  REQUIRE(contains(what, "got std::string"));
  REQUIRE(contains(what, "'x'"));
  REQUIRE(codeOfCall<int>("x") == Errc::TypeMismatch);
  REQUIRE(addsUp(bus.stats()));
}

// ---- exceptions ---------------------------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture,
                 "16: what a handler throws reaches the caller as the type it was thrown with") {
  main.handle("int", [] { throw 42; });
  main.handle("custom", [](int) -> int { throw Custom(); });
  main.handle("string", []() -> std::string { throw std::string("thrown"); });
  main.handle("error", [] { throw tincan::Error(Errc::Denied, "y", "not you"); });
  int number = 0, extra = 0;
  std::string text;
  try {
    call("int");
  } catch (int thrown) {
    number = thrown;
  }
  try {
    call<int>("custom", 1);
  } catch (Custom const& thrown) {
    extra = thrown.extra;
  }
  try {
    call<void>("string");
  } catch (std::string const& thrown) {
    text = thrown;
  }
  REQUIRE(number == 42);
  REQUIRE(extra == 5);
  REQUIRE(text == "thrown");
  REQUIRE(codeOfCall("error") == Errc::Denied);
  REQUIRE(reports.errors().empty());  // the caller knows
  REQUIRE(bus.stats().handled == 4);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "16: a handler that has thrown is called again") {
  main.handle("x", [&] {
    if (++calls == 1) throw 1;
    return calls;
  });
  REQUIRE_THROWS_AS(call("x"), int);
  REQUIRE(call<int>("x") == 2);
}

TEST_CASE_METHOD(
    HandlerFixture,
    "16: an argument that cannot be copied into a handler's parameter throws at the caller") {
  main.handle("x", [](Fragile const& fragile) { Fragile const copy = fragile; });
  auto future = ipc.invoke("x", Fragile());
  Fragile::armed = true;
  main.poll();
  Fragile::armed = false;
  REQUIRE(whatOf([&] { return future.get().empty(); }) == "fragile");
}

TEST_CASE_METHOD(HandlerFixture, "4: if capturing an argument of a call throws, nothing was sent") {
  main.handle("x", [](Fragile const&) {});
  Fragile const fragile;
  Fragile::armed = true;
  std::string const what = whatOf([&] { return ipc.invoke("x", fragile).ready(); });
  Fragile::armed = false;
  REQUIRE(what == "fragile");
  REQUIRE(main.poll() == 0);
  REQUIRE(bus.stats().sent == 0);
}

TEST_CASE(
    "a handler owns what comes by an optional parameter, a Task too, and what cannot be copied") {
  test::Bus bus;
  auto window = bus.attach("window");
  using IntPointer = std::unique_ptr<int>;
  bus.main().handle("x", [](std::optional<IntPointer> value) { return value ? **value : 0; });
  bus.main().handle("task", [](std::optional<IntPointer> value) -> tincan::Task<int> {
    co_return value ? **value : 0;
  });
  bus.main().handle("value", [](std::optional<tincan::Value> value) {
    return value ? std::move(*value) : tincan::Value(0);
  });
  auto const answer = [&](char const* channel, auto... arguments) {
    auto future = window.invoke<int>(channel, std::move(arguments)...);
    bus.main().poll();
    return future.get();
  };
  for (char const* const channel : {"x", "task"}) {
    REQUIRE(answer(channel, std::make_unique<int>(6)) == 6);
    REQUIRE(answer(channel) == 0);
    REQUIRE(answer(channel, std::nullopt) == 0);
  }
  REQUIRE(answer("value", tincan::Value(7)) == 7);
  REQUIRE(answer("value") == 0);
}
