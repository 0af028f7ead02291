// tests/unit/answers.cpp - behaviour 11, 12, 13, 16 and 18: every request ends exactly once
#include <memory>
#include <stdexcept>

#include "support.hpp"

using namespace test;
using tincan::Errc;

namespace {

/// Runs `call` in a renderer on a thread of its own, while main is polled on this one.
template <class Call>
void withWindow(test::Bus& bus, Call call) {
  std::atomic<bool> isOver{false};
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    call(ipc);
    isOver = true;
  });
  pollUntil(bus.main(), [&] { return isOver.load(); });
  window.join();
}

std::optional<Errc> codeOfCall(test::Bus& bus) {
  std::optional<Errc> code;
  withWindow(bus, [&](tincan::Renderer& ipc) { code = codeOf([&] { ipc.sendSync<int>("x"); }); });
  return code;
}

struct Numbered {
  int number;
};

}  // namespace

TEST_CASE("11: a sync send that nobody listens for throws NoListener") {
  test::Bus bus;
  Reports const reports(bus);
  std::string what, channel;
  withWindow(bus, [&](tincan::Renderer& ipc) {
    try {
      ipc.sendSync("x");
    } catch (tincan::Error const& error) {
      what = error.what();
      channel = error.channel();
    }
  });
  REQUIRE(contains(what, "'x'"));
  REQUIRE(contains(what, "main"));
  REQUIRE(channel == "x");
  REQUIRE(codeOfCall(bus) == Errc::NoListener);
  REQUIRE(reports.deadLetters() == Log{"NoListener x window>main", "NoListener x window>main"});
}

TEST_CASE("11: a request that no listener answers is NoReply") {
  test::Bus bus;
  bus.main().on("x", [] {});
  bus.main().on("x", [](tincan::Event&) {});
  std::string what;
  withWindow(bus, [&](tincan::Renderer& ipc) { what = whatOf([&] { ipc.sendSync("x"); }); });
  REQUIRE(contains(what, "reply was never sent"));
  REQUIRE(codeOfCall(bus) == Errc::NoReply);
}

TEST_CASE(
    "11: a request whose arguments nobody takes is TypeMismatch, and says what was expected") {
  test::Bus bus;
  bus.main().on("x", [](tincan::Event& event, int, std::string const&) { event.returnValue = 1; });
  std::string what;
  std::optional<Errc> code;
  withWindow(bus, [&](tincan::Renderer& ipc) {
    what = whatOf([&] { ipc.sendSync("x", "text", 1.5); });
    code = codeOf([&] { ipc.sendSync("x", "text", 1.5); });
  });
  REQUIRE(code == Errc::TypeMismatch);
  REQUIRE(contains(what, "(int, std::string)"));
  REQUIRE(contains(what, "(std::string, double)"));
  REQUIRE(contains(what, "'x'"));
  REQUIRE(contains(what, "window"));
}

TEST_CASE("11: an answer of another type is TypeMismatch for the one who asked") {
  test::Bus bus;
  bus.main().on("x", [](tincan::Event& event) { event.returnValue = "text"; });
  std::string what;
  withWindow(bus, [&](tincan::Renderer& ipc) { what = whatOf([&] { ipc.sendSync<int>("x"); }); });
  REQUIRE(contains(what, "int"));
  REQUIRE(contains(what, "std::string"));
  REQUIRE(codeOfCall(bus) == Errc::TypeMismatch);
  REQUIRE(bus.stats().handled == 2);
}

TEST_CASE("11: a deferred answer that dies is NoReply, on whatever thread", "[threads]") {
  test::Bus bus;
  SECTION("in the listener") {
    bus.main().on("x", [](tincan::Event& event) { static_cast<void>(event.defer()); });
    REQUIRE(codeOfCall(bus) == Errc::NoReply);
  }
  SECTION("on another thread") {
    std::thread killer;
    bus.main().on("x", [&](tincan::Event& event) {
      killer = std::thread([reply = event.defer()]() mutable { reply = {}; });
    });
    REQUIRE(codeOfCall(bus) == Errc::NoReply);
    killer.join();
  }
  SECTION("the last of two") {
    bus.main().on("x", [](tincan::Event& event) {
      static_cast<void>(event.defer());
      static_cast<void>(event.defer());
    });
    REQUIRE(codeOfCall(bus) == Errc::NoReply);
  }
  SECTION("in a posted function that is never run") {
    auto other = std::make_unique<tincan::Renderer>(bus.attach("other"));
    bus.main().on("x", [&](tincan::Event& event) {
      other->post([reply = std::make_shared<tincan::Reply>(event.defer())] { reply->set(1); });
      other.reset();
    });
    REQUIRE(codeOfCall(bus) == Errc::NoReply);
  }
}

