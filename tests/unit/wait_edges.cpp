// tests/unit/wait_edges.cpp - behaviour 14: waits inside waits, joins, ends and Tasks are waits, too
#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

namespace {

/// Runs a function at the end of its thread.
struct WaitsAtThreadEnd {
  std::function<void()> function;
  ~WaitsAtThreadEnd() {
    if (function) function();
  }
};
thread_local WaitsAtThreadEnd waitsAtThreadEnd;

void servesAsk(tincan::Renderer& ipc) {
  ipc.on("ask", [](tincan::Event& event) { event.returnValue = 5; });
  ipc.run();
}

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
  std::latch isReady(1);
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
      waitsAtThreadEnd.function = [&, main = ipc.main()] {
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
      waitsAtThreadEnd.function = [&, main = ipc.main()] {
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
    std::latch all(4), over(3);
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
    std::latch all(4), over(3);
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
  std::latch known(1), over(1);
  thread.emplace(bus.spawn("self", [&](tincan::Renderer&) {
    known.wait();
    auto const joinItself = [&] {
      thread->join();
      return 0;
    };
    inBody = codeOf(joinItself);
    waitsAtThreadEnd.function = [&, joinItself] {
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
    std::latch asking(1);
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
              std::latch both(3), over(2);
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
              std::latch ending(1);
              auto const a = bus.spawn("a", [&](tincan::Renderer&) {
                waitsAtThreadEnd.function = [&] {
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
    std::latch ending(1);
    std::atomic<bool> isOver{false};
    std::optional<Errc> code;
    std::optional<tincan::RendererThread> a = bus.spawn("a", [&](tincan::Renderer& ipc) {
      waitsAtThreadEnd.function = [&, main = ipc.main()] {
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

// ---- Tasks ------------------------------------------------------------------------------------------

namespace {

/// main has handlers that ask back, and is run by the test's thread until "over".
struct AskingBack {
  tincan::Bus bus;
  std::optional<Errc> code;
  std::string answer;

  AskingBack() {
    bus.main().handle("title", [](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
      co_return "title of " + co_await event.sender.request<std::string>("name");
    });
    bus.main().handle("patient title", [](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
      co_return "title of " + co_await event.sender.within(1h).request<std::string>("name");
    });
    bus.main().on("over", [this] { bus.main().quit(); });
  }
  /// The window asks main, and tells how that ended.
  auto window(std::string channel) {
    return [this, channel](tincan::Renderer& ipc) {
      ipc.on("name", [](tincan::Event& event) { event.returnValue = "window"; });
      code = codeOf([&] { answer = ipc.invoke<std::string>(channel).get(); });
      ipc.send("over");
      ipc.run();
    };
  }
};

/// What a Task waits for inside of it.
tincan::Task<std::string> nameOf(tincan::Peer const& peer) {
  co_return co_await peer.request<std::string>("name");
}

}  // namespace

TEST_CASE("14: a wait for a handler's Task that waits for who waits for it is a Deadlock") {
  Guard const guard;
  std::string const channel = GENERATE("title", "patient title");
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    auto const window = asking.bus.spawn("window", asking.window(channel));
    asking.bus.main().run();
    REQUIRE(asking.code == Errc::Deadlock);
  }
}

TEST_CASE("14: a wait that begins when the Task is suspended already is a Deadlock, too") {
  Guard const guard;
  AskingBack asking;
  std::string what;
  std::latch isSuspended(1);
  asking.bus.main().on("ready?", [&] { isSuspended.count_down(); });
  auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("name", [](tincan::Event& event) { event.returnValue = "window"; });
    auto future = ipc.invoke<std::string>("title");
    ipc.send("ready?");
    isSuspended.wait();
    asking.code = codeOf([&] { future.wait(); });
    what = whatOf([&] { future.wait(); });
    // The future is still good: who polls meanwhile gets the answer.
    while (!future.ready()) ipc.poll();
    asking.answer = future.get();
    ipc.send("over");
  });
  asking.bus.main().run();
  REQUIRE(asking.code == Errc::Deadlock);
  REQUIRE(contains(what, "window > main > window"));
  REQUIRE(asking.answer == "title of window");
}

TEST_CASE("14: a wait with a deadline for such a Task is a Deadlock at once") {
  Guard const guard;
  AskingBack asking;
  auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
    asking.code = codeOf([&] { ipc.invoke<std::string>("title").getFor(24h); });
    ipc.send("over");
    ipc.run();
  });
  asking.bus.main().run();
  REQUIRE(asking.code == Errc::Deadlock);
}

TEST_CASE("14: a Task that waits for a Task that waits for who waits is a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    asking.bus.main().handle("nested", [](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
      co_return "nested " + co_await nameOf(event.sender);
    });
    auto const window = asking.bus.spawn("window", asking.window("nested"));
    asking.bus.main().run();
    REQUIRE(asking.code == Errc::Deadlock);
  }
}

TEST_CASE("14: two handlers' Tasks in a row that lead back to who waits are a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    std::optional<tincan::Peer> window;
    auto const worker = asking.bus.spawn("worker", [&](tincan::Renderer& ipc) {
      ipc.handle("second", [&](std::string const& whom) -> tincan::Task<std::string> {
        co_return co_await ipc.peer(whom)->request<std::string>("name");
      });
      ipc.run();
    });
    asking.bus.main().handle(
        "first", [&asking](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
          co_return co_await asking.bus.main().renderer("worker")->invoke<std::string>(
              "second", event.sender.name());
        });
    auto const caller = asking.bus.spawn("window", asking.window("first"));
    asking.bus.main().run();
    REQUIRE(asking.code == Errc::Deadlock);
  }
}

TEST_CASE("14: a Task that waits for a blocked endpoint that waits for who waits is a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    std::optional<Errc> inner;
    auto const worker = asking.bus.spawn("worker", [&](tincan::Renderer& ipc) {
      ipc.on("name", [&](tincan::Event& event, std::string const& whom) {
        // It blocks, unlike a Task.
        inner = codeOf([&] { ipc.peer(whom)->sendSync<std::string>("name"); });
        event.returnValue = "worker";
      });
      ipc.run();
    });
    asking.bus.main().handle(
        "first", [&asking](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
          co_return co_await asking.bus.main().renderer("worker")->request<std::string>(
              "name", event.sender.name());
        });
    auto const window = asking.bus.spawn("window", asking.window("first"));
    asking.bus.main().run();
    // Whoever comes last.
    bool const isOutside = asking.code == Errc::Deadlock;
    bool const isInside = inner == Errc::Deadlock && asking.answer == "worker";
    REQUIRE((isOutside || isInside));
  }
}

TEST_CASE("14: a listener's Task that waits for who waits for it is a Deadlock") {
  Guard const guard;
  AskingBack asking;
  asking.bus.main().on("title", [](tincan::Event& event) -> tincan::Task<void> {
    event.returnValue = co_await event.sender.request<std::string>("name");
  });
  auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("name", [](tincan::Event& event) { event.returnValue = "window"; });
    asking.code = codeOf([&] { ipc.sendSync<std::string>("title"); });
    ipc.send("over");
    ipc.run();
  });
  asking.bus.main().run();
  REQUIRE(asking.code == Errc::Deadlock);
}

TEST_CASE("14: a Task that waits for somebody else is no Deadlock") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    auto const worker = asking.bus.spawn("worker", [](tincan::Renderer& ipc) {
      ipc.on("name", [](tincan::Event& event) { event.returnValue = "worker"; });
      ipc.run();
    });
    asking.bus.main().handle("worker's", [&asking]() -> tincan::Task<std::string> {
      co_return co_await asking.bus.main().renderer("worker")->request<std::string>("name");
    });
    auto const window = asking.bus.spawn("window", asking.window("worker's"));
    asking.bus.main().run();
    REQUIRE_FALSE(asking.code.has_value());
    REQUIRE(asking.answer == "worker");
  }
}

