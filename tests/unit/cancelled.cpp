// tests/unit/cancelled.cpp - whoever answers learns that nobody can get the answer any more
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "allocations.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Event;
using tincan::InvokeEvent;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

/// A window that answers, and another one that asks, on one thread.
struct CancelFixture {
  CancelFixture() : answering(bus.attach("answering")), asking(bus.attach("asking")) {
    answering->poll();
    asking->poll();
    answering->on("x", [this](Event& event) { replies.push_back(event.defer()); });
    answering->handle("x", [this](InvokeEvent& event) -> Task<int> {
      tokens.push_back(event.stopToken());
      bool const before = event.cancelled();
      co_await answering->peer().request<void>("never");
      static_cast<void>(before);
      co_return 5;
    });
    answering->on("never", [this](Event& event) { inner.push_back(event.defer()); });
  }
  ~CancelFixture() { bus.close(); }  // before what the listeners write to goes
  CancelFixture(CancelFixture const&) = delete;
  CancelFixture& operator=(CancelFixture const&) = delete;

  std::vector<tincan::Reply> replies, inner;
  std::vector<tincan::StopToken> tokens;
  tincan::Bus bus;
  std::optional<tincan::Renderer> answering, asking;
};

}  // namespace

TEST_CASE_METHOD(CancelFixture, "cancelled: of a Reply, whatever the reason is") {
  std::optional<tincan::Future<int>> future = asking->peer().request<int>("none");
  future = answering->peer().request<int>("x");
  answering->poll();
  REQUIRE(replies.size() == 1);
  tincan::Reply const& reply = replies[0];
  REQUIRE_FALSE(reply.cancelled());
  SECTION("it is given up") { future->cancel(); }
  SECTION("it is dropped") { future.reset(); }
  SECTION("it is answered") { REQUIRE(replies[0].set(1)); }
  SECTION("the endpoint that was asked is closed") { answering->close(); }
  SECTION("the endpoint that was asked has ended") { answering.reset(); }
  SECTION("the bus is closed") { bus.close(); }
  SECTION("the bus is closed by another thread") {
    std::thread([&] { bus.close(); }).join();
  }
  REQUIRE(reply.cancelled());
  REQUIRE_FALSE(replies[0].set(2));
}

TEST_CASE_METHOD(CancelFixture, "cancelled: the one who asked is closed, or out of time") {
  tincan::Future<int> future;
  bool isLate = false;
  asking->post([&] {
    future = isLate ? answering->peer().within(1ns).request<int>("x")
                    : answering->peer().request<int>("x");
  });
  SECTION("closed") {
    asking->poll();
    answering->poll();
    REQUIRE_FALSE(replies.at(0).cancelled());
    asking->close();
  }
  SECTION("ended") {
    asking->poll();
    answering->poll();
    asking.reset();
  }
  SECTION("out of time") {
    isLate = true;
    asking->poll();
    answering->poll();
    while (!future.ready()) {
    }
  }
  REQUIRE(replies.at(0).cancelled());
}

TEST_CASE_METHOD(CancelFixture,
                 "cancelled: of an event of a plain send, and of a Reply of no request") {
  bool wasCancelled = false, wasReplyCancelled = false;
  answering->on("y", [&](Event& event) {
    wasCancelled = event.cancelled();
    wasReplyCancelled = event.defer().cancelled();
  });
  answering->peer().send("y");
  answering->poll();
  REQUIRE(wasCancelled);
  REQUIRE(wasReplyCancelled);
  REQUIRE(tincan::Reply().cancelled());
}

