// tests/unit/forks.cpp - behaviour 27: what a forked child has of threads that only its parent has
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../asleep.hpp"
#include "amounts.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

TEST_CASE("27: a child may be forked before a thread that was spawned has begun") {
  if (!CanForkThreads) return;
  Guard const guard;
  using Ends = void (*)(std::optional<tincan::Bus>&, std::optional<tincan::RendererThread>&);
  Ends const ends[] = {
      [](auto&, auto& window) { window->peer().template sendSync<int>("x"); },
      [](auto&, auto& window) { window.reset(); },
      [](auto&, auto& window) { window->join(); },
      [](auto& bus, auto&) { bus.reset(); },
      [](auto&, auto& window) {
        if (window->peer().alive()) window->peer().template request<int>("x").get();
      },
  };
  constexpr int Rounds = 20;
  for (Ends const end : ends) {
    for (int round = 0; round < Rounds; ++round) {
      std::optional<tincan::Bus> bus(std::in_place);
      bus->main().poll();
      std::optional<tincan::RendererThread> window =
          bus->spawn("window", [](tincan::Renderer& ipc) { ipc.run(); });
      REQUIRE(inChild([&](Verdict const& verdict) {
                auto const code = codeOf([&] {
                  end(bus, window);
                  return 0;
                });
                verdict.expect(!code.has_value() || *code == Errc::Closed, "another Error");
              }) == "");
    }
  }
}

