// tests/unit/deadlock.cpp - behaviour 14: waiting that could never end
#include <chrono>
#include <memory>

#include "../joining_thread.hpp"
#include "amounts.hpp"
#include "asleep.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

TEST_CASE("14: a call to oneself throws Deadlock at once, and names the cycle") {
  tincan::Bus bus;
  bus.main().poll();
  bus.main().on("x", [](tincan::Event& event) { event.returnValue = 1; });
  REQUIRE(codeOf([&] { bus.main().peer().sendSync("x"); }) == Errc::Deadlock);
  REQUIRE(contains(whatOf([&] { bus.main().peer().sendSync("x"); }), "main > main"));
  REQUIRE(bus.main().poll() == 0);  // nothing was sent
  REQUIRE(bus.stats().sent == 0);
}

TEST_CASE("14: a call to oneself from a handler throws Deadlock") {
  tincan::Bus bus;
  std::optional<Errc> code;
  bus.main().on("x", [&](tincan::Event& event) {
    code = codeOf([&] { bus.main().peer().sendSync("x"); });
    event.returnValue = 1;
  });
  bus.main().peer().send("x");
  REQUIRE(bus.main().poll() == 1);
  REQUIRE(code == Errc::Deadlock);
}

TEST_CASE("14: a call of a spawned renderer to itself throws Deadlock before its first poll") {
  tincan::Bus bus;
  std::optional<Errc> code;
  bus.spawn("window",
            [&](tincan::Renderer& ipc) { code = codeOf([&] { ipc.peer().sendSync("x"); }); })
      .join();
  REQUIRE(code == Errc::Deadlock);
}

TEST_CASE("14: a call to another endpoint of the calling thread throws Deadlock") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  bus.main().poll();
  window.poll();
  window.on("x", [](tincan::Event& event) { event.returnValue = 1; });
  std::string const what = whatOf([&] { window.peer().sendSync("x"); });
  REQUIRE(contains(what, "main > window"));
  REQUIRE(codeOf([&] { window.peer().sendSync("x"); }) == Errc::Deadlock);
  REQUIRE(codeOf([&] { window.sendSync("x"); }) == Errc::Deadlock);
  // request and poll work on one thread.
  auto future = window.peer().request<int>("x");
  REQUIRE_FALSE(future.ready());
  window.poll();
  REQUIRE(future.get() == 1);
}

TEST_CASE("14: a cycle is seen through an endpoint that sent before its first poll", "[threads]") {
  tincan::Bus bus;
  std::atomic<int> deadlocks{0};
  auto const ask = [&](auto&& asking) {
    if (codeOf(asking) == Errc::Deadlock) ++deadlocks;
  };
  bus.main().handle("x", [&](tincan::InvokeEvent& event) {
    ask([&] { event.sender.sendSync("y"); });
    return 1;
  });
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("y", [](tincan::Event& event) { event.returnValue = 1; });
    ipc.main().send("hello");
    ipc.poll();
    ask([&] { ipc.main().invoke<int>("x").get(); });
    bus.main().quit();
  });
  bus.main().on("hello", [] {});
  bus.main().run();
  window.join();
  REQUIRE(deadlocks == 1);
}

TEST_CASE("14: a call to an endpoint of another bus on the calling thread throws Deadlock") {
  tincan::Bus one, two;
  one.main().poll();
  two.main().poll();
  REQUIRE(codeOf([&] { two.main().peer().sendSync("x"); }) == Errc::Deadlock);
}

TEST_CASE("14: Future::get and wait on the receiver's thread throw Deadlock and keep the answer") {
  tincan::Bus bus;
  bus.main().poll();
  bus.main().on("x", [](tincan::Event& event) { event.returnValue = 5; });
  auto future = bus.main().peer().request<int>("x");
  REQUIRE(codeOf([&] { future.get(); }) == Errc::Deadlock);
  REQUIRE(codeOf([&] { future.wait(); }) == Errc::Deadlock);
  REQUIRE(codeOf([&] { future.getFor(1h); }) == Errc::Deadlock);  // at once
  REQUIRE(codeOf([&] { future.waitFor(1h); }) == Errc::Deadlock);
  REQUIRE(contains(whatOf([&] { future.get(); }), "main > main"));
  REQUIRE_FALSE(future.ready());
  bus.main().poll();
  REQUIRE(future.ready());
  REQUIRE(future.get() == 5);
}

