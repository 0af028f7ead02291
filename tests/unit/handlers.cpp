// tests/unit/handlers.cpp - handle and invoke: behaviours 11, 15 and 16, and handlers that are coroutines
#include <chrono>
#include <memory>
#include <stop_token>
#include <string_view>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InvokeEvent;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

struct HandlerFixture {
  test::Bus bus;
  Reports reports{bus};
  tincan::Main& main = bus.main();
  tincan::Renderer ipc = bus.attach("window");
  std::vector<tincan::Reply> gates;  // the answers to "gate", in the order of asking

  HandlerFixture() {
    ipc.on("gate", [this](tincan::Event& event) { gates.push_back(event.defer()); });
  }

  ~HandlerFixture() { bus.close(); }  // while the reports are still there
  HandlerFixture(HandlerFixture const&) = delete;
  HandlerFixture& operator=(HandlerFixture const&) = delete;

  /// Until nothing is left to handle.
  void pump() {
    while (main.poll() + ipc.poll() > 0) {
    }
  }

  /// What main's handler answers; a Deadlock if it has not.
  template <class R = tincan::Value, class... A>
  R call(tincan::ChannelName channel, A&&... arguments) {
    auto future = ipc.invoke<R>(channel, std::forward<A>(arguments)...);
    main.poll();
    return future.get();
  }
  template <class R = tincan::Value, class... A>
  std::optional<Errc> codeOfCall(tincan::ChannelName channel, A&&... arguments) {
    return codeOf([&] {
      static_cast<void>(call<R>(channel, std::forward<A>(arguments)...));
      return 0;
    });
  }
};

struct Custom : std::runtime_error {
  Custom() : std::runtime_error("custom") {}
  int extra = 5;
};

// Longer than any small string.
std::string longText() {
  std::string text(200, 'l');
  text += "ong";
  return text;
}

}  // namespace

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
  Log log;
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
  int calls = 0;
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
  int calls = 0;
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

// ---- handlers that change handlers --------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture,
                 "a handler that removes itself runs to its end with its captures") {
  int const before = Counted::alive;
  int inside = 0;
  SECTION("by removeHandler") {
    main.handle("x", [&, held = Counted(5)] {
      main.removeHandler("x");
      inside = Counted::alive - before;
      return held.number;
    });
    REQUIRE(call<int>("x") == 5);
  }
  SECTION("by its token") {
    tincan::Listener listener;
    listener = main.handle("x", [&, held = Counted(5)] {
      REQUIRE(listener.remove());
      REQUIRE_FALSE(main.off(listener));
      inside = Counted::alive - before;
      return held.number;
    });
    REQUIRE(call<int>("x") == 5);
  }
  REQUIRE(inside == 1);
  REQUIRE(Counted::alive == before);
  REQUIRE_FALSE(main.hasHandler("x"));
  REQUIRE(codeOfCall("x") == Errc::NoHandler);
}

TEST_CASE_METHOD(
    HandlerFixture,
    "a handler that replaces itself runs to its end, and the next call gets the new one") {
  int const before = Counted::alive;
  int inside = 0;
  main.handle("x", [&, held = Counted(5)] {
    for (int i = 6; i < 9; ++i) {
      main.removeHandler("x");
      main.handle("x", [next = Counted(i)] { return next.number; });
    }
    inside = Counted::alive - before;
    return held.number;
  });
  auto first = ipc.invoke<int>("x");
  auto second = ipc.invoke<int>("x");
  main.poll();
  REQUIRE(first.get() == 5);
  REQUIRE(second.get() == 8);
  REQUIRE(inside >= 2);
  REQUIRE(Counted::alive == before + 1);
}

TEST_CASE_METHOD(HandlerFixture,
                 "a handler that removes another one, and its listeners, before they are called") {
  main.handle("y", [] { return 1; });
  main.handle("x", [&] { main.removeHandler("y"); });
  auto x = ipc.invoke<void>("x");
  auto y = ipc.invoke<int>("y");
  main.poll();
  x.get();
  REQUIRE(codeOf([&] { return y.get(); }) == Errc::NoHandler);
}

TEST_CASE_METHOD(HandlerFixture, "a handler that registers many others while it runs") {
  main.handle("x", [&, held = Counted(5)] {
    for (int i = 0; i < 100; ++i) {
      main.handle("x" + std::to_string(i), [i] { return i; });
    }
    return held.number;
  });
  REQUIRE(call<int>("x") == 5);
  REQUIRE(call<int>("x0") == 0);
  REQUIRE(call<int>("x99") == 99);
}

