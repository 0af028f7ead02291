// tests/unit/ends.cpp - behaviour 19: ends in any order, from anywhere
#include <functional>
#include <memory>
#include <utility>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

TEST_CASE("19: messages that will not be handled are dead letters, destroyed exactly once") {
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    Reports const reports(bus);
    auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
    for (int i = 0; i < 100; ++i) {  // more than a chunk
      window->peer().send("x", Counted(i));
      static_cast<void>(window->peer().request("y", Counted(i), std::string(100, 'a')));
      window->post([counted = Counted(i)] {});
    }
    REQUIRE(Counted::alive == before + 300);
    SECTION("close()") { window->close(); }
    SECTION("its destructor") { window.reset(); }
    SECTION("the bus is closed") { bus.close(); }
    REQUIRE(Counted::alive == before);
    REQUIRE(reports.deadLetters().size() == 200);
    REQUIRE(reports.deadLetters()[0] == "Closed x main>window");
    REQUIRE(bus.stats().pending == 0);
    REQUIRE(addsUp(bus.stats()));
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: the arguments of what was sent to the main endpoint end with the bus") {
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    bus.main().on("x", [held = Counted(1)](Counted const&) {});
    for (int i = 0; i < 100; ++i) bus.main().peer().send("x", Counted(i));
    bus.main().poll(30);
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: arguments are destroyed exactly once, whatever becomes of the message") {
  int const before = Counted::alive;
  tincan::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  tincan::Peer const peer = window.peer();
  window.on("fine", [](Counted const&) {});
  window.on("copies", [](Counted) {});
  window.on("moves", [](Counted& counted) { Counted const mine = std::move(counted); });
  window.on("throws", [](Counted const&) { throw 1; });
  window.on("mismatch", [](std::string const&) {});
  for (char const* channel : {"fine", "copies", "moves", "throws", "mismatch", "nobody"}) {
    peer.send(channel, Counted(1));
    auto future = peer.request(channel, Counted(2), Counted(3));
    auto cancelled = peer.request(channel, Counted(4));
    cancelled.cancel();
    window.poll();
    REQUIRE(Counted::alive == before);
  }
  window.close();
  peer.send("x", Counted(1));
  static_cast<void>(peer.request("x", Counted(1)));
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: a renderer is destroyed in its own handler") {
  int const before = Counted::alive;
  tincan::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  tincan::Peer const peer = window->peer();
  int calls = 0;
  window->on("x", [&, held = Counted(5)](Counted const& argument) {
    ++calls;
    window.reset();
    REQUIRE(held.number == 5);  // the listener that runs is still there
    REQUIRE(argument.number == 6);
  });
  window->on("x", [&](Counted const&) { ++calls; });
  peer.send("x", Counted(6));
  peer.send("x", Counted(7));
  SECTION("while it polls") { window->poll(); }
  SECTION("while it runs") { window->run(); }
  REQUIRE(calls <= 2);
  REQUIRE(calls >= 1);
  REQUIRE_FALSE(peer.alive());
  REQUIRE(peer.send("x") == SendResult::Closed);
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

namespace {

/// A value and a function that calls another one when it is moved or copied.
struct TellsOfMoves {
  explicit TellsOfMoves(std::function<void()> told) : tell(std::move(told)) {}
  TellsOfMoves(TellsOfMoves const& other) : tell(other.tell) { tell(); }
  TellsOfMoves(TellsOfMoves&& other) : tell(other.tell) { tell(); }
  void operator()(tincan::Renderer&) const {}
  void operator()(tincan::Future<int>) const {}

  std::function<void()> tell;
};

}  // namespace

TEST_CASE("28: moving a thread's body ends the bus that is to start it") {
  auto const how = GENERATE(0, 1);
  auto bus = std::make_unique<tincan::Bus>();
  tincan::Bus& same = *bus;
  auto const body = [&] { return TellsOfMoves([&] { bus.reset(); }); };
  REQUIRE(codeOf([&] {
            return how == 0 ? same.spawn("x", body()) : same.spawn("x", {}, body());
          }) == Errc::Closed);
}

TEST_CASE("28: copying an answer ends the Reply that is to give it") {
  tincan::Bus bus;
  auto const window = bus.attach("window");
  std::unique_ptr<tincan::Reply> reply;
  bus.main().on(
      "x", [&](tincan::Event& event) { reply = std::make_unique<tincan::Reply>(event.defer()); });
  auto future = window.request("x");
  bus.main().poll();
  REQUIRE(reply != nullptr);
  TellsOfMoves const answer([&] { reply.reset(); });
  REQUIRE(reply->set(answer));
  REQUIRE(reply == nullptr);
  REQUIRE(future.get().holds<TellsOfMoves>());
}

TEST_CASE("28: moving the function of then ends the Future that is to call it") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  bus.main().handle("x", [] { return 1; });
  auto future = std::make_unique<tincan::Future<int>>(window.invoke<int>("x"));
  tincan::Future<int>& same = *future;
  same.then(window, TellsOfMoves([&] { future.reset(); }));
  bus.main().poll();
  REQUIRE(window.poll() == 1);
}

