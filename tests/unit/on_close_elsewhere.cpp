// tests/unit/on_close_elsewhere.cpp - onClose of an endpoint that another thread than its own has ended
#include <atomic>
#include <optional>
#include <thread>

#include "../asleep.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;

TEST_CASE(
    "onClose is called when another thread has ended the peer, though its own has nothing to do") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  std::optional<tincan::Renderer> disk(bus.attach("disk"));
  disk->poll();  // it is this thread's
  tincan::Peer const peer = *window.peer("disk");
  int calls = 0;
  peer.onClose([&] { ++calls; });
  std::thread([&] { disk.reset(); }).join();
  REQUIRE_FALSE(peer.alive());
  CHECK(window.poll() == 0);
  CHECK(window.poll() == 0);
  REQUIRE(calls == 1);
}

TEST_CASE(
    "onClose is called when another thread has ended the peer, though its own sleeps elsewhere") {
  Guard const guard;
  tincan::Bus bus;
  std::optional<tincan::Renderer> disk;
  std::atomic<long> own{-1};
  Latch isWatching(1), isGone(1);
  auto const owner = bus.spawn("owner", [&](tincan::Renderer& ipc) {
    disk.emplace(bus.attach("disk"));
    disk->poll();
    own = ownThread();
    ipc.run();
  });
  while (own < 0 || !isAsleep(own)) std::this_thread::yield();
  auto const watcher = bus.spawn("watcher", [&](tincan::Renderer& ipc) {
    ipc.peer("disk")->onClose([&] { isGone.count_down(); });
    isWatching.count_down();
    ipc.run();
  });
  isWatching.wait();
  disk.reset();
  isGone.wait();
}

TEST_CASE(
    "onWake rings when another thread has ended an endpoint of the thread that it is to wake") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  std::optional<tincan::Renderer> disk(bus.attach("disk"));
  disk->poll();
  std::atomic<int> rings{0};
  window.onWake([&] { ++rings; });
  std::thread([&] { disk.reset(); }).join();
  CHECK(rings == 1);
  CHECK(window.poll() == 0);
  CHECK(rings == 1);
}