TEST_CASE_METHOD(HandlerFixture, "a handler that polls handles the calls behind its own") {
  Log log;
  main.handle("x", [&] {
    log.push_back("begin");
    main.poll();
    log.push_back("end");
    return 1;
  });
  main.handle("y", [&] {
    log.push_back("y");
    main.removeHandler("x");
    return 2;
  });
  auto x = ipc.invoke<int>("x");
  auto y = ipc.invoke<int>("y");
  auto again = ipc.invoke<int>("x");
  main.poll();
  REQUIRE(x.get() == 1);
  REQUIRE(y.get() == 2);
  REQUIRE(codeOf([&] { return again.get(); }) == Errc::NoHandler);
  REQUIRE(log == Log{"begin", "y", "end"});
}

TEST_CASE_METHOD(
    HandlerFixture,
    "19: a renderer is destroyed in its own handler, whose caller gets Closed or the answer") {
  int const before = Counted::alive;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("doomed"));
  int inside = 0;
  window->handle("x", [&, held = Counted(5)] {
    window.reset();
    inside = held.number;
    return 1;
  });
  auto x = window->peer().invoke<int>("x");
  auto behind = window->peer().invoke<int>("x");
  window->poll();
  REQUIRE(inside == 5);
  REQUIRE(x.ready());
  REQUIRE(codeOf([&] { return behind.get(); }) == Errc::Closed);
  auto const code = codeOf([&] { return x.get(); });
  bool const wasAnswered = !code.has_value() || code == Errc::Closed;
  REQUIRE(wasAnswered);
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

// ---- handleOnce ---------------------------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture, "15: handleOnce is removed before it runs") {
  int const before = Counted::alive;
  std::optional<bool> has;
  int alive = 0;
  main.handleOnce("x", [&, held = Counted(5)] {
    has = main.hasHandler("x");
    alive = Counted::alive - before;
    return held.number;
  });
  REQUIRE(main.hasHandler("x"));
  auto first = ipc.invoke<int>("x");
  auto second = ipc.invoke<int>("x");
  main.poll();
  REQUIRE(first.get() == 5);
  REQUIRE(codeOf([&] { return second.get(); }) == Errc::NoHandler);
  REQUIRE(has == false);
  REQUIRE(alive == 1);
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(HandlerFixture,
                 "15: handleOnce runs once even if it throws, polls, or handles anew") {
  int calls = 0;
  SECTION("throws") {
    main.handleOnce("x", [&] {
      ++calls;
      throw 1;
    });
    REQUIRE_THROWS_AS(call("x"), int);
    REQUIRE(codeOfCall("x") == Errc::NoHandler);
  }
  SECTION("polls") {
    main.handleOnce("x", [&] {
      ++calls;
      main.poll();
    });
    auto first = ipc.invoke<void>("x");
    auto second = ipc.invoke<void>("x");
    main.poll();
    first.get();
    REQUIRE(codeOf([&] {
              second.get();
              return 0;
            }) == Errc::NoHandler);
  }
  SECTION("handles anew") {
    main.handleOnce("x", [&] {
      ++calls;
      main.handle("x", [] { return 2; });
      return 1;
    });
    REQUIRE(call<int>("x") == 1);
    REQUIRE(call<int>("x") == 2);
  }
  REQUIRE(calls == 1);
}

TEST_CASE_METHOD(HandlerFixture,
                 "15: handleOnce that was not called, because the arguments did not fit, stays") {
  main.handleOnce("x", [](int number) { return number; });
  REQUIRE(codeOfCall("x", "text") == Errc::TypeMismatch);
  REQUIRE(main.hasHandler("x"));
  REQUIRE(call<int>("x", 4) == 4);
  REQUIRE_FALSE(main.hasHandler("x"));
}

TEST_CASE_METHOD(HandlerFixture, "15: a call that was cancelled does not use up handleOnce") {
  main.handleOnce("x", [] { return 1; });
  ipc.invoke("x").cancel();
  REQUIRE(call<int>("x") == 1);
}

// ---- who calls whom -----------------------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture, "renderer to renderer, and main to renderer", "[speaker]") {
  auto other = bus.attach("other");
  Log senders;
  other.handle("x", [&](InvokeEvent& event, int number) {
    senders.push_back(event.sender.name());
    REQUIRE(event.channel() == tincan::ChannelName("x"));
    return number + 1;
  });
  main.handle("relay", [&](InvokeEvent& event) {
    senders.push_back(event.sender.name());
    return 0;
  });
  auto relayed = ipc.invoke<int>("relay");
  main.poll();  // main is the thread's first endpoint
  auto fromMain = main.renderer("other")->invoke<int>("x", 1);
  std::optional<tincan::Future<int>> fromWindow;
  ipc.post([&] { fromWindow = ipc.peer("other")->invoke<int>("x", 2); });
  ipc.poll();
  other.poll();
  REQUIRE(relayed.get() == 0);
  REQUIRE(fromMain.get() == 2);
  REQUIRE(fromWindow->get() == 3);
  REQUIRE(senders == Log{"window", "main", "window"});
}

