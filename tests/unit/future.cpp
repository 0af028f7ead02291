// tests/unit/future.cpp - an answer that is under way
#include <chrono>
#include <memory>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

namespace {
struct FutureFixture {
  tincan::Bus bus;
  tincan::Renderer ipc = bus.attach("window");
  tincan::Peer peer = ipc.peer();
  int calls = 0;

  FutureFixture() {
    ipc.on("x", [this](tincan::Event& event, int number) {
      ++calls;
      event.returnValue = number;
    });
  }
};
}  // namespace

TEST_CASE_METHOD(FutureFixture, "a future gives its answer once") {
  auto future = peer.request<int>("x", 5);
  REQUIRE_FALSE(future.ready());
  ipc.poll();
  REQUIRE(future.ready());
  future.wait();
  REQUIRE(future.waitFor(0s));
  REQUIRE(future.get() == 5);
  REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);
  REQUIRE(codeOf([&] { future.getFor(1h); }) == Errc::AlreadyRetrieved);
  REQUIRE(future.ready());
  future.wait();
  future.cancel();
}

TEST_CASE("a future of no request gives nothing") {
  tincan::Future<int> future;
  REQUIRE(future.ready());
  future.wait();
  REQUIRE(future.waitFor(1h));
  future.cancel();
  REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);
}

TEST_CASE_METHOD(FutureFixture, "a future moves, and then the other one has the answer") {
  auto a = peer.request<int>("x", 1);
  auto b = std::move(a);
  REQUIRE(codeOf([&] { a.get(); }) == Errc::AlreadyRetrieved);  // NOLINT: that is the point
  ipc.poll();
  REQUIRE(b.get() == 1);
  a = peer.request<int>("x", 2);
  ipc.poll();
  REQUIRE(a.get() == 2);
}

TEST_CASE_METHOD(FutureFixture, "assigning over a future cancels what it waited for") {
  auto future = peer.request<int>("x", 1);
  future = peer.request<int>("x", 2);
  auto other = peer.request<int>("x", 2);
  future = std::move(other);
  auto& itself = future;
  future = std::move(itself);
  ipc.poll();
  REQUIRE(calls == 1);
  REQUIRE(future.get() == 2);
}

