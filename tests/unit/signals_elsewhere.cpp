// tests/unit/signals_elsewhere.cpp - behaviour 27: the waits that signals.cpp does not interrupt
#include <signal.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

namespace {

/// Calls the function while signals come to the calling thread, then lets it go on.
void interrupt(std::function<void()> const& wait, std::function<void()> const& letGo) {
  ::pthread_t const waiting = ::pthread_self();
  std::thread poker([&] {
    for (int i = 0; i < 2000; ++i) {
      ::pthread_kill(waiting, SIGUSR1);
      if (i % 100 == 0) std::this_thread::yield();
    }
    letGo();
  });
  wait();
  poker.join();
}

}  // namespace

TEST_CASE("27: a signal may interrupt any other wait") {
  REQUIRE(
      inChild([](Verdict const& verdict) {
        struct ::sigaction action = {};
        action.sa_handler = [](int) {};  // without SA_RESTART
        ::sigaction(SIGUSR1, &action, nullptr);
        tincan::Bus bus;
        bus.main().poll();
        std::atomic<bool> mayGo{false};
        auto const worker = bus.spawn("worker", [&](tincan::Renderer& ipc) {
          ipc.on("ask", [&](tincan::Event& event) {
            while (!mayGo) std::this_thread::yield();
            mayGo = false;
            event.returnValue = 5;
          });
          ipc.handle("ask", [&] {
            while (!mayGo) std::this_thread::yield();
            mayGo = false;
            return 6;
          });
          ipc.run();
        });
        auto const letGo = [&] { mayGo = true; };
        tincan::Peer const peer = worker.peer();
        interrupt([&] { verdict.expect(peer.within(1h).sendSync<int>("ask") == 5, "within"); },
                  letGo);
        interrupt(
            [&] {
              auto const future = peer.request<int>("ask");
              verdict.expect(future.waitFor(1h), "waitFor");
            },
            letGo);
        interrupt([&] { verdict.expect(peer.invoke<int>("ask").get() == 6, "invoke"); }, letGo);
        interrupt(
            [&] { verdict.expect(peer.within(1h).invoke<int>("ask").get() == 6, "invoke within"); },
            letGo);
        // Loops sleep on: a signal is no end.
        auto const quit = [&] { bus.main().quit(); };
        std::atomic<bool> isQuit{false};
        auto const quitLate = [&] {
          isQuit = true;
          quit();
        };
        interrupt([&] { bus.main().runFor(1h), verdict.expect(isQuit, "runFor ends early"); },
                  quitLate);
        isQuit = false;
        interrupt(
            [&] {
              bus.main().runUntil(std::chrono::steady_clock::now() + 1h);
              verdict.expect(isQuit, "runUntil ends early");
            },
            quitLate);
        isQuit = false;
        auto window = bus.attach("window");
        interrupt(
            [&] {
              tincan::runAll(bus.main(), window);
              verdict.expect(isQuit, "runAll ends early");
            },
            quitLate);
        isQuit = false;
        interrupt(
            [&] {
              bus.main().run(tincan::StopToken());
              verdict.expect(isQuit, "run(stop_token) ends early");
            },
            quitLate);
        // Ends that join.
        for (bool const byBus : {false, true}) {
          mayGo = false;
          std::atomic<bool> hasEnded{false};
          auto other = std::make_unique<tincan::Bus>();
          std::optional<tincan::RendererThread> thread(other->spawn("ends", [&](tincan::Renderer&) {
            while (!mayGo) std::this_thread::yield();
            hasEnded = true;
          }));
          interrupt(
              [&] {
                if (byBus) other.reset();
                else thread.reset();
                verdict.expect(hasEnded, "an end does not join");
              },
              letGo);
        }
        // The end of a hook that runs.
        mayGo = false;
        std::atomic<bool> isInside{false}, isOut{false};
        window.onWake([&] {
          isInside = true;
          while (!mayGo) std::this_thread::yield();
          isOut = true;
        });
        std::thread rings([&] { window.peer().send("x"); });
        while (!isInside) std::this_thread::yield();
        interrupt(
            [&] {
              window.onWake({});
              verdict.expect(isOut, "the hook still runs");
            },
            letGo);
        rings.join();
        bus.onDeadLetter([](tincan::DeadLetter const&) {});
      }) == "");
}