TEST_CASE("14: a call back into a caller throws Deadlock inside, and the outer call goes on") {
  tincan::Bus bus;
  std::string what;
  std::optional<Errc> code;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("outer", [&](tincan::Event& event) {
      what = whatOf([&] { event.sender.sendSync("inner"); });
      code = codeOf([&] { ipc.sendSync("inner"); });
      event.returnValue = 3;
    });
    ipc.run();
  });
  bool inner = false;
  bus.main().on("inner", [&](tincan::Event& event) {
    inner = true;
    event.returnValue = 4;
  });
  bus.main().poll();
  REQUIRE(window.peer().sendSync<int>("outer") == 3);
  REQUIRE(code == Errc::Deadlock);
  REQUIRE(contains(what, "window > main > window"));
  bus.main().poll();
  REQUIRE_FALSE(inner);
}

TEST_CASE("14: a thread may wait for an endpoint that it has set up, and another one polls",
          "[threads]") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  bool isAsked = false;
  window.on("ask", [&](tincan::Event& event) {
    isAsked = true;
    event.returnValue = 5;
  });
  window.send("nobody");
  Latch polls(1);
  std::thread other([&] {
    polls.wait();
    pollUntil(window, [&] { return isAsked; });
  });
  polls.count_down();
  REQUIRE(bus.main().renderer("window")->sendSync<int>("ask") == 5);
  other.join();
}

TEST_CASE("14: a call back into a caller that has no endpoint of its own is a plain Closed") {
  tincan::Bus bus;
  std::optional<Errc> code;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("outer", [&](tincan::Event& event) {
      code = codeOf([&] { event.sender.sendSync("inner"); });
      event.returnValue = 3;
    });
    ipc.run();
  });
  int answer = 0;
  std::thread([&] { answer = window.peer().sendSync<int>("outer"); }).join();
  REQUIRE(answer == 3);
  REQUIRE(code == Errc::Closed);
}

TEST_CASE("14: a call back into an attached renderer that was never polled throws Deadlock") {
  tincan::Bus bus;
  std::optional<Errc> code;
  bus.main().on("outer", [&](tincan::Event& event) {
    code = codeOf([&] { event.sender.sendSync("inner"); });
    event.returnValue = 3;
  });
  auto window = bus.attach("window");
  int answer = 0;
  std::thread caller([&] {
    answer = window.sendSync<int>("outer");
    bus.main().quit();
  });
  bus.main().run();
  caller.join();
  REQUIRE(answer == 3);
  REQUIRE(code == Errc::Deadlock);
}

TEST_CASE("14: a call back through a third endpoint throws Deadlock inside") {
  tincan::Bus bus;
  std::string what;
  auto c = bus.spawn("c", [&](tincan::Renderer& ipc) {
    ipc.on("third", [&](tincan::Event& event) {
      what = whatOf([&] { ipc.sendSync("back"); });
      event.returnValue = 1;
    });
    ipc.run();
  });
  auto b = bus.spawn("b", [&, peer = c.peer()](tincan::Renderer& ipc) {
    ipc.on("second",
           [&](tincan::Event& event) { event.returnValue = peer.sendSync<int>("third") + 1; });
    ipc.run();
  });
  bus.main().poll();
  REQUIRE(b.peer().sendSync<int>("second") == 2);
  REQUIRE(contains(what, "c > main > b > c"));
}