TEST_CASE("19: a renderer is destroyed in a nested poll of its own") {
  int const before = Counted::alive;
  tincan::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  tincan::Peer const peer = window->peer();
  window->on("outer", [&, held = Counted(1)](Counted const& argument) {
    window->poll();
    REQUIRE(held.number == 1);
    REQUIRE(argument.number == 2);
  });
  window->on("inner", [&, held = Counted(1)](Counted const& argument) {
    window.reset();
    REQUIRE(argument.number == 3);
  });
  peer.send("outer", Counted(2));
  peer.send("inner", Counted(3));
  peer.send("never", Counted(4));
  window->poll();
  REQUIRE(window == nullptr);
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("19: a renderer is moved in its own handler, and goes on") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::optional<tincan::Renderer> other;
  int calls = 0;
  window.on("x", [&] {
    if (++calls == 1) other.emplace(std::move(window));
  });
  tincan::Peer const peer = window.peer();
  peer.send("x");
  peer.send("x");
  window.poll();
  REQUIRE(calls == 2);
  peer.send("x");
  REQUIRE(other->poll() == 1);
  REQUIRE(codeOf([&] { window.poll(); }) == Errc::Closed);
}

TEST_CASE("19: the bus is destroyed in a handler of main") {
  int const before = Counted::alive;
  auto bus = std::make_unique<tincan::Bus>();
  tincan::Main& main = bus->main();
  tincan::Peer const peer = main.peer();
  int windows = 0;
  std::vector<tincan::RendererThread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.push_back(bus->spawn("window", [](tincan::Renderer& ipc) { ipc.run(); }));
  }
  main.on("x", [&, held = Counted(5)](Counted const& argument) {
    bus.reset();
    REQUIRE(held.number == 5);
    REQUIRE(argument.number == 6);
    ++windows;
  });
  peer.send("x", Counted(6));
  peer.send("x", Counted(7));
  SECTION("while it polls") { main.poll(); }
  SECTION("while it runs") { main.run(); }
  REQUIRE(windows == 1);
  REQUIRE(Counted::alive == before);
  REQUIRE_FALSE(peer.alive());
  REQUIRE(peer.send("x") == SendResult::Closed);
  threads.clear();  // 19: after their bus
}

TEST_CASE("19: the bus is destroyed in a handler of an attached renderer") {
  auto bus = std::make_unique<tincan::Bus>();
  auto window = bus->attach("window");
  bool called = false;
  window.on("x", [&] {
    bus.reset();
    called = true;
  });
  window.peer().send("x");
  window.peer().send("x");
  REQUIRE(window.poll() == 1);
  REQUIRE(called);
  REQUIRE(window.poll() == 0);
}

TEST_CASE("19: handles outlive their bus") {
  auto bus = std::make_unique<tincan::Bus>();
  auto window = bus->attach("window");
  auto thread = bus->spawn("thread", [](tincan::Renderer& ipc) { ipc.run(); });
  tincan::Peer const peer = window.peer(), main = bus->main().peer();
  tincan::Listener const listener = window.on("x", [] {});
  tincan::ScopedListener scoped = window.on("x", [] {});
  auto future = main.request<int>("x");
  bus.reset();
  REQUIRE_FALSE(peer.alive());
  REQUIRE(peer.name() == "window");
  REQUIRE(main.name() == "main");
  REQUIRE(main.send("x") == SendResult::Closed);
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { window.send("x"); }) == Errc::Closed);
  REQUIRE(window.poll() == 0);
  window.run();
  window.quit();
  thread.join();
  listener.remove();
}

