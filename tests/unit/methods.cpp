// tests/unit/methods.cpp - methods, and objects that end, everywhere a function goes
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Event;
using tincan::Future;
using tincan::InvokeEvent;
using tincan::Listener;
using tincan::SendResult;
using tincan::Task;

namespace {

constexpr tincan::Channel<int(int)> typedDoubled("doubled");

struct ObjectBase {
  explicit ObjectBase(Log& to) : log(to) {}
  void inherited() { log.push_back("inherited"); }
  Log& log;
};

struct WindowObject : ObjectBase, std::enable_shared_from_this<WindowObject> {
  using ObjectBase::ObjectBase;

  void onText(std::string const& text) { log.push_back(text); }
  void onEvent(Event& event, int n) {
    log.push_back(event.sender.name() + " " + std::to_string(n));
    event.returnValue = n + 1;
  }
  void look() const noexcept { log.push_back("look"); }
  int doubled(int n) { return 2 * n; }
  int ofEvent(InvokeEvent& event, int n) { return event.sender.name() == "window" ? n : 0; }
  std::unique_ptr<int> owns(std::unique_ptr<int> n) { return n; }
  void nothing() { log.push_back("nothing"); }
  int five() { return 5; }
  std::string const& text() { return kept; }
  void gets(Future<int> future) { log.push_back("got " + std::to_string(future.get())); }
  Task<int> slowly(int n) {
    log.push_back("begins");
    int const answer = co_await peer.invoke<int>("ask", n);
    log.push_back("ends");
    co_return answer;
  }
  Task<> waits() {
    log.push_back("begins");
    co_await peer.invoke<int>("ask", 1);
    log.push_back("ends");
  }
  void endsItself() {
    log.push_back("alive");
    own.reset();
    log.push_back("still alive");
  }

  std::string kept = "kept";
  tincan::Peer peer;
  std::shared_ptr<WindowObject> own;
};

struct Methods : MainAndWindow {
  std::shared_ptr<WindowObject> window = std::make_shared<WindowObject>(log);
};

}  // namespace

TEST_CASE_METHOD(Methods,
                 "a method listens, handles, is posted and called, on an object by pointer") {
  WindowObject plain(log);
  main.on("text", &plain, &WindowObject::onText);
  main.addListener("event", &plain, &WindowObject::onEvent);
  main.once("once", &plain, &WindowObject::look);
  main.on("base", &plain, &WindowObject::inherited);
  main.handle("doubled", &plain, &WindowObject::doubled);
  main.handleOnce("event", &plain, &WindowObject::ofEvent);
  main.handle("owns", &plain, &WindowObject::owns);
  ipc.send("text", "a text");
  auto answer = ipc.request<int>("event", 5);
  ipc.send("once");
  ipc.send("once");
  ipc.send("base");
  auto doubled = ipc.invoke<int>("doubled", 4);
  auto first = ipc.invoke<int>("event", 7);
  auto second = ipc.invoke<int>("event", 7);
  auto owned = ipc.invoke<std::unique_ptr<int>>("owns", std::make_unique<int>(3));
  main.poll();
  REQUIRE(log == Log{"a text", "window 5", "look", "inherited"});
  REQUIRE(answer.get() == 6);
  REQUIRE(doubled.get() == 8);
  REQUIRE(first.get() == 7);
  REQUIRE(codeOf([&] { return second.get(); }) == Errc::NoHandler);
  REQUIRE(*owned.get() == 3);
  log.clear();
  main.post(&plain, &WindowObject::nothing);
  REQUIRE(ipc.main().post(&plain, &WindowObject::nothing) == SendResult::Queued);
  auto five = ipc.main().call(&plain, &WindowObject::five);
  auto text = ipc.main().call(&plain, &WindowObject::text);
  main.poll();
  REQUIRE(five.get() == 5);
  REQUIRE(text.get() == "kept");
  REQUIRE(log == Log{"nothing", "nothing"});
}

TEST_CASE_METHOD(Methods, "a method of a const object, and one of a typed channel") {
  WindowObject const constant(log);
  main.on("look", &constant, &WindowObject::look);
  main.handle(typedDoubled, window, &WindowObject::doubled);
  main.on(typedDoubled, window.get(), &WindowObject::onEvent);
  ipc.send("look");
  auto handled = ipc.invoke(typedDoubled, 4);
  auto heard = ipc.request(typedDoubled, 4);
  main.poll();
  REQUIRE(log == Log{"look", "window 4"});
  REQUIRE(handled.get() == 8);
  REQUIRE(heard.get() == 5);
}

