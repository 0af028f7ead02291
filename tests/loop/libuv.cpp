// tests/loop/libuv.cpp - ties to a uv_loop_t
#include <tincan/loop/libuv.hpp>

#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace {

struct Loop {
  uv_loop_t loop{};
  std::unique_ptr<tincan::loop::Libuv> tie;

  Loop() {
    uv_loop_init(&loop);
    uv_timer_init(&loop, &next);
    uv_prepare_init(&loop, &beforeSleep);
    next.data = beforeSleep.data = this;
  }
  Loop(Loop const&) = delete;
  Loop& operator=(Loop const&) = delete;
  ~Loop() {
    tie.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&next), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&beforeSleep), nullptr);
    uv_run(&loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&loop) != 0) std::abort();  // a handle is open
  }

  void begin(tincan::Endpoint& endpoint) {
    tie = std::make_unique<tincan::loop::Libuv>(endpoint, &loop);
  }
  void soon(std::function<void()> function) {
    callbacks.push_back(std::move(function));
    uv_timer_start(
        &next,
        [](uv_timer_t* timer) {
          auto& self = *static_cast<Loop*>(timer->data);
          auto const all = std::exchange(self.callbacks, {});
          for (auto const& callback : all) callback();
        },
        0, 0);
  }
  void update() {}
  void runUntil(std::function<bool()> condition) {
    // Looks before the loop sleeps.
    uv_prepare_start(&beforeSleep, [](uv_prepare_t* handle) {
      if (static_cast<Loop*>(handle->data)->isOver()) uv_stop(handle->loop);
    });
    isOver = std::move(condition);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_prepare_stop(&beforeSleep);
  }

  uv_timer_t next{};
  uv_prepare_t beforeSleep{};
  std::function<bool()> isOver;
  std::deque<std::function<void()>> callbacks;
};

}  // namespace

#include "cases.hpp"

TEST_CASE("loop::Libuv: uv_run returns when the endpoint is closed") {
  Guard const guard;
  Loop loop;
  tincan::Bus bus;
  loop.begin(bus.main());
  bus.main().on("bye", [&] { bus.close(); });
  std::jthread const other([peer = bus.main().peer()] { peer.post([] {}); });
  bus.main().peer().send("bye");
  REQUIRE(uv_run(&loop.loop, UV_RUN_DEFAULT) == 0);
}

TEST_CASE_METHOD(TiedWindow,
                 "loop::Libuv: uv_run returns when the endpoint has ended, or the tie") {
  loop.soon([&] { window.reset(); });
  REQUIRE(uv_run(&loop.loop, UV_RUN_DEFAULT) == 0);
  loop.begin(bus->main());
  loop.soon([&] { loop.tie.reset(); });
  REQUIRE(uv_run(&loop.loop, UV_RUN_DEFAULT) == 0);
}
