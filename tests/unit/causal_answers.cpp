// tests/unit/causal_answers.cpp - behaviour 3: what was sent before an answer or its giving up
#include <chrono>
#include <optional>
#include <thread>

#include "causal.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

// ---- futures ----------------------------------------------------------------------------------------

namespace {

template <class Learn>
std::string orderByFuture(tincan::ChannelName channel, Learn&& learn) {
  return orderOf([&](Causal& causal) {
    auto const a = spawnAnswering(causal);
    auto future = a.peer().request<int>(channel);
    learn(future);
    causal.sendM();
  });
}

void waitUntilReady(tincan::Future<int>& future) {
  while (!future.ready()) std::this_thread::yield();
}

}  // namespace

TEST_CASE("3: get() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) { future.get(); }) == "xm");
}

TEST_CASE("3: getFor() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) { future.getFor(1h); }) == "xm");
}

TEST_CASE("3: wait() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) { future.wait(); }) == "xm");
}

TEST_CASE("3: waitFor() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) {
            while (!future.waitFor(1h)) {
            }
          }) == "xm");
}

TEST_CASE("3: waitFor() of no time, asked again and again, tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) {
            while (!future.waitFor(0ns)) std::this_thread::yield();
          }) == "xm");
}

TEST_CASE("3: ready() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", waitUntilReady) == "xm");
}

TEST_CASE("3: get() that throws what the listener threw tells what was sent before") {
  REQUIRE(orderByFuture("fail", [](tincan::Future<int>& future) {
            try {
              future.get();
            } catch (std::runtime_error const&) {
            }
          }) == "xm");
}

TEST_CASE("3: get() that throws NoReply tells what was sent before") {
  REQUIRE(orderByFuture("forget", [](tincan::Future<int>& future) {
            static_cast<void>(codeOf([&] { future.get(); }));
          }) == "xm");
}

TEST_CASE("3: ready(), by an exception, tells what was sent before it") {
  REQUIRE(orderByFuture("fail", waitUntilReady) == "xm");
}

TEST_CASE("3: ready(), by NoReply, tells what was sent before it") {
  REQUIRE(orderByFuture("forget", waitUntilReady) == "xm");
}

TEST_CASE("3: the answer of invoke tells what was sent before it") {
  for (char const* const channel : {"invoke", "refuse"}) {
    REQUIRE(orderOf([&](Causal& causal) {
              auto const a = spawnAnswering(causal);
              auto future = a.peer().invoke<int>(channel);
              future.wait();
              causal.sendM();
            }) == "xm");
  }
}

TEST_CASE("3: sendSync, also one that throws, tells what was sent before the answer") {
  for (char const* const channel : {"ask", "fail", "forget"}) {
    REQUIRE(orderOf([&](Causal& causal) {
              auto const a = spawnAnswering(causal);
              try {
                a.peer().sendSync<int>(channel);
              } catch (std::exception const&) {
              }
              causal.sendM();
            }) == "xm");
  }
}

TEST_CASE("3: an answer of a wrong type tells what was sent before it") {
  REQUIRE(orderOf([](Causal& causal) {
            auto const a = spawnAnswering(causal);
            auto const code = codeOf([&] { a.peer().sendSync<std::string>("ask"); });
            if (code == Errc::TypeMismatch) causal.sendM();
          }) == "xm");
}

TEST_CASE("3: a Reply that is used, or dies, on a third thread tells what was sent before") {
  for (bool const dies : {false, true}) {
    REQUIRE(orderOf([&](Causal& causal) {
              std::thread third;
              auto a = causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
                ipc.on("ask", [&](tincan::Event& event) {
                  third = std::thread([&, reply = event.defer()]() mutable {
                    causal.sendX();
                    if (!dies) reply.set(1);
                    auto const end = std::move(reply);
                  });
                });
                ipc.run();
              });
              a.peer().request<int>("ask").wait();
              causal.sendM();
              a.peer().request<int>("nobody listens").wait();
              third.join();
            }) == "xm");
  }
}

