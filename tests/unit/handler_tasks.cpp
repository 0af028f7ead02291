// tests/unit/handler_tasks.cpp - handlers that are coroutines
#include <memory>

#include "handler_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InvokeEvent;
using tincan::Task;

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