TEST_CASE("a call between threads blocks only the one who asks for the answer") {
  test::Bus bus;
  bus.main().handle("double", [](int number) { return 2 * number; });
  std::vector<int> answers;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    std::vector<tincan::Future<int>> futures;
    for (int i = 0; i < 300; ++i) futures.push_back(ipc.invoke<int>("double", i));
    for (auto& future : futures) answers.push_back(future.get());
    bus.close();
  });
  bus.main().run();
  window.join();
  std::vector<int> expected;
  for (int i = 0; i < 300; ++i) expected.push_back(2 * i);
  REQUIRE(answers == expected);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "20: a call to somebody who is closed, or to nobody, answers Closed at once") {
  tincan::Peer const peer = ipc.peer();
  ipc.close();
  auto closed = peer.invoke<int>("x");
  auto nobody = tincan::Peer().invoke<int>("x");
  REQUIRE(closed.ready());
  REQUIRE(nobody.ready());
  REQUIRE(codeOf([&] { return closed.get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return nobody.get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return ipc.invoke<int>("x").ready(); }) == Errc::Closed);  // one's own
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "11: a call that waits when its receiver is closed answers Closed") {
  int const before = Counted::alive;
  bool called = false;
  ipc.handle("x", [&](Counted const&) { called = true; });
  auto future = ipc.peer().invoke("x", Counted(1));
  SECTION("the endpoint") { ipc.close(); }
  SECTION("the bus") { bus.close(); }
  REQUIRE(future.ready());
  REQUIRE(codeOf([&] { return future.get().empty(); }) == Errc::Closed);
  REQUIRE_FALSE(called);
  REQUIRE(Counted::alive == before);
  REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "18: what a handler sends to its caller arrives before its answer") {
  Log log;
  ipc.on("x", [&](std::string const& from) { log.push_back(from); });
  main.handle("plain", [&](InvokeEvent& event) { event.sender.send("x", "plain"); });
  main.handle("task", [&](InvokeEvent& event) -> Task<void> {
    co_await event.sender.request("gate");
    event.sender.send("x", "task");
  });
  ipc.invoke("plain").then(ipc, [&](auto) { log.push_back("answer to plain"); });
  ipc.invoke("task").then(ipc, [&](auto) { log.push_back("answer to task"); });
  pump();
  REQUIRE(log == Log{"plain", "answer to plain"});
  gates[0].set(0);
  pump();
  REQUIRE(log == Log{"plain", "answer to plain", "task", "answer to task"});
}

// ---- callers that leave -------------------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture, "a call that was cancelled before it was handled never runs") {
  bool called = false;
  main.handle("x", [&] { called = true; });
  auto future = ipc.invoke("x");
  future.cancel();
  static_cast<void>(ipc.invoke("x"));  // dropped
  main.poll();
  REQUIRE_FALSE(called);
  REQUIRE(codeOf([&] { return future.get().empty(); }) == Errc::Cancelled);
  REQUIRE(bus.stats().deadLetters.at(Errc::Cancelled) == 2);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "a plain handler sees that its caller leaves") {
  tincan::Future<tincan::Value> future;
  Log log;
  auto const leave = [&] { future.cancel(); };
  main.handle("x", [&](InvokeEvent& event) {
    std::stop_token const token = event.stopToken();
    REQUIRE(token.stop_possible());
    REQUIRE_FALSE(token.stop_requested());
    REQUIRE_FALSE(event.cancelled());
    std::stop_callback const callback(token, [&] { log.push_back("stop"); });
    leave();
    log.push_back("left");
    REQUIRE(token.stop_requested());
    REQUIRE(event.cancelled());
    REQUIRE(event.stopToken().stop_requested());
    return 1;
  });
  future = ipc.invoke("x");
  main.poll();
  REQUIRE(log == Log{"stop", "left"});
  REQUIRE(codeOf([&] { return future.get().empty(); }) == Errc::Cancelled);
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "a token that is asked for after the caller has left is stopped already") {
  tincan::Future<tincan::Value> future;
  std::optional<bool> stopped;
  main.handle("x", [&](InvokeEvent& event) {
    future.cancel();
    stopped = event.stopToken().stop_requested();
  });
  future = ipc.invoke("x");
  main.poll();
  REQUIRE(stopped == true);
}

TEST_CASE_METHOD(HandlerFixture, "a token of a call that was answered is never stopped") {
  std::stop_token token;
  main.handle("x", [&](InvokeEvent& event) {
    token = event.stopToken();
    return 1;
  });
  {
    auto future = ipc.invoke<int>("x");
    main.poll();
    REQUIRE(future.get() == 1);
  }
  auto other = ipc.invoke("y");  // uses what the first one used
  other.cancel();
  REQUIRE_FALSE(token.stop_requested());
}