TEST_CASE("19: destructors in any order") {
  for (int order = 0; order < 6; ++order) {
    INFO("order " << order);
    auto bus = std::make_unique<tincan::Bus>();
    auto window = std::make_unique<tincan::Renderer>(bus->attach("window"));
    auto thread =
        std::make_unique<tincan::RendererThread>(bus->spawn("thread", [](tincan::Renderer& ipc) {
          ipc.on("x", [peer = ipc.peer()] { peer.send("x"); });  // always busy
          ipc.run();
        }));
    thread->peer().send("x");
    window->send("x");
    bus->main().peer().send("x");
    for (int step = 0; step < 3; ++step) {
      switch ((order + (order < 3 ? step : 2 * step)) % 3) {
        case 0: bus.reset(); break;
        case 1: window.reset(); break;
        case 2: thread.reset(); break;
      }
    }
  }
  SUCCEED("no hang");
}

TEST_CASE(
    "19: a renderer that its own listener holds goes with the bus though its thread has ended") {
  bool const isPolled = GENERATE(false, true);
  std::weak_ptr<int> seen;
  {
    tincan::Bus bus;
    std::thread([&] {
      auto const held = std::make_shared<int>(1);
      seen = held;
      auto const renderer = std::make_shared<tincan::Renderer>(bus.attach("r"));
      renderer->on("x", [renderer, held] {});
      if (isPolled) renderer->poll();
    }).join();
  }
  REQUIRE(seen.expired());
}

TEST_CASE("19: a thread ends while another one closes the renderer that holds itself there") {
  for (int i = 0; i < 200; ++i) {
    std::weak_ptr<int> seen;
    {
      tincan::Bus bus;
      Latch both(2);
      std::thread ending([&] {
        auto const held = std::make_shared<int>(1);
        seen = held;
        auto const renderer = std::make_shared<tincan::Renderer>(bus.attach("r"));
        renderer->on("x", [renderer, held] {});
        if (i % 2 == 0) renderer->poll();
        both.arrive_and_wait();
      });
      both.arrive_and_wait();
      bus.close();
      ending.join();
    }
    REQUIRE(seen.expired());
  }
}

TEST_CASE("19: a handle ends inside its own thread's body") {
  tincan::Bus bus;
  std::optional<tincan::RendererThread> window;
  Latch stored(1);
  std::atomic<bool> wentOn{false};
  window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    stored.wait();
    window.reset();
    ipc.run();  // the end of the handle has said quit
    wentOn = true;
    bus.main().quit();
  });
  stored.count_down();
  bus.main().run();
  REQUIRE(wentOn);
}

TEST_CASE("19: the bus is destroyed by a thread that it spawned") {
  auto bus = std::make_unique<tincan::Bus>();
  Latch stored(1);
  auto const wentOn = std::make_shared<Latch>(1);  // which the thread may outlive
  bool hasHandle = false;
  Counted const before(0);
  int const alive = Counted::alive;
  {
    std::optional<tincan::RendererThread> other =
        bus->spawn("other", [](tincan::Renderer& ipc) { ipc.run(); });
    std::optional<tincan::RendererThread> window =
        bus->spawn("window", [&, wentOn, held = Counted(1)](tincan::Renderer& ipc) {
          stored.wait();
          if (!hasHandle) window.reset();
          bus.reset();
          ipc.run();  // returns at once
          wentOn->count_down();
        });
    SECTION("and whose handle is elsewhere") { hasHandle = true; }
    SECTION("and that has its own handle") {}
    stored.count_down();
    wentOn->wait();
    if (hasHandle) {
      window->join();
      REQUIRE(Counted::alive == alive);
    }
  }
  REQUIRE(wentOn->try_wait());
}