TEST_CASE_METHOD(CancelFixture,
                 "cancelled: of an event, when an endpoint is closed by its listener") {
  std::vector<bool> was;
  SECTION("the one that answers") {
    answering->on("y", [&](Event& event) {
      was.push_back(event.cancelled());
      answering->close();
      was.push_back(event.cancelled());
    });
  }
  SECTION("the one that asked") {
    answering->on("y", [&](Event& event) {
      was.push_back(event.cancelled());
      asking->close();
      was.push_back(event.cancelled());
    });
  }
  SECTION("in a handler") {
    answering->handle("y", [&](InvokeEvent& event) {
      was.push_back(event.cancelled());
      bus.close();
      was.push_back(event.cancelled());
    });
  }
  tincan::Future<int> request, invoke;
  asking->post([&] {
    request = answering->peer().request<int>("y");
    invoke = answering->peer().invoke<int>("y");
  });
  asking->poll();
  answering->poll();
  REQUIRE(was == std::vector{false, true});
}

TEST_CASE_METHOD(CancelFixture,
                 "a stop token is requested when nobody can get the answer any more") {
  std::optional<tincan::Future<int>> future;
  asking->post([&] { future = answering->peer().invoke<int>("x"); });
  asking->poll();
  answering->poll();
  REQUIRE(tokens.size() == 1);
  REQUIRE_FALSE(tokens[0].stop_requested());
  bool isStopped = true;
  SECTION("it is given up") { future->cancel(); }
  SECTION("it is dropped") { future.reset(); }
  SECTION("the one who asked is closed") { asking->close(); }
  SECTION("the one who asked has ended") { asking.reset(); }
  SECTION("the one who answers is closed") { answering->close(); }
  SECTION("the bus is closed by another thread") {
    std::thread([&] { bus.close(); }).join();
  }
  SECTION("not when it is answered, nor by what comes afterwards") {
    answering->poll();
    inner.at(0).set(0);
    answering->poll();
    REQUIRE(future->get() == 5);
    asking->close();
    answering->close();
    isStopped = false;
  }
  REQUIRE(tokens[0].stop_requested() == isStopped);
}

TEST_CASE_METHOD(CancelFixture, "a stop token that comes too late is requested already") {
  std::vector<bool> was;
  answering->handle("y", [&](InvokeEvent& event) {
    asking->close();
    was.push_back(event.stopToken().stop_requested());
    answering->close();
    was.push_back(event.stopToken().stop_requested());
  });
  tincan::Future<void> future;
  asking->post([&] { future = answering->peer().invoke<void>("y"); });
  asking->poll();
  answering->poll();
  REQUIRE(was == std::vector{true, true});
}

TEST_CASE_METHOD(CancelFixture,
                 "a plain handler that has asked for its stop token answers as others do") {
  answering->handle("value", [](InvokeEvent& event) {
    static_cast<void>(event.stopToken());
    return event.stopToken().stop_requested() ? 0 : 7;
  });
  answering->handle("nothing", [](InvokeEvent& event) { static_cast<void>(event.stopToken()); });
  answering->handle("throws", [](InvokeEvent& event) -> int {
    static_cast<void>(event.stopToken());
    throw 42;
  });
  auto value = asking->peer().invoke<int>("none");
  value = answering->peer().invoke<int>("value");
  auto nothing = answering->peer().invoke<void>("nothing");
  auto throws = answering->peer().invoke<int>("throws");
  answering->poll();
  REQUIRE(value.get() == 7);
  nothing.get();
  REQUIRE_THROWS_AS(throws.get(), int);
}

TEST_CASE_METHOD(CancelFixture,
                 "25: without memory stopToken and defer throw, and nothing has changed") {
  if (!countsAllocations()) return;
  for (std::int64_t n = 1; n < 10; ++n) {
    bool hasToken = false, isDeferred = false;
    std::optional<tincan::Reply> reply;
    answering->handle("token", [&](InvokeEvent& event) {
      hasToken = runsWithout(n, false, [&] { static_cast<void>(event.stopToken()); });
      return 7;
    });
    answering->on("defer", [&](Event& event) {
      isDeferred = runsWithout(n, false, [&] { reply = event.defer(); });
      if (!isDeferred) event.returnValue = 8;
    });
    auto token = answering->peer().invoke<int>("token");
    auto defer = answering->peer().request<int>("defer");
    answering->poll();
    REQUIRE(token.get() == 7);
    if (isDeferred) REQUIRE(reply->set(8));
    REQUIRE(defer.get() == 8);
    answering->removeHandler("token");
    answering->removeAllListeners("defer");
    if (hasToken && isDeferred) return;
  }
  FAIL("ten allocations are too many");
}

