// tests/unit/pending.cpp - Pending: a function of then that is withdrawn is not called
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "deadline_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Pending;
using namespace std::chrono_literals;

TEST_CASE("Pending: one that names no function is harmless, and so are its copies") {
  Pending none;
  Pending copy = none;
  none.cancel();
  copy = std::move(none);
  copy.cancel();
  copy.cancel();
}

TEST_CASE_METHOD(DeadlineFixture,
                 "Pending: cancel withdraws the request, and the function is not called") {
  int const before = Counted::alive;
  Pending const pending =
      ipc.invoke<int>("x", 5).then(ipc, [this, held = Counted(1)](auto) { log.push_back("x"); });
  REQUIRE(Counted::alive == before + 1);
  pending.cancel();
  REQUIRE(Counted::alive == before);
  pump();
  REQUIRE(calls == 0);  // the handler had not started
  REQUIRE(log.empty());
  pending.cancel();
}

TEST_CASE_METHOD(DeadlineFixture, "Pending: any of its copies withdraws, whenever the others end") {
  auto first = std::make_unique<Pending>(ipc.invoke<int>("x", 5).then(ipc, logged("x")));
  Pending const second = *first;
  first.reset();
  pump();
  REQUIRE(log == Log{"x 5"});
  second.cancel();  // too late
  Pending third = ipc.invoke<int>("x", 6).then(ipc, logged("y"));
  Pending const fourth = third;
  third = second;
  fourth.cancel();
  pump();
  REQUIRE(log.size() == 1);
  REQUIRE(calls == 1);
}

TEST_CASE_METHOD(DeadlineFixture, "Pending: its own end withdraws nothing") {
  { Pending const pending = ipc.invoke<int>("x", 5).then(ipc, logged("x")); }
  pump();
  REQUIRE(log == Log{"x 5"});
}