TEST_CASE_METHOD(FutureFixture, "a cancelled request never runs, and its future says Cancelled") {
  Reports const reports(bus);
  auto future = peer.request<int>("x", 1);
  future.cancel();
  REQUIRE(future.ready());
  future.wait();
  REQUIRE(future.waitFor(1h));
  ipc.poll();
  REQUIRE(calls == 0);
  REQUIRE(codeOf([&] { future.get(); }) == Errc::Cancelled);
  REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);
  REQUIRE(reports.deadLetters().size() == 1);
  REQUIRE(contains(reports.deadLetters()[0], "Cancelled x"));
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(FutureFixture, "a dropped future cancels its request") {
  { auto const future = peer.request<int>("x", 1); }
  static_cast<void>(peer.request<int>("x", 2));
  ipc.poll();
  REQUIRE(calls == 0);
  REQUIRE(bus.stats().deadLetters.at(Errc::Cancelled) == 2);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(FutureFixture, "an answer that is there is not cancelled any more") {
  auto future = peer.request<int>("x", 1);
  ipc.poll();
  future.cancel();
  REQUIRE(future.get() == 1);
  REQUIRE(bus.stats().lateAnswers == 0);
}

TEST_CASE_METHOD(FutureFixture, "17: an answer that comes too late is dropped and counted") {
  int const before = Counted::alive;
  std::optional<tincan::Reply> reply;
  bool wasCancelled = false, set = true;
  ipc.on("defer", [&](tincan::Event& event) { reply = event.defer(); });
  ipc.on("late", [&](tincan::Event& event) {
    wasCancelled = event.cancelled();
    set = event.returnValue.set(Counted(1));
  });
  {
    auto deferred = peer.request("defer");
    ipc.poll();
  }
  REQUIRE_FALSE(reply->set(Counted(1)));
  REQUIRE(bus.stats().lateAnswers == 1);

  tincan::Future<tincan::Value> future;
  ipc.on("late", [] {});
  tincan::Listener canceller;
  // Cancelled while the first listener runs.
  ipc.removeAllListeners("late");
  ipc.on("late", [&] { future.cancel(); });
  ipc.on("late", [&](tincan::Event& event) {
    wasCancelled = event.cancelled();
    set = event.returnValue.set(Counted(1));
  });
  future = peer.request("late");
  ipc.poll();
  REQUIRE(wasCancelled);
  REQUIRE_FALSE(set);
  REQUIRE(bus.stats().lateAnswers == 2);
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(FutureFixture, "a cancelled request that is closed over is no late answer") {
  auto future = peer.request<int>("x", 1);
  future.cancel();
  ipc.close();
  REQUIRE(bus.stats().lateAnswers == 0);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(FutureFixture,
                 "17: a deadline that has passed throws Timeout, and the request is over") {
  // The request is to an endpoint that nobody polls, so it cannot be answered.
  auto future = peer.request<int>("x", 1);
  REQUIRE_FALSE(future.waitFor(0s));
  REQUIRE_FALSE(future.waitFor(-1h));
  REQUIRE_FALSE(future.ready());
  REQUIRE(codeOf([&] { future.getFor(0ns); }) == Errc::Timeout);
  REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);
  ipc.poll();
  REQUIRE(calls == 0);
  REQUIRE(bus.stats().deadLetters.at(Errc::Timeout) == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(FutureFixture, "an answer that is there beats a deadline that has passed") {
  auto future = peer.request<int>("x", 1);
  ipc.poll();
  REQUIRE(future.waitFor(-1h));
  REQUIRE(future.getFor(0s) == 1);
}

TEST_CASE_METHOD(FutureFixture, "durations of every size and kind are deadlines") {
  ipc.poll();
  auto future = peer.request<int>("x", 1);
  ipc.poll();
  REQUIRE(future.waitFor(std::chrono::hours::max()));
  REQUIRE(future.waitFor(std::chrono::nanoseconds::max()));
  REQUIRE(future.waitFor(std::chrono::duration<double>(1.5)));
  REQUIRE(future.waitFor(std::chrono::duration<float, std::ratio<86'400>>(1e30f)));
  REQUIRE(future.getFor(std::chrono::years(1000)) == 1);
}

TEST_CASE("waiting with a deadline for an answer that comes") {
  tincan::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("x", [](tincan::Event& event, int number) { event.returnValue = number; });
    ipc.run();
  });
  bus.main().poll();
  for (int i = 0; i < 200; ++i) {
    auto a = window.peer().request<int>("x", i);
    auto b = window.peer().request<int>("x", i + 1);
    REQUIRE(a.waitFor(std::chrono::hours::max()));
    REQUIRE(a.get() == i);
    REQUIRE(b.getFor(1h) == i + 1);
  }
}

TEST_CASE_METHOD(FutureFixture, "a future throws what the listener threw") {
  Reports const reports(bus);
  ipc.on("throws", [] { throw 42; });
  auto future = peer.request<int>("throws");
  ipc.poll();
  REQUIRE(future.ready());
  REQUIRE_THROWS_AS(future.get(), int);
  REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);
}

TEST_CASE_METHOD(FutureFixture, "an answer of another type is over, too") {
  auto future = peer.request<std::string>("x", 1);
  ipc.poll();
  REQUIRE(codeOf([&] { future.get(); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);
}

TEST_CASE_METHOD(FutureFixture, "a future of nothing") {
  auto future = peer.request<void>("x", 1);
  ipc.poll();
  future.get();
  REQUIRE(codeOf([&] { future.get(); }) == Errc::AlreadyRetrieved);
}

TEST_CASE_METHOD(FutureFixture, "many requests at once") {
  std::vector<tincan::Future<int>> futures;
  for (int i = 0; i < 1000; ++i) futures.push_back(peer.request<int>("x", i));
  for (std::size_t i = 0; i < 1000; i += 3) futures[i].cancel();
  ipc.poll();
  REQUIRE(calls == 666);
  for (std::size_t i = 0; i < 1000; ++i) {
    if (i % 3 == 0) REQUIRE(codeOf([&] { futures[i].get(); }) == Errc::Cancelled);
    else REQUIRE(futures[i].get() == static_cast<int>(i));
  }
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("a future is taken on another thread than the one that asked") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.on("x", [](tincan::Event& event, int number) { event.returnValue = number; });
  SECTION("after the answer") {
    auto future = window.peer().request<int>("x", 5);
    window.poll();
    int got = 0;
    std::thread([&] { got = future.get(); }).join();
    REQUIRE(got == 5);
  }
  SECTION("before the answer") {
    auto future = window.peer().request<int>("x", 5);
    int got = 0;
    std::thread other([&] { got = future.get(); });
    window.poll();
    other.join();
    REQUIRE(got == 5);
  }
  SECTION("and dropped there") {
    auto future = window.peer().request<int>("x", 5);
    window.poll();
    std::thread([taken = std::move(future)] {}).join();
  }
  SECTION("and cancelled there") {
    auto future = window.peer().request<int>("x", 5);
    std::thread([taken = std::move(future)]() mutable { taken.cancel(); }).join();
    window.poll();
    REQUIRE(bus.stats().deadLetters.at(Errc::Cancelled) == 1);
  }
}

TEST_CASE("a reply is given too late by a thread that has no endpoint") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::optional<tincan::Reply> reply;
  window.on("x", [&](tincan::Event& event) { reply = event.defer(); });
  {
    auto future = window.peer().request<int>("x");
    window.poll();
  }
  bool set = true;
  std::thread([&] { set = reply->set(1); }).join();
  REQUIRE_FALSE(set);
  REQUIRE(bus.stats().lateAnswers == 1);
}

TEST_CASE("a future outlives the bus, the endpoint and the thread that asked") {
  std::optional<tincan::Future<std::string>> answered, unanswered;
  {
    tincan::Bus bus;
    auto window = bus.attach("window");
    window.on("x", [](tincan::Event& event) { event.returnValue = "text"; });
    std::thread([&] { answered = window.peer().request<std::string>("x"); }).join();
    window.poll();
    std::thread([&] { unanswered = window.peer().request<std::string>("x"); }).join();
  }
  REQUIRE(answered->get() == "text");
  REQUIRE(unanswered->ready());
  REQUIRE(codeOf([&] { unanswered->get(); }) == Errc::Closed);
}

TEST_CASE("waiting for a request inside the capture of an argument for the same receiver") {
  tincan::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("x", [](tincan::Event& event) { event.returnValue = 1; });
    ipc.run();
  });
  tincan::Peer const peer = window.peer();
  tincan::Future<int> kept;
  OnCopy const argument([&] {
    kept = peer.request<int>("x");
    kept.wait();
  });
  peer.send("x", argument);
  REQUIRE(kept.ready());
  REQUIRE(kept.get() == 1);
}