TEST_CASE("14: somebody else's Task that waits for who waits is no Deadlock") {
  Guard const guard;
  AskingBack asking;
  std::string other;
  std::latch isSuspended(1);
  asking.bus.main().on("ready?", [&] { isSuspended.count_down(); });
  asking.bus.main().handle("window's", [&asking]() -> tincan::Task<std::string> {
    co_return co_await asking.bus.main().renderer("window")->request<std::string>("name");
  });
  asking.bus.main().handle("plain", [] { return std::string("plain"); });
  auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("name", [](tincan::Event& event) { event.returnValue = "window"; });
    isSuspended.wait();
    // main's Task for the worker waits for this thread, which waits for main all the same.
    asking.code = codeOf([&] { asking.answer = ipc.invoke<std::string>("plain").get(); });
    ipc.run();
  });
  auto const worker = asking.bus.spawn("worker", [&](tincan::Renderer& ipc) {
    auto future = ipc.invoke<std::string>("window's");
    ipc.send("ready?");
    other = future.get();
    ipc.send("over");
  });
  asking.bus.main().run();
  REQUIRE_FALSE(asking.code.has_value());
  REQUIRE(asking.answer == "plain");
  REQUIRE(other == "window");
}

TEST_CASE("14: a Task that waits for who polls meanwhile is no Deadlock") {
  Guard const guard;
  AskingBack asking;
  auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("name", [](tincan::Event& event) { event.returnValue = "window"; });
    auto future = ipc.invoke<std::string>("title");
    while (!future.ready()) ipc.poll();
    asking.answer = future.get();
    ipc.send("over");
  });
  asking.bus.main().run();
  REQUIRE(asking.answer == "title of window");
}