TEST_CASE_METHOD(HandlerFixture,
                 "a Task is asked to stop when its caller leaves, and what it answers is late") {
  Log log;
  main.handle("x", [&](InvokeEvent& event, std::string how) -> Task<int> {
    std::stop_callback const callback(event.stopToken(), [&] { log.push_back("stop " + how); });
    bool const before = event.cancelled();
    co_await event.sender.request("gate");
    log.push_back(how + (before ? " was" : " was not") + (event.cancelled() ? " is" : " is not"));
    co_return 1;
  });
  std::optional<tincan::Future<int>> future = ipc.invoke<int>("x", "task");
  pump();
  std::optional<Errc> code, expected;
  SECTION("cancels") {
    future->cancel();
    code = codeOf([&] { return future->get(); });
    expected = Errc::Cancelled;
  }
  SECTION("drops the future") { future.reset(); }
  SECTION("assigns another one") { future = tincan::Future<int>(); }
  SECTION("has no time left") {
    code = codeOf([&] { return future->getFor(0s); });
    expected = Errc::Timeout;
  }
  REQUIRE(code == expected);
  REQUIRE(log == Log{"stop task"});
  gates[0].set(0);
  pump();
  REQUIRE(log == Log{"stop task", "task was not is"});
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(reports.errors().empty());
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "17: a Task whose deadline has passed is asked to stop") {
  Log log;
  main.handle("x", [&](InvokeEvent& event) -> Task<int> {
    std::stop_callback const callback(event.stopToken(), [&] { log.push_back("stop"); });
    co_await event.sender.request("gate");
    co_return 1;
  });
  auto future = ipc.invoke<int>("x");
  pump();
  // The deadline of a blocked wait, on the thread of the caller.
  REQUIRE(codeOf([&] { return future.getFor(-1s); }) == Errc::Timeout);
  REQUIRE(log == Log{"stop"});
  gates[0].set(0);
  pump();
  REQUIRE(bus.stats().lateAnswers == 1);
}

TEST_CASE_METHOD(HandlerFixture, "a Task that throws after its caller has left harms nobody") {
  main.handle("x", [](InvokeEvent& event) -> Task<int> {
    co_await event.sender.request("gate");
    throw 42;
  });
  static_cast<void>(ipc.invoke<int>("x"));
  auto future = ipc.invoke<int>("x");
  pump();
  future.cancel();
  for (auto& gate : gates) gate.set(0);
  pump();
  REQUIRE(gates.size() == 1);  // the dropped one never ran
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(addsUp(bus.stats()));
}

// ---- handlers that are coroutines ---------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture, "a Task that never waits answers at once") {
  main.handle("int", [](int a, int b) -> Task<int> { co_return a + b; });
  main.handle("string", [](std::string s) -> Task<std::string> { co_return s + "!"; });
  main.handle("literal", []() -> Task<std::string> { co_return "text"; });
  main.handle("nothing", []() -> Task<void> { co_return; });
  main.handle("default", []() -> Task<> { co_return; });
  main.handle("unique",
              [](std::unique_ptr<int> p) -> Task<std::unique_ptr<int>> { co_return std::move(p); });
  main.handle("value", []() -> Task<tincan::Value> { co_return tincan::Value(5); });
  REQUIRE(call<int>("int", 1, 2) == 3);
  REQUIRE(call<std::string>("string", longText()) == longText() + "!");
  REQUIRE(call<std::string>("literal") == "text");
  REQUIRE(call("nothing").empty());
  call<void>("default");
  REQUIRE(*call<std::unique_ptr<int>>("unique", std::make_unique<int>(4)) == 4);
  REQUIRE(call<int>("value") == 5);
  REQUIRE(codeOfCall<int>("nothing") == Errc::TypeMismatch);
  REQUIRE(bus.stats().handled == bus.stats().sent);
}

