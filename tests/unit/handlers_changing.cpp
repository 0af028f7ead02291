// tests/unit/handlers_changing.cpp - behaviour 15: handlers that come and go while they run
#include <memory>

#include "handler_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;

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