TEST_CASE("14: a request that continues elsewhere does not hide the Deadlock of a call") {
  Guard const guard;
  // b waits for main, whose handler has asked c and then calls c, which calls b.
  for (int round = 0; round < 50; ++round) {
    tincan::Bus bus;
    std::atomic<int> deadlocks{0};
    std::atomic<bool> isOver{false};
    auto const attempt = [&](auto const& call) {
      if (codeOf(call) == Errc::Deadlock) ++deadlocks;
    };
    auto const c = bus.spawn("c", [&](tincan::Renderer& ipc) {
      ipc.on("third", [&](tincan::Event& event) {
        attempt([&] { ipc.peer("b")->sendSync<int>("ask"); });
        event.returnValue = 1;
      });
      ipc.run();
    });
    bool called = false;
    bus.main().on("second", [&](tincan::Event& event) {
      c.peer().request<int>("third").then(bus.main(), [&](tincan::Future<int>) { called = true; });
      attempt([&] { c.peer().sendSync<int>("third"); });
      event.returnValue = 1;
    });
    bus.main().poll();
    auto const b = bus.spawn("b", [&](tincan::Renderer& ipc) {
      ipc.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
      ipc.sendSync<int>("second");
      isOver = true;
      ipc.run();
    });
    pollUntil(bus.main(), [&] { return isOver && called; });
    REQUIRE(deadlocks >= 1);
  }
}

// ---- ends in a thread whose waits were ended --------------------------------------------------------

TEST_CASE("19: a thread whose waits were ended joins its own threads all the same") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  std::latch isUp(1);
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
  std::latch isUp(1);
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

// ---- signals ----------------------------------------------------------------------------------------

TEST_CASE("27: a signal may interrupt any wait") {
  REQUIRE(inChild([](Verdict const& verdict) {
            struct ::sigaction action = {};
            action.sa_handler = [](int) {};  // without SA_RESTART
            ::sigaction(SIGUSR1, &action, nullptr);
            tincan::Bus bus;
            bus.main().poll();
            std::atomic<bool> mayAnswer{false};
            auto const worker =
                bus.spawn("worker", InboxOptions{1, Overflow::Block}, [&](tincan::Renderer& ipc) {
                  ipc.on("ask", [&](tincan::Event& event) {
                    while (!mayAnswer) std::this_thread::yield();
                    event.returnValue = 5;
                  });
                  ipc.run();
                });
            ::pthread_t const waiting = ::pthread_self();
            auto const poke = [&](std::function<void()> const& wait) {
              mayAnswer = false;
              std::thread poker([&] {
                for (int i = 0; i < 2000; ++i) {
                  ::pthread_kill(waiting, SIGUSR1);
                  if (i % 100 == 0) std::this_thread::yield();
                }
                mayAnswer = true;
                bus.main().quit();
              });
              wait();
              poker.join();
              bus.main().run();
            };
            tincan::Peer const peer = worker.peer();
            poke([&] { verdict.expect(peer.sendSync<int>("ask") == 5, "sendSync"); });
            poke([&] { verdict.expect(peer.request<int>("ask").get() == 5, "get"); });
            poke([&] { verdict.expect(peer.request<int>("ask").getFor(1h) == 5, "getFor"); });
            poke([&] {
              auto const future = peer.request<int>("ask");
              future.wait();
              verdict.expect(future.ready(), "wait");
            });
            poke([&] {
              for (int i = 0; i < 4; ++i) {  // the last ones wait for room
                verdict.expect(peer.send("ask") == SendResult::Queued, "send");
              }
            });
            poke([&] {
              bus.spawn("ends",
                        [&](tincan::Renderer&) {
                          while (!mayAnswer) std::this_thread::yield();
                        })
                  .join();
            });
            std::thread quitter([&] {
              for (int i = 0; i < 2000; ++i) ::pthread_kill(waiting, SIGUSR1);
              bus.main().quit();
            });
            bus.main().run();
            quitter.join();
          }) == "");
}

