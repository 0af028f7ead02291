// tests/unit/methods_everywhere.cpp - methods with each verb that takes a function, and each kind of object
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Arguments;
using tincan::Errc;
using tincan::Event;
using tincan::Future;
using namespace std::chrono_literals;

namespace {

constexpr tincan::Channel<int(int)> incremented("incremented");

struct Clerk {
  explicit Clerk(Log& to) : log(&to) {}
  void writes() { log->push_back("written"); }
  int three() { return 3; }
  int increments(int n) { return n + 1; }
  void answers(Event& event, int n) { event.returnValue = n + 10; }
  void looks(Event&, Arguments const&) { log->push_back("looked"); }
  void gets(Future<int> future) { log->push_back("got " + std::to_string(future.get())); }
  Log* log;
};

/// Runs something at its end, which may be in its own method.
struct Mortal {
  explicit Mortal(std::function<void()> f) : atEnd(std::move(f)) {}
  Mortal(Mortal const&) = delete;
  Mortal& operator=(Mortal const&) = delete;
  ~Mortal() { atEnd(); }
  void dies() { own.reset(); }
  void diesLooking(Event&, Arguments const&) { own.reset(); }
  void diesGetting(Future<int>) { own.reset(); }

  std::function<void()> atEnd;
  std::shared_ptr<Mortal> own;
};

struct Offices : MainAndWindow {
  static constexpr auto Writes = &Clerk::writes;

  std::shared_ptr<Clerk> clerk = std::make_shared<Clerk>(log);
  std::optional<tincan::Renderer> disk = bus.attach("disk");

  /// Has main call a method of the object by every verb: Calls times, if it lives; and Looked times by onAny.
  template <class O>
  std::vector<Future<int>> giveEverywhere(O object) {
    auto scope = main.from(ipc.peer());
    main.on("on", object, Writes);
    main.addListener("addListener", object, Writes);
    main.once("once", object, Writes);
    main.handle("handle", object, Writes);
    main.handleOnce("handleOnce", object, Writes);
    scope.on("scope.on", object, Writes);
    scope.addListener("scope.addListener", object, Writes);
    scope.once("scope.once", object, Writes);
    scope.handle("scope.handle", object, Writes);
    scope.handleOnce("scope.handleOnce", object, Writes);
    main.onAny(object, &Clerk::looks);
    main.post(object, Writes);
    main.peer().post(object, Writes);
    main.after(0s, object, Writes);
    main.every(1ns, object, &Clerk::three);
    main.renderer("disk")->onClose(object, Writes);
    std::vector<Future<int>> called;
    called.push_back(main.peer().call(object, &Clerk::three));
    called.push_back(main.peer().within(1h).call(object, &Clerk::three));
    main.peer().call([] { return 5; }).then(main, object, &Clerk::gets);
    return called;
  }
  static constexpr int Calls = 14, Looked = 10;

  void askForAll() {
    for (char const* const name :
         {"on", "addListener", "once", "scope.on", "scope.addListener", "scope.once"}) {
      ipc.send(name);
    }
    for (char const* const name : {"handle", "handleOnce", "scope.handle", "scope.handleOnce"}) {
      asked.push_back(ipc.invoke<void>(name));
    }
    disk.reset();
    pump();
  }
  std::ptrdiff_t count(std::string const& line) const {
    return std::count(log.begin(), log.end(), line);
  }

  std::vector<Future<void>> asked;
};

}  // namespace

TEST_CASE_METHOD(Offices, "a method is called by every verb, on an object of each kind") {
  std::vector<Future<int>> called;
  Clerk plain(log);
  SECTION("by T*") { called = giveEverywhere(&plain); }
  SECTION("by shared_ptr") { called = giveEverywhere(clerk); }
  SECTION("by weak_ptr") { called = giveEverywhere(std::weak_ptr<Clerk>(clerk)); }
  REQUIRE(clerk.use_count() == 1);  // held weakly
  askForAll();
  CHECK(count("written") == Calls);
  CHECK(count("looked") == Looked);
  CHECK(count("got 5") == 1);
  for (auto& future : called) CHECK(future.get() == 3);
  for (auto& future : asked) CHECK_FALSE(codeOf([&] { return future.get(), 0; }).has_value());
  CHECK(reports.errors().empty());
  CHECK(reports.deadLetters().empty());
}