namespace {

/// The C library gives stacks of threads that only the parent has to threads that the child starts;
/// these write over them.
void writeOverStacks() {
  std::vector<std::thread> threads;
  std::atomic<int> there{0};
  constexpr int Many = 8;
  for (int i = 0; i < Many; ++i) {
    threads.emplace_back([&] {
      constexpr std::size_t Size = 200'000;
      char volatile used[Size];
      for (auto& byte : used) byte = 0x5a;
      // At the same time, so that no two of them have one stack.
      ++there;
      while (there < Many) std::this_thread::yield();
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("27: a child knows nothing of waits on stacks that its own threads have got") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  std::atomic<long> threads[3] = {};
  std::vector<tincan::RendererThread> waiting;
  for (auto& thread : threads) {
    waiting.push_back(bus.spawn("waiting", [&thread](tincan::Renderer& ipc) {
      ipc.poll();
      thread = ownThread();
      static_cast<void>(codeOf([&] { return ipc.sendSync<int>("x"); }));
    }));
  }
  for (auto& thread : threads) {
    while (thread == 0 || !isAsleep(thread)) std::this_thread::yield();
  }
  REQUIRE(inChild([&](Verdict const& verdict) {
            writeOverStacks();
            {
              tincan::Bus own;
              own.onDeadLetter([](tincan::DeadLetter const&) {});
              auto const answering = own.spawn("own", [](tincan::Renderer& ipc) { ipc.run(); });
              verdict.expect(
                  codeOf([&] { answering.peer().sendSync<int>("y"); }) == Errc::NoListener, "own");
            }
            for (auto const& one : waiting) {
              verdict.expect(codeOf([&] { one.peer().sendSync<int>("y"); }) == Errc::Closed,
                             "the parent's");
            }
          }) == "");
  bus.close();
}

TEST_CASE("27: the end of a thread in a child tells nobody who joins it in the parent") {
  if (!CanForkThreads) return;
  Guard const guard;
  static int rounds = 0;
  static ::pthread_key_t key;
  // The child ends after everything that the library does at the end of its thread.
  REQUIRE(::pthread_key_create(&key, [](void* value) {
            constexpr int AfterTheLibrarys = 3;
            if (++rounds < AfterTheLibrarys) ::pthread_setspecific(key, value);
            else ::_exit(0);
          }) == 0);
  tincan::Bus bus;
  std::atomic<bool> mayFork{false};
  ::pid_t child = 0;
  auto window = bus.spawn("window", [&](tincan::Renderer&) {
    while (!mayFork) std::this_thread::yield();
    child = ::fork();
    if (child != 0) return;
    for (int const number : {SIGABRT, SIGSEGV, SIGBUS}) ::signal(number, SIG_DFL);
    ::alarm(HangSeconds);
    writeOverStacks();
    ::pthread_setspecific(key, &rounds);
  });
  std::atomic<long> thread{0};
  std::thread joining([&] {
    thread = ownThread();
    window.join();
  });
  while (thread == 0 || !isAsleep(thread)) std::this_thread::yield();
  mayFork = true;
  joining.join();
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
}

TEST_CASE("27: a child may replace a hook that a thread of its parent is inside of") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  std::atomic<int> inside{0};
  std::atomic<bool> mayLeave{false};
  auto const stay = [&](auto const&...) {
    ++inside;
    while (!mayLeave) std::this_thread::yield();
  };
  bus.onDeadLetter(stay);
  bus.onError(stay);
  bus.onHighWater(stay);
  bus.main().onWake(stay);
  auto crowded = bus.attach("crowded", tincan::InboxOptions{.highWater = 1});
  std::vector<std::thread> threads;
  threads.emplace_back([&] { bus.main().peer().send("x"); });
  threads.emplace_back([&] {
    auto ipc = bus.attach("errors");
    ipc.on("x", [] { throw 1; });
    ipc.peer().send("x");
    ipc.poll();
  });
  threads.emplace_back([&] {
    auto ipc = bus.attach("letters");
    ipc.peer().send("x");
    ipc.poll();
  });
  threads.emplace_back([&] { crowded.peer().send("x"); });
  constexpr int Hooks = 4;
  while (inside < Hooks) std::this_thread::yield();
  std::string const said = inChild([&](Verdict const& verdict) {
    writeOverStacks();
    int called = 0;
    auto const count = [&](auto const&...) { ++called; };
    bus.onDeadLetter(count);
    bus.onError(count);
    bus.onHighWater(count);
    bus.main().onWake(count);
    auto ipc = bus.attach("child", tincan::InboxOptions{.highWater = 1});
    ipc.on("throws", [] { throw 1; });
    ipc.peer().send("throws");
    ipc.peer().send("nobody listens");
    ipc.poll();
    verdict.expect(called >= 3, "called " + std::to_string(called));
    bus.main().onWake({});
    bus.close();
  });
  mayLeave = true;
  for (auto& thread : threads) thread.join();
  bus.close();
  REQUIRE(said == "");
}

TEST_CASE("27: a child that is forked inside of hooks is inside of them still") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  std::string said = "not forked";
  std::atomic<bool> isInside{false}, mayLeave{false};
  std::atomic<bool> mustFork{false};
  std::atomic<long> replacing{0};
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) {
    if (letter.channel == "stays") {
      isInside = true;
      while (!mayLeave) std::this_thread::yield();
      return;
    }
    mustFork = true;
    while (replacing == 0 || !isAsleep(replacing)) std::this_thread::yield();
    said = inChild([&](Verdict const& verdict) {
      writeOverStacks();
      bus.onDeadLetter({});  // waits neither for this very call nor for the parent's
      int called = 0;
      bus.onDeadLetter([&](tincan::DeadLetter const&) { ++called; });
      bus.main().peer().send("inside");
      bus.main().poll();
      verdict.expect(called == 0, "a hook is called inside of a hook");
    });
  });
  std::thread inside([&] {
    auto ipc = bus.attach("inside");
    ipc.peer().send("stays");
    ipc.poll();
  });
  while (!isInside) std::this_thread::yield();
  std::thread waiting([&] {
    while (!mustFork) std::this_thread::yield();
    replacing = ownThread();
    bus.onDeadLetter({});
  });
  bus.main().peer().send("forks");
  bus.main().poll();
  mayLeave = true;
  inside.join();
  waiting.join();
  REQUIRE(said == "");
}

