// tests/loop/epoll.cpp - ties to a loop around epoll or poll
#include <tincan/loop/epoll.hpp>

#include <poll.h>

#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace {

struct Loop {
  std::unique_ptr<tincan::loop::Epoll> tie;

  void begin(tincan::Endpoint& endpoint) { tie = std::make_unique<tincan::loop::Epoll>(endpoint); }
  void soon(std::function<void()> function) { callbacks.push_back(std::move(function)); }
  void update() {
    if (tie) tie->update();
  }
  template <class Condition>
  void runUntil(Condition&& isOver) {
    while (!isOver()) turn();
  }
  void turn() {
    pollfd watched{tie ? tie->fd() : -1, POLLIN, 0};
    ::poll(&watched, 1, callbacks.empty() ? -1 : 0);
    if (watched.revents != 0) tie->ready();
    if (callbacks.empty()) return;
    auto const function = std::move(callbacks.front());
    callbacks.pop_front();
    function();
  }

  std::deque<std::function<void()>> callbacks;
};

}  // namespace

#include "cases.hpp"

namespace {

bool isReadable(tincan::loop::Epoll const& tie) {
  pollfd watched{tie.fd(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

}  // namespace

TEST_CASE_METHOD(TiedWindow,
                 "loop::Epoll: readable while there is something to do, and only then") {
  runOnce();
  REQUIRE_FALSE(isReadable(*loop.tie));
  for (int i = 0; i < 150; ++i) window->post([&] { log += 'x'; });
  REQUIRE(isReadable(*loop.tie));
  loop.tie->ready();
  REQUIRE(log.size() < 150);
  REQUIRE(isReadable(*loop.tie));
  loop.tie->ready();
  REQUIRE(log.size() == 150);
  loop.tie->ready();
  REQUIRE_FALSE(isReadable(*loop.tie));
}

TEST_CASE_METHOD(
    TiedWindow, "loop::Epoll: readable when a timer is due, and once more when the bus is closed") {
  runOnce();
  window->after(0ms, [] {});
  loop.update();
  REQUIRE(isReadable(*loop.tie));
  std::thread([&] { bus->close(); }).join();
  loop.tie->ready();
  REQUIRE_FALSE(isReadable(*loop.tie));
}

TEST_CASE_METHOD(
    TiedWindow,
    "loop::Epoll: a tie that has ended writes to no file, also if the endpoint was closed") {
  bus->close();
  loop.tie.reset();
  std::array<int, 4> files{};  // they have the numbers of the tie's
  for (int& file : files) file = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  window.reset();
  for (int const file : files) {
    eventfd_t count = 0;
    CHECK(::eventfd_read(file, &count) == -1);
    ::close(file);
  }
}

TEST_CASE("loop::Epoll: the end of a thread's handle wakes the loop of its body") {
  Guard const guard;
  tincan::Bus bus;
  bool isOver = false;
  {
    auto const window = bus.spawn("window", [&](tincan::Renderer& ipc, tincan::StopToken stop) {
      Loop loop;
      loop.begin(ipc);
      loop.runUntil([&] { return stop.stop_requested(); });
      isOver = true;
    });
    window.peer().send("x");
  }
  REQUIRE(isOver);
}
