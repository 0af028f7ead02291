// tests/unit/on_any.cpp - onAny: who looks at every message
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Arguments;
using tincan::Errc;
using tincan::Event;
using tincan::Listener;
using tincan::Value;

namespace {

struct OnAny : MainAndWindow {
  /// A function that writes down channel, sender and types.
  auto looks(std::string who) {
    return [this, who](Event& event, Arguments const& arguments) {
      std::string line = who + std::string(event.channel().name()) + "(";
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        line += (i > 0 ? ", " : "") + arguments.typeName(i);
      }
      log.push_back(line + ") of " + event.sender.name());
    };
  }
};

struct Looker {
  void look(Event& event, Arguments const&) { log.push_back(std::string(event.channel().name())); }
  Log& log;
};

}  // namespace

TEST_CASE_METHOD(OnAny, "onAny sees every message and call, before its listeners") {
  main.on("x", [&](int) { log.push_back("listener"); });
  main.handle("y", [&](std::string const&) { log.push_back("handler"); });
  ipc.send("x", 1);
  main.poll();
  main.onAny(looks(""));
  ipc.send("x", 1);
  ipc.send("x", 2);
  auto const called = ipc.invoke("y", "text");
  auto const asked = ipc.request("x", 3);
  main.poll();
  REQUIRE(log == Log{"listener", "x(int) of window", "listener", "x(int) of window", "listener",
                     "y(std::string) of window", "handler", "x(int) of window", "listener"});
}

TEST_CASE_METHOD(OnAny, "what only onAny sees is still NoListener") {
  main.onAny(looks(""));
  ipc.send("x");
  auto nobody = ipc.request<int>("x");
  auto none = ipc.invoke<int>("x");
  main.poll();
  REQUIRE(log.size() == 3);
  REQUIRE(codeOf([&] { return nobody.get(); }) == Errc::NoListener);
  REQUIRE(codeOf([&] { return none.get(); }) == Errc::NoHandler);
  REQUIRE(bus.stats().handled == 0);
  REQUIRE(reports.deadLetters().size() == 3);
}

TEST_CASE_METHOD(OnAny, "what onAny answers is ignored") {
  main.onAny([](Event& event, Arguments const&) {
    event.returnValue = 1;
    REQUIRE_FALSE(event.returnValue.set(2));
    auto reply = event.defer();
    REQUIRE_FALSE(reply.set(3));
  });
  main.on("ask", [](Event& event) { event.returnValue = 5; });
  main.on("silent", [] {});
  main.handle("ask", [] { return 6; });
  auto answered = ipc.request<int>("ask");
  auto silent = ipc.request<int>("silent");
  auto called = ipc.invoke<int>("ask");
  main.poll();
  REQUIRE(answered.get() == 5);
  REQUIRE(codeOf([&] { return silent.get(); }) == Errc::NoReply);
  REQUIRE(called.get() == 6);
}

TEST_CASE_METHOD(OnAny, "onAny does not see what is Denied, nor what is posted") {
  main.onAny(looks(""));
  main.allow("x", {"nobody"});
  ipc.send("x");
  auto denied = ipc.invoke<int>("x");
  main.post([] {});
  main.poll();
  REQUIRE(log.empty());
  REQUIRE(codeOf([&] { return denied.get(); }) == Errc::Denied);
}

TEST_CASE_METHOD(OnAny, "listeners of onAny run in the order of registration, and may be removed") {
  Listener const first = main.onAny(looks("1 "));
  Listener second = main.onAny([&](Event&, Arguments const&) {
    log.push_back("2");
    second.remove();
  });
  main.onAny(looks("3 "));
  ipc.send("x");
  main.poll();
  REQUIRE(log == Log{"1 x() of window", "2", "3 x() of window"});
  log.clear();
  REQUIRE(main.off(first));
  REQUIRE_FALSE(main.off(first));
  REQUIRE_FALSE(ipc.off(second));
  ipc.send("x");
  main.poll();
  REQUIRE(log == Log{"3 x() of window"});
}

TEST_CASE_METHOD(OnAny, "removeAllListeners takes onAny, that of a channel does not") {
  main.onAny(looks(""));
  main.on("", [&] { log.push_back("of the empty name"); });
  main.removeAllListeners("");
  REQUIRE(main.listenerCount("") == 0);
  REQUIRE(main.channels().empty());
  ipc.send("x");
  main.poll();
  REQUIRE(log.size() == 1);
  main.from(ipc.peer()).removeAllListeners();
  ipc.send("x");
  main.poll();
  REQUIRE(log.size() == 2);
  main.removeAllListeners();
  ipc.send("x");
  main.poll();
  REQUIRE(log.size() == 2);
}

TEST_CASE_METHOD(OnAny, "10: what onAny throws goes to onError, and the others still run") {
  main.onAny([](Event&, Arguments const&) { throw std::runtime_error("any"); });
  main.onAny(looks(""));
  main.on("x", [](Event& event) { event.returnValue = 5; });
  auto answer = ipc.request<int>("x");
  main.poll();
  REQUIRE(answer.get() == 5);
  REQUIRE(log == Log{"x() of window"});
  REQUIRE(reports.errors() == Log{"x window>main: any"});
}

