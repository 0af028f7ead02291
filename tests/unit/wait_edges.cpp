// tests/unit/wait_edges.cpp - behaviour 14: waits inside waits, joins and ends are waits, too
#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "../asleep.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;

namespace {

/// "call" is answered with 2, after main has been asked back; which has to be a Deadlock.
auto callsBack(std::optional<Errc>& code, std::string& what) {
  return [&code, &what](tincan::Renderer& ipc) {
    auto const back = [&](tincan::Event& event) {
      code = codeOf([&] { ipc.sendSync<int>("back"); });
      what = whatOf([&] { ipc.sendSync<int>("back"); });
      event.returnValue = 2;
    };
    ipc.on("call", back);
    ipc.run();
  };
}

}  // namespace

// ---- waits inside waits -----------------------------------------------------------------------------

TEST_CASE("14: a wait while an argument is captured does not hide the wait around it") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  std::optional<Errc> code;
  std::string what;
  auto const c = bus.spawn("c", servesAsk);
  auto const b = bus.spawn("b", callsBack(code, what));
  int asked = 0;
  OnCopy const argument([&] { asked += c.peer().sendSync<int>("ask"); });
  for (int i = 0; i < 100; ++i) {
    code.reset();
    REQUIRE(b.peer().sendSync<int>("call", argument) == 2);
    REQUIRE(code == Errc::Deadlock);
    REQUIRE(contains(what, "b > main > b"));
  }
  REQUIRE(asked == 500);
}

TEST_CASE("14: a wait in a capture inside a capture hides neither of those around it") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  std::optional<Errc> first, second;
  std::string what;
  auto const c = bus.spawn("c", servesAsk);
  auto const d = bus.spawn("d", callsBack(first, what));
  auto const b = bus.spawn("b", callsBack(second, what));
  OnCopy const inner([&] { c.peer().sendSync<int>("ask"); });
  OnCopy const outer([&] { d.peer().sendSync<int>("call", inner); });
  for (int i = 0; i < 100; ++i) {
    first.reset();
    second.reset();
    REQUIRE(b.peer().sendSync<int>("call", outer) == 2);
    REQUIRE(first == Errc::Deadlock);
    REQUIRE(second == Errc::Deadlock);
  }
}

TEST_CASE("14: a wait in a wake hook does not hide the wait that has rung it") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto const c = bus.spawn("c", servesAsk);
  std::optional<Errc> code;
  std::atomic<bool> isOver{false};
  Latch isReady(1);
  std::atomic<int> asked{0};
  auto const b = bus.spawn("b", [&](tincan::Renderer& ipc) {
    ipc.on("call", [&](tincan::Event& event) {
      code = codeOf([&] { ipc.sendSync<int>("back"); });
      event.returnValue = 2;
    });
    ipc.poll();
    ipc.onWake([&] { asked += c.peer().sendSync<int>("ask"); });
    isReady.count_down();
    while (!isOver) {
      if (ipc.poll() == 0) std::this_thread::yield();
    }
    ipc.onWake({});
  });
  isReady.wait();
  for (int i = 0; i < 100; ++i) {
    code.reset();
    REQUIRE(b.peer().sendSync<int>("call") == 2);
    REQUIRE(code == Errc::Deadlock);
  }
  REQUIRE(asked > 0);
  isOver = true;
}

TEST_CASE("14: the call that closes a cycle is told, whatever the one that waited first has sent") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  bus.main().on("z", [](tincan::Event& event) { event.returnValue = 7; });
  auto const third = bus.attach("third");
  std::atomic<long> asking{-1};
  int answer = 0;
  {
    auto const asks = bus.spawn("asks", [&](tincan::Renderer& ipc) {
      for (int i = 0; i < 3; ++i)
        ipc.peer("third")->send("before");  // its clock is later than main's
      asking = ownThread();
      answer = ipc.sendSync<int>("z");
    });
    while (asking < 0 || !isAsleep(asking)) std::this_thread::yield();
    CHECK(codeOf([&] { asks.peer().sendSync("y"); }) == Errc::Deadlock);
    while (bus.main().poll() == 0) std::this_thread::yield();
  }
  CHECK(answer == 7);
}

