// tests/unit/forks.cpp - behaviour 27: what a forked child has of threads that only its parent has
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;

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

/// Whether the thread sleeps, as the system says.
bool isAsleep(::pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string text;
  std::getline(file, text);
  auto const at = text.rfind(") ");
  return at != std::string::npos && text.at(at + 2) == 'S';
}

}  // namespace

TEST_CASE("27: a child knows nothing of waits on stacks that its own threads have got") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  std::atomic<::pid_t> threads[3] = {};
  std::vector<tincan::RendererThread> waiting;
  for (auto& thread : threads) {
    waiting.push_back(bus.spawn("waiting", [&thread](tincan::Renderer& ipc) {
      ipc.poll();
      thread = static_cast<::pid_t>(::syscall(SYS_gettid));
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
    // The child ends when this thread has ended, its only one.
  });
  std::atomic<::pid_t> thread{0};
  std::thread joining([&] {
    thread = static_cast<::pid_t>(::syscall(SYS_gettid));
    window.join();
  });
  while (thread == 0 || !isAsleep(thread)) std::this_thread::yield();
  mayFork = true;
  joining.join();
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(!WIFSIGNALED(status));
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
  REQUIRE(said == "");
}

TEST_CASE("27: a child that is forked inside of hooks is inside of them still") {
  if (!CanForkThreads) return;
  Guard const guard;
  tincan::Bus bus;
  std::string said = "not forked";
  std::atomic<bool> isInside{false}, mayLeave{false};
  std::atomic<bool> mustFork{false};
  std::atomic<::pid_t> replacing{0};
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
    replacing = static_cast<::pid_t>(::syscall(SYS_gettid));
    bus.onDeadLetter({});
  });
  bus.main().peer().send("forks");
  bus.main().poll();
  mayLeave = true;
  inside.join();
  waiting.join();
  REQUIRE(said == "");
}