TEST_CASE_METHOD(OnAny, "7: a listener that onAny adds is not called for that message") {
  main.on("x", [&] { log.push_back("old"); });
  Listener const any = main.onAny([&](Event&, Arguments const&) {
    main.on("x", [&] { log.push_back("new"); });
    main.on("y", [&] { log.push_back("y"); });
  });
  ipc.send("x");
  ipc.send("y");
  main.poll(1);
  REQUIRE(log == Log{"old"});
  any.remove();
  main.poll();
  REQUIRE(log == Log{"old", "y"});
}

TEST_CASE_METHOD(OnAny, "the arguments of onAny are exact, by index") {
  bool hasLooked = false;
  main.onAny([&](Event&, Arguments const& arguments) {
    hasLooked = true;
    REQUIRE(arguments.size() == 4);
    REQUIRE(arguments.typeName(0) == "int");
    REQUIRE(arguments.typeName(1) == "std::string");
    REQUIRE(arguments.typeName(2) == "double");
    REQUIRE(arguments.holds<int>(0));
    REQUIRE_FALSE(arguments.holds<long>(0));
    REQUIRE_FALSE(arguments.holds<double>(0));
    REQUIRE(arguments.holds<std::string>(1));
    REQUIRE(arguments.holds<double>(2));
    REQUIRE(arguments.holds<Value>(2));
    REQUIRE(arguments.get<int>(0) == 5);
    REQUIRE(arguments.get<std::string>(1) == "text");
    REQUIRE(arguments.get<double>(2) == 2.5);
    REQUIRE(*arguments.get<std::unique_ptr<int>>(3) == 7);
    REQUIRE(codeOf([&] { return arguments.get<long>(0); }) == Errc::TypeMismatch);
    REQUIRE(contains(whatOf([&] { return arguments.get<long>(0); }), "argument 0: expected long"));
    REQUIRE(contains(whatOf([&] { return arguments.get<long>(0); }), ", got int"));
    REQUIRE_THROWS_AS(arguments.typeName(4), std::out_of_range);
    REQUIRE_THROWS_AS(arguments.holds<int>(4), std::out_of_range);
    REQUIRE_THROWS_AS(arguments.get<int>(4), std::out_of_range);
  });
  ipc.send("x", 5, "text", Value(2.5), std::make_unique<int>(7));
  main.poll();
  REQUIRE(hasLooked);
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(OnAny, "onAny with a method, and an object that ends") {
  auto const looker = std::make_shared<Looker>(Looker{log});
  main.onAny(looker.get(), &Looker::look);
  {
    auto const other = std::make_shared<Looker>(Looker{log});
    main.onAny(other, &Looker::look);
    ipc.send("x");
    main.poll();
  }
  ipc.send("y");
  main.poll();
  REQUIRE(log == Log{"x", "x", "y"});
}

TEST_CASE_METHOD(OnAny, "a null function of onAny, and one at a closed endpoint") {
  void (*const none)(Event&, Arguments const&) = nullptr;
  REQUIRE_THROWS_AS(main.onAny(none), std::invalid_argument);
  int const before = Counted::alive;
  ipc.onAny([held = Counted(1)](Event&, Arguments const&) {});
  REQUIRE(Counted::alive == before + 1);
  ipc.close();
  REQUIRE(Counted::alive == before);
  REQUIRE(codeOf([&] { return ipc.onAny([](Event&, Arguments const&) {}), 0; }) == Errc::Closed);
}

TEST_CASE_METHOD(OnAny, "onAny comes before the listeners and handlers of a Scope, too") {
  auto scope = main.from(ipc.peer());
  scope.on("x", [&] { log.push_back("listener"); });
  scope.handle("x", [&] { log.push_back("handler"); });
  main.onAny(looks(""));
  ipc.send("x");
  auto const called = ipc.invoke("x");
  main.poll();
  REQUIRE(log == Log{"x() of window", "listener", "x() of window", "handler"});
}

TEST_CASE_METHOD(OnAny, "onAny sees what every verb sends, and what nobody takes") {
  ipc.onAny(looks("window's "));
  main.onAny(looks(""));
  main.on("x", [](std::string const&) {});
  ipc.sendLatest("x", 1);
  ipc.sendLatest("x", 2);
  ipc.send("x", 2.5);  // TypeMismatch, as those
  ipc.sendToHost("x", "text");
  main.broadcast("x", "text");
  main.poll();
  ipc.poll();
  REQUIRE(log == Log{"x(int) of window", "x(double) of window", "x(std::string) of window",
                     "window's x(std::string) of main"});
}

TEST_CASE_METHOD(OnAny, "onAny leaves the ports of a message to its listeners") {
  tincan::MessageChannel channel;
  std::optional<std::size_t> ports;
  main.onAny([&](Event& event, Arguments const& arguments) {
    log.push_back(std::to_string(arguments.size()));
    event.ports.clear();
  });
  main.on("x", [&](Event& event) { ports = event.ports.size(); });
  ipc.postMessage("x", 1, std::move(channel.port2));
  main.poll();
  REQUIRE(log == Log{"1"});
  REQUIRE(ports == 1);
}

TEST_CASE_METHOD(OnAny, "the Listener of onAny is harmless after its endpoint's end") {
  Listener listener;
  {
    auto other = bus.attach("other");
    listener = other.onAny(looks(""));
  }
  REQUIRE_FALSE(listener.remove());
}
