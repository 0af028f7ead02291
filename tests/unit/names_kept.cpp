// tests/unit/names_kept.cpp - the bus copies what it keeps of a name, whatever verb it was given to
#include <string>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;

TEST_CASE_METHOD(MainAndWindow, "whatever verb a name was given to, the bus keeps a copy") {
  std::string name;
  auto const lend = [&](char const* text) -> std::string_view {
    name.assign("the buffer of a name that is longer than small strings are: ").append(text);
    return name;
  };
  auto const spoil = [&] { name.assign(name.size(), '-'); };
  auto scope = main.from(ipc.peer());
  main.once(lend("once"), [&] { log.push_back("once"); });
  spoil();
  main.handle(lend("handle"), [] { return 1; });
  spoil();
  main.handleOnce(lend("handleOnce"), [] { return 2; });
  spoil();
  scope.on(lend("scope"), [&] { log.push_back("scope"); });
  spoil();
  scope.handle(lend("scope's"), [] { return 3; });
  spoil();
  main.keepLast(lend("kept"));
  spoil();
  main.allow(lend("denied"), {"nobody"});
  spoil();
  ipc.send(lend("once"));
  ipc.sendLatest(lend("scope"));
  ipc.send(lend("kept"), 7);
  ipc.send(lend("denied"));
  auto one = ipc.invoke<int>(lend("handle"));
  spoil();
  auto two = ipc.invoke<int>(lend("handleOnce"));
  spoil();
  auto three = ipc.within(std::chrono::hours(1)).invoke<int>(lend("scope's"));
  spoil();
  CHECK(main.broadcast(lend("all")) == 1);
  spoil();
  ipc.on(lend("all"), [&] { log.push_back("all"); });
  spoil();
  pump();
  CHECK(one.get() == 1);
  CHECK(two.get() == 2);
  CHECK(three.get() == 3);
  main.on(lend("kept"), [&](int n) { log.push_back("kept " + std::to_string(n)); });
  spoil();
  pump();
  std::string const prefix = "the buffer of a name that is longer than small strings are: ";
  CHECK(log == Log{"once", "scope", "all", "kept 7"});
  CHECK(reports.deadLetters() == Log{"NoListener " + prefix + "kept window>main",
                                     "Denied " + prefix + "denied window>main"});
}

TEST_CASE_METHOD(MainAndWindow, "typed channels go wherever a name goes, in a Scope, too") {
  static constexpr tincan::Channel<int(int)> number{"number"};
  auto scope = main.from(ipc.peer());
  auto const listener =
      scope.addListener(number, [&](int n) { log.push_back("on " + std::to_string(n)); });
  scope.once(number, [&](int n) { log.push_back("once " + std::to_string(n)); });
  CHECK(scope.listenerCount(number) == 2);
  ipc.sendLatest(number, 1);
  ipc.postMessage(number, 2);
  pump();
  CHECK(log == Log{"on 1", "once 1", "on 2"});
  CHECK(scope.removeListener(listener));
  CHECK(scope.listenerCount(number) == 0);
  scope.on(number, [](int) {});
  scope.removeAllListeners(number);
  CHECK(scope.listenerCount(number) == 0);
  scope.handleOnce(number, [](int n) { return n + 1; });
  CHECK(scope.hasHandler(number));
  scope.removeHandler(number);
  CHECK_FALSE(scope.hasHandler(number));
}