TEST_CASE("a deferred answer comes from any thread, and the first one wins", "[threads]") {
  test::Bus bus;
  int answer = 0;
  bool first = false, second = true, third = true;
  std::thread answerer;
  bus.main().on("x", [&](tincan::Event& event) {
    REQUIRE_FALSE(event.cancelled());
    answerer = std::thread([&, a = event.defer(), b = event.defer()]() mutable {
      first = b.set(2);
      second = a.set(1);
      third = a.fail(std::make_exception_ptr(1));
    });
  });
  withWindow(bus, [&](tincan::Renderer& ipc) { answer = ipc.sendSync<int>("x"); });
  answerer.join();
  REQUIRE(answer == 2);
  REQUIRE(first);
  REQUIRE_FALSE(second);
  REQUIRE_FALSE(third);
}

TEST_CASE("a deferred answer may be an exception") {
  test::Bus bus;
  bus.main().on(
      "x", [&](tincan::Event& event) { event.defer().fail(std::make_exception_ptr(Numbered{4})); });
  int number = 0;
  withWindow(bus, [&](tincan::Renderer& ipc) {
    try {
      ipc.sendSync("x");
    } catch (Numbered const& custom) {
      number = custom.number;
    }
  });
  REQUIRE(number == 4);
}

TEST_CASE("a deferred answer that is no exception is refused, and the request goes on") {
  test::Bus bus;
  auto window = bus.attach("window");
  auto future = window.request<int>("x");
  bus.main().on("x", [](tincan::Event& event) {
    auto reply = event.defer();
    REQUIRE_THROWS_AS(reply.fail(nullptr), std::invalid_argument);
    REQUIRE(reply.set(5));
  });
  bus.main().poll();
  REQUIRE(future.get() == 5);
}

TEST_CASE("nobody waits for the answer to a plain send") {
  test::Bus bus;
  std::optional<bool> cancelled;
  bus.main().on("x", [&](tincan::Event& event) { cancelled = event.cancelled(); });
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(cancelled == true);
}

TEST_CASE("returnValue answers a deferred request too") {
  test::Bus bus;
  int answer = 0;
  bool late = true;
  bus.main().on("x", [&](tincan::Event& event) {
    auto reply = event.defer();
    event.returnValue = 1;
    late = reply.set(2);
  });
  withWindow(bus, [&](tincan::Renderer& ipc) { answer = ipc.sendSync<int>("x"); });
  REQUIRE(answer == 1);
  REQUIRE_FALSE(late);
}

TEST_CASE("10: an exception thrown by a listener answers, as the type it was thrown with",
          "[throw-any]") {
  test::Bus bus;
  Reports const reports(bus);
  bus.main().on("runtime_error", [] { throw std::out_of_range("too far"); });
  bus.main().on("int", [] { throw 42; });
  bus.main().on("custom", [](tincan::Event&) { throw Numbered{7}; });
  bus.main().on("error", [] { throw tincan::Error(Errc::Denied, "error", "go away"); });
  int number = 0, customNumber = 0;
  std::string what;
  std::optional<Errc> code;
  withWindow(bus, [&](tincan::Renderer& ipc) {
    try {
      ipc.sendSync("runtime_error");
    } catch (std::out_of_range const& error) {
      what = error.what();
    }
    try {
      ipc.sendSync("int");
    } catch (int thrown) {
      number = thrown;
    }
    try {
      ipc.sendSync("custom");
    } catch (Numbered const& thrown) {
      customNumber = thrown.number;
    }
    code = codeOf([&] { ipc.sendSync("error"); });
  });
  REQUIRE(what == "too far");
  REQUIRE(number == 42);
  REQUIRE(customNumber == 7);
  REQUIRE(code == Errc::Denied);
  REQUIRE(reports.errors().size() == 4);
  REQUIRE(bus.stats().handled == 4);
}