TEST_CASE_METHOD(HandlerFixture, "a Task answers when it ends, not before") {
  main.handle("int", [](InvokeEvent& event) -> Task<int> {
    co_return co_await event.sender.request<int>("gate") + 1;
  });
  main.handle("nothing",
              [](InvokeEvent& event) -> Task<void> { co_await event.sender.request<int>("gate"); });
  auto number = ipc.invoke<int>("int");
  auto nothing = ipc.invoke("nothing");
  pump();
  REQUIRE_FALSE(number.ready());
  REQUIRE_FALSE(nothing.ready());
  REQUIRE(bus.stats().pending == 0);
  gates[0].set(5);
  gates[1].set(6);
  REQUIRE_FALSE(number.ready());  // it goes on inside main's poll
  pump();
  REQUIRE(number.get() == 6);
  REQUIRE(nothing.get().empty());
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "16: what a Task throws reaches the caller, before it has waited and after") {
  main.handle("before", [](InvokeEvent& event, bool really) -> Task<int> {
    if (really) throw 42;
    co_return co_await event.sender.request<int>("gate");
  });
  main.handle("after", [](InvokeEvent& event) -> Task<int> {
    co_await event.sender.request("gate");
    throw Custom();
  });
  main.handle("nothing", [](InvokeEvent& event) -> Task<void> {
    co_await event.sender.request("gate");
    throw 43;
  });
  auto before = ipc.invoke<int>("before", true);
  auto after = ipc.invoke<int>("after");
  auto nothing = ipc.invoke<void>("nothing");
  pump();
  REQUIRE(before.ready());
  REQUIRE_THROWS_AS(before.get(), int);
  REQUIRE_FALSE(after.ready());
  for (auto& gate : gates) gate.set(0);
  pump();
  REQUIRE_THROWS_AS(after.get(), Custom);
  REQUIRE_THROWS_AS(nothing.get(), int);
  REQUIRE(reports.errors().empty());
  REQUIRE(bus.stats().handled == bus.stats().sent);
}

TEST_CASE_METHOD(HandlerFixture,
                 "a function that returns a Task without being a coroutine may throw as well") {
  main.handle("x", [](InvokeEvent& event, bool throws) -> Task<int> {
    if (throws) throw Custom();
    return [](tincan::Peer sender) -> Task<int> {
      co_return co_await sender.request<int>("gate");
    }(event.sender);
  });
  auto thrown = ipc.invoke<int>("x", true);
  auto answered = ipc.invoke<int>("x", false);
  pump();
  REQUIRE_THROWS_AS(thrown.get(), Custom);
  gates.at(0).set(3);
  pump();
  REQUIRE(answered.get() == 3);
}

TEST_CASE_METHOD(HandlerFixture, "a Task awaits other calls, and gets what they throw") {
  ipc.handle("add", [](int a, int b) { return a + b; });
  ipc.handle("throw", []() -> int { throw 42; });
  main.handle("sum", [](InvokeEvent& event, int n) -> Task<int> {
    int sum = 0;
    for (int i = 1; i <= n; ++i) sum = co_await event.sender.invoke<int>("add", sum, i);
    co_return sum;
  });
  main.handle("catch", [](InvokeEvent& event) -> Task<int> {
    try {
      co_await event.sender.invoke<int>("throw");
    } catch (int number) {
      co_return number;
    }
    co_return 0;
  });
  main.handle("pass", [](InvokeEvent& event) -> Task<int> {
    co_return co_await event.sender.invoke<int>("throw");
  });
  main.handle("nobody", [](InvokeEvent& event) -> Task<int> {
    co_return co_await event.sender.invoke<int>("nobody");
  });
  auto sum = ipc.invoke<int>("sum", 100);
  auto caught = ipc.invoke<int>("catch");
  auto passed = ipc.invoke<int>("pass");
  auto nobody = ipc.invoke<int>("nobody");
  pump();
  REQUIRE(sum.get() == 5050);
  REQUIRE(caught.get() == 42);
  REQUIRE_THROWS_AS(passed.get(), int);
  REQUIRE(codeOf([&] { return nobody.get(); }) == Errc::NoHandler);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "a Task awaits Tasks, ready ones and others") {
  struct Steps {
    static Task<int> ready(int number) { co_return number; }
    static Task<int> waits(tincan::Peer peer) { co_return co_await peer.request<int>("gate"); }
    static Task<void> throws(tincan::Peer peer) {
      co_await peer.request("gate");
      throw 42;
    }
  };
  main.handle("x", [](InvokeEvent& event) -> Task<int> {
    int sum = co_await Steps::ready(1);
    Task<int> early = Steps::waits(event.sender);
    Task<int> late = Steps::waits(event.sender);
    sum += co_await late;
    sum += co_await early;
    try {
      co_await Steps::throws(event.sender);
    } catch (int number) {
      sum += number;
    }
    co_return sum;
  });
  auto future = ipc.invoke<int>("x");
  pump();
  REQUIRE(gates.size() == 2);
  gates[0].set(10);
  pump();
  REQUIRE_FALSE(future.ready());
  gates[1].set(100);
  pump();
  REQUIRE(gates.size() == 3);
  gates[2].set(0);
  pump();
  REQUIRE(future.get() == 153);
}