TEST_CASE("14: a destructor of an argument may wait for a third endpoint") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto const c = bus.spawn("c", servesAsk);
  auto const b = bus.spawn("b", servesAsk);
  int answer = 0;
  // It is destroyed by b, which main waits for.
  auto requester = std::make_unique<AtEnd>([&] { answer = c.peer().sendSync<int>("ask"); });
  REQUIRE(b.peer().sendSync<int>("ask", std::move(requester)) == 5);
  REQUIRE(b.peer().sendSync<int>("ask") == 5);  // behind the destructor
  REQUIRE(answer == 5);
}

// ---- joins ------------------------------------------------------------------------------------------

TEST_CASE("14: a thread_local object that asks who joins its thread is a Deadlock, on one side") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    tincan::Bus bus;
    std::optional<Errc> asking;
    std::atomic<bool> isOver{false};
    bus.main().on("flush", [](tincan::Event& event) { event.returnValue = 1; });
    bus.main().poll();
    auto thread = bus.spawn("worker", [&](tincan::Renderer& ipc) {
      atThreadEnd.function = [&, main = ipc.main()] {
        asking = codeOf([&] { main.sendSync<int>("flush"); });
        isOver = true;
      };
    });
    std::optional<Errc> const joining = codeOf([&] {
      thread.join();
      return 0;
    });
    if (joining.has_value()) {
      pollUntil(bus.main(), [&] { return isOver.load(); });
      thread.join();
    }
    REQUIRE(asking.has_value() != joining.has_value());
    REQUIRE((asking == Errc::Deadlock || joining == Errc::Deadlock));
  }
}

TEST_CASE(
    "14: a thread_local object that asks who ends its thread's handle, or its bus, comes to an "
    "end") {
  Guard const guard;
  bool const byBus = GENERATE(false, true);
  for (int round = 0; round < 50; ++round) {
    std::optional<tincan::Bus> bus(std::in_place);
    std::atomic<bool> isOver{false};
    bus->main().poll();
    std::optional<tincan::RendererThread> thread = bus->spawn("worker", [&](tincan::Renderer& ipc) {
      atThreadEnd.function = [&, main = ipc.main()] {
        static_cast<void>(codeOf([&] { main.sendSync<int>("flush"); }));
        isOver = true;
      };
    });
    if (byBus) bus.reset();
    else thread.reset();
    REQUIRE(isOver);
  }
}

TEST_CASE("14: of three threads that join each other in a circle exactly one gets Deadlock") {
  Guard const guard;
  for (int round = 0; round < 100; ++round) {
    tincan::Bus bus;
    std::atomic<int> deadlocks{0}, returned{0};
    Latch all(4), over(3);
    std::vector<tincan::RendererThread> threads;
    threads.reserve(3);
    for (std::size_t i = 0; i < 3; ++i) {
      threads.push_back(bus.spawn("t" + std::to_string(i), [&, i](tincan::Renderer&) {
        all.arrive_and_wait();
        try {
          threads[(i + 1) % 3].join();
          ++returned;
        } catch (tincan::Error const& error) {
          deadlocks += error.code() == Errc::Deadlock ? 1 : 100;
        }
        over.count_down();
      }));
    }
    all.arrive_and_wait();
    over.wait();
    REQUIRE(deadlocks == 1);
    REQUIRE(returned == 2);
  }
}

