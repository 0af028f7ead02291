// tests/unit/fine_print.cpp - halves of sentences of the fine print
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "child.hpp"
#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Event;
using tincan::Peer;
using tincan::SendResult;
using tincan::Task;
using namespace std::chrono_literals;

// ---- Gone --------------------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow,
                 "onClose comes after what the peer had posted by a port, and after its answers") {
  auto disk = std::make_optional(bus.attach("disk"));
  disk->poll();
  tincan::MessageChannel channel;
  channel.port2.on("message", [&](int n) { log.push_back("port " + std::to_string(n)); });
  channel.port2.on("close", [&] { log.push_back("close"); });
  channel.port2.start(main);
  disk->on("ask", [&](Event& event) {
    channel.port1.postMessage(1);
    event.returnValue = 5;
    disk->send("x");
    channel.port1.postMessage(2);
    channel.port1.close();
  });
  main.on("x", [&] { log.push_back("x"); });
  main.renderer("disk")->onClose([&] { log.push_back("gone"); });
  main.renderer("disk")->request<int>("ask").then(main, [&](tincan::Future<int> answer) {
    log.push_back("answer " + std::to_string(answer.get()));
  });
  disk->poll();
  disk.reset();
  main.poll();
  main.poll();
  CHECK(log == Log{"port 1", "answer 5", "x", "port 2", "close", "gone"});
}

TEST_CASE_METHOD(MainAndWindow,
                 "cancelled() of a call's and of a handler's event, after the answer, is true") {
  std::vector<bool> was;
  main.on("x", [&](Event& event) {
    was.push_back(event.cancelled());
    event.returnValue = 1;
    was.push_back(event.cancelled());
  });
  main.on("x", [&](Event& event) { was.push_back(event.cancelled()); });
  main.from(ipc.peer()).on("plain", [&](Event& event) { was.push_back(event.cancelled()); });
  auto asked = ipc.request<int>("x");
  ipc.send("plain");
  main.poll();
  CHECK(was == std::vector{false, true, true, true});
}

// ---- keepLast ------------------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow,
                 "keepLast keeps what no listener could take, and what a listener threw on") {
  main.keepLast("x");
  auto const first = main.on("x", [](std::string const&) { throw std::runtime_error("no"); });
  ipc.send("x", 1);
  main.poll();
  CHECK(reports.deadLetters() == Log{"TypeMismatch x window>main"});
  main.on("x", [&](int n) { log.push_back("late " + std::to_string(n)); });
  main.poll();
  CHECK(log == Log{"late 1"});
  ipc.send("x", "text");
  main.poll();
  CHECK(reports.errors().size() == 2);  // it threw, and the other one does not take it
  main.on("x", [&](std::string const& text) { log.push_back("late " + text); });
  main.poll();
  CHECK(log == Log{"late 1", "late text"});
}

TEST_CASE_METHOD(MainAndWindow, "what keepLast hands over is not counted, by no way to poll") {
  main.keepLast("x");
  ipc.send("x", 1);
  main.poll();
  auto const before = bus.stats();
  auto const late = [&](int n) { log.push_back(std::to_string(n)); };
  main.on("x", late);
  CHECK(main.poll(1) == 0);
  CHECK(log.size() == 1);
  main.on("x", late);
  CHECK(main.pollFor(1h) == 0);
  CHECK(log.size() == 2);
  main.on("x", late);
  CHECK(main.runFor(0s) == 0);
  CHECK(log.size() == 3);
  main.on("x", late);
  main.quit();
  main.run();
  CHECK(log.size() == 4);
  main.on("x", late);
  main.quit();
  tincan::runAll(main, ipc);
  CHECK(log.size() == 5);
  auto const after = bus.stats();
  CHECK(after.sent == before.sent);
  CHECK(after.handled == before.handled);
  CHECK(after.pending == before.pending);
  CHECK(after.deadLetters == before.deadLetters);
}

// ---- sendLatest ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow,
                 "sendLatest by event.sender, by reply's handle and by a copy are one sender's") {
  ipc.on("at", [&](int n) { log.push_back(std::to_string(n)); });
  main.on("x", [&](Event& event) {
    Peer const copy = event.sender;
    event.sender.sendLatest("at", 1);
    copy.sendLatest("at", 2);
    main.renderer("window")->sendLatest("at", 3);
    for (Peer const& peer : main.renderers()) peer.sendLatest("at", 4);
  });
  ipc.send("x");
  main.poll();
  ipc.poll();
  CHECK(log == Log{"4"});
  CHECK(bus.stats().deadLetters.at(Errc::Superseded) == 3);
}

// ---- Functions ------------------------------------------------------------------------------------------

TEST_CASE_METHOD(
    MainAndWindow,
    "when the object of a call, a post and a timer is gone, nothing of them is left waiting") {
  struct Object {
    int five() { return 5; }
    void nothing() {}
  };
  auto object = std::make_shared<Object>();
  auto five = main.peer().call(object, &Object::five);
  auto late =
      main.peer().within(1h).call([held = std::weak_ptr(object)] { return held.expired(); });
  auto timer = main.after(1h, object, &Object::nothing);
  main.every(1h, object, &Object::nothing);
  CHECK(main.nextDeadline().has_value());
  auto const stats = bus.stats();
  object.reset();
  CHECK(main.poll() == 2);
  CHECK(codeOf([&] { return five.get(); }) == Errc::Cancelled);
  CHECK(late.get());
  static_cast<void>(timer);
  CHECK(bus.stats().sent == stats.sent);
}