// ---- fork -------------------------------------------------------------------------------------------

TEST_CASE("27: what a forked child asks of a thread that only the parent has ends with Closed") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.spawn("window", servesAsk);
  auto blocking = bus.spawn("blocking", InboxOptions{1, Overflow::Block}, servesAsk);
  REQUIRE(window.peer().sendSync<int>("ask") == 5);
  REQUIRE(blocking.peer().sendSync<int>("ask") == 5);
  auto asked = window.peer().request<int>("ask");
  asked.wait();
  REQUIRE(inChild([&](Verdict const& verdict) {
            tincan::Peer const peer = window.peer();
            auto const isClosed = [&](auto const& call) { return codeOf(call) == Errc::Closed; };
            verdict.expect(isClosed([&] { peer.sendSync<int>("ask"); }), "sendSync");
            verdict.expect(isClosed([&] { peer.request<int>("ask").get(); }), "get");
            verdict.expect(isClosed([&] { peer.invoke<int>("ask").get(); }), "invoke");
            verdict.expect(isClosed([&] { peer.within(1h).sendSync<int>("ask"); }), "within");
            auto future = peer.request<int>("ask");
            future.wait();
            verdict.expect(future.waitFor(1h), "waitFor");
            verdict.expect(isClosed([&] { future.get(); }), "get after wait");
            verdict.expect(asked.get() == 5, "an answer from before the fork");
          }) == "");
  REQUIRE(inChild([&](Verdict const& verdict) {
            SendResult result = SendResult::Queued;
            for (int i = 0; i < 3 && result == SendResult::Queued; ++i) {
              result = blocking.peer().send("ask");
            }
            verdict.expect(result == SendResult::Closed, "a send that waits for room");
          }) == "");
  REQUIRE(window.peer().sendSync<int>("ask") == 5);  // the parent's is as it was
  REQUIRE(blocking.peer().sendSync<int>("ask") == 5);
}

TEST_CASE("27: a forked child may end what it has from its parent") {
  if (!CanForkThreads) return;
  Guard const guard;
  std::optional<tincan::Bus> bus(std::in_place);
  bus->main().poll();
  std::optional<tincan::RendererThread> window = bus->spawn("window", servesAsk);
  REQUIRE(window->peer().sendSync<int>("ask") == 5);
  REQUIRE(inChild([&](Verdict const&) {
            static_cast<void>(codeOf([&] {
              window->join();
              return 0;
            }));
          }) == "");
  REQUIRE(inChild([&](Verdict const&) { window.reset(); }) == "");
  REQUIRE(inChild([&](Verdict const&) { bus.reset(); }) == "");
  REQUIRE(inChild([&](Verdict const& verdict) {
            bus->close();
            verdict.expect(codeOf([&] { window->peer().sendSync<int>("ask"); }) == Errc::Closed,
                           "after close");
          }) == "");
  REQUIRE(window->peer().sendSync<int>("ask") == 5);
}

TEST_CASE("27: a forked child may make buses of its own") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.spawn("window", servesAsk);
  REQUIRE(window.peer().sendSync<int>("ask") == 5);
  REQUIRE(inChild([&](Verdict const& verdict) {
            tincan::Bus own;
            int got = 0;
            own.main().on("x", [&] { ++got; });
            auto const worker = own.spawn("worker", [](tincan::Renderer& ipc) {
              ipc.send("x");
              servesAsk(ipc);
            });
            verdict.expect(worker.peer().sendSync<int>("ask") == 5, "sendSync");
            verdict.expect(worker.peer().request<int>("ask").get() == 5, "request");
            own.main().poll();
            verdict.expect(got == 1, "a message");
            own.main().quit();
            own.main().run();
            verdict.expect(codeOf([&] { own.main().peer().sendSync("x"); }) == Errc::Deadlock,
                           "Deadlock");
            // And those again in a child of its own.
            verdict.say(inChild([](Verdict const& inner) {
              tincan::Bus grandchilds;
              auto const thread = grandchilds.spawn("worker", servesAsk);
              inner.expect(thread.peer().sendSync<int>("ask") == 5, "in the grandchild");
            }));
          }) == "");
}