TEST_CASE_METHOD(Offices, "a method of an object that has ended is called by no verb") {
  std::vector<Future<int>> called;
  SECTION("by shared_ptr") {
    called = giveEverywhere(clerk);
    clerk.reset();
  }
  SECTION("by weak_ptr") {
    called = giveEverywhere(std::weak_ptr<Clerk>(clerk));
    clerk.reset();
  }
  SECTION("by a weak_ptr that has expired before") {
    called = giveEverywhere(std::weak_ptr<Clerk>(std::make_shared<Clerk>(log)));
  }
  SECTION("by a weak_ptr that never was one") { called = giveEverywhere(std::weak_ptr<Clerk>()); }
  auto scope = main.from(ipc.peer());
  CHECK(main.channels().empty());
  CHECK(scope.channels().empty());
  CHECK_FALSE(main.hasHandler("handle"));
  CHECK_FALSE(main.hasHandler("handleOnce"));
  CHECK_FALSE(scope.hasHandler("scope.handle"));
  askForAll();
  CHECK(log.empty());
  for (auto& future : called) CHECK(codeOf([&] { return future.get(); }) == Errc::Cancelled);
  for (auto& future : asked) {
    CHECK(codeOf([&] { return future.get(), 0; }) == Errc::NoHandler);
  }
  CHECK(reports.errors().empty());
  CHECK(bus.stats().deadLetters.at(Errc::NoListener) == 6);
  CHECK(bus.stats().deadLetters.at(Errc::NoHandler) == 4);
  while (main.poll(), main.nextDeadline().has_value()) {  // every() ends with the object
  }
}

TEST_CASE_METHOD(Offices, "methods of typed channels, by every verb that registers") {
  main.addListener(incremented, clerk, &Clerk::answers);
  auto first = ipc.request(incremented, 1);
  main.poll();
  CHECK(first.get() == 11);
  main.removeAllListeners(incremented);
  main.once(incremented, clerk.get(), &Clerk::answers);
  main.handleOnce(incremented, std::weak_ptr<Clerk>(clerk), &Clerk::increments);
  auto second = ipc.request(incremented, 2);
  auto third = ipc.request(incremented, 3);
  auto handled = ipc.invoke(incremented, 4);
  main.poll();
  CHECK(second.get() == 12);
  CHECK(codeOf([&] { return third.get(); }) == Errc::NoListener);
  CHECK(handled.get() == 5);
  CHECK_FALSE(main.hasHandler(incremented));
}