TEST_CASE("14: in a cycle of two to five endpoints exactly one call gets Deadlock") {
  int const rounds = amounts::isQuick() ? 50 : 200;
  for (int size = 2; size <= 5; ++size) {
    for (int round = 0; round < rounds; ++round) {
      tincan::Bus bus;
      std::atomic<int> deadlocks{0}, answers{0};
      std::atomic<bool> isNamed{true};
      Latch everybody(size), over(size);
      std::vector<std::optional<tincan::Peer>> peers(static_cast<std::size_t>(size));
      Latch known(1);
      std::vector<tincan::RendererThread> threads;
      for (int i = 0; i < size; ++i) {
        threads.push_back(bus.spawn("e" + std::to_string(i), [&, i](tincan::Renderer& ipc) {
          ipc.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
          ipc.on("go", [&, i] {
            tincan::Peer const next = *peers[static_cast<std::size_t>((i + 1) % size)];
            everybody.arrive_and_wait();  // now each is in its handler, and none can answer
            try {
              answers += next.sendSync<int>("ask");
            } catch (tincan::Error const& error) {
              deadlocks += error.code() == Errc::Deadlock ? 1 : 100;
              std::string const path = "e" + std::to_string(i) + " > e";
              if (!contains(error.what(), path)) isNamed = false;
            }
            over.count_down();
          });
          known.wait();
          ipc.run();
        }));
      }
      for (int i = 0; i < size; ++i) {
        peers[static_cast<std::size_t>(i)] = threads[static_cast<std::size_t>(i)].peer();
      }
      known.count_down();
      for (auto const& peer : peers) peer->send("go");
      over.wait();
      INFO("size " << size << ", round " << round);
      REQUIRE(deadlocks == 1);
      REQUIRE(answers == size - 1);
      REQUIRE(isNamed);
    }
  }
}

TEST_CASE("14: in a cycle of waiting futures exactly one gets Deadlock") {
  int const rounds = amounts::isQuick() ? 100 : 500;
  for (int round = 0; round < rounds; ++round) {
    tincan::Bus bus;
    std::atomic<int> deadlocks{0}, answers{0};
    Latch both(2), over(2), known(1);
    std::vector<tincan::Peer> peers(2);
    auto const body = [&](std::size_t self) {
      return [&, self](tincan::Renderer& ipc) {
        ipc.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
        ipc.on("go", [&, self] {
          auto future = peers[1 - self].request<int>("ask");
          both.arrive_and_wait();
          try {
            answers += future.get();
          } catch (tincan::Error const& error) {
            deadlocks += error.code() == Errc::Deadlock ? 1 : 100;
          }
          over.count_down();
        });
        known.wait();
        ipc.run();
      };
    };
    auto a = bus.spawn("a", body(0));
    auto b = bus.spawn("b", body(1));
    peers = {a.peer(), b.peer()};
    a.peer().send("go");
    b.peer().send("go");
    known.count_down();  // after both, or one may be asked before it has to go
    over.wait();
    REQUIRE(deadlocks == 1);
    REQUIRE(answers == 1);
  }
}

TEST_CASE(
    "14: who has deferred its answer is not waited for, so calling the caller's peers works") {
  tincan::Bus bus;
  // main asks a, which defers; a then asks main's other servant b, and answers with what b says.
  auto b = bus.spawn("b", [](tincan::Renderer& ipc) {
    ipc.on("ask", [](tincan::Event& event) { event.returnValue = 20; });
    ipc.run();
  });
  auto a = bus.spawn("a", [peer = b.peer()](tincan::Renderer& ipc) {
    std::optional<tincan::Reply> reply;
    ipc.on("ask", [&](tincan::Event& event) {
      reply = event.defer();
      ipc.post([&] { reply->set(peer.sendSync<int>("ask") + 1); });
    });
    ipc.run();
  });
  bus.main().poll();
  REQUIRE(a.peer().sendSync<int>("ask") == 21);
}

TEST_CASE("14: once it has answered, a handler may call its caller") {
  // The caller is about to leave its wait, which must not count as an edge any more.
  constexpr int Rounds = 5000;
  tincan::Bus bus;
  bus.main().on("back", [&](tincan::Event& event) { event.returnValue = 7; });
  std::string unexpected;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("value", [&](tincan::Event& event) {
      event.returnValue = 1;
      std::string const what = whatOf([&] { event.sender.sendSync<int>("back"); });
      if (!what.empty()) unexpected = what;
      event.sender.send("over");
    });
    ipc.on("exception", [&](tincan::Event& event) {
      event.defer().fail(std::make_exception_ptr(1));
      std::string const what = whatOf([&] { event.sender.sendSync<int>("back"); });
      if (!what.empty()) unexpected = what;
      event.sender.send("over");
    });
    ipc.run();
  });
  int over = 0;
  bus.main().on("over", [&] { ++over; });
  bus.main().poll();
  for (int i = 1; i <= Rounds; ++i) {
    try {
      window.peer().sendSync<int>(i % 2 == 0 ? tincan::ChannelName("value") : "exception");
    } catch (int) {
    }
    pollUntil(bus.main(), [&] { return over == i; });
  }
  { auto const end = std::move(window); }
  REQUIRE(unexpected == "");
}

