// tests/unit/misuse.cpp - odd uses of the public names: each has an end, none is a crash
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::BusOptions;
using tincan::DeadLetter;
using tincan::Errc;
using tincan::ErrorReport;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

// ---- short times ------------------------------------------------------------------------------------

TEST_CASE("pollFor the shortest time handles at least one posted function") {
  tincan::Bus bus;
  int got = 0;
  for (int i = 0; i < 10; ++i) bus.main().post([&] { ++got; });
  for (int i = 0; i < 10; ++i) bus.main().pollFor(1ns);
  REQUIRE(got == 10);
}

// ---- nested polls -----------------------------------------------------------------------------------

namespace {

constexpr int ManyNested = 200'000;

/// Runs it on a thread whose stack is as small as a thread's is by default on some systems.
template <class F>
void onSmallStack(F function) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  pthread_t thread{};
  auto const run = [](void* body) -> void* {
    (*static_cast<F*>(body))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, run, &function) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace

TEST_CASE("28: listeners that poll handle many messages without a deep stack") {
  std::string const how = GENERATE("poll()", "poll(1)", "poll(3)", "pollFor(1h)", "pollFor(1ns)");
  CAPTURE(how);
  REQUIRE(inChild([&](Verdict const& verdict) {
            tincan::Bus bus;
            tincan::Main& main = bus.main();
            int got = 0;
            auto const poll = [&]() -> std::size_t {
              if (how == "poll()") return main.poll();
              if (how == "poll(1)") return main.poll(1);
              if (how == "poll(3)") return main.poll(3);
              if (how == "pollFor(1h)") return main.pollFor(1h);
              return main.pollFor(1ns);
            };
            main.on("x", [&](int) {
              ++got;
              poll();
            });
            auto const window = bus.attach("window");
            for (int i = 0; i < ManyNested; ++i) window.send("x", i);
            while (poll() != 0) {
            }
            verdict.expect(got == ManyNested, "not all are handled");
            verdict.expect(addsUp(bus.stats()), "the counters do not add up");
          }) == "");
}

TEST_CASE("28: posted functions that poll are run without a deep stack") {
  REQUIRE(inChild([](Verdict const& verdict) {
            tincan::Bus bus;
            int got = 0;
            for (int i = 0; i < ManyNested; ++i) {
              bus.main().post([&] {
                ++got;
                bus.main().poll();
              });
            }
            while (bus.main().poll() != 0) {
            }
            verdict.expect(got == ManyNested, "not all have run");
          }) == "");
}

TEST_CASE("28: handlers that poll answer all calls without a deep stack") {
  REQUIRE(inChild([](Verdict const& verdict) {
            tincan::Bus bus;
            bus.main().handle("x", [&](int number) {
              bus.main().poll();
              return number;
            });
            auto const window = bus.attach("window");
            std::vector<tincan::Future<int>> futures;
            for (int i = 0; i < ManyNested / 4; ++i) futures.push_back(window.invoke<int>("x", i));
            while (bus.main().poll() != 0) {
            }
            for (int i = 0; i < ManyNested / 4; ++i) {
              verdict.expect(futures[static_cast<std::size_t>(i)].get() == i, "a wrong answer");
            }
          }) == "");
}

TEST_CASE("28: two endpoints that poll each other handle many messages without a deep stack") {
  REQUIRE(inChild([](Verdict const& verdict) {
            tincan::Bus bus;
            tincan::Renderer window = bus.attach("window");
            int got = 0;
            bus.main().on("x", [&] {
              ++got;
              window.poll();
            });
            window.on("x", [&] {
              ++got;
              bus.main().poll();
            });
            for (int i = 0; i < ManyNested; ++i) {
              window.peer().send("x");
              bus.main().peer().send("x");
            }
            while (bus.main().poll() + window.poll() != 0) {
            }
            verdict.expect(got == 2 * ManyNested, "not all are handled");
          }) == "");
}

TEST_CASE("28: many endpoints that poll one another handle many messages without a deep stack") {
  REQUIRE(inChild([](Verdict const& verdict) {
            constexpr std::size_t Endpoints = 40;
            constexpr int Messages = 2'000;
            tincan::Bus bus;
            std::vector<tincan::Renderer> windows;
            windows.reserve(Endpoints);
            std::size_t got = 0;
            for (std::size_t i = 0; i < Endpoints; ++i) {
              windows.push_back(bus.attach());
              windows[i].on("x", [&, i] {
                ++got;
                for (std::size_t to = 0; to <= std::min(i + 1, Endpoints - 1); ++to) {
                  windows[to].poll();
                }
              });
              windows[i].poll();
            }
            for (auto const& window : windows) {
              for (int i = 0; i < Messages; ++i) window.peer().send("x");
            }
            for (auto& window : windows) {
              while (window.poll() != 0) {
              }
            }
            verdict.expect(got == Endpoints * Messages, "not all are handled");
          }) == "");
}

TEST_CASE("28: listeners that poll need no more than a small stack") {
  REQUIRE(inChild([](Verdict const& verdict) {
            int got = 0;
            onSmallStack([&] {
              tincan::Bus bus;
              bus.main().on("x", [&] {
                ++got;
                bus.main().poll();
              });
              for (int i = 0; i < ManyNested; ++i) bus.main().peer().send("x");
              while (bus.main().poll() != 0) {
              }
            });
            verdict.expect(got == ManyNested, "not all are handled");
          }) == "");
}

TEST_CASE("28: a listener that polls has what was left handled when its poll returns") {
  tincan::Bus bus;
  std::vector<int> got;
  std::size_t atFirst = 0;
  bus.main().on("x", [&](int number) {
    got.push_back(number);
    if (number != 0) return;
    bus.main().poll();
    atFirst = got.size();
  });
  for (int i = 0; i < 100; ++i) bus.main().peer().send("x", i);
  bus.main().poll();
  REQUIRE(atFirst == 100);
  for (int i = 0; i < 100; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i);
}

// ---- hooks of hooks ---------------------------------------------------------------------------------

TEST_CASE("28: a dead letter hook that sends into the full inbox that it is told of has an end") {
  Overflow const overflow =
      GENERATE(Overflow::Fail, Overflow::Block, Overflow::DropNewest, Overflow::DropOldest);
  INFO(static_cast<int>(overflow));
  REQUIRE(inChild([&](Verdict const& verdict) {
            BusOptions options;
            options.main = InboxOptions{2, overflow};
            tincan::Bus bus(options);
            bus.main().poll();
            tincan::Renderer window = bus.attach("window");
            window.poll();
            int calls = 0;
            bus.onDeadLetter([&](DeadLetter const& letter) {
              ++calls;
              window.send("log", letter.channel);
            });
            for (int i = 0; i < 5; ++i) window.send("x", i);
            verdict.expect(calls == 3, "called " + std::to_string(calls) + " times");
            tincan::Stats const stats = bus.stats();
            verdict.expect(addsUp(stats), "the counters do not add up");
            // Also those that the hook itself has made.
            verdict.expect(stats.deadLetters.at(Errc::Full) == 6, "not all are counted");
            bus.onDeadLetter(nullptr);  // it sends by an endpoint that ends now
          }) == "");
}

TEST_CASE("28: a wake hook that sends to the endpoint that it is of, and to others, has an end") {
  REQUIRE(inChild([&](Verdict const& verdict) {
            tincan::Bus bus;
            tincan::Renderer a = bus.attach("a"), b = bus.attach("b");
            int got = 0;
            a.on("x", [&] { ++got; });
            b.on("x", [&] { ++got; });
            a.poll();
            b.poll();
            auto const ring = [&] {
              a.peer().send("x");
              b.peer().send("x");
            };
            a.onWake(ring);
            b.onWake(ring);
            a.peer().send("x");
            while (got < 3 && a.poll() + b.poll() != 0) {
            }
            verdict.expect(got >= 3, "not all have come");
          }) == "");
}

// ---- spawn ------------------------------------------------------------------------------------------

namespace {

/// Cannot be moved once more than `most` times.
class MovesSoOften {
 public:
  explicit MovesSoOften(int most) : left_(std::make_shared<std::atomic<int>>(most)) { ++alive; }
  MovesSoOften(MovesSoOften const& other) : left_(other.left_) {
    if (left_->fetch_sub(1) <= 0) throw std::runtime_error("moved too often");
    ++alive;
  }
  MovesSoOften& operator=(MovesSoOften const&) = delete;
  ~MovesSoOften() { --alive; }
  void operator()(tincan::Renderer&) const { ++ran; }

