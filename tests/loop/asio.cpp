// tests/loop/asio.cpp - ties to an io_context of standalone asio
#include <tincan/loop/asio.hpp>

#include <asio.hpp>

namespace {
namespace net = asio;
using Tie = tincan::loop::Asio;
}  // namespace

#include "asio.hpp"

#if defined(ASIO_HAS_CO_AWAIT)
#include <asio/experimental/awaitable_operators.hpp>

TEST_CASE_METHOD(Asking, "asyncGet: a coroutine of asio") {
  asio::co_spawn(
      loop.context,
      [&]() -> asio::awaitable<void> {
        auto const ask = [&](char const* channel) {
          return loop.tie->asyncGet(peer().invoke<int>(channel, 4), asio::use_awaitable);
        };
        log += std::to_string(co_await ask("twice"));
        try {
          co_await ask("throws");
        } catch (std::runtime_error const& error) {
          log += error.what();
        }
        co_await loop.tie->asyncGet(peer().invoke<void>("nothing"), asio::use_awaitable);
      },
      asio::detached);
  runUntil([&] {
    server->poll();
    return log == "8nonothing";
  });
}

TEST_CASE_METHOD(Asking, "asyncGet: asio cancels the request with the operation") {
  using namespace asio::experimental::awaitable_operators;
  bool isCalled = false;
  server->on("never", [&] { isCalled = true; });
  asio::steady_timer timer(loop.context, 1ms);
  asio::co_spawn(
      loop.context,
      [&]() -> asio::awaitable<void> {
        auto const first =
            co_await (loop.tie->asyncGet(peer().request<int>("never"), asio::use_awaitable) ||
                      timer.async_wait(asio::use_awaitable));
        log = first.index() == 1 ? "timer" : "answer";
      },
      asio::detached);
  runUntil([&] { return !log.empty(); });
  REQUIRE(log == "timer");
  server->poll();
  REQUIRE_FALSE(isCalled);
}
#endif