TEST_CASE_METHOD(DeadlineFixture,
                 "Pending: an answer that is under way, or there, is dropped by cancel") {
  Pending pending;
  SECTION("it is in the inbox") {
    pending = ipc.invoke<int>("x", 5).then(ipc, logged("x"));
    main.poll();
  }
  SECTION("then was called when it was there") {
    auto future = ipc.invoke<int>("x", 5);
    main.poll();
    pending = std::move(future).then(ipc, logged("x"));
  }
  pending.cancel();
  pump();
  REQUIRE(log.empty());
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(DeadlineFixture, "Pending: cancel takes the deadline away") {
  Pending const pending = ipc.within(1h).invoke<int>("x", 5).then(ipc, logged("x"));
  REQUIRE(ipc.nextDeadline().has_value());
  pending.cancel();
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
}

TEST_CASE_METHOD(DeadlineFixture, "Pending: the one who was asked learns that it is cancelled") {
  std::optional<tincan::Reply> reply;
  main.on("slow", [&](tincan::Event& event) { reply = event.defer(); });
  Pending const pending = main.peer().request<int>("slow").then(ipc, logged("x"));
  main.poll();
  REQUIRE_FALSE(reply->cancelled());
  pending.cancel();
  REQUIRE(reply->cancelled());
  REQUIRE_FALSE(reply->set(1));
  pump();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(DeadlineFixture, "Pending: the function that is being called is not withdrawn") {
  Pending pending;
  pending = ipc.invoke<int>("x", 5).then(ipc, [&, held = std::make_unique<int>(7)](auto future) {
    pending.cancel();
    log.push_back(outcome(future) + " " + std::to_string(*held));
  });
  pump();
  REQUIRE(log == Log{"5 7"});
}

TEST_CASE_METHOD(DeadlineFixture, "Pending: a function withdraws another one that is ready, too") {
  Pending second;
  ipc.invoke<int>("x", 1).then(ipc, [&](auto) {
    second.cancel();
    log.push_back("first");
  });
  second = ipc.invoke<int>("x", 2).then(ipc, logged("second"));
  main.poll();
  ipc.poll();
  pump();
  REQUIRE(log == Log{"first"});
}

TEST_CASE_METHOD(DeadlineFixture, "Pending: what a function holds may withdraw it, and ask again") {
  struct Holds {
    explicit Holds(Pending& of) : pending(of) {}
    ~Holds() { pending.cancel(); }
    Pending& pending;
  };
  Pending pending;
  pending = ipc.invoke<int>("x", 1).then(ipc, [this, held = std::make_unique<Holds>(pending)](
                                                  auto future) { log.push_back(outcome(future)); });
  SECTION("it is withdrawn") {
    pending.cancel();
    pump();
    REQUIRE(log.empty());
  }
  SECTION("it is called") {
    pump();
    REQUIRE(log == Log{"1"});
  }
}

TEST_CASE_METHOD(DeadlineFixture, "Pending: the endpoint of the function is closed") {
  int const before = Counted::alive;
  ipc.poll();
  Pending const pending =
      ipc.invoke<int>("x", 5).then(ipc, [this, held = Counted(1)](auto) { log.push_back("x"); });
  SECTION("before cancel: it was called with Closed") {
    ipc.close();
    pending.cancel();
    REQUIRE(log == Log{"x"});
  }
  SECTION("after cancel: it is not called") {
    pending.cancel();
    ipc.close();
    REQUIRE(log.empty());
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("Pending: a token may be kept longer than its bus") {
  std::optional<Pending> pending;
  {
    tincan::Bus bus;
    auto window = bus.attach("window");
    pending = bus.main().peer().request<int>("x").then(window, [](auto) {});
  }
  pending->cancel();
  pending.reset();
}

TEST_CASE("Pending: on an endpoint that nobody has polled") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  int calls = 0;
  bus.main().handle("x", [&] { return ++calls; });
  int const before = Counted::alive;
  Pending const pending =
      bus.main().peer().invoke<int>("x").then(window, [&, held = Counted(1)](auto) { ++calls; });
  SECTION("its own thread cancels") {
    pending.cancel();
    REQUIRE(Counted::alive == before);
  }
  SECTION("another thread cancels") {
    std::thread([&] { pending.cancel(); }).join();
    window.poll();
    REQUIRE(Counted::alive == before);
  }
  bus.main().poll();
  window.poll();
  REQUIRE(calls == 0);
}

TEST_CASE("Pending: another thread cancels, and nothing is called afterwards") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  std::optional<tincan::Reply> reply;
  bus.main().on("x", [&](tincan::Event& event) { reply = event.defer(); });
  int calls = 0;
  int const before = Counted::alive;
  Pending const pending =
      bus.main().peer().request<int>("x").then(window, [&, held = Counted(1)](auto) { ++calls; });
  bus.main().poll();
  std::thread([&] { pending.cancel(); }).join();
  REQUIRE(Counted::alive == before + 1);  // they end on the endpoint's thread
  SECTION("the answer comes before the endpoint knows") { REQUIRE(reply->set(5)); }
  SECTION("the endpoint knows before the answer") {
    window.poll();
    REQUIRE(reply->cancelled());
  }
  SECTION("the endpoint is closed") { window.close(); }
  window.poll();
  window.poll();
  REQUIRE(Counted::alive == before);
  REQUIRE(calls == 0);
}

TEST_CASE("Pending: another thread cancels a function that is on its way to its endpoint") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  int calls = 0;
  bus.main().handle("x", [&] { return ++calls; });
  int const before = Counted::alive;
  std::thread([&, peer = bus.main().peer()] {
    Pending const pending =
        peer.invoke<int>("x").then(window, [&, held = Counted(1)](auto) { ++calls; });
    pending.cancel();
  }).join();
  window.poll();
  bus.main().poll();
  window.poll();
  REQUIRE(calls == 0);
  REQUIRE(Counted::alive == before);
}

TEST_CASE("Pending: of cancel on one thread and the answer on another one wins", "[threads]") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  bus.main().handle("x", [](int number) { return number; });
  constexpr int Times = 300;
  std::vector<Pending> pending(Times);
  std::vector<std::atomic<int>> seen(Times);
  std::atomic<int> made{0};
  std::vector<int> called(Times, 0);
  for (int i = 0; i < Times; ++i) {
    pending[static_cast<std::size_t>(i)] = bus.main().peer().invoke<int>("x", i).then(
        window, [&, at = static_cast<std::size_t>(i)](Future<int> future) {
          called[at] += future.get() == static_cast<int>(at) ? 1 : 100;
          seen[at] = 1;
        });
  }
  std::vector<int> before(Times, 0);
  std::thread canceller([&] {
    for (std::size_t i = 0; i < Times; ++i) {
      pending[i].cancel();
      before[i] = seen[i];
      ++made;
    }
  });
  while (made < Times) {
    bus.main().poll(3);
    window.poll();
  }
  canceller.join();
  while (bus.main().poll() + window.poll() != 0) {
  }
  for (std::size_t i = 0; i < Times; ++i) {
    REQUIRE(called[i] <= 1);
  }
  REQUIRE(addsUp(bus.stats()));
}
