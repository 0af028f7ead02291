// tests/unit/signals.cpp - quit in a signal handler, and signals that interrupt a wait
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include <chrono>
#include <memory>
#include <thread>

#include "../joining_thread.hpp"
#include "child.hpp"
#include "quitting.hpp"
#include "support.hpp"

using namespace test;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

namespace {

std::atomic<tincan::Main*> quitOnSignal{nullptr};
std::atomic<int> quitsOnSignal{0};

void quitInSignalHandler(int) {
  if (tincan::Main* const main = quitOnSignal.load()) {
    main->quit();
    ++quitsOnSignal;
  }
}

void handleSignal(int number, tincan::Main& main) {
  quitOnSignal = &main;
  quitsOnSignal = 0;
  struct ::sigaction action = {};
  action.sa_handler = &quitInSignalHandler;
  action.sa_flags = SA_RESTART;
  ::sigaction(number, &action, nullptr);
}

}  // namespace

TEST_CASE("quit from a signal handler, before run, ends it") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            handleSignal(SIGUSR1, quitting.main);
            for (int i = 0; i < 10; ++i) quitting.toMain.send("x");
            ::raise(SIGUSR1);
            ::raise(SIGUSR1);
            quitting.main.run();
            verdict.expect(quitting.got == 10, "something was left");
            quitting.main.run();
          }) == "");
}

TEST_CASE("quit from a signal handler on a thread that the bus has never seen") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            handleSignal(SIGUSR1, quitting.main);
            onThread([&] {
              for (int i = 0; i < 10; ++i) quitting.toMain.send("x");
            });
            onThread([] { ::raise(SIGUSR1); });
            onThread([] { ::raise(SIGUSR1); });
            quitting.main.run();
            verdict.expect(quitting.got == 10, "something was left");
            quitting.main.run();
          }) == "");
}

TEST_CASE("quit from a signal handler that interrupts a listener") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            handleSignal(SIGUSR1, quitting.main);
            quitting.main.on("raise", [] { ::raise(SIGUSR1); });
            for (int i = 0; i < 3; ++i) {
              quitting.toMain.send("raise");
              quitting.toMain.send("x");
            }
            for (int i = 0; i < 3; ++i) quitting.main.run();
            verdict.expect(quitting.got == 3, "something was left");
          }) == "");
}

TEST_CASE("quit from a signal handler that interrupts a send to the same endpoint") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            handleSignal(SIGUSR1, quitting.main);
            quitting.main.on("raised", [&](OnCopy const&) { ++quitting.got; });
            OnCopy const argument([] { ::raise(SIGUSR1); });
            for (int i = 0; i < 100; ++i) {
              quitting.toMain.send("x");
              quitting.toMain.send("raised", argument);
            }
            for (int i = 1; i <= 100; ++i) {
              quitting.main.run();
              verdict.expect(quitting.got >= 2 * i - 1, "something was left");
            }
            quitting.main.poll();
            verdict.expect(quitting.got == 200, "something is lost");
            verdict.expect(addsUp(quitting.bus.stats()), "the counters do not add up");
          }) == "");
}

TEST_CASE("quit from a signal handler that interrupts a destructor of an argument, or a hook") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            handleSignal(SIGUSR1, quitting.main);
            tincan::Renderer window = quitting.bus.attach("window");
            window.peer().send("nobody", std::make_shared<AtEnd>([] { ::raise(SIGUSR1); }));
            quitting.bus.onDeadLetter([](tincan::DeadLetter const&) { ::raise(SIGUSR1); });
            window.onWake([] { ::raise(SIGUSR1); });
            window.poll();
            window.peer().send("nobody");
            window.poll();
            int const quits = quitsOnSignal;
            verdict.expect(quits >= 4, "the signals have not come");
            for (int i = 0; i < quits; ++i) quitting.main.run();
            quitting.toMain.send("x");
            quitting.main.quit();
            quitting.main.run();
            verdict.expect(quitting.got == 1, "a quit too many");
          }) == "");
}

TEST_CASE("quits from a signal handler in a storm of sends: none is lost, and no message") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            handleSignal(SIGPROF, quitting.main);
            tincan::Renderer window = quitting.bus.attach("window");
            std::uint64_t dumped = 0;
            window.on("x", [&](std::string const&) { ++dumped; });
            tincan::Peer const toWindow = *quitting.main.renderer("window");
            ::itimerval interval = {};
            interval.it_interval.tv_usec = interval.it_value.tv_usec = 200;
            ::setitimer(ITIMER_PROF, &interval, nullptr);
            int sent = 0;
            std::uint64_t sentToWindow = 0;
            std::string const text(100, 'x');
            while (quitsOnSignal < 100) {
              for (int i = 0; i < 200; ++i) {
                if (quitting.toMain.send("x") == SendResult::Queued) ++sent;
                if (toWindow.send("x", text) == SendResult::Queued) ++sentToWindow;
              }
              if (sent % 3 == 0) quitting.main.poll();
              window.poll();
            }
            interval = {};
            ::setitimer(ITIMER_PROF, &interval, nullptr);
            int const quits = quitsOnSignal;
            for (int i = 0; i < quits; ++i) quitting.main.run();
            verdict.expect(quitting.got == sent, "messages to main are lost");
            verdict.expect(dumped == sentToWindow, "messages to the window are lost");
            // The quits have been counted.
            quitting.toMain.send("x");
            quitting.main.quit();
            quitting.main.run();
            verdict.expect(quitting.got == sent + 1, "a quit too many");
          }) == "");
}

TEST_CASE("quits from a signal handler in a storm of several threads: none is lost") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            handleSignal(SIGPROF, quitting.main);
            std::atomic<int> sent{0}, handled{0};
            quitting.main.on("x", [&] { ++handled; });
            std::atomic<bool> isOver{false};
            std::vector<test::JoiningThread> senders;
            ::itimerval interval = {};
            interval.it_interval.tv_usec = interval.it_value.tv_usec = 200;
            ::setitimer(ITIMER_PROF, &interval, nullptr);
            for (int t = 0; t < 3; ++t) {
              senders.emplace_back([&] {
                while (!isOver) {
                  for (int i = 0; i < 100; ++i) quitting.toMain.send("x");
                  sent += 100;
                  while (!isOver && sent > 20'000 + handled) std::this_thread::yield();
                }
              });
            }
            // Each run is ended by a signal, whichever thread it comes to.
            for (int i = 0; i < 100; ++i) quitting.main.run();
            interval = {};
            ::setitimer(ITIMER_PROF, &interval, nullptr);
            isOver = true;
            senders.clear();
            int const quits = quitsOnSignal;
            for (int i = 100; i < quits; ++i) quitting.main.run();
            quitting.main.quit();
            quitting.main.run();
            verdict.expect(handled == sent, "messages are lost");
          }) == "");
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