TEST_CASE("14: a circle of a join, a call and a join has exactly one Deadlock") {
  Guard const guard;
  for (int round = 0; round < 100; ++round) {
    tincan::Bus bus;
    std::atomic<int> deadlocks{0}, others{0};
    Latch all(4), over(3);
    std::vector<tincan::RendererThread> threads;
    threads.reserve(3);
    auto const attempt = [&](auto const& wait) {
      std::optional<Errc> const code = codeOf([&] {
        wait();
        return 0;
      });
      if (code == Errc::Deadlock) ++deadlocks;
      else if (code.has_value() && code != Errc::Closed) ++others;
      over.count_down();
    };
    threads.push_back(bus.spawn("a", [&](tincan::Renderer& ipc) {
      ipc.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
      all.arrive_and_wait();
      attempt([&] { threads[1].join(); });
    }));
    threads.push_back(bus.spawn("b", [&](tincan::Renderer&) {
      all.arrive_and_wait();
      attempt([&] { threads[2].peer().sendSync<int>("ask"); });
    }));
    threads.push_back(bus.spawn("c", [&](tincan::Renderer&) {
      all.arrive_and_wait();
      attempt([&] { threads[0].join(); });
    }));
    all.arrive_and_wait();
    over.wait();
    REQUIRE(deadlocks == 1);
    REQUIRE(others == 0);
  }
}

TEST_CASE("14: join() of a handle that was joined returns at once, on whatever thread") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    tincan::Bus bus;
    auto a = bus.spawn("a", [](tincan::Renderer&) {});
    a.join();
    a.join();
    std::optional<Errc> code;
    // The new thread has, as a rule, the id of the one that has ended.
    auto b = bus.spawn("b", [&code, joined = std::move(a)](tincan::Renderer&) mutable {
      code = codeOf([&] {
        joined.join();
        return 0;
      });
    });
    b.join();
    REQUIRE_FALSE(code.has_value());
  }
}

TEST_CASE("14: a handle that was joined ends at once, on whatever thread") {
  Guard const guard;
  tincan::Bus bus;
  auto a = bus.spawn("a", [](tincan::Renderer&) {});
  a.join();
  bool isOver = false;
  bus.spawn("b",
            [&isOver, joined = std::move(a)](tincan::Renderer&) mutable {
              { auto const end = std::move(joined); }
              isOver = true;
            })
      .join();
  REQUIRE(isOver);
}

TEST_CASE("14: a thread that joins itself gets Deadlock, in its thread_local objects, too") {
  Guard const guard;
  tincan::Bus bus;
  std::optional<Errc> inBody, atEnd;
  std::optional<tincan::RendererThread> thread;
  Latch known(1), over(1);
  thread.emplace(bus.spawn("self", [&](tincan::Renderer&) {
    known.wait();
    auto const joinItself = [&] {
      thread->join();
      return 0;
    };
    inBody = codeOf(joinItself);
    atThreadEnd.function = [&, joinItself] {
      atEnd = codeOf(joinItself);
      over.count_down();
    };
  }));
  known.count_down();
  over.wait();
  thread.reset();
  REQUIRE(inBody == Errc::Deadlock);
  REQUIRE(atEnd == Errc::Deadlock);
}

// ---- the ends of buses ------------------------------------------------------------------------------

TEST_CASE("14: the end of a bus whose thread waits for main of another bus on this thread") {
  Guard const guard;
  bool const byBus = GENERATE(false, true);
  for (int round = 0; round < 50; ++round) {
    std::optional<tincan::Bus> one(std::in_place);
    tincan::Bus two;
    one->main().poll();
    two.main().poll();
    std::optional<Errc> code;
    Latch asking(1);
    std::optional<tincan::RendererThread> thread = one->spawn("worker", [&](tincan::Renderer&) {
      asking.count_down();
      code = codeOf([&] { two.main().peer().sendSync<int>("nobody answers"); });
    });
    asking.wait();
    if (byBus) one.reset();
    else thread.reset();
    REQUIRE((code == Errc::Deadlock || code == Errc::Closed));
  }
}

TEST_CASE("14: two buses, each ended by a thread of the other one") {
  REQUIRE(inChild([](Verdict const&) {
            for (int round = 0; round < 50; ++round) {
              std::optional<tincan::Bus> one(std::in_place), two(std::in_place);
              Latch both(3), over(2);
              auto a = one->spawn("a", [&](tincan::Renderer&) {
                both.arrive_and_wait();
                two.reset();
                over.count_down();
              });
              auto b = two->spawn("b", [&](tincan::Renderer&) {
                both.arrive_and_wait();
                one.reset();
                over.count_down();
              });
              both.arrive_and_wait();
              over.wait();
              a.join();
              b.join();
            }
          }) == "");
}

