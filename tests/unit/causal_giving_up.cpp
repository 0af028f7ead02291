// tests/unit/causal_giving_up.cpp - behaviour 3: cancelled(), of whatever, however it was given up
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "causal.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Task;
using namespace std::chrono_literals;

TEST_CASE(
    "3: cancelled() of anything tells what was sent before the asker gave up, in whatever way") {
  std::string const look =
      GENERATE("event", "invoke event", "Reply", "Reply::set", "stop token", "own Task");
  std::string const way = GENERATE("drop", "cancel", "close", "end", "Pending::cancel",
                                   "Task::cancel", "any", "assign");
  CAPTURE(look, way);
  if (look == "Reply::set" && (way == "close" || way == "end"))
    return;  // the future is still there, and gets it
  CHECK(orderOf([&](Causal& causal) {
          tincan::Bus other;
          other.onDeadLetter([](tincan::DeadLetter const&) {});
          other.onError([](tincan::ErrorReport const&) {});
          Latch begun(1), givenUp(1);
          std::atomic<bool> isSent{false};
          auto const wait = [&](auto const& isGivenUp) {
            begun.count_down();
            while (!isGivenUp()) std::this_thread::yield();
            causal.sendM();
          };
          auto b = other.spawn("b", [&](tincan::Renderer& ipc) {
            ipc.on("ask", [&](tincan::Event& event) {
              if (look == "event") wait([&] { return event.cancelled(); });
              auto reply = event.defer();
              if (look == "Reply") wait([&] { return reply.cancelled(); });
              if (look == "Reply::set") {
                begun.count_down();
                givenUp.wait();
                if (!reply.set(1)) causal.sendM();
              }
            });
            ipc.handle("ask", [&](tincan::InvokeEvent& event) -> int {
              if (look == "invoke event") wait([&] { return event.cancelled(); });
              auto const stop = event.stopToken();
              if (look == "stop token") wait([&] { return stop.stop_requested(); });
              return 1;
            });
            ipc.handle("task", [&](tincan::InvokeEvent& event) -> Task<int> {
              begun.count_down();
              while (!event.cancelled()) co_await ipc.sleep(0s);
              causal.sendM();
              isSent = true;
              co_return 1;
            });
            ipc.run();
          });
          auto a = std::make_optional(other.attach("a"));
          a->poll();
          tincan::Peer const peer = *a->peer("b");
          bool const isCall = look == "invoke event" || look == "stop token";
          std::optional<tincan::Future<int>> future(look == "own Task" ? peer.invoke<int>("task")
                                                    : isCall           ? peer.invoke<int>("ask")
                                                                       : peer.request<int>("ask"));
          std::optional<tincan::Pending> pending;
          std::optional<Task<>> task;
          static auto const awaits = [](tincan::Future<int> one) -> Task<> {
            static_cast<void>(co_await one);
          };
          static auto const awaitsAny = [](tincan::Future<int> one,
                                           tincan::Future<int> two) -> Task<> {
            static_cast<void>(co_await tincan::any(std::move(one), std::move(two)));
          };
          if (way == "Pending::cancel") {
            pending = std::move(*future).then(*a, [](tincan::Future<int>) {});
          }
          a->handle("ready", [] { return 2; });
          a->post([&] {
            if (way == "Task::cancel") task.emplace(awaits(std::move(*future)));
            if (way == "any") {
              task.emplace(awaitsAny(std::move(*future), a->peer().invoke<int>("ready")));
            }
          });
          a->poll();
          begun.wait();
          causal.sendX();
          if (way == "drop") future.reset();
          if (way == "cancel") future->cancel();
          if (way == "close") a->close();
          if (way == "end") a.reset();
          if (way == "Pending::cancel") pending->cancel();
          if (way == "Task::cancel") task->cancel();
          if (way == "any") {
            a->poll();
            a->poll();
          }
          if (way == "assign") *future = tincan::Future<int>();
          givenUp.count_down();
          b.peer().request("nobody listens").wait();
          if (look == "own Task") {  // its loop sees it
            while (!isSent) std::this_thread::yield();
          }
          other.close();
          b.join();
        }) == "xm");
}