  inline static std::atomic<int> alive{0}, ran{0};

 private:
  std::shared_ptr<std::atomic<int>> left_;
};

}  // namespace

TEST_CASE("spawn: a body whose move throws is an error of spawn, or of onError") {
  if (!CanForkThreads) return;
  for (int most = 0; most < 12; ++most) {
    CAPTURE(most);
    REQUIRE(inChild([&](Verdict const& verdict) {
              int errors = 0;
              {
                tincan::Bus bus;
                std::atomic<int> reported{0};
                bus.onError([&](ErrorReport const&) { ++reported; });
                try {
                  MovesSoOften const body(most);
                  auto thread = bus.spawn("window", body);
                  thread.join();
                } catch (std::runtime_error const&) {
                  ++errors;
                }
                errors += reported;
                verdict.expect(!bus.main().renderer("window").has_value(), "it is still there");
                // The bus goes on.
                bool hasRun = false;
                bus.spawn("another", [&](tincan::Renderer&) { hasRun = true; }).join();
                verdict.expect(hasRun, "no other one can be spawned");
              }
              verdict.expect(MovesSoOften::ran + errors == 1, "neither an error nor run");
              verdict.expect(MovesSoOften::alive == 0, "a body is left");
            }) == "");
  }
}

TEST_CASE("spawn: a body whose move throws on the new thread is an error, not the program's end") {
  if (!CanForkThreads) return;
  REQUIRE(inChild([](Verdict const& verdict) {
            static auto const home = std::this_thread::get_id();
            struct OnlyAtHome {
              OnlyAtHome() = default;
              OnlyAtHome(OnlyAtHome const&) {
                if (std::this_thread::get_id() != home) throw std::runtime_error("not here");
              }
              OnlyAtHome& operator=(OnlyAtHome const&) = delete;
              ~OnlyAtHome() = default;
            };
            std::atomic<int> errors{0}, ran{0};
            {
              tincan::Bus bus;
              bus.onError([&](ErrorReport const&) { ++errors; });
              OnlyAtHome const data;
              try {
                auto const end = bus.spawn("window", [data, &ran](tincan::Renderer&) { ++ran; });
              } catch (std::runtime_error const&) {
                ++errors;
              }
            }
            verdict.expect(errors + ran == 1, "neither an error nor run");
          }) == "");
}

TEST_CASE("spawn: a body may move its renderer away, and a thread its handle") {
  Guard const guard;
  tincan::Bus bus;
  std::optional<tincan::Renderer> kept;
  std::optional<Errc> moved;
  bus.spawn("window",
            [&](tincan::Renderer& ipc) {
              ipc.on("x", [] {});
              ipc.poll();
              kept.emplace(std::move(ipc));
              moved = codeOf([&] { return ipc.send("x"); });
            })
      .join();
  REQUIRE(moved == Errc::Closed);
  // It belongs to a thread that has ended, and cannot be polled by another one.
  if (kept->peer().alive()) {
    REQUIRE(codeOf([&] { kept->poll(); }) == Errc::WrongThread);
    REQUIRE(codeOf([&] { kept->peer().sendSync("x"); }).has_value());
  }
  kept.reset();
  bus.main().poll();
  REQUIRE(bus.main().renderers().empty());
  REQUIRE(addsUp(bus.stats()));
}

// ---- objects that belong to nothing -----------------------------------------------------------------

TEST_CASE("a null pointer is no text, wherever it is given for one") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  char const* const nothing = nullptr;
  char* const neither = nullptr;
  REQUIRE_THROWS_AS(window.send("x", nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(window.send("x", 1, neither), std::invalid_argument);
  REQUIRE_THROWS_AS(window.request("x", nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(window.sendSync("x", nothing), std::invalid_argument);
  REQUIRE_THROWS_AS(tincan::Value(nothing), std::invalid_argument);
  bus.main().on("question", [&](tincan::Event& event) {
    REQUIRE_THROWS_AS(event.returnValue = nothing, std::invalid_argument);
    event.returnValue = 1;
  });
  auto answer = window.request<int>("question");
  bus.main().poll();
  REQUIRE(answer.get() == 1);
  REQUIRE(bus.stats().pending == 0);
}

namespace {
tincan::Task<> throwsAtOnce() {
  throw std::runtime_error("lost?");
  co_return;
}
}  // namespace

TEST_CASE("9: what a dropped Task without endpoint has thrown is a line on stderr") {
  REQUIRE(inChild([](Verdict const& verdict) {
            verdict.saysStderr();
            std::thread([] { throwsAtOnce(); }).join();
          }) == "tincan: a Task that nobody awaits, of no endpoint, threw: lost?\n");
}

TEST_CASE("what was moved from, or belongs to nothing, does nothing or says so") {
  tincan::Bus bus;
  SECTION("a Peer of nobody") {
    tincan::Peer const nobody;
    REQUIRE_FALSE(nobody.alive());
    REQUIRE(nobody.name() == "");
    REQUIRE(nobody.id() == 0);
    REQUIRE(nobody.send("x") == SendResult::Closed);
    REQUIRE(codeOf([&] { nobody.sendSync("x"); }) == Errc::Closed);
    REQUIRE(codeOf([&] { nobody.request("x").get(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { nobody.invoke("x").get(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { nobody.within(1h).sendSync("x"); }) == Errc::Closed);
  }
  SECTION("the Peer of an event that nobody has sent") {
    std::optional<tincan::Peer> nobody;
    bus.main().on("x", [&](tincan::Event& event) { nobody = event.sender; });
    std::thread([&] { bus.main().peer().send("x"); }).join();
    bus.main().poll();
    REQUIRE(nobody->send("x") == SendResult::Closed);
    REQUIRE(codeOf([&] { nobody->sendSync("x"); }) == Errc::Closed);
  }
  SECTION("a Renderer") {
    tincan::Renderer window = bus.attach("window");
    tincan::Renderer const moved = std::move(window);
    // NOLINTBEGIN(bugprone-use-after-move)
    REQUIRE(codeOf([&] { return window.send("x"); }) == Errc::Closed);
    REQUIRE(codeOf([&] { window.poll(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { return window.peer(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { return window.name(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { window.on("x", [] {}); }) == Errc::Closed);
    REQUIRE(codeOf([&] { window.close(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { window.quit(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { window.run(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { window.post([] {}); }) == Errc::Closed);
    // NOLINTEND(bugprone-use-after-move)
  }
  SECTION("a RendererThread") {
    auto thread = bus.spawn("window", [](tincan::Renderer& ipc) { ipc.run(); });
    auto const moved = std::move(thread);
    thread.join();  // NOLINT(bugprone-use-after-move)
    REQUIRE_FALSE(thread.peer().alive());
  }
  SECTION("a Future") {
    tincan::Future<int> future = bus.main().peer().request<int>("x");
    tincan::Future<int> const moved = std::move(future);
    // NOLINTBEGIN(bugprone-use-after-move)
    REQUIRE(future.ready());
    future.wait();
    future.cancel();
    REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);
    // NOLINTEND(bugprone-use-after-move)
  }
  SECTION("a Reply, a Listener, a ScopedListener and a MessagePort") {
    tincan::Reply reply;
    REQUIRE_FALSE(reply.set(1));
    REQUIRE_FALSE(reply.fail(std::make_exception_ptr(1)));
    tincan::Listener const listener;
    listener.remove();
    REQUIRE_FALSE(bus.main().off(listener));
    { tincan::ScopedListener const scoped{tincan::Listener()}; }
    tincan::MessagePort port;
    port.on("message", [](int) {});
    port.postMessage(1);
    port.close();
  }
}

TEST_CASE("what is assigned to itself stays as it is") {
  Guard const guard;
  tincan::Bus bus;
  int got = 0;
  tincan::Renderer window = bus.attach("window");
  window.on("x", [&] { ++got; });
  auto& sameWindow = window;
  window = std::move(sameWindow);
  window.peer().send("x");
  window.poll();
  REQUIRE(got == 1);
  tincan::Peer peer = window.peer();
  auto& samePeer = peer;
  peer = samePeer;
  peer = std::move(samePeer);
  REQUIRE(peer.alive());
  auto thread = bus.spawn("thread", [](tincan::Renderer& ipc) {
    ipc.on("ask", [](tincan::Event& event) { event.returnValue = 5; });
    ipc.run();
  });
  auto& sameThread = thread;
  thread = std::move(sameThread);
  tincan::Future<int> future = thread.peer().request<int>("ask");
  auto& sameFuture = future;
  future = std::move(sameFuture);
  REQUIRE(future.get() == 5);
  tincan::ScopedListener scoped{window.on("y", [&] { ++got; })};
  auto& sameScoped = scoped;
  scoped = std::move(sameScoped);
  window.peer().send("y");
  window.poll();
  REQUIRE(got == 2);
}

TEST_CASE("a listener of another endpoint, or of another bus, is not there") {
  tincan::Bus one, two;
  tincan::Renderer window = one.attach("window");
  tincan::Listener const listener = window.on("x", [] {});
  REQUIRE_FALSE(one.main().off(listener));
  REQUIRE_FALSE(two.main().off(listener));
  REQUIRE(window.listenerCount("x") == 1);
  REQUIRE(window.off(listener));
  REQUIRE_FALSE(window.off(listener));
}

// ---- listeners that change what they are called by ---------------------------------------------------

TEST_CASE("a listener that registers, removes and sends a thousand times while it is called") {
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  std::vector<tincan::Listener> added;
  int calls = 0;
  window.on("x", [&](std::string const& text) {
    for (int i = 0; i < 1000; ++i) {
      added.push_back(window.on("x", [&] { ++calls; }));
      added.push_back(window.on("channel " + std::to_string(i), [&] { ++calls; }));
      window.handle("channel " + std::to_string(i), [] { return 1; });
    }
    REQUIRE(text == std::string(100, 'x'));  // the arguments have not moved
    for (tincan::Listener const& listener : added) listener.remove();
    window.removeAllListeners();
    REQUIRE(text == std::string(100, 'x'));
  });
  window.peer().send("x", std::string(100, 'x'));
  window.poll();
  REQUIRE(calls == 0);
  REQUIRE(window.listenerCount("x") == 0);
}

TEST_CASE("a broadcast whose arguments end renderers while they are copied") {
  tincan::Bus bus;
  bus.main().poll();
  std::vector<std::optional<tincan::Renderer>> windows;
  for (int i = 0; i < 5; ++i) windows.emplace_back(bus.attach("window"));
  int copies = 0;
  OnCopy const argument([&] {
    // The one that it is copied for, the next one, and one that is new.
    int const i = copies++;
    windows[static_cast<std::size_t>(i) % 5].reset();
    windows[static_cast<std::size_t>(i + 1) % 5].reset();
    if (i < 3) windows.emplace_back(bus.attach("new"));
  });
  std::size_t const took = bus.main().broadcast("x", argument);
  REQUIRE(took <= 5);
  for (auto& window : windows) {
    if (window.has_value()) window->poll();
  }
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("a renderer is replaced in its own handler") {
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("old");
  tincan::Peer const old = window.peer();
  int calls = 0;
  std::string const captured(100, 'x');
  std::string text;
  window.on("x", [&, captured] {
    ++calls;
    window = bus.attach("new");
    text = captured;
  });
  old.send("x");
  old.send("x");
  window.poll();
  REQUIRE(calls == 1);
  REQUIRE(text == captured);
  REQUIRE(window.name() == "new");
  REQUIRE(window.peer().send("y") == SendResult::Queued);
  REQUIRE(old.send("x") == SendResult::Closed);
}

TEST_CASE("a port that closes, moves or ends in its own listener, which goes on to its end") {
  tincan::Bus bus;
  std::string const captured(100, 'x');
  std::string text;
  int closed = 0;
  tincan::MessageChannel channel;
  std::optional<tincan::MessagePort> port = std::move(channel.port1);
  channel.port2.on("close", [&] { ++closed; });
  channel.port2.start(bus.main());
  std::optional<tincan::MessagePort> other;
  bool ends = true;
  SECTION("closes") {
    port->on("message", [&, captured](int) {
      port->close();
      text = captured;
    });
  }
  SECTION("ends") {
    port->on("message", [&, captured](int) {
      port.reset();
      text = captured;
    });
  }
  SECTION("moves") {
    ends = false;
    port->on("message", [&, captured](int) {
      if (port.has_value()) other = std::move(*port);
      port.reset();
      text = captured;
    });
  }
  port->start(bus.main());
  channel.port2.postMessage(1);
  channel.port2.postMessage(2);
  bus.main().poll();
  bus.main().poll();
  REQUIRE(text == captured);
  REQUIRE(closed == (ends ? 1 : 0));
}

TEST_CASE("names of any bytes, of any length, and none at all") {
  tincan::Bus bus;
  std::vector<std::string> const names{"",
                                       std::string(1, '\0'),
                                       std::string("a\0b", 3),
                                       std::string("a\0c", 3),
                                       std::string(1'000'000, 'x'),
                                       std::string(1'000'000, 'x') + "y",
                                       "\xff\xfe"};
  std::vector<int> got(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) bus.main().on(names[i], [&, i] { ++got[i]; });
  for (std::string const& name : names) {
    bus.main().peer().send(name);
    bus.main().peer().send(std::string_view(name));
  }
  bus.main().poll();
  REQUIRE(got == std::vector<int>(names.size(), 2));
}
