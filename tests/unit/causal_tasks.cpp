// tests/unit/causal_tasks.cpp - behaviour 3: what was sent before a Task of another thread was done
#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "causal.hpp"
#include "support.hpp"

using namespace test;
using tincan::Task;

namespace {

Task<int> sendsX(tincan::Future<int> go, Causal& causal, std::atomic<bool>& isDone) {
  int const n = co_await go;
  causal.sendX();
  isDone = true;
  co_return n;
}

Task<> awaits(Task<int> task, Causal& causal, std::atomic<bool>& isOver, std::string verb) {
  if (verb == "co_await") static_cast<void>(co_await task);
  if (verb == "all") static_cast<void>(co_await tincan::all(std::move(task)));
  if (verb == "any") static_cast<void>(co_await tincan::any(std::move(task)));
  causal.sendM();
  isOver = true;
}

/// A's Task sends x. B, another thread, awaits it, and sends m.
std::string orderByTask(bool isDoneBefore, std::string const& verb) {
  return orderOf([&](Causal& causal) {
    tincan::Bus other;
    std::optional<Task<int>> inner;
    std::atomic<bool> isDone{false}, isOver{false};
    Latch isBegun(1);
    auto far = other.spawn("far", [&](tincan::Renderer& ipc) {
      ipc.on("go", [](tincan::Event& event) { event.returnValue = 1; });
      inner.emplace(sendsX(ipc.peer().request<int>("go"), causal, isDone));
      isBegun.count_down();
      ipc.run();
    });
    isBegun.wait();
    if (isDoneBefore) {
      while (!isDone || !inner->ready()) std::this_thread::yield();
    }
    auto window = other.attach("window");
    window.poll();
    std::optional<Task<>> outer;
    window.post([&] { outer.emplace(awaits(std::move(*inner), causal, isOver, verb)); });
    pollUntil(window, [&] { return isOver.load(); });
    other.close();
    far.join();
  });
}

}  // namespace

TEST_CASE("3: a Task of another thread, done before it is awaited, tells what it had sent") {
  std::string const verb = GENERATE("co_await", "all", "any");
  CAPTURE(verb);
  CHECK(orderByTask(true, verb) == "xm");
}

TEST_CASE("3: a Task of another thread that is awaited tells what it had sent") {
  std::string const verb = GENERATE("co_await", "all", "any");
  CAPTURE(verb);
  CHECK(orderByTask(false, verb) == "xm");
}

TEST_CASE("3: a Task of another thread that is awaited before it goes on tells what it had sent") {
  std::string const verb = GENERATE("co_await", "all", "any");
  CAPTURE(verb);
  CHECK(orderOf([&](Causal& causal) {
          tincan::Bus other;
          std::optional<Task<int>> inner;
          std::atomic<bool> isDone{false}, isOver{false};
          std::optional<tincan::Reply> gate;
          Latch isBegun(1);
          auto far = other.spawn("far", [&](tincan::Renderer& ipc) {
            ipc.on("gate", [&](tincan::Event& event) { gate = event.defer(); });
            ipc.on("go", [&] { gate->set(1); });
            inner.emplace(sendsX(ipc.peer().request<int>("gate"), causal, isDone));
            ipc.poll();
            isBegun.count_down();
            ipc.run();
          });
          isBegun.wait();
          auto window = other.attach("window");
          window.poll();
          std::optional<Task<>> outer;
          window.post([&] {
            outer.emplace(awaits(std::move(*inner), causal, isOver, verb));
            far.peer().send("go");
          });
          pollUntil(window, [&] { return isOver.load(); });
          other.close();
          far.join();
        }) == "xm");
}