TEST_CASE("14: joining a thread whose renderer waits for us throws Deadlock") {
  tincan::Bus bus;
  std::optional<Errc> code;
  auto window = bus.spawn(
      "window", [&](tincan::Renderer& ipc) { code = codeOf([&] { ipc.sendSync<int>("x"); }); });
  std::optional<tincan::Reply> held;
  bool isWaiting = false;
  std::optional<Errc> joined;
  std::string what;
  bus.main().on("x", [&](tincan::Event& event) {
    isWaiting = true;
    joined = codeOf([&] { window.join(); });
    what = whatOf([&] { window.join(); });
    event.returnValue = 1;
  });
  pollUntil(bus.main(), [&] { return isWaiting; });
  window.join();
  REQUIRE(joined == Errc::Deadlock);
  REQUIRE(contains(what, "main > window > main"));
  REQUIRE_FALSE(code.has_value());
}

TEST_CASE("14: of a thread that joins and the renderer that calls it exactly one gets Deadlock") {
  for (int round = 0; round < 100; ++round) {
    tincan::Bus bus;
    std::optional<Errc> code;
    std::string what;
    bus.main().poll();
    Latch both(2);
    std::optional window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      both.arrive_and_wait();
      try {
        ipc.sendSync("x");
      } catch (tincan::Error const& error) {
        code = error.code();
        what = error.what();
      }
    });
    both.arrive_and_wait();
    std::optional<Errc> const joined = codeOf([&] { window->join(); });
    window.reset();
    if (joined.has_value()) {  // the call came first, and the end of the handle ended it
      REQUIRE(joined == Errc::Deadlock);
      REQUIRE(code == Errc::Closed);
    } else {
      REQUIRE(code == Errc::Deadlock);
      REQUIRE(contains(what, "window > main > window"));
    }
  }
}

TEST_CASE("14: the end of a thread's handle closes a renderer that waits for us") {
  tincan::Bus bus;
  std::optional<Errc> code;
  std::optional<tincan::RendererThread> window = bus.spawn(
      "window", [&](tincan::Renderer& ipc) { code = codeOf([&] { ipc.sendSync("x"); }); });
  bool isOver = false;
  bus.main().on("x", [&] {
    window.reset();
    isOver = true;
  });
  pollUntil(bus.main(), [&] { return isOver; });
  REQUIRE(code == Errc::Closed);
}

TEST_CASE("14: the end of a thread's handle closes a renderer that has waited for us long since") {
  // Whatever it has sent before, it is not its wait that closes the cycle.
  bool const isForRoom = GENERATE(false, true);
  tincan::Bus bus({.main = {.capacity = 1, .overflow = tincan::Overflow::Block}});
  bus.main().poll();
  std::optional<Errc> code;
  std::atomic<long> waiter{-1};
  {
    auto const window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      for (int i = 0; i < 100; ++i) ipc.peer().send("to itself");
      if (isForRoom) ipc.send("x");
      waiter = test::ownThread();
      code = codeOf([&] {
        if (!isForRoom) ipc.sendSync("x");
        else if (ipc.send("x") == tincan::SendResult::Closed)
          throw tincan::Error(Errc::Closed, {}, {});
      });
    });
    while (waiter < 0 || !test::isAsleep(waiter)) std::this_thread::yield();
  }
  REQUIRE(code == Errc::Closed);
}

TEST_CASE("14: the end of a thread's handle closes a renderer that waits for what nobody polls") {
  Guard const guard;
  bool const isMain = GENERATE(true, false);
  bool const isIndirect = GENERATE(false, true);
  bool const isEarly = GENERATE(false, true);  // the wait is there before the handle ends
  tincan::Bus bus;
  auto const attached = bus.attach("attached");
  std::optional<Errc> code;
  std::atomic<long> waiter{-1};
  Latch ends(1);
  test::JoiningThread waker;
  {
    auto const between = bus.spawn("between", [&](tincan::Renderer& ipc) {
      ipc.on("ask", [&] {
        waiter = test::ownThread();
        if (!isEarly) ends.wait();
        code = codeOf([&] { (isMain ? ipc.main() : *ipc.peer("attached")).sendSync("x"); });
      });
      ipc.run();
    });
    auto const window = bus.spawn("window", [&, peer = between.peer()](tincan::Renderer&) {
      if (isIndirect) codeOf([&] { peer.sendSync("ask"); });
      else peer.send("ask");
    });
    while (waiter < 0 || (isEarly && !test::isAsleep(waiter))) std::this_thread::yield();
    if (!isEarly) {
      waker = test::JoiningThread([&, ending = test::ownThread()] {
        while (!test::isAsleep(ending)) std::this_thread::yield();
        ends.count_down();
      });
    }
  }
  REQUIRE(code == Errc::Closed);
}