TEST_CASE_METHOD(MainAndWindow, "the result of call is decayed, whatever kind it is") {
  static int number = 5;
  static char const text[] = "text";
  auto reference = main.peer().call([]() -> int& { return number; });
  auto constant = main.peer().call([]() -> int const& { return number; });
  auto array = main.peer().call([]() -> char const(&)[5] { return text; });
  auto nothing = main.peer().call([] {});
  static_assert(std::is_same_v<decltype(reference), tincan::Future<int>>);
  static_assert(std::is_same_v<decltype(constant), tincan::Future<int>>);
  static_assert(std::is_same_v<decltype(nothing), tincan::Future<void>>);
  main.poll();
  number = 6;
  CHECK(reference.get() == 5);
  CHECK(constant.get() == 5);
  CHECK(std::string(array.get()) == "text");
  nothing.get();
}

// ---- Stopping, what counts -------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow, "what counts: continuations, coroutines, onClose and ports") {
  auto disk = std::make_optional(bus.attach("disk"));
  main.renderer("disk")->onClose([&] { log.push_back("gone"); });
  disk.reset();
  CHECK(main.poll() == 0);
  CHECK(log == Log{"gone"});
  main.after(0s, [] {});
  CHECK(main.poll(0) == 0);
  main.post([] {});
  ipc.send("nobody");
  CHECK(main.poll(1) == 1);
  CHECK(main.poll(1) == 1);
  CHECK(main.poll() == 0);
}

TEST_CASE_METHOD(
    MainAndWindow,
    "timers that are due run before messages in run, runFor, runAll and pollFor, too") {
  std::string const run = GENERATE("run", "runFor", "runAll", "pollFor", "poll(1)");
  CAPTURE(run);
  main.on("x", [&] { log.push_back("message"); });
  ipc.send("x");
  main.after(0s, [&] { log.push_back("timer"); });
  if (run != "pollFor" && run != "poll(1)") main.quit();
  if (run == "run") main.run();
  if (run == "runFor") main.runFor(1h);
  if (run == "runAll") tincan::runAll(main, ipc);
  if (run == "pollFor") main.pollFor(1h);
  if (run == "poll(1)") main.poll(1);
  CHECK(log == Log{"timer", "message"});
}

// ---- Who speaks ------------------------------------------------------------------------------------------

TEST_CASE("an endpoint still belongs to a thread that has ended, until it is destroyed") {
  tincan::Bus bus;
  std::optional<tincan::Renderer> window(bus.attach("window"));
  std::thread([&] { window->poll(); }).join();
  CHECK(codeOf([&] { return window->poll(); }) == Errc::WrongThread);
  CHECK(codeOf([&] { window->on("x", [] {}); }) == Errc::WrongThread);
  CHECK(codeOf([&] { window->release(); }) == Errc::WrongThread);
  Peer const peer = window->peer();
  window.reset();
  CHECK_FALSE(peer.alive());
  CHECK(peer.send("x") == SendResult::Closed);
}

TEST_CASE("who has set an endpoint up may be waited for, and another one may poll it") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.attach("window");
  window.on("x", [](Event& event) { event.returnValue = 5; });
  // This thread has set it up; a request of its own is no Deadlock while nobody has polled it.
  Latch mayPoll(1);
  std::thread other([&] {
    mayPoll.wait();
    window.run();
  });
  mayPoll.count_down();
  CHECK(window.peer().sendSync<int>("x") == 5);
  window.quit();
  other.join();
}

// ---- Tasks -----------------------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow,
                 "any: of one type it is that type, of several a variant, and of all() a failure "
                 "waits for the others") {
  static auto const one = [](int n) -> Task<int> { co_return n; };
  static auto const fails = [](tincan::Endpoint& at) -> Task<int> {
    co_await at.sleep(0s);
    throw 42;
  };
  bool isOver = false, sameType = false;
  int caught = 0, late = 0;
  static auto const run = [](MainAndWindow& on, int& lateRan, int& got, bool& same,
                             bool& over) -> Task<> {
    auto const first = co_await tincan::any(one(1), one(2));
    same = std::is_same_v<std::decay_t<decltype(first)>, int> && first == 1;
    static auto const slow = [](tincan::Endpoint& at, int& ran) -> Task<int> {
      for (int i = 0; i < 3; ++i) co_await at.sleep(0s);
      ++ran;
      co_return 7;
    };
    try {
      co_await tincan::all(fails(on.main), slow(on.main, lateRan));
    } catch (int n) {
      got = n + lateRan;  // it has waited for the other one
    }
    over = true;
  };
  std::optional<Task<>> task;
  main.post([&] { task.emplace(run(*this, late, caught, sameType, isOver)); });
  while (!isOver) main.poll();
  CHECK(sameType);
  CHECK(caught == 43);
}
