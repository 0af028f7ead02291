// tests/loop/asio.hpp - ties to an io_context, of standalone asio and of Boost.Asio
//
// Included behind: namespace net, the one of asio; using Tie, the class of the tie.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

struct Loop {
  net::io_context context;
  std::unique_ptr<Tie> tie;

  void begin(tincan::Endpoint& endpoint) { tie = std::make_unique<Tie>(endpoint, context); }
  void soon(std::function<void()> function) { net::post(context, std::move(function)); }
  void update() {
    if (tie) tie->update();
  }
  template <class Condition>
  void runUntil(Condition&& isOver) {
    while (!isOver()) {
      context.restart();
      context.run_one();
    }
  }
};

}  // namespace

#include "cases.hpp"

TEST_CASE("loop::Asio: run returns when the endpoint is closed, or the tie has ended") {
  Guard const guard;
  Loop loop;
  tincan::Bus bus;
  loop.begin(bus.main());
  loop.soon([&] { loop.tie.reset(); });
  loop.context.run();
  loop.begin(bus.main());
  bus.main().on("bye", [&] { bus.close(); });
  std::jthread const sender([peer = bus.main().peer()] { peer.send("bye"); });
  loop.context.restart();
  loop.context.run();
}

TEST_CASE("loop::Asio: an executor") {
  Guard const guard;
  net::io_context context;
  tincan::Bus bus;
  Tie const tie(bus.main(), net::any_io_executor(net::make_strand(context)));
  bool isCalled = false;
  bus.main().post([&] {
    isCalled = true;
    context.stop();
  });
  context.run();
  REQUIRE(isCalled);
}

// ---- answers ------------------------------------------------------------------------------------------

namespace {

/// A window that is tied, and another endpoint of its thread, which answers when it is polled.
struct Asking : TiedWindow {
  Asking() {
    server->handle("twice", [](int number) { return 2 * number; });
    server->handle("nothing", [this] { log += "nothing"; });
    server->handle("throws", []() -> int { throw std::runtime_error("no"); });
  }
  ~Asking() { server.reset(); }
  Asking(Asking const&) = delete;
  Asking& operator=(Asking const&) = delete;

  tincan::Peer peer() { return *window->peer("server"); }
  std::string nameOf(std::exception_ptr const& failure) {
    if (failure == nullptr) return "none";
    try {
      std::rethrow_exception(failure);
    } catch (tincan::Error const& error) {
      return std::string(tincan::toString(error.code()));
    } catch (std::exception const& error) {
      return error.what();
    }
  }
  /// How the operation ends that waits for this answer by a callback.
  template <class R>
  std::string endOf(tincan::Future<R> future) {
    std::optional<std::string> end;
    loop.tie->asyncGet(std::move(future), [&](std::exception_ptr const& failure, auto const&...) {
      end = nameOf(failure);
    });
    REQUIRE_FALSE(end.has_value());
    server->poll();
    runUntil([&] { return end.has_value(); });
    return *end;
  }

  std::optional<tincan::Renderer> server = bus->attach("server");
};

}  // namespace

TEST_CASE_METHOD(Asking, "asyncGet: an answer for a callback") {
  int answer = 0;
  loop.tie->asyncGet(peer().invoke<int>("twice", 4),
                     [&](std::exception_ptr const& failure, int value) {
                       REQUIRE(failure == nullptr);
                       answer = value;
                     });
  server->poll();
  REQUIRE(answer == 0);
  runUntil([&] { return answer != 0; });
  REQUIRE(answer == 8);
}

TEST_CASE_METHOD(Asking, "asyncGet: an answer that was there before, or is nothing") {
  auto future = peer().invoke<int>("twice", 4);
  server->poll();
  REQUIRE(future.ready());
  REQUIRE(endOf(std::move(future)) == "none");
  REQUIRE(endOf(peer().invoke<void>("nothing")) == "none");
  REQUIRE(log == "nothing");
}

TEST_CASE_METHOD(Asking, "asyncGet: what was thrown, and what the library says") {
  REQUIRE(endOf(peer().invoke<int>("throws")) == "no");
  REQUIRE(endOf(peer().invoke<int>("nobody")) == "NoHandler");
  REQUIRE(endOf(peer().invoke<std::string>("twice", 1)) == "TypeMismatch");
  REQUIRE(endOf(tincan::Future<int>()) == "AlreadyRetrieved");
}

TEST_CASE_METHOD(Asking, "asyncGet: a deadline that passes") {
  std::string end;
  loop.tie->asyncGet(peer().within(1ms).invoke<int>("twice", 1),
                     [&](std::exception_ptr const& failure, int) { end = nameOf(failure); });
  runUntil([&] { return !end.empty(); });
  REQUIRE(end == "Timeout");
}

TEST_CASE_METHOD(Asking, "asyncGet: whatever closes ends it with Closed") {
  std::string end;
  auto const ask = [&](tincan::Future<int> future) {
    loop.tie->asyncGet(std::move(future),
                       [&](std::exception_ptr const& failure, int) { end = nameOf(failure); });
  };
  SECTION("the one that is asked") {
    ask(peer().invoke<int>("twice", 1));
    server.reset();
  }
  SECTION("the bus") {
    ask(peer().invoke<int>("twice", 1));
    bus->close();
  }
  SECTION("the endpoint of the loop") {
    ask(peer().invoke<int>("twice", 1));
    window.reset();
  }
  SECTION("the endpoint of the loop, before") {
    auto future = peer().invoke<int>("twice", 1);
    window.reset();
    ask(std::move(future));
  }
  runUntil([&] { return !end.empty(); });
  REQUIRE(end == "Closed");
}

TEST_CASE_METHOD(Asking, "asyncGet: the tie may end before the answer is there") {
  std::string end;
  loop.tie->asyncGet(peer().invoke<int>("twice", 1),
                     [&](std::exception_ptr const& failure, int) { end = nameOf(failure); });
  loop.tie.reset();
  server->poll();
  window->poll();
  runUntil([&] { return !end.empty(); });
  REQUIRE(end == "none");
}

TEST_CASE_METHOD(Asking, "asyncGet: a std::future") {
  std::future<int> answer = loop.tie->asyncGet(peer().invoke<int>("twice", 4), net::use_future);
  std::future<int> failure = loop.tie->asyncGet(peer().invoke<int>("throws"), net::use_future);
  std::future<void> nothing = loop.tie->asyncGet(peer().invoke<void>("nothing"), net::use_future);
  server->poll();
  runOnce();  // a thread of asio's own may give the values to the futures
  REQUIRE(answer.get() == 8);
  REQUIRE_THROWS_AS(failure.get(), std::runtime_error);
  nothing.get();
}