TEST_CASE("14: a renderer thread that joins itself gets Deadlock") {
  tincan::Bus bus;
  std::optional<Errc> code;
  std::optional<tincan::RendererThread> window;
  Latch ready(1);
  window = bus.spawn("window", [&](tincan::Renderer&) {
    ready.wait();
    code = codeOf([&] { window->join(); });
  });
  ready.count_down();
  window.reset();
  REQUIRE(code == Errc::Deadlock);
}

TEST_CASE("14: a join is an edge in the middle of a cycle too") {
  // main joins a; a asks b; b asks main: the last one closes the cycle.
  tincan::Bus bus;
  bus.main().poll();
  Latch joining(1);
  std::optional<Errc> inner;
  int answer = 0;
  auto b = bus.spawn("b", [&](tincan::Renderer& ipc) {
    ipc.on("ask", [&](tincan::Event& event) {
      inner = codeOf([&] { ipc.sendSync("main"); });
      event.returnValue = 1;
    });
    ipc.run();
  });
  auto a = bus.spawn("a", [&, peer = b.peer()](tincan::Renderer&) {
    joining.wait();
    answer = peer.sendSync<int>("ask");
  });
  bus.main().on("main", [](tincan::Event& event) { event.returnValue = 1; });
  joining.count_down();
  std::optional<Errc> const joined = codeOf([&] { a.join(); });
  if (joined.has_value()) {  // it came last, and closed the cycle
    pollUntil(bus.main(), [&] { return bus.stats().handled >= 1; });
    a.join();
  }
  REQUIRE(answer == 1);
  REQUIRE((joined == Errc::Deadlock) != (inner == Errc::Deadlock));
}

TEST_CASE("4: a copy constructor of an argument may send on the same lane") {
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  std::vector<int> got;
  bus.main().on("outer", [&](OnCopy const&, int number) { got.push_back(number); });
  bus.main().on("inner", [&](int number) { got.push_back(number); });
  for (int i = 0; i < 300; i += 3) {  // across the borders of chunks
    OnCopy const argument([&] {
      main.send("inner", i);
      main.send("inner", i + 1);
    });
    main.send("outer", argument, i + 2);
  }
  REQUIRE(bus.main().poll() == 300);
  for (int i = 0; i < 300; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("4: a request's argument may send on the same lane, also where it needs two cells") {
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  struct Wide {
    explicit Wide(std::function<void()> f) : inside(std::move(f)) {}
    OnCopy inside;
    void* more = nullptr;
  };
  static_assert(sizeof(Wide) > 32);
#if defined(__GLIBCXX__)
  static_assert(sizeof(Wide) <= 40);
#endif
  std::vector<int> got;
  bus.main().on("outer", [&](tincan::Event& event, Wide const&) {
    got.push_back(1);
    event.returnValue = 1;
  });
  bus.main().on("inner", [&] { got.push_back(2); });
  for (int i = 0; i < 100; ++i) {
    Wide const argument([&] { main.send("inner"); });
    auto future = main.request<int>("outer", argument);
    bus.main().poll();
    REQUIRE(future.get() == 1);
    REQUIRE(got == std::vector{2, 1});
    got.clear();
  }
}

TEST_CASE("4: an argument may ask the receiver that it is captured for") {
  tincan::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("x", [](tincan::Event& event) { event.returnValue = 1; });
    ipc.run();
  });
  tincan::Peer const peer = window.peer();
  int answers = 0;
  OnCopy const argument([&] { answers += peer.sendSync<int>("x"); });
  peer.send("x", argument);
  REQUIRE(answers == 1);
  REQUIRE(peer.sendSync<int>("x", argument) == 1);
  REQUIRE(answers == 2);
}