namespace {

/// Awaits the answer, and says how that has ended.
tincan::Task<void> awaits(tincan::Future<int> future, std::optional<Errc>& code) {
  try {
    static_cast<void>(co_await std::move(future));
  } catch (tincan::Error const& error) {
    code = error.code();
  }
}

tincan::Task<> awaitsAll(tincan::Future<int> one, tincan::Future<int> other,
                         std::optional<Errc>& code) {
  try {
    co_await tincan::all(std::move(one), std::move(other));
  } catch (tincan::Error const& error) {
    code = error.code();
  }
}
tincan::Task<> awaitsAny(tincan::Future<int> one, tincan::Future<int> other,
                         std::optional<Errc>& code) {
  try {
    co_await tincan::any(std::move(one), std::move(other));
  } catch (tincan::Error const& error) {
    code = error.code();
  }
}

/// A function for then().
auto says(std::vector<std::optional<Errc>>& codes) {
  return [&codes](tincan::Future<int> future) {
    codes.push_back(codeOf([&] { return future.get(); }));
  };
}

}  // namespace

TEST_CASE("27: what a child awaits of a thread that only the parent has ends with Closed") {
  if (!CanForkThreads) return;
  Guard const guard;
  std::vector<std::optional<Errc>> codes, atUnpolled;
  std::optional<Errc> awaited;
  tincan::Bus bus;
  bus.main().poll();
  std::atomic<tincan::Endpoint*> elsewhere{nullptr};
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.poll();
    elsewhere = &ipc;
    std::vector<tincan::Reply> never;
    ipc.on("later", [&](tincan::Event& event) { never.push_back(event.defer()); });
    ipc.on("now", [](tincan::Event& event) { event.returnValue = 7; });
    ipc.run();
  });
  while (elsewhere == nullptr) std::this_thread::yield();
  REQUIRE(window.peer().sendSync<int>("now") == 7);
  auto before = window.peer().request<int>("later");
  auto answered = window.peer().request<int>("now");
  answered.wait();
  window.peer().request<int>("later").then(bus.main(), says(codes));
  window.peer().request<int>("later").then(bus.main(), says(codes));
  bus.main().peer().request<int>("own").then(bus.main(), says(codes));
  std::optional<tincan::Task<void>> task;
  bus.main().post([&] { task.emplace(awaits(window.peer().request<int>("later"), awaited)); });
  bus.main().on("own", [](tincan::Event& event) { event.returnValue = 1; });
  auto unpolled = bus.attach("unpolled");
  window.peer().request<int>("later").then(unpolled, says(atUnpolled));
  bus.main().poll();
  bus.main().poll();
  REQUIRE(codes.size() == 1);  // the one of its own
  REQUIRE(window.peer().sendSync<int>("now") == 7);
  std::string const said = inChild([&](Verdict const& verdict) {
    using Codes = std::vector<std::optional<Errc>>;
    bus.main().poll();
    verdict.expect(codes == Codes{std::nullopt, Errc::Closed, Errc::Closed}, "then before");
    verdict.expect(awaited == Errc::Closed, "co_await before");
    unpolled.poll();
    verdict.expect(atUnpolled == Codes{Errc::Closed}, "then before the first poll");
    verdict.expect(before.ready(), "ready before");
    verdict.expect(codeOf([&] { return before.get(); }) == Errc::Closed, "get");
    verdict.expect(answered.ready() && answered.get() == 7, "an answer from before the fork");
    verdict.expect(!window.peer().alive(), "alive");
    verdict.expect(bus.main().peer().alive(), "main is not alive");
    verdict.expect(bus.main().renderers().size() == 1, "renderers");

    auto const future = window.peer().request<int>("now");
    verdict.expect(future.ready(), "ready");
    codes.clear();
    window.peer().request<int>("now").then(bus.main(), says(codes));
    bus.main().poll();
    verdict.expect(codes == Codes{Errc::Closed}, "then");
    awaited.reset();
    bus.main().post([&] { task.emplace(awaits(window.peer().request<int>("now"), awaited)); });
    bus.main().poll();
    verdict.expect(awaited == Errc::Closed, "co_await");
    auto toSelf = bus.main().peer().request<int>("own");
    verdict.expect(codeOf([&] {
                     toSelf.then(*elsewhere, says(codes));
                     return 0;
                   }) == Errc::Closed,
                   "then at an endpoint that only the parent polls");
    verdict.expect(!toSelf.ready(), "a request that its own thread will answer is over");

    // A loop that sleeps goes on, too.
    window.peer().request<int>("now").then(bus.main(), [&](auto) { bus.main().quit(); });
    bus.main().run();
  });
  REQUIRE(window.peer().alive());
  bus.close();
  REQUIRE(said == "");
}