TEST_CASE_METHOD(Methods, "an object by shared_ptr is held weakly, and its listener ends with it") {
  main.on("text", window, &WindowObject::onText);
  std::weak_ptr<WindowObject> const weak = window;
  main.on("text", weak, &WindowObject::onText);
  REQUIRE(window.use_count() == 1);
  ipc.send("text", "one");
  main.poll();
  REQUIRE(log == Log{"one", "one"});
  REQUIRE(main.listenerCount("text") == 2);
  window.reset();
  REQUIRE(main.listenerCount("text") == 0);
  REQUIRE(main.channels().empty());
  ipc.send("text", "two");
  main.poll();
  REQUIRE(log == Log{"one", "one"});
  REQUIRE(reports.deadLetters() == Log{"NoListener text window>main"});
}

TEST_CASE_METHOD(Methods, "when the object of a listener has ended the others still run") {
  auto other = std::make_shared<WindowObject>(log);
  main.on("x", window, &WindowObject::nothing);
  main.on("x", [&] { log.push_back("plain"); });
  main.on("x", other, &WindowObject::look);
  window.reset();
  ipc.send("x");
  main.poll();
  REQUIRE(log == Log{"plain", "look"});
  REQUIRE(main.listenerCount("x") == 2);
}

TEST_CASE_METHOD(Methods, "an object that ends during a dispatch is not called for that message") {
  main.on("x", [&] { window.reset(); });
  main.on("x", window, &WindowObject::nothing);
  ipc.send("x");
  main.poll();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(Methods, "an object is kept while its method runs") {
  window->own = window;
  main.on("x", window, &WindowObject::endsItself);
  window.reset();
  ipc.send("x");
  main.poll();
  REQUIRE(log == Log{"alive", "still alive"});
  REQUIRE(main.listenerCount("x") == 0);
}

TEST_CASE_METHOD(Methods, "15: when the object of a handler has ended its name is free") {
  main.handle("doubled", window, &WindowObject::doubled);
  REQUIRE(codeOf([&] { return main.handle("doubled", [](int n) { return n; }), 0; }) ==
          Errc::DuplicateHandler);
  window.reset();
  REQUIRE_FALSE(main.hasHandler("doubled"));
  auto nobody = ipc.invoke<int>("doubled", 1);
  main.poll();
  REQUIRE(codeOf([&] { return nobody.get(); }) == Errc::NoHandler);
  main.handle("doubled", [](int n) { return n + 1; });
  auto somebody = ipc.invoke<int>("doubled", 1);
  main.poll();
  REQUIRE(somebody.get() == 2);
}

TEST_CASE_METHOD(Methods, "a handler of an object hides main's own for as long as that lives") {
  main.handle("doubled", [](int n) { return n; });
  main.from(ipc.peer()).handle("doubled", window, &WindowObject::doubled);
  auto scoped = ipc.invoke<int>("doubled", 4);
  main.poll();
  REQUIRE(scoped.get() == 8);
  window.reset();
  auto own = ipc.invoke<int>("doubled", 4);
  main.poll();
  REQUIRE(own.get() == 4);
}

TEST_CASE_METHOD(Methods, "the methods of a Scope") {
  auto scope = main.from(ipc.peer());
  scope.on("x", window, &WindowObject::nothing);
  scope.once("x", window, &WindowObject::look);
  ipc.send("x");
  ipc.send("x");
  main.poll();
  REQUIRE(log == Log{"nothing", "look", "nothing"});
  window.reset();
  REQUIRE(scope.listenerCount("x") == 0);
}

TEST_CASE_METHOD(Methods, "the Listener of an object that has ended removes nothing") {
  Listener const listener = main.on("x", window, &WindowObject::nothing);
  Listener const other = main.on("x", window, &WindowObject::nothing);
  REQUIRE(other.remove());
  window.reset();
  REQUIRE_FALSE(main.off(listener));
  REQUIRE_FALSE(listener.remove());
}

TEST_CASE_METHOD(Methods, "listeners whose objects have ended leave, also without messages") {
  int const before = Counted::alive;
  struct Held {
    void onX() {}
    Counted counted{1};
  };
  for (int i = 0; i < 1000; ++i) {
    auto const held = std::make_shared<Held>();
    main.on("x", held, &Held::onX);
  }
  REQUIRE(Counted::alive == before);
  REQUIRE(main.listenerCount("x") == 0);
  main.removeAllListeners("x");
}

TEST_CASE_METHOD(Methods, "what ends with a listener whose object has ended may listen, too") {
  struct Deleter {
    void operator()(WindowObject* object) const { delete object; }
    std::shared_ptr<AtEnd> atEnd;
  };
  auto listensAtEnd = std::make_shared<AtEnd>([&] {
    for (int i = 0; i < 30; ++i) main.on("other " + std::to_string(i), [] {});
  });
  std::shared_ptr<WindowObject> object(new WindowObject(log), Deleter{std::move(listensAtEnd)});
  main.on("x", object, &WindowObject::nothing);
  object.reset();
  main.on("x", [&] { log.push_back("x"); });
  REQUIRE(main.listenerCount("x") == 1);
  REQUIRE(main.channels().size() == 31);
  ipc.send("x");
  main.poll();
  REQUIRE(log == Log{"x"});
}

TEST_CASE_METHOD(Methods, "a look whether an object has ended on another thread does not end it") {
  static std::thread::id const here = std::this_thread::get_id();
  static std::atomic<int> endsHere{0};
  struct Object {
    ~Object() {
      if (std::this_thread::get_id() == here) ++endsHere;
    }
    void onX() {}
  };
  std::atomic<std::shared_ptr<Object>*> given{nullptr};
  std::atomic<bool> isOver{false};
  std::thread other([&] {
    while (!isOver) {
      if (auto* const object = given.load()) {
        object->reset();
        given = nullptr;
      }
    }
  });
  for (int i = 0; i < 2000; ++i) {
    auto object = std::make_shared<Object>();
    main.on("x", object, &Object::onX);
    main.handle("x", object, &Object::onX);
    given = &object;
    while (given.load() != nullptr) {
      main.listenerCount("x");
      main.hasHandler("x");
    }
    main.removeAllListeners("x");
    main.removeHandler("x");
  }
  isOver = true;
  other.join();
  REQUIRE(endsHere == 0);
}

TEST_CASE_METHOD(Methods, "an expired weak_ptr is a listener that has ended already") {
  std::weak_ptr<WindowObject> const gone = std::make_shared<WindowObject>(log);
  Listener const listener = main.on("x", gone, &WindowObject::nothing);
  main.handle("doubled", gone, &WindowObject::doubled);
  REQUIRE(main.listenerCount("x") == 0);
  REQUIRE_FALSE(main.hasHandler("doubled"));
  REQUIRE_FALSE(listener.remove());
  main.handle("doubled", std::weak_ptr<WindowObject>(), &WindowObject::doubled);
  main.handle("doubled", window, &WindowObject::doubled);
  REQUIRE(main.hasHandler("doubled"));
}

TEST_CASE_METHOD(Methods, "a null object and a null method are std::invalid_argument at once") {
  WindowObject* const none = nullptr;
  std::shared_ptr<WindowObject> const empty;
  void (WindowObject::*const nothing)() = nullptr;
  int (WindowObject::*const doubled)(int) = nullptr;
  auto scope = main.from(ipc.peer());
  REQUIRE_THROWS_AS(main.on("x", none, &WindowObject::nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(main.on("x", empty, &WindowObject::nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(main.on("x", window, nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(main.addListener("x", none, &WindowObject::nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(main.once("x", window.get(), nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(main.handle("x", none, &WindowObject::doubled), std::invalid_argument);
  REQUIRE_THROWS_AS(main.handle(typedDoubled, window, doubled), std::invalid_argument);
  REQUIRE_THROWS_AS(main.handleOnce("x", empty, &WindowObject::doubled), std::invalid_argument);
  REQUIRE_THROWS_AS(scope.on("x", none, &WindowObject::nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(main.post(none, &WindowObject::nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(ipc.main().post(empty, &WindowObject::nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(ipc.main().call(none, &WindowObject::five), std::invalid_argument);
  REQUIRE_THROWS_AS(ipc.main().onClose(none, &WindowObject::nothing), std::invalid_argument);
  auto future = ipc.main().call([] { return 1; });
  REQUIRE_THROWS_AS(future.then(ipc, none, &WindowObject::gets), std::invalid_argument);
  REQUIRE(contains(whatOf([&] { return main.on("x", none, &WindowObject::nothing), 0; }),
                   "on: the object is null"));
  REQUIRE(
      contains(whatOf([&] { return main.on("x", window, nothing), 0; }), "on: the method is null"));
  REQUIRE(main.listenerCount("x") == 0);
}

TEST_CASE_METHOD(Methods, "a posted method of an object that has ended does not run") {
  main.post(window, &WindowObject::nothing);
  ipc.main().post(std::weak_ptr<WindowObject>(window), &WindowObject::look);
  REQUIRE(window.use_count() == 1);
  window.reset();
  REQUIRE(main.poll() == 2);
  REQUIRE(log.empty());
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(Methods, "call on an object that has ended is Cancelled") {
  auto in = ipc.main().call(window, &WindowObject::five);
  main.poll();
  REQUIRE(in.get() == 5);
  auto number = ipc.main().call(window, &WindowObject::five);
  auto nothing = ipc.main().within(std::chrono::hours(1)).call(window, &WindowObject::nothing);
  auto task = ipc.main().call(window, &WindowObject::waits);
  window.reset();
  main.poll();
  REQUIRE(codeOf([&] { return number.get(); }) == Errc::Cancelled);
  REQUIRE(codeOf([&] { return nothing.get(), 0; }) == Errc::Cancelled);
  REQUIRE(codeOf([&] { return task.get(), 0; }) == Errc::Cancelled);
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(Methods, "then calls a method, unless its object has ended") {
  ipc.main().call([] { return 5; }).then(ipc, window, &WindowObject::gets);
  main.poll();
  ipc.poll();
  REQUIRE(log == Log{"got 5"});
  ipc.main().call([] { return 6; }).then(ipc, window, &WindowObject::gets);
  bool hasRun = false;
  std::weak_ptr<WindowObject> const weak = window;
  window.reset();
  ipc.main().call([&] { return hasRun = true, 7; }).then(ipc, weak, &WindowObject::gets);
  pump();
  REQUIRE(log == Log{"got 5"});
  REQUIRE_FALSE(hasRun);  // the request was withdrawn
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(Methods, "onClose calls a method, unless its object has ended") {
  auto disk = std::make_optional(bus.attach("disk"));
  main.renderer("disk")->onClose(window, &WindowObject::nothing);
  auto other = std::make_shared<WindowObject>(log);
  main.renderer("disk")->onClose(other, &WindowObject::look);
  other.reset();
  disk.reset();
  main.poll();
  REQUIRE(log == Log{"nothing"});
}

TEST_CASE_METHOD(Methods, "an object lives until the Task of its method has ended") {
  window->peer = main.peer();
  main.handle("ask", [](int n) { return n + 1; });
  ipc.handle("slowly", window, &WindowObject::slowly);
  ipc.on("waits", window, &WindowObject::waits);
  tincan::Peer const toWindow = *main.renderer("window");
  auto answer = toWindow.invoke<int>("slowly", 1);
  toWindow.send("waits");
  toWindow.post(window, &WindowObject::waits);
  auto called = toWindow.call(window, &WindowObject::waits);
  ipc.poll();
  REQUIRE(log == Log{"begins", "begins", "begins", "begins"});
  window.reset();
  log.clear();
  pump();
  REQUIRE(log == Log{"ends", "ends", "ends", "ends"});
  REQUIRE(answer.get() == 2);
  called.get();
  REQUIRE(ipc.listenerCount("waits") == 0);
  REQUIRE_FALSE(ipc.hasHandler("slowly"));
}

TEST_CASE_METHOD(Methods, "timers call methods, and end with the object") {
  using namespace std::chrono_literals;
  WindowObject plain(log);
  main.after(0s, &plain, &WindowObject::inherited);
  main.after(0s, window, &WindowObject::nothing);
  auto const often = main.every(1ns, &plain, &WindowObject::look);
  main.every(1ns, window, &WindowObject::nothing);
  main.every(1ns, window, &WindowObject::five);
  auto gone = std::make_shared<WindowObject>(log);
  main.after(0s, gone, &WindowObject::nothing);
  gone.reset();
  while (main.poll(), log.size() < 6) {
  }
  REQUIRE(std::count(log.begin(), log.end(), "inherited") == 1);
  REQUIRE(often.cancel());
  window.reset();
  main.poll();
  log.clear();
  for (int i = 0; i < 10; ++i) main.poll();
  REQUIRE(log.empty());
  REQUIRE_FALSE(main.nextDeadline().has_value());
  WindowObject* const none = nullptr;
  REQUIRE_THROWS_AS(main.after(0s, none, &WindowObject::nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(main.every(1s, none, &WindowObject::nothing), std::invalid_argument);
}

TEST_CASE_METHOD(Methods, "a timer's method may be a coroutine, and keeps its object meanwhile") {
  using namespace std::chrono_literals;
  window->peer = main.peer();
  main.handle("ask", [](int n) { return n + 1; });
  auto const timer = ipc.every(1ns, window, &WindowObject::waits);
  while (ipc.poll(), log.empty()) {
  }
  REQUIRE(timer.cancel());
  auto gone = std::make_shared<WindowObject>(log);
  ipc.every(1ns, gone, &WindowObject::waits);
  gone.reset();
  window.reset();
  while (main.poll() + ipc.poll() > 0) {
  }
  for (int i = 0; i < 10; ++i) ipc.poll();
  REQUIRE(log.front() == "begins");
  REQUIRE(log.back() == "ends");
  REQUIRE(reports.errors().empty());
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
}