TEST_CASE("27: a child that is forked while other threads are busy on a bus may use that bus") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  bus.main().poll();
  tincan::MessageChannel channel;
  channel.port2.on("message", [](int) {});
  channel.port2.start(bus.main());
  std::atomic<bool> isOver{false};
  std::vector<std::thread> busy;
  busy.emplace_back([&] {
    while (!isOver) bus.stats();
  });
  busy.emplace_back([&] {
    while (!isOver) {
      auto window = bus.attach("window");
      window.onWake([] {});
      window.peer().send("x");
      auto const future = window.peer().request("x");
      window.poll();
    }
  });
  busy.emplace_back([&] {
    while (!isOver) {
      channel.port1.postMessage(1);
      bus.main().post([] {});
      std::this_thread::yield();
    }
  });
  std::string said;
  for (int round = 0; round < 100 && said.empty(); ++round) {
    said = inChild([&](Verdict const& verdict) {
      bus.stats();
      {
        auto window = bus.attach("child");
        window.send("x");
        window.peer().send("x");
        window.poll();
      }
      channel.port2.close();
      bus.main().poll();
      bus.onDeadLetter({});
      tincan::Bus own;
      own.attach("own").send("x");
      verdict.expect(own.stats().pending == 1, "a bus of its own");
      std::string const grandchild =
          inChild([&](Verdict const& inner) { inner.expect(bus.stats().sent > 0, "no stats"); });
      verdict.expect(grandchild.empty(), "a child of the child: " + grandchild);
      bus.close();
    });
    bus.main().poll();
  }
  isOver = true;
  for (auto& thread : busy) thread.join();
  REQUIRE(said == "");
}

TEST_CASE("27: a child may end a bus while its parent joins a thread of it that has nearly ended") {
  if (!CanForkThreads) return;
  Guard const guard;
  static std::atomic<int> rounds{0};
  static std::atomic<bool> mayEnd{false};
  static ::pthread_key_t key;
  // Destructors of keys come after everything that the library does at the end of a thread.
  REQUIRE(::pthread_key_create(&key, [](void* value) {
            constexpr int AfterTheLibrarys = 3;
            if (++rounds < AfterTheLibrarys) ::pthread_setspecific(key, value);
            else
              while (!mayEnd) std::this_thread::yield();
          }) == 0);
  std::optional<tincan::Bus> bus(std::in_place);
  bus->main().poll();
  std::optional<tincan::RendererThread> window =
      bus->spawn("window", [&](tincan::Renderer&) { ::pthread_setspecific(key, &rounds); });
  while (rounds < 3) std::this_thread::yield();
  std::atomic<bool> joins{false};
  std::thread joining([&] {
    joins = true;
    window->join();
  });
  while (!joins) std::this_thread::yield();
  std::string said;
  for (int i = 0; i < 10 && said.empty(); ++i) {
    said = inChild([&](Verdict const& verdict) {
      bus.reset();
      window.reset();
      verdict.end();
    });
  }
  mayEnd = true;
  joining.join();
  REQUIRE(said == "");
}

TEST_CASE("14: a Task whose loop waits for who waits for the Task is a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    AskingBack asking;
    std::optional<Errc> inner;
    auto const worker = asking.bus.spawn("worker", [&](tincan::Renderer& ipc) {
      ipc.on("name", [](tincan::Event& event) { event.returnValue = "worker"; });
      ipc.run();
    });
    asking.bus.main().handle("worker's", [&asking]() -> tincan::Task<std::string> {
      co_return co_await asking.bus.main().renderer("worker")->request<std::string>("name");
    });
    asking.bus.main().on("block", [&](tincan::Event& event) {
      inner = codeOf([&] { event.sender.sendSync<std::string>("name"); });
    });
    auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
      ipc.on("name", [](tincan::Event& event) { event.returnValue = "window"; });
      auto future = ipc.invoke<std::string>("worker's");
      ipc.send("block");
      asking.code = codeOf([&] { asking.answer = future.get(); });
      ipc.send("over");
      ipc.run();
    });
    asking.bus.main().run();
    // Unless the worker has answered before main blocked, whoever comes last is told.
    bool const isInside = inner == Errc::Deadlock && asking.answer == "worker";
    bool const isAnswered = !inner.has_value() && asking.answer == "worker";
    REQUIRE((asking.code == Errc::Deadlock || isInside || isAnswered));
  }
}

