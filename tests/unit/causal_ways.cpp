// tests/unit/causal_ways.cpp - behaviour 3: what was sent before a thread was told of it in yet another way
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "causal.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Task;
using namespace std::chrono_literals;

TEST_CASE("3: a thread that was spawned knows what the spawning one had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            std::optional<tincan::RendererThread> b;
            tincan::Bus other;
            std::thread([&] {
              causal.sendX();
              b.emplace(other.spawn("b", [&](tincan::Renderer&) { causal.sendM(); }));
            }).join();
            b->join();
          }) == "xm");
}

TEST_CASE("3: a renderer that is found tells what was sent before it was made") {
  REQUIRE(orderOf([](Causal& causal) {
            std::optional<tincan::Renderer> made;
            Latch isOver(1);
            std::thread a([&] {
              causal.sendX();
              made.emplace(causal.bus.attach("made"));
              isOver.wait();
              made.reset();
            });
            while (!causal.bus.main().renderer("made").has_value()) std::this_thread::yield();
            causal.sendM();
            isOver.count_down();
            a.join();
          }) == "xm");
}

namespace {

Task<> awaitThenSend(tincan::Future<int> future, Causal& causal, bool& isOver) {
  try {
    static_cast<void>(co_await future);
  } catch (tincan::Error const&) {
  }
  causal.sendM();
  isOver = true;
}

}  // namespace

TEST_CASE("3: Task::cancel tells the Task what the cancelling thread had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            tincan::Bus other;
            other.main().on("later", [reply = std::make_shared<std::optional<tincan::Reply>>()](
                                         tincan::Event& event) { *reply = event.defer(); });
            auto window = other.attach("window");
            window.poll();
            bool isOver = false;
            auto const task = awaitThenSend(window.request<int>("later"), causal, isOver);
            std::thread a([&] {
              causal.sendX();
              task.cancel();
            });
            pollUntil(window, [&] { return isOver; });
            a.join();
            other.close();
          }) == "xm");
}

TEST_CASE(
    "3: Pending::cancel tells what the cancelling thread had sent, by the end of the captures") {
  REQUIRE(orderOf([](Causal& causal) {
            tincan::Bus other;
            other.main().on("later", [reply = std::make_shared<std::optional<tincan::Reply>>()](
                                         tincan::Event& event) { *reply = event.defer(); });
            auto window = other.attach("window");
            window.poll();
            bool isOver = false;
            auto atEnd = std::make_shared<AtEnd>([&] {
              causal.sendM();
              isOver = true;
            });
            auto const pending = window.request<int>("later").then(
                window, [held = std::move(atEnd)](tincan::Future<int>) {});
            std::thread a([&] {
              causal.sendX();
              pending.cancel();
            });
            pollUntil(window, [&] { return isOver; });
            a.join();
            other.close();
          }) == "xm");
}

TEST_CASE("3: onClose tells what the thread had sent that has ended somebody else's endpoint") {
  REQUIRE(orderOf([&](Causal& causal) {
            tincan::Bus other;
            auto window = other.attach("window");
            window.poll();
            std::optional<tincan::Renderer> victim(other.attach("victim"));
            bool isOver = false;
            window.peer("victim")->onClose([&] {
              causal.sendM();
              isOver = true;
            });
            std::thread a([&] {
              causal.sendX();
              victim.reset();
            });
            pollUntil(window, [&] { return isOver; });
            a.join();
          }) == "xm");
}

TEST_CASE("3: an endpoint that was released tells who polls it next what was sent before") {
  REQUIRE(orderOf([](Causal& causal) {
            tincan::Bus other;
            auto baton = other.attach("baton");
            Latch isHeld(1);
            std::thread a([&] {
              baton.poll();
              isHeld.count_down();
              causal.sendX();
              baton.release();
            });
            isHeld.wait();
            while (codeOf([&] { return baton.poll(); }) == Errc::WrongThread) {
              std::this_thread::yield();
            }
            causal.sendM();
            a.join();
          }) == "xm");
}

TEST_CASE("3: runFor, runUntil, runAll and a nested run tell what the quitting thread had sent") {
  int const way = GENERATE(0, 1, 2, 3);
  CAPTURE(way);
  REQUIRE(orderOf([&](Causal& causal) {
            tincan::Bus other;
            auto second = other.attach("second");
            std::thread a([&] {
              causal.sendX();
              if (way == 2) second.quit();
              else other.main().quit();
            });
            if (way == 0) other.main().runFor(1h);
            if (way == 1) other.main().runUntil(std::chrono::steady_clock::now() + 1h);
            if (way == 2) tincan::runAll(other.main(), second);
            if (way == 3) {
              other.main().post([&] { other.main().run(); });
              other.main().poll();
            }
            causal.sendM();
            a.join();
          }) == "xm");
}

TEST_CASE("3: the result of a call tells what its function had sent") {
  int const way = GENERATE(0, 1, 2);
  CAPTURE(way);
  REQUIRE(orderOf([&](Causal& causal) {
            tincan::Bus other;
            auto const a = other.spawn("a", [](tincan::Renderer& ipc) { ipc.run(); });
            auto future = a.peer().call([&] {
              causal.sendX();
              if (way == 2) throw 42;
              return 1;
            });
            if (way == 0) future.get();
            if (way == 1) {
              while (!future.ready()) std::this_thread::yield();
            }
            if (way == 2) {
              try {
                future.get();
              } catch (int) {
              }
            }
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: an answer that continues elsewhere tells what was sent before it") {
  bool const byThen = GENERATE(false, true);
  CAPTURE(byThen);
  REQUIRE(orderOf([&](Causal& causal) {
            auto const a = spawnAnswering(causal);
            tincan::Bus other;
            auto window = other.attach("window");
            window.poll();
            bool isOver = false;
            std::optional<Task<>> task;
            if (byThen) {
              a.peer().request<int>("ask").then(window, [&](tincan::Future<int>) {
                causal.sendM();
                isOver = true;
              });
            } else {
              window.post([&] {
                task.emplace(awaitThenSend(a.peer().request<int>("ask"), causal, isOver));
              });
            }
            pollUntil(window, [&] { return isOver; });
          }) == "xm");
}