TEST_CASE("3: a future that its receiver's end has made ready tells what was sent before") {
  REQUIRE(orderOf([](Causal& causal) {
            auto const a = causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
              ipc.on("end", [&] {
                causal.sendX();
                ipc.close();
              });
              ipc.run();
            });
            auto future = a.peer().request<int>("end");
            while (!future.ready()) std::this_thread::yield();
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: a wait that its receiver's end has ended tells what was sent before") {
  for (bool const byGet : {false, true}) {
    REQUIRE(orderOf([&](Causal& causal) {
              auto const a = causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
                ipc.on("end", [&] {
                  causal.sendX();
                  ipc.close();
                });
                ipc.run();
              });
              auto future = a.peer().request<int>("end");
              if (byGet) static_cast<void>(codeOf([&] { future.get(); }));
              else future.wait();
              causal.sendM();
            }) == "xm");
  }
}

// ---- giving up --------------------------------------------------------------------------------------

namespace {

void dropFuture(tincan::Renderer&, tincan::Future<tincan::Value>& future) {
  auto const end = std::move(future);
}
void cancelFuture(tincan::Renderer&, tincan::Future<tincan::Value>& future) { future.cancel(); }
void closeAsker(tincan::Renderer& requester, tincan::Future<tincan::Value>&) { requester.close(); }

/// A asks B, sends x and gives up, in each of these ways. `listen` gets B, and what B does when it is
/// asked: it waits until a condition holds, and sends m. `ask` gets A's handle of B.
template <class Listen, class Ask>
std::string orderByGivingUp(Listen&& listen, Ask&& ask) {
  for (auto* const giveUp : {&dropFuture, &cancelFuture, &closeAsker}) {
    std::string const order = orderOf([&](Causal& causal) {
      Latch begun(1);
      auto b = causal.bus.spawn("b", [&](tincan::Renderer& ipc) {
        listen(ipc, [&](auto const& isGivenUp) {
          begun.count_down();
          while (!isGivenUp()) std::this_thread::yield();
          causal.sendM();
        });
        ipc.run();
      });
      tincan::Renderer a = causal.bus.attach("a");
      a.poll();
      auto future = ask(*a.peer("b"));
      begun.wait();
      causal.sendX();
      giveUp(a, future);
      b.peer().request("nobody listens").wait();  // behind m
    });
    if (order != "xm") return order;
  }
  return "xm";
}

}  // namespace

TEST_CASE("3: cancelled() that is true tells what was sent before the asker gave up") {
  auto const listen = [](tincan::Renderer& b, auto const& sendOnce) {
    b.on("ask", [sendOnce](tincan::Event& event) { sendOnce([&] { return event.cancelled(); }); });
  };
  REQUIRE(orderByGivingUp(listen, [](tincan::Peer const& b) { return b.request("ask"); }) == "xm");
}

TEST_CASE(
    "3: a handler's stop token that is requested tells what was sent before the asker gave up") {
  auto const listen = [](tincan::Renderer& b, auto const& sendOnce) {
    b.handle("ask", [sendOnce](tincan::InvokeEvent& event) {
      tincan::StopToken const stop = event.stopToken();
      sendOnce([&] { return stop.stop_requested(); });
    });
  };
  REQUIRE(orderByGivingUp(listen, [](tincan::Peer const& b) { return b.invoke("ask"); }) == "xm");
}

TEST_CASE("3: returnValue.set() that is false tells what was sent before the asker gave up") {
  REQUIRE(orderOf([](Causal& causal) {
            Latch begun(1), givenUp(1);
            auto b = causal.bus.spawn("b", [&](tincan::Renderer& ipc) {
              ipc.on("ask", [&](tincan::Event& event) {
                begun.count_down();
                givenUp.wait();
                if (!event.returnValue.set(1)) causal.sendM();
              });
              ipc.run();
            });
            auto future = b.peer().request("ask");
            begun.wait();
            causal.sendX();
            future.cancel();
            givenUp.count_down();
            b.peer().request("nobody listens").wait();  // behind m
          }) == "xm");
}

TEST_CASE("3: a Reply that is found cancelled because another one has answered") {
  Causal causal;
  auto requester = causal.bus.attach("asker");
  requester.poll();
  std::optional<tincan::Reply> first, second;
  causal.bus.main().on("ask", [&](tincan::Event& event) {
    first = event.defer();
    second = event.defer();
  });
  auto const future = requester.request<int>("ask");
  causal.bus.main().poll();
  std::thread b([&] {
    while (!second->cancelled()) std::this_thread::yield();
    causal.sendM();
  });
  std::thread a([&] {
    causal.sendX();
    first->set(1);
  });
  a.join();
  b.join();
  causal.c.poll();
  REQUIRE(causal.got == "xm");
}