TEST_CASE("14: a Task that goes on and then blocks for who waits for it is a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    AskingBack asking;
    std::optional<Errc> inner;
    auto const worker = asking.bus.spawn("worker", [&](tincan::Renderer& ipc) {
      ipc.on("name", [](tincan::Event& event) { event.returnValue = "worker"; });
      ipc.run();
    });
    asking.bus.main().handle("both", [&](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
      std::string both =
          co_await asking.bus.main().renderer("worker")->request<std::string>("name");
      inner = codeOf([&] { both += event.sender.sendSync<std::string>("name"); });
      co_return both;
    });
    auto const window = asking.bus.spawn("window", asking.window("both"));
    asking.bus.main().run();
    bool const isInside = inner == Errc::Deadlock && asking.answer == "worker";
    REQUIRE((asking.code == Errc::Deadlock || isInside));
  }
}

TEST_CASE("14: a Task that waits for who waits, while another listener answers, is no Deadlock") {
  Guard const guard;
  bool const isLater = GENERATE(false, true);
  for (int round = 0; round < 20; ++round) {
    AskingBack asking;
    asking.bus.main().on("title", [](tincan::Event& event) -> tincan::Task<void> {
      static_cast<void>(co_await event.sender.request<std::string>("name"));
    });
    std::optional<tincan::Reply> reply;
    if (isLater) {
      asking.bus.main().on("title", [&](tincan::Event& event) {
        reply = event.defer();
        asking.bus.main().post([&] { reply->set(std::string("later")); });
      });
    } else {
      asking.bus.main().on("title", [](tincan::Event& event) { event.returnValue = "at once"; });
    }
    auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
      ipc.on("name", [](tincan::Event& event) { event.returnValue = "window"; });
      asking.code = codeOf([&] { asking.answer = ipc.sendSync<std::string>("title"); });
      ipc.send("over");
      ipc.run();
    });
    asking.bus.main().run();
    REQUIRE_FALSE(asking.code.has_value());
    REQUIRE(asking.answer == (isLater ? "later" : "at once"));
  }
}

namespace {

/// Resumes a coroutine on a thread of its own, which knows nothing of a bus.
struct OnAnotherThread {
  std::thread& thread;
  std::latch& mayGoOn;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const {
    thread = std::thread([this, coroutine] {
      mayGoOn.wait();
      coroutine.resume();
    });
  }
  void await_resume() const noexcept {}
};

}  // namespace

TEST_CASE("14: a Task that goes on by somebody else's means answers in its endpoint's loop") {
  Guard const guard;
  AskingBack asking;
  std::optional<Errc> inner;
  std::thread other;
  std::latch mayGoOn(1);
  asking.bus.main().handle("elsewhere", [&]() -> tincan::Task<std::string> {
    co_await OnAnotherThread{other, mayGoOn};
    co_return "from elsewhere";
  });
  bool const mustBlock = GENERATE(false, true);
  asking.bus.main().on("block", [&](tincan::Event& event) {
    if (mustBlock) inner = codeOf([&] { event.sender.sendSync<std::string>("name"); });
    mayGoOn.count_down();
  });
  auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("name", [](tincan::Event& event) { event.returnValue = "window"; });
    auto future = ipc.invoke<std::string>("elsewhere");
    ipc.send("block");
    asking.code = codeOf([&] { asking.answer = future.get(); });
    ipc.send("over");
    ipc.run();
  });
  asking.bus.main().run();
  other.join();
  // Whoever comes last is told.
  REQUIRE((asking.code == Errc::Deadlock || asking.answer == "from elsewhere"));
  REQUIRE((asking.code == Errc::Deadlock || inner == Errc::Deadlock) == mustBlock);
}