TEST_CASE_METHOD(Offices, "a null object is std::invalid_argument at once, with every verb") {
  auto const refusesEverywhere = [&](auto const& none) {
    auto scope = main.from(ipc.peer());
    auto const toMain = main.peer();
    CHECK_THROWS_AS(main.on("x", none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(main.addListener("x", none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(main.once("x", none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(main.handle("x", none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(main.handleOnce("x", none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(scope.once("x", none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(scope.handleOnce("x", none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(main.onAny(none, &Clerk::looks), std::invalid_argument);
    CHECK_THROWS_AS(main.post(none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(toMain.post(none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(toMain.call(none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(toMain.within(1h).call(none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(toMain.onClose(none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(main.after(0s, none, Writes), std::invalid_argument);
    CHECK_THROWS_AS(main.every(1h, none, Writes), std::invalid_argument);
    auto future = toMain.call([] { return 1; });
    CHECK_THROWS_AS(future.then(main, none, &Clerk::gets), std::invalid_argument);
  };
  refusesEverywhere(static_cast<Clerk*>(nullptr));
  refusesEverywhere(std::shared_ptr<Clerk>());
  CHECK(main.poll() == 2);  // the two calls
  CHECK(log.empty());
}

TEST_CASE_METHOD(Offices, "a null method is std::invalid_argument at once, with every verb") {
  void (Clerk::*const none)() = nullptr;
  void (Clerk::*const looksNot)(Event&, Arguments const&) = nullptr;
  void (Clerk::*const getsNot)(Future<int>) = nullptr;
  auto const refusesEverywhere = [&](auto const& object) {
    auto scope = main.from(ipc.peer());
    auto const toMain = main.peer();
    CHECK_THROWS_AS(main.on("x", object, none), std::invalid_argument);
    CHECK_THROWS_AS(main.addListener("x", object, none), std::invalid_argument);
    CHECK_THROWS_AS(main.once("x", object, none), std::invalid_argument);
    CHECK_THROWS_AS(main.handle("x", object, none), std::invalid_argument);
    CHECK_THROWS_AS(main.handleOnce("x", object, none), std::invalid_argument);
    CHECK_THROWS_AS(scope.on("x", object, none), std::invalid_argument);
    CHECK_THROWS_AS(scope.handle("x", object, none), std::invalid_argument);
    CHECK_THROWS_AS(main.onAny(object, looksNot), std::invalid_argument);
    CHECK_THROWS_AS(main.post(object, none), std::invalid_argument);
    CHECK_THROWS_AS(toMain.post(object, none), std::invalid_argument);
    CHECK_THROWS_AS(toMain.call(object, none), std::invalid_argument);
    CHECK_THROWS_AS(toMain.within(1h).call(object, none), std::invalid_argument);
    CHECK_THROWS_AS(toMain.onClose(object, none), std::invalid_argument);
    CHECK_THROWS_AS(main.after(0s, object, none), std::invalid_argument);
    CHECK_THROWS_AS(main.every(1h, object, none), std::invalid_argument);
    auto future = toMain.call([] { return 1; });
    CHECK_THROWS_AS(future.then(main, object, getsNot), std::invalid_argument);
  };
  refusesEverywhere(clerk.get());
  refusesEverywhere(clerk);
  refusesEverywhere(std::weak_ptr<Clerk>(clerk));
  CHECK(main.poll() == 3);  // the three calls
  CHECK(log.empty());
}

TEST_CASE_METHOD(Offices, "then calls no method of an object that ends before the answer comes") {
  auto waits = main.peer().call([] { return 5; });
  auto isThere = main.peer().call([] { return 6; });
  std::move(waits).then(ipc, clerk, &Clerk::gets);
  main.poll();
  std::move(isThere).then(ipc, clerk, &Clerk::gets);
  clerk.reset();
  pump();
  CHECK(log.empty());
  CHECK(reports.errors().empty());
}

TEST_CASE_METHOD(Offices, "28: the end of an object in its own method may end the endpoint") {
  auto const ends = [&](char const* what, auto const& give) {
    INFO(what);
    auto brief = std::make_unique<tincan::Renderer>(bus.attach("brief"));
    auto object = std::make_shared<Mortal>([&] { brief.reset(); });
    object->own = object;
    tincan::Peer const peer = brief->peer();
    give(*brief, peer, object);
    object.reset();
    for (int i = 0; i < 3 && brief != nullptr; ++i) {
      if (disk.has_value()) disk->poll();
      brief->poll();
    }
    CHECK(brief == nullptr);
    CHECK_FALSE(peer.alive());
  };
  using Given = std::shared_ptr<Mortal> const&;
  using tincan::Peer;
  using tincan::Renderer;
  ends("on", [](Renderer& brief, Peer const& peer, Given object) {
    brief.on("x", object, &Mortal::dies);
    brief.on("x", object, &Mortal::dies);
    peer.send("x");
    peer.send("x");
  });
  ends("once", [](Renderer& brief, Peer const& peer, Given object) {
    brief.once("x", object, &Mortal::dies);
    peer.send("x");
  });
  ends("handle", [](Renderer& brief, Peer const& peer, Given object) {
    brief.handle("x", object, &Mortal::dies);
    static_cast<void>(peer.invoke<void>("x").then(brief, [](Future<void>) {}));
  });
  ends("onAny", [](Renderer& brief, Peer const& peer, Given object) {
    brief.onAny(object, &Mortal::diesLooking);
    brief.onAny(object, &Mortal::diesLooking);
    peer.send("x");
  });
  ends("post", [](Renderer& brief, Peer const& peer, Given object) {
    brief.post(object, &Mortal::dies);
    peer.post(object, &Mortal::dies);
  });
  ends("after", [](Renderer& brief, Peer const&, Given object) {
    brief.after(0s, object, &Mortal::dies);
    brief.after(0s, object, &Mortal::dies);
  });
  ends("every",
       [](Renderer& brief, Peer const&, Given object) { brief.every(1ns, object, &Mortal::dies); });
  ends("then", [this](Renderer& brief, Peer const&, Given object) {
    brief.peer("disk")->call([] { return 1; }).then(brief, object, &Mortal::diesGetting);
    static_cast<void>(this);
  });
  ends("a message that was kept", [](Renderer& brief, Peer const& peer, Given object) {
    brief.keepLast("x");
    peer.send("x");
    brief.poll();
    brief.on("x", object, &Mortal::dies);
  });
  std::optional<Future<void>> called;
  ends("call", [&](Renderer&, Peer const& peer, Given object) {
    called.emplace(peer.call(object, &Mortal::dies));
  });
  CHECK(called->ready());
  ends("onClose", [this](Renderer& brief, Peer const&, Given object) {
    brief.peer("disk")->onClose(object, &Mortal::dies);
    brief.peer("disk")->onClose(object, &Mortal::dies);
    disk.reset();
  });
  CHECK(reports.errors().empty());
  CHECK(addsUp(bus.stats()));
}

TEST_CASE("an object that another thread ends is called by its timer, or is not", "[threads]") {
  constexpr int Rounds = 100, Objects = 20;
  tincan::Bus bus;
  Reports const reports(bus);
  Log log;
  for (int round = 0; round < Rounds; ++round) {
    std::vector<std::shared_ptr<Clerk>> clerks;
    for (int i = 0; i < Objects; ++i) {
      clerks.push_back(std::make_shared<Clerk>(log));
      bus.main().every(1ns, clerks.back(), &Clerk::three);
    }
    std::atomic<bool> isOver{false};
    std::thread ends([&] {
      while (!clerks.empty()) clerks.pop_back();
      isOver = true;
    });
    while (!isOver) bus.main().poll();
    ends.join();
    while (bus.main().poll(), bus.main().nextDeadline().has_value()) {
    }
  }
  CHECK(reports.errors().empty());
}