TEST_CASE("19: a thread is joined by one whose own endpoint is closed") {
  tincan::Bus bus;
  std::atomic<bool> joined{false};
  auto outer = bus.spawn("outer", [&](tincan::Renderer& ipc) {
    auto inner = bus.spawn("inner", [](tincan::Renderer& other) { other.run(); });
    ipc.close();
    inner.peer().send("x");
    auto end = std::move(inner);  // its end says quit, and joins
    static_cast<void>(end);
    joined = true;
  });
  outer.join();
  REQUIRE(joined);
}

TEST_CASE("19: closing from everywhere, any number of times") {
  tincan::Bus bus;
  std::vector<tincan::RendererThread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.push_back(bus.spawn("window", [&](tincan::Renderer& ipc) {
      ipc.on("close", [&] {
        bus.close();
        bus.close();
      });
      ipc.run();
      bus.close();
    }));
  }
  bus.main().on("x", [] {});
  for (auto const& thread : threads) thread.peer().send("close");
  bus.main().run();
  bus.close();
  REQUIRE(bus.main().poll() == 0);
  bus.main().run();
  REQUIRE(codeOf([&] { static_cast<void>(bus.attach("x")); }) == Errc::Closed);
  REQUIRE(codeOf([&] { static_cast<void>(bus.spawn("x", [](tincan::Renderer&) {})); }) ==
          Errc::Closed);
}

TEST_CASE("19: a body that ends by an exception is an error, but Closed after close() is silent") {
  tincan::Bus bus;
  Reports const reports(bus);
  auto throwing = bus.spawn("throwing", [](tincan::Renderer&) { throw std::runtime_error("oh"); });
  throwing.join();
  REQUIRE_FALSE(throwing.peer().alive());
  REQUIRE(reports.errors() == Log{" throwing>throwing: oh"});
  auto closing = bus.spawn("closing", [&](tincan::Renderer& ipc) {
    bus.close();
    ipc.send("x");  // throws Closed
  });
  closing.join();
  REQUIRE(reports.errors().size() == 1);
}

TEST_CASE("19: listeners that hold a Peer to their own endpoint do not keep it") {
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    bus.main().on("x", [peer = bus.main().peer(), held = Counted(1)] {});
    auto polled = bus.attach("polled");
    polled.on("x", [peer = polled.peer(), held = Counted(1)] {});
    polled.poll();
    auto never = bus.attach("never");
    never.on("x", [peer = never.peer(), main = bus.main().peer(), held = Counted(1)] {});
    never.send("x", never.peer());
    never.peer().send("x", never.peer(), Counted(1));
    auto thread = bus.spawn("thread", [](tincan::Renderer& ipc) {
      ipc.on("x", [peer = ipc.peer(), held = Counted(1)] {});
      ipc.run();
    });
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: hooks that hold a Peer do not keep the bus") {
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    bus.onDeadLetter([peer = bus.main().peer(), held = Counted(1)](tincan::DeadLetter const&) {});
    bus.onError([peer = bus.main().peer(), held = Counted(1)](tincan::ErrorReport const&) {});
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: a wake hook that holds a Peer does not keep the endpoint") {
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    bus.main().onWake([peer = bus.main().peer(), held = Counted(1)] {});
    auto window = bus.attach("window");
    window.onWake([peer = window.peer(), held = Counted(1)] {});
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: a body that ends its renderer early and then sends by a Peer") {
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    bus.main().on("x", [](Counted const&) {});
    auto window = bus.spawn("window", [main = bus.main().peer()](tincan::Renderer& ipc) {
      { tincan::Renderer const gone = std::move(ipc); }
      main.send("x", Counted(1), main);
    });
    window.join();
    bus.main().poll();
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: a wake hook is set while the bus is being closed") {
  for (int i = 0; i < 100; ++i) {
    tincan::Bus bus;
    auto window = bus.attach("window");
    window.peer().send("x");
    Latch start(2);
    std::thread closer([&] {
      start.arrive_and_wait();
      bus.close();
    });
    start.arrive_and_wait();
    std::atomic<int> woken{0};
    // Closed, if it came too late.
    static_cast<void>(codeOf([&] {
      window.onWake([&] { ++woken; });
      return 0;
    }));
    closer.join();
    REQUIRE(woken <= 2);  // by the message, and by the closing
    REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 1);
  }
}