TEST_CASE("10: an exception answers a request that the same listener has deferred", "[throw-any]") {
  test::Bus bus;
  Reports const reports(bus);
  int number = 0;
  std::optional<tincan::Reply> kept;
  SECTION("and dropped") {
    bus.main().on("x", [](tincan::Event& event) {
      auto reply = event.defer();
      throw 42;
    });
  }
  SECTION("and kept") {
    bus.main().on("x", [&](tincan::Event& event) {
      kept = event.defer();
      throw 42;
    });
  }
  std::atomic<bool> isOver{false};
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    try {
      ipc.sendSync("x");
    } catch (int thrown) {
      number = thrown;
    } catch (tincan::Error const&) {
    }
    isOver = true;
  });
  while (bus.main().poll() == 0) std::this_thread::yield();
  kept.reset();  // the answer was the exception; now nobody else can give one
  window.join();
  REQUIRE(number == 42);
}

TEST_CASE("10: a listener that throws after it has answered changes nothing", "[throw-any]") {
  test::Bus bus;
  Reports const reports(bus);
  bus.main().on("x", [](tincan::Event& event) {
    event.returnValue = 3;
    throw 42;
  });
  int answer = 0;
  withWindow(bus, [&](tincan::Renderer& ipc) { answer = ipc.sendSync<int>("x"); });
  REQUIRE(answer == 3);
  REQUIRE(reports.errors().size() == 1);
}

TEST_CASE("10: an answer whose copy throws is an exception of the listener") {
  test::Bus bus;
  Reports const reports(bus);
  Fragile const fragile;
  bus.main().on("x", [&](tincan::Event& event) { event.returnValue = fragile; });
  Fragile::armed = true;
  std::string what;
  withWindow(bus, [&](tincan::Renderer& ipc) { what = whatOf([&] { ipc.sendSync("x"); }); });
  Fragile::armed = false;
  REQUIRE(what == "fragile");
  REQUIRE(reports.errors().size() == 1);
}

TEST_CASE("12: all listeners run after one has answered, and the first value wins") {
  test::Bus bus;
  std::vector<bool> wasFirst;
  bus.main().on("x", [&](tincan::Event& event) { wasFirst.push_back(event.returnValue.set(1)); });
  bus.main().on("x", [&](tincan::Event& event) { wasFirst.push_back(event.returnValue.set(2)); });
  bus.main().on("x", [&](tincan::Event& event) {
    event.returnValue = 3;
    wasFirst.push_back(false);
  });
  int answer = 0;
  withWindow(bus, [&](tincan::Renderer& ipc) { answer = ipc.sendSync<int>("x"); });
  REQUIRE(answer == 1);
  REQUIRE(wasFirst == std::vector{true, false, false});
}

TEST_CASE("12: arguments stay valid for the listeners that run after the answer") {
  test::Bus bus;
  std::string const text(30, 'a');
  int intact = 0;
  bus.main().on("x", [&](tincan::Event& event, std::string const&) { event.returnValue = 1; });
  bus.main().on("x", [&](std::string const& got) { intact += got == text ? 1 : 0; });
  withWindow(bus, [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 1000; ++i) ipc.sendSync("x", text);
  });
  REQUIRE(intact == 1000);
}

TEST_CASE("an answer to a plain send is ignored") {
  test::Bus bus;
  bool set = true;
  bus.main().on("x", [&](tincan::Event& event) {
    event.returnValue = 1;
    set = event.returnValue.set(Counted(2));
  });
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE_FALSE(set);
  REQUIRE(Counted::alive == 0);
  REQUIRE(bus.stats().lateAnswers == 0);
}

TEST_CASE("a deferred answer to a plain send goes nowhere") {
  test::Bus bus;
  std::optional<tincan::Reply> reply;
  bus.main().on("x", [&](tincan::Event& event) { reply = event.defer(); });
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE_FALSE(reply->set(1));
  REQUIRE_FALSE(reply->fail(std::make_exception_ptr(1)));
  REQUIRE_FALSE(tincan::Reply().set(1));
}