// ---- threads that end while others are spawned ------------------------------------------------------

TEST_CASE("14: a thread_local object spawns at the end of its thread while others spawn") {
  REQUIRE(inChild([](Verdict const& verdict) {
            for (int round = 0; round < 100; ++round) {
              tincan::Bus bus;
              std::atomic<int> ran{0};
              Latch ending(1);
              auto const a = bus.spawn("a", [&](tincan::Renderer&) {
                atThreadEnd.function = [&] {
                  ending.count_down();
                  for (int i = 0; i < 100; ++i) std::this_thread::yield();
                  bus.spawn("of a", [&](tincan::Renderer&) { ++ran; }).join();
                };
              });
              ending.wait();
              for (int i = 0; i < 5; ++i) {
                bus.spawn("b", [&](tincan::Renderer&) { ++ran; }).join();
              }
              auto const end = bus.spawn("c", [](tincan::Renderer&) {});
              while (ran < 6) std::this_thread::yield();
              verdict.expect(ran == 6, "not all have run");
            }
          }) == "");
}

TEST_CASE("14: a thread_local object asks at the end of its thread who is spawning") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    tincan::Bus bus;
    bus.main().on("ask", [](tincan::Event& event) { event.returnValue = 5; });
    bus.main().poll();
    Latch ending(1);
    std::atomic<bool> isOver{false};
    std::optional<Errc> code;
    std::optional<tincan::RendererThread> a = bus.spawn("a", [&](tincan::Renderer& ipc) {
      atThreadEnd.function = [&, main = ipc.main()] {
        ending.count_down();
        code = codeOf([&] { main.sendSync<int>("ask"); });
        isOver = true;
      };
    });
    ending.wait();
    auto const b = bus.spawn("b", [](tincan::Renderer&) {});
    pollUntil(bus.main(), [&] { return isOver.load(); });
    // Spawning waits for nobody that could be seen: no reason for a Deadlock.
    REQUIRE_FALSE(code.has_value());
  }
}

// ---- ends in a thread whose waits were ended --------------------------------------------------------

TEST_CASE("19: a thread whose waits were ended joins its own threads all the same") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  Latch isUp(1);
  std::atomic<bool> hasEnded{false};
  bool isJoined = false;
  auto const helper = [&](tincan::Renderer& ipc) {
    ipc.run();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    hasEnded = true;
  };
  bool const byBus = GENERATE(false, true);
  {
    auto const window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      std::optional<tincan::Bus> own;
      std::optional<tincan::RendererThread> handle;
      handle.emplace((byBus ? own.emplace() : bus).spawn("helper", helper));
      isUp.count_down();
      // The window's handle ends meanwhile: main waits for the window, which waits for main.
      static_cast<void>(codeOf([&] { return ipc.sendSync<int>("never"); }));
      if (byBus) own.reset();
      else handle.reset();
      isJoined = hasEnded;
    });
    isUp.wait();
  }
  REQUIRE(isJoined);
}

TEST_CASE("19: a thread whose waits were ended waits for the end of a hook all the same") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  Latch isUp(1);
  std::atomic<bool> isInside{false}, hasReturned{false};
  bool wasWaitedFor = false;
  std::thread sender;
  {
    auto const window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      tincan::Bus own;
      std::optional<tincan::Renderer> renderer(own.attach("renderer"));
      renderer->poll();
      renderer->onWake([&] {
        if (isInside.exchange(true)) return;
        for (int i = 0; i < 1000; ++i) std::this_thread::yield();
        hasReturned = true;
      });
      isUp.count_down();
      static_cast<void>(codeOf([&] { return ipc.sendSync<int>("never"); }));
      sender = std::thread([peer = renderer->peer()] { peer.send("x"); });
      while (!isInside) std::this_thread::yield();
      renderer.reset();
      wasWaitedFor = hasReturned;
    });
    isUp.wait();
  }
  sender.join();
  REQUIRE(wasWaitedFor);
}