TEST_CASE("27: what a child awaits with all and any, and by call, ends with Closed") {
  if (!CanForkThreads) return;
  Guard const guard;
  std::vector<std::optional<Errc>> codes;
  std::optional<Errc> all, any;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    std::vector<tincan::Reply> never;
    ipc.on("later", [&](tincan::Event& event) { never.push_back(event.defer()); });
    ipc.run();
  });
  auto const later = [&] { return window.peer().request<int>("later"); };
  auto const ofAll = awaitsAll(later(), later(), all);
  auto const ofAny = awaitsAny(later(), later(), any);
  window.peer()
      .call([peer = window.peer()]() -> tincan::Task<int> {
        co_return co_await peer.request<int>("later");
      })
      .then(bus.main(), says(codes));
  std::string const said = inChild([&](Verdict const& verdict) {
    bus.main().poll();
    verdict.expect(all == Errc::Closed, "all");
    verdict.expect(any == Errc::Closed, "any");
    verdict.expect(codes == std::vector<std::optional<Errc>>{Errc::Closed}, "call");
  });
  REQUIRE_FALSE(ofAll.ready());
  REQUIRE_FALSE(ofAny.ready());
  bus.close();
  REQUIRE(said == "");
}

TEST_CASE("27: in a child onClose is called for a thread that only the parent has") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.spawn("window", servesAsk);
  auto attached = bus.attach("attached");
  REQUIRE(window.peer().sendSync<int>("ask") == 5);
  int before = 0, after = 0, others = 0;
  window.peer().onClose([&] { ++before; });
  attached.peer().onClose([&] { ++others; });
  std::string const said = inChild([&](Verdict const& verdict) {
    verdict.expect(!window.peer().alive(), "alive");
    window.peer().onClose([&] { ++after; });
    verdict.expect(after == 0, "inside onClose itself");
    while (bus.main().poll() > 0) {
    }
    bus.main().poll();
    verdict.expect(before == 1, "one from before the fork");
    verdict.expect(after == 1, "one of the child");
    verdict.expect(others == 0, "one of an endpoint that the child has");
    bus.close();
    verdict.expect(before + after == 2, "once more by the end of the bus");
  });
  REQUIRE(before + after + others == 0);
  bus.close();
  REQUIRE(said == "");
}

TEST_CASE("27: a loop that begins in a child goes on with what it awaited at the fork") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    tincan::Reply kept;
    ipc.on("later", [&](tincan::Event& event) { kept = event.defer(); });
    ipc.run();
  });
  window.peer().request<int>("later").then(bus.main(), [&](auto) { bus.main().quit(); });
  REQUIRE(inChild([&](Verdict const&) { bus.main().run(); }) == "");
}

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
            verdict.expect(isClosed([&] { peer.call([] { return 1; }).get(); }), "call");
            verdict.expect(isClosed([&] { peer.within(1h).call([] { return 1; }).get(); }),
                           "call, within");
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
  int const rounds = amounts::isQuick() ? 25 : 100;
  std::string said;
  for (int round = 0; round < rounds && said.empty(); ++round) {
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