TEST_CASE("answers, closing and stop tokens of several threads") {
  for (int round = 0; round < 200; ++round) {
    tincan::Bus bus;
    bus.main().poll();
    tincan::StopToken token;
    std::optional<tincan::Reply> reply;
    bus.main().on("x", [&](Event& event) { reply = event.defer(); });
    bus.main().handle("x", [&](InvokeEvent& event) -> Task<int> {
      token = event.stopToken();
      co_return co_await bus.main().peer().request<int>("x");
    });
    auto asking = bus.attach("asking");
    asking.poll();
    std::optional<tincan::Future<int>> future;
    asking.post([&] { future = bus.main().peer().invoke<int>("x"); });
    asking.poll();
    bus.main().poll();
    bus.main().poll();
    REQUIRE(reply.has_value());
    std::thread closing([&] { bus.close(); });
    reply->set(1);
    bus.main().poll();
    if (round % 2 == 0) future.reset();
    else if (round % 3 == 0) asking.close();
    closing.join();
    bus.main().poll();
    future.reset();
  }
}

TEST_CASE_METHOD(CancelFixture, "cancelled: whoever was told that time is up answers no more") {
  static constexpr int TooLate = 5;
  answering->on("at once", [](Event& event) {
    while (!event.cancelled()) std::this_thread::yield();
    event.returnValue = TooLate;
  });
  answering->handle("at once", [](InvokeEvent& event) {
    while (!event.cancelled()) std::this_thread::yield();
    return TooLate;
  });
  auto const peer = answering->peer();
  auto const answerTo = [&](auto future) {
    answering->poll();
    if (!replies.empty()) {
      while (!replies[0].cancelled()) std::this_thread::yield();
      REQUIRE_FALSE(replies[0].set(TooLate));
    }
    return codeOf([&] { return future.get(); });
  };
  // The requester looks at nothing until the answer is there.
  REQUIRE(answerTo(peer.within(1ms).request<int>("at once")) == Errc::Timeout);
  REQUIRE(answerTo(peer.within(1ms).invoke<int>("at once")) == Errc::Timeout);
  REQUIRE(answerTo(peer.within(1ms).request<int>("x")) == Errc::Timeout);
}

TEST_CASE_METHOD(CancelFixture,
                 "cancelled: of an event that was answered, for later listeners, too") {
  std::vector<bool> was;
  answering->on("y", [&](Event& event) {
    was.push_back(event.cancelled());
    event.returnValue = 1;
    was.push_back(event.cancelled());
  });
  answering->on("y", [&](Event& event) { was.push_back(event.cancelled()); });
  auto future = answering->peer().request<int>("y");
  answering->poll();
  REQUIRE(was == std::vector{false, true, true});
  REQUIRE(future.get() == 1);
}

TEST_CASE_METHOD(CancelFixture,
                 "cancelled: whoever was told that an end is closed answers no more") {
  bool const isAskers = GENERATE(true, false);
  auto const closed = [&](auto& told) {
    if (isAskers) {
      asking->close();
    } else {
      answering->close();
    }
    return told.cancelled();
  };
  std::optional<tincan::Future<int>> future;
  asking->post([&] { future = answering->peer().request<int>("y"); });
  SECTION("the listener") {
    answering->on("y", [&](Event& event) {
      REQUIRE(closed(event));
      REQUIRE_FALSE(event.returnValue.set(5));
    });
    asking->poll();
    answering->poll();
  }
  SECTION("a Reply") {
    answering->on("y", [&](Event& event) { replies.push_back(event.defer()); });
    asking->poll();
    answering->poll();
    REQUIRE(closed(replies[0]));
    REQUIRE_FALSE(replies[0].set(5));
  }
  REQUIRE(codeOf([&] { return future->get(); }) == Errc::Closed);
}