TEST_CASE("answers convert between arithmetic types, are moved, and may be nothing") {
  test::Bus bus;
  bus.main().on("int", [](tincan::Event& event) { event.returnValue = 300; });
  bus.main().on("unique",
                [](tincan::Event& event) { event.returnValue = std::make_unique<int>(5); });
  bus.main().on("value", [](tincan::Event& event) {
    event.returnValue = tincan::Value(std::string("inside"));
  });
  bus.main().on("view", [](tincan::Event& event) { event.returnValue = std::string_view("view"); });
  bus.main().on("nothing", [](tincan::Event& event) { event.returnValue = tincan::Value(); });
  double number = 0;
  int unique = 0;
  std::string inside, view, valueType;
  bool nothing = false;
  std::optional<Errc> tooSmall, typed;
  withWindow(bus, [&](tincan::Renderer& ipc) {
    number = ipc.sendSync<double>("int");
    tooSmall = codeOf([&] { ipc.sendSync<signed char>("int"); });
    unique = *ipc.sendSync<std::unique_ptr<int>>("unique");
    inside = ipc.sendSync<std::string>("value");
    view = ipc.sendSync<std::string>("view");
    valueType = ipc.sendSync("view").typeName();
    ipc.sendSync<void>("int");
    nothing = ipc.sendSync("nothing").empty();
    ipc.sendSync<void>("nothing");
    typed = codeOf([&] { ipc.sendSync<int>("nothing"); });
  });
  REQUIRE(number == 300);
  REQUIRE(tooSmall == Errc::TypeMismatch);
  REQUIRE(unique == 5);
  REQUIRE(inside == "inside");
  REQUIRE(view == "view");
  REQUIRE(valueType == "std::string");
  REQUIRE(nothing);
  REQUIRE(typed == Errc::TypeMismatch);
}

TEST_CASE("13: while a thread waits for an answer none of its own listeners run") {
  test::Bus bus;
  bus.main().on("ask", [](tincan::Event& event) {
    event.sender.send("x");
    event.reply("x");
    event.returnValue = 1;
  });
  int during = -1, atNextPoll = -1, handled = 0;
  std::size_t polled = 0;
  withWindow(bus, [&](tincan::Renderer& ipc) {
    ipc.on("x", [&] { ++handled; });
    ipc.sendSync("ask");
    during = handled;
    polled = ipc.poll();
    atNextPoll = handled;
  });
  REQUIRE(during == 0);
  // 18: they were in the inbox before the answer.
  REQUIRE(polled == 2);
  REQUIRE(atNextPoll == 2);
}

TEST_CASE("18: what a handler sends before it answers is in the caller's inbox before the answer") {
  test::Bus bus;
  bus.main().on("ask", [](tincan::Event& event, int number) {
    event.sender.send("x", number);
    event.returnValue = number;
  });
  int mistakes = 0;
  withWindow(bus, [&](tincan::Renderer& ipc) {
    int last = -1;
    ipc.on("x", [&](int number) { last = number; });
    for (int i = 0; i < 2000; ++i) {
      ipc.sendSync("ask", i);
      mistakes += ipc.poll() == 1 && last == i ? 0 : 1;
    }
  });
  REQUIRE(mistakes == 0);
}

TEST_CASE("11: the receiver of a queued request ends") {
  test::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  auto queued = window->peer().request<int>("x");
  SECTION("by close()") { window->close(); }
  SECTION("by its destructor") { window.reset(); }
  SECTION("by being replaced") { *window = bus.attach("other"); }
  SECTION("by the end of the bus") { bus.close(); }
  REQUIRE(queued.ready());
  REQUIRE(codeOf([&] { queued.get(); }) == Errc::Closed);
  REQUIRE(addsUp(bus.stats()));
  REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 1);
}

TEST_CASE("11: the receiver ends after it has deferred") {
  test::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  std::optional<tincan::Reply> reply;
  window->on("x", [&](tincan::Event& event) { reply = event.defer(); });
  auto future = window->peer().request<int>("x");
  window->poll();
  window.reset();
  REQUIRE(codeOf([&] { future.get(); }) == Errc::Closed);
  REQUIRE_FALSE(reply->set(1));
}