TEST_CASE_METHOD(HandlerFixture, "a Task may call a handler of its own endpoint") {
  main.handle("inner", [](int number) { return number * 2; });
  main.handle("outer", [this](InvokeEvent&, int number) -> Task<int> {
    co_return co_await main.peer().invoke<int>("inner", number) + 1;
  });
  auto future = ipc.invoke<int>("outer", 5);
  pump();
  REQUIRE(future.get() == 11);
}

TEST_CASE_METHOD(HandlerFixture,
                 "calls of one Task handler do not mix, and answer in the order of completion") {
  main.handle("x", [](InvokeEvent& event, std::string name, int number) -> Task<std::string> {
    int const a = co_await event.sender.request<int>("gate");
    int const b = co_await event.sender.request<int>("gate");
    co_return name + std::to_string(number) + ":" + std::to_string(a) + "," + std::to_string(b);
  });
  Log log;
  for (int i = 0; i < 3; ++i) {
    ipc.invoke<std::string>("x", longText(), i).then(ipc, [&](tincan::Future<std::string> future) {
      log.push_back(future.get().substr(longText().size()));
    });
  }
  pump();
  REQUIRE(gates.size() == 3);
  gates[2].set(2);
  gates[0].set(0);
  gates[1].set(1);
  pump();
  REQUIRE(gates.size() == 6);  // of 2, 0 and 1
  REQUIRE(log.empty());
  gates[4].set(10);
  gates[5].set(11);
  pump();
  REQUIRE(log == Log{"0:0,10", "1:1,11"});
  gates[3].set(12);
  pump();
  REQUIRE(log == Log{"0:0,10", "1:1,11", "2:2,12"});
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "arguments, event and captures of a Task live until it ends") {
  int const before = Counted::alive;
  std::string got;
  main.handle(
      "x",
      [&, held = Counted(5)](InvokeEvent& event, std::string value, std::string const& reference,
                             std::string&& rvalue, std::string& lvalue, std::optional<int> missing,
                             Counted counted) -> Task<std::string> {
        co_await event.sender.request("gate");
        got = std::string(event.channel().name()) + " " + event.sender.name() + " " +
              std::to_string(held.number) + std::to_string(counted.number) +
              (missing.has_value() ? "?" : "");
        event.sender.send("after", "suspension");
        lvalue += "!";
        co_return value + reference + rvalue + lvalue;
      });
  // One argument less than the parameters: what was not sent must come last.
  auto wrong = ipc.invoke<std::string>("x", longText(), "b", "c", "d");
  pump();
  REQUIRE(codeOf([&] { return wrong.get(); }) == Errc::TypeMismatch);

  std::string after;
  ipc.on("after", [&](std::string const& text) { after = text; });
  auto future =
      ipc.invoke<std::string>("x", longText(), "b", "c", "d", std::optional<int>(), Counted(6));
  pump();
  for (int i = 0; i < 500; ++i) {  // other messages take the place of this one
    ipc.invoke("x", "other" + longText()).cancel();
    ipc.send("nobody", longText(), longText());
  }
  pump();
  gates.at(0).set(0);
  pump();
  REQUIRE(future.get() == longText() + "bcd!");
  REQUIRE(got == "x window 56");
  REQUIRE(after == "suspension");
  REQUIRE(Counted::alive == before + 1);  // the handler's
  main.removeHandler("x");
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(HandlerFixture, "what a Task sends after a suspension comes from its endpoint") {
  Log senders;
  auto other = bus.attach("other");
  other.on("x", [&](tincan::Event& event) { senders.push_back(event.sender.name()); });
  ipc.handle("y", [&, peer = other.peer()](InvokeEvent&) -> Task<void> {
    peer.send("x");
    co_await main.peer().invoke("z");
    peer.send("x");
  });
  main.handle("z", [] {});
  main.poll();  // the thread's first endpoint, which is not meant
  auto future = ipc.peer().invoke("y");
  pump();
  other.poll();
  REQUIRE(future.ready());
  REQUIRE(senders == Log{"window", "window"});
}

TEST_CASE_METHOD(HandlerFixture,
                 "15: handleOnce with a Task is removed before it runs, its captures later") {
  int const before = Counted::alive;
  std::optional<bool> has;
  main.handleOnce("x", [&, held = Counted(5)](InvokeEvent& event) -> Task<int> {
    has = main.hasHandler("x");
    co_await event.sender.request("gate");
    co_return held.number;
  });
  auto first = ipc.invoke<int>("x");
  auto second = ipc.invoke<int>("x");
  pump();
  REQUIRE(has == false);
  REQUIRE(codeOf([&] { return second.get(); }) == Errc::NoHandler);
  REQUIRE(Counted::alive == before + 1);
  main.handle("x", [] { return 6; });  // a successor, while the first one is under way
  REQUIRE(call<int>("x") == 6);
  gates.at(0).set(0);
  pump();
  REQUIRE(first.get() == 5);
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(HandlerFixture, "15: removeHandler does not touch a Task that is under way") {
  int const before = Counted::alive;
  auto const listener = main.handle("x", [held = Counted(5)](InvokeEvent& event) -> Task<int> {
    co_await event.sender.request("gate");
    co_await event.sender.request("gate");
    co_return held.number;
  });
  auto a = ipc.invoke<int>("x");
  auto b = ipc.invoke<int>("x");
  pump();
  SECTION("removeHandler") { main.removeHandler("x"); }
  SECTION("off") { main.off(listener); }
  REQUIRE_FALSE(main.hasHandler("x"));
  auto c = ipc.invoke<int>("x");
  for (std::size_t i = 0; i < 2; ++i) gates.at(i).set(0);
  pump();
  REQUIRE(codeOf([&] { return c.get(); }) == Errc::NoHandler);
  gates.at(2).set(0);
  pump();
  REQUIRE(a.get() == 5);
  REQUIRE_FALSE(b.ready());
  REQUIRE(Counted::alive == before + 1);
  gates.at(3).set(0);
  pump();
  REQUIRE(b.get() == 5);
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(HandlerFixture, "15: a Task removes its own handler and goes on") {
  int const before = Counted::alive;
  main.handle("x", [this, held = Counted(5)](InvokeEvent& event) -> Task<int> {
    main.removeHandler("x");
    co_await event.sender.request("gate");
    main.handle("x", [] { return 6; });
    co_return held.number;
  });
  auto future = ipc.invoke<int>("x");
  pump();
  gates.at(0).set(0);
  pump();
  REQUIRE(future.get() == 5);
  REQUIRE(call<int>("x") == 6);
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: an endpoint is closed while a Task of it waits, and the caller gets Closed") {
  int const before = Counted::alive;
  {
    std::vector<tincan::Reply> gates;
    std::optional<Errc> inside;  // set at the end of the window, at the latest
    test::Bus bus;
    Reports const reports(bus);
    auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
    auto other = bus.attach("other");
    other.on("gate", [&](tincan::Event& event) { gates.push_back(event.defer()); });
    window->handle("x", [&, held = Counted(1), gate = other.peer()](Counted) -> Task<Counted> {
      Counted const local(2);
      try {
        co_await gate.request("gate");
      } catch (tincan::Error const& error) {
        inside = error.code();
        throw;
      }
      co_return Counted(3);
    });
    auto future = window->peer().invoke<Counted>("x", Counted(4));
    window->poll();
    other.poll();
    REQUIRE(gates.size() == 1);
    REQUIRE_FALSE(future.ready());
    SECTION("close()") { window->close(); }
    SECTION("its destructor") {
      window.reset();
      REQUIRE(inside == Errc::Closed);
      REQUIRE(Counted::alive == before);
    }
    SECTION("close() inside a listener") {
      window->on("y", [&] { window->close(); });
      window->peer().send("y");
      window->poll();
      REQUIRE(inside == Errc::Closed);
    }
    SECTION("the destructor inside a listener") {
      window->on("y", [&] { window.reset(); });
      window->peer().send("y");
      window->poll();
      REQUIRE(inside == Errc::Closed);
      REQUIRE(Counted::alive == before);
    }
    SECTION("the bus is closed") { bus.close(); }
    SECTION("close(), and then the answer for the Task comes") {
      window->close();
      gates[0].set(0);
      window->poll();
    }
    REQUIRE(future.ready());
    REQUIRE(codeOf([&] { return future.get().number; }) == Errc::Closed);
    REQUIRE(reports.errors().empty());
    REQUIRE(addsUp(bus.stats()));
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(HandlerFixture,
                 "19: the endpoint that a Task waits for is closed, and the Task gets Closed") {
  auto other = bus.attach("other");
  main.handle("x", [peer = other.peer()]() -> Task<int> {
    try {
      co_await peer.request("never");
    } catch (tincan::Error const& error) {
      co_return error.code() == Errc::Closed ? 1 : 2;
    }
    co_return 3;
  });
  main.handle("passes on", [peer = other.peer()]() -> Task<int> {
    co_return co_await peer.request<int>("never");
  });
  auto future = ipc.invoke<int>("x");
  auto passed = ipc.invoke<int>("passes on");
  pump();
  REQUIRE_FALSE(future.ready());
  other.close();
  pump();
  REQUIRE(future.get() == 1);
  REQUIRE(codeOf([&] { return passed.get(); }) == Errc::Closed);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("19: the caller of a Task that waits is destroyed, and the Task goes on") {
  int const before = Counted::alive;
  test::Bus bus;
  std::vector<tincan::Reply> gates;
  auto other = bus.attach("other");
  other.on("gate", [&](tincan::Event& event) { gates.push_back(event.defer()); });
  std::optional<bool> cancelled;
  std::string sender;
  bus.main().handle("x", [&, gate = other.peer()](InvokeEvent& event) -> Task<Counted> {
    co_await gate.request("gate");
    cancelled = event.cancelled();
    sender = event.sender.name() + (event.sender.alive() ? " lives" : " is gone");
    co_return Counted(1);
  });
  {
    auto window = bus.attach("window");
    auto future = window.invoke("x");
    bus.main().poll();
    other.poll();
  }
  gates.at(0).set(0);
  bus.main().poll();
  REQUIRE(cancelled == true);
  REQUIRE(sender == "window is gone");
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: the bus ends while Tasks wait for one another, and nothing leaks") {
  int const before = Counted::alive;
  std::optional<tincan::Future<int>> future;
  {
    test::Bus bus;
    auto window = bus.attach("window");
    // Each waits for the other, and both would for ever.
    window.handle("x", [&bus, held = Counted(1)](Counted) -> Task<int> {
      co_return co_await bus.main().peer().invoke<int>("x", Counted(2));
    });
    bus.main().handle("x", [peer = window.peer(), held = Counted(3)](Counted) -> Task<int> {
      co_return co_await peer.request<int>("never");
    });
    window.on("never", [replies = std::make_shared<std::vector<tincan::Reply>>()](
                           tincan::Event& event) { replies->push_back(event.defer()); });
    future = window.invoke<int>("x", Counted(4));
    auto dropped = window.peer().invoke<int>("x", Counted(5));
    for (int i = 0; i < 5; ++i) {
      bus.main().poll();
      window.poll();
    }
    REQUIRE_FALSE(future->ready());
  }
  REQUIRE(codeOf([&] { return future->get(); }) == Errc::Closed);
  REQUIRE(Counted::alive == before);
}

TEST_CASE("a Task goes on, on its own endpoint's thread, with what other threads answer") {
  test::Bus bus;
  std::thread::id const mainThread = std::this_thread::get_id();
  bool everywhereMain = true;
  auto adder = bus.spawn("adder", [](tincan::Renderer& ipc) {
    ipc.handle("add", [](int a, int b) { return a + b; });
    ipc.run();
  });
  bus.main().handle("sum", [&, peer = adder.peer()](InvokeEvent&, int n) -> Task<int> {
    int sum = 0;
    for (int i = 1; i <= n; ++i) {
      sum = co_await peer.invoke<int>("add", sum, i);
      if (std::this_thread::get_id() != mainThread) everywhereMain = false;
    }
    co_return sum;
  });
  std::vector<int> answers;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    std::vector<tincan::Future<int>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(ipc.invoke<int>("sum", i));
    for (auto& future : futures) answers.push_back(future.get());
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  adder.peer().send("done");
  std::vector<int> expected;
  for (int i = 0; i < 20; ++i) expected.push_back(i * (i + 1) / 2);
  REQUIRE(answers == expected);
  REQUIRE(everywhereMain);
}

TEST_CASE_METHOD(HandlerFixture, "the counters add up, whatever becomes of the calls") {
  main.handle("plain", [](int number) { return number; });
  main.handle("throws", [] { throw 1; });
  main.handle("task", [](InvokeEvent& event) -> Task<int> {
    co_return co_await event.sender.request<int>("gate");
  });
  std::vector<tincan::Future<tincan::Value>> futures;
  for (int i = 0; i < 50; ++i) {
    futures.push_back(ipc.invoke("plain", i));
    futures.push_back(ipc.invoke("plain", "text"));
    futures.push_back(ipc.invoke("throws"));
    futures.push_back(ipc.invoke("nobody"));
    futures.push_back(ipc.invoke("task"));
    futures.push_back(ipc.invoke("task"));
    futures.back().cancel();
    REQUIRE(addsUp(bus.stats()));
  }
  pump();
  tincan::Stats const stats = bus.stats();
  REQUIRE(addsUp(stats));
  REQUIRE(stats.pending == 0);
  REQUIRE(stats.sent == 350);  // and 50 to the gate
  REQUIRE(stats.handled == 200);
  REQUIRE(stats.deadLetters.at(Errc::TypeMismatch) == 50);
  REQUIRE(stats.deadLetters.at(Errc::NoHandler) == 50);
  REQUIRE(stats.deadLetters.at(Errc::Cancelled) == 50);
  REQUIRE(stats.lateAnswers == 0);
  gates.clear();
  pump();
  for (auto const& future : futures) REQUIRE(future.ready());
  REQUIRE(codeOf([&] { return futures[4].get().empty(); }) == Errc::NoReply);
}