TEST_CASE("11: the receiver ends while it answers") {
  for (int round = 0; round < 100; ++round) {
    test::Bus bus;
    std::optional<Errc> code;
    int answer = 0;
    auto server = std::make_unique<tincan::Renderer>(bus.attach("server"));
    bool isOver = false;
    server->on("x", [&, round](tincan::Event& event) {
      if (round % 2 == 0) event.returnValue = 1;
      server.reset();
      isOver = true;
    });
    auto caller = bus.spawn("caller", [&, peer = server->peer()](tincan::Renderer&) {
      code = codeOf([&] { answer = peer.sendSync<int>("x"); });
    });
    auto& endpoint = *server;
    while (!isOver) {
      endpoint.poll();
      std::this_thread::yield();
    }
    caller.join();
    if (round % 2 == 0) REQUIRE((answer == 1 || code == Errc::Closed));
    else REQUIRE((code == Errc::Closed || code == Errc::NoReply));
  }
}

TEST_CASE("11: the caller's own endpoint is closed while it waits") {
  test::Bus bus;
  std::optional<tincan::Reply> reply;
  bus.main().on("x", [&](tincan::Event& event) { reply = event.defer(); });
  std::optional<Errc> code;
  std::optional window = bus.spawn(
      "window", [&](tincan::Renderer& ipc) { code = codeOf([&] { ipc.sendSync("x"); }); });
  pollUntil(bus.main(), [&] { return reply.has_value(); });
  bus.close();
  window.reset();
  REQUIRE(code == Errc::Closed);
  REQUIRE_FALSE(reply->set(1));
}

TEST_CASE("11: the bus is closed while eight threads wait, and each gets Closed", "[threads]") {
  for (int round = 0; round < 20; ++round) {
    test::Bus bus;
    std::vector<tincan::Reply> replies;
    bus.main().on("ask", [&](tincan::Event& event) { replies.push_back(event.defer()); });
    std::atomic<int> closed{0};
    std::vector<tincan::RendererThread> renderers;
    std::vector<std::thread> nobodies;
    auto const main = bus.main().peer();
    for (int i = 0; i < 4; ++i) {
      renderers.push_back(bus.spawn("window", [&](tincan::Renderer& ipc) {
        closed += codeOf([&] { ipc.sendSync("ask"); }) == Errc::Closed ? 1 : 0;
      }));
      nobodies.emplace_back([&] {
        auto future = main.request<int>("ask");
        closed += codeOf([&] { future.get(); }) == Errc::Closed ? 1 : 0;
      });
    }
    // In even rounds all are waiting for sure; in odd ones the last may not have been handled.
    std::size_t const enough = round % 2 == 0 ? 8 : 7;
    pollUntil(bus.main(), [&] { return replies.size() >= enough; });
    bus.close();
    for (auto& renderer : renderers) renderer.join();
    for (auto& nobody : nobodies) nobody.join();
    REQUIRE(closed == 8);
  }
}

TEST_CASE("11: a request to nobody, or to a closed endpoint, answers Closed") {
  test::Bus bus;
  tincan::Peer nobody;
  REQUIRE(codeOf([&] { nobody.sendSync("x"); }) == Errc::Closed);
  auto future = nobody.request<int>("x");
  REQUIRE(future.ready());
  REQUIRE(codeOf([&] { future.get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);

  tincan::Peer gone;
  { gone = bus.attach("gone").peer(); }
  REQUIRE(codeOf([&] { gone.sendSync("x"); }) == Errc::Closed);
  auto late = gone.request<int>("x");
  REQUIRE(late.ready());
  REQUIRE(codeOf([&] { late.get(); }) == Errc::Closed);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("an answer's copy constructor that answers itself: the first value wins") {
  test::Bus bus;
  auto window = bus.attach("window");
  int outer = -1;
  window.on("x", [&](tincan::Event& event) {
    OnCopy const value([&] { event.returnValue = 1; });
    outer = event.returnValue.set(value) ? 1 : 0;
  });
  auto future = window.peer().request<int>("x");
  window.poll();
  REQUIRE(outer == 0);
  REQUIRE(future.get() == 1);
}
