// tests/unit/reentry.cpp - user code that ends what calls it, or comes back to it
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "allocations.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;

namespace {

/// A function that ends a renderer when it is moved.
struct EndsWhenMoved {
  explicit EndsWhenMoved(std::unique_ptr<tincan::Renderer>& which) : renderer(&which) {}
  EndsWhenMoved(EndsWhenMoved&& other) noexcept : renderer(other.renderer) { renderer->reset(); }
  EndsWhenMoved(EndsWhenMoved const&) = delete;
  EndsWhenMoved& operator=(EndsWhenMoved const&) = delete;
  EndsWhenMoved& operator=(EndsWhenMoved&&) = delete;
  ~EndsWhenMoved() = default;
  void operator()() const {}

  std::unique_ptr<tincan::Renderer>* renderer;
};

}  // namespace

// ---- memory ---------------------------------------------------------------------------------------

TEST_CASE("28: an allocator may look at a bus that takes memory for a list of endpoints") {
  if (!countsAllocations()) return;
  Guard const guard;
  tincan::Bus bus;
  auto const window = bus.attach("window");
  static constinit tincan::Bus* looksAt = nullptr;
  static constinit std::uint64_t pending = 0;
  looksAt = &bus;
  bus.main().peer().send("x");
  onAllocation([] { pending = looksAt->stats().pending; });
  static_cast<void>(bus.main().renderers());
  static_cast<void>(bus.stats());
  onAllocation(nullptr);
  REQUIRE(pending == 1);
}

TEST_CASE("28: an allocator may look at a bus on which many send for the first time") {
  if (!countsAllocations()) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  static constinit tincan::Bus* looksAt = nullptr;
  looksAt = &bus;
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  std::vector<tincan::Renderer> renderers;
  constexpr int Many = 50;
  for (int i = 0; i < Many; ++i) {
    renderers.push_back(bus.attach("window"));
    if (i % 2 == 0) renderers.back().poll();
  }
  onAllocation([] { static_cast<void>(looksAt->stats()); });
  for (auto& renderer : renderers) renderer.send("x");
  onAllocation(nullptr);
  REQUIRE(bus.stats().pending == Many);
}

TEST_CASE("28: an allocator may look at a bus that lets the lanes of those go that have ended") {
  if (!countsAllocations()) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  bus.attach("window").send("x");
  static constinit tincan::Bus* looksAt = nullptr;
  looksAt = &bus;
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  onAllocation([] { static_cast<void>(looksAt->stats()); });
  for (int i = 0; i < 3; ++i) bus.main().poll();
  onAllocation(nullptr);
  REQUIRE(bus.stats().pending == 0);
}

TEST_CASE("28: an allocator may ask whether an answer is awaited whose stop token is made") {
  if (!countsAllocations()) return;
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.attach("window");
  static constinit tincan::InvokeEvent* asksFor = nullptr;
  static constinit bool isAwaited = false;
  bus.main().handle("x", [](tincan::InvokeEvent& event) {
    asksFor = &event;
    onAllocation([] { isAwaited = !asksFor->cancelled(); });
    std::stop_token const token = event.stopToken();
    onAllocation(nullptr);
    return token.stop_requested() ? 1 : 0;
  });
  auto future = window.invoke<int>("x");
  bus.main().poll();
  REQUIRE(future.get() == 0);
  REQUIRE(isAwaited);
}

// ---- ends -------------------------------------------------------------------------------------------

TEST_CASE("28: a wake hook that the start of a port rings may end the endpoint") {
  tincan::Bus bus;
  auto r = std::make_unique<tincan::Renderer>(bus.attach("r"));
  r->poll();
  tincan::MessageChannel channel;
  channel.port2.postMessage(1);
  channel.port1.on("message", [](int) {});
  r->onWake([&] { r.reset(); });
  channel.port1.start(*r);
  REQUIRE(r == nullptr);
}

TEST_CASE("28: a stop callback may end the endpoint that is told to quit, or closed") {
  tincan::Bus bus;
  bus.main().poll();
  auto r = std::make_unique<tincan::Renderer>(bus.attach("r"));
  r->poll();
  std::stop_callback const ends(r->stopToken(), [&] { r.reset(); });
  SECTION("quit") { r->quit(); }
  SECTION("close") { r->close(); }
  SECTION("the bus is closed") { bus.close(); }
  REQUIRE(r == nullptr);
}

TEST_CASE("28: a stop callback may end the future that is cancelled") {
  tincan::Bus bus;
  auto r = bus.attach("r");
  r.poll();
  std::unique_ptr<tincan::Future<int>> future;
  bus.main().handle("x", [&](tincan::InvokeEvent& event) {
    std::stop_callback const ends(event.stopToken(), [&] { future.reset(); });
    future->cancel();
    return 1;
  });
  future = std::make_unique<tincan::Future<int>>(r.invoke<int>("x"));
  bus.main().poll();
  REQUIRE(future == nullptr);
}

TEST_CASE("28: a wake hook that is called while it is set may end the endpoint") {
  tincan::Bus bus;
  auto r = std::make_unique<tincan::Renderer>(bus.attach("r"));
  r->poll();
  r->onWake([] {});
  {
    tincan::Renderer s = bus.attach("s");
    s.poll();
    s.peer("r")->send("x");
  }
  r->onWake([&] { r.reset(); });
  REQUIRE(r == nullptr);
}

TEST_CASE("28: a function may end the endpoint that posts it while it is moved") {
  tincan::Bus bus;
  bus.main().poll();
  std::thread([&] {
    auto r = std::make_unique<tincan::Renderer>(bus.attach("r"));
    r->poll();
    bus.main().post(EndsWhenMoved(r));
  }).join();
  REQUIRE(bus.main().poll() == 1);
}

TEST_CASE("28: a function may end the endpoint that it is posted to while it is moved") {
  tincan::Bus bus;
  auto r = std::make_unique<tincan::Renderer>(bus.attach("r"));
  r->poll();
  REQUIRE(codeOf([&] {
            r->post(EndsWhenMoved(r));
            return 0;
          }) == Errc::Closed);
}

TEST_CASE("28: a listener may end its endpoint while it is moved there") {
  tincan::Bus bus;
  auto r = std::make_unique<tincan::Renderer>(bus.attach("r"));
  r->poll();
  REQUIRE(codeOf([&] {
            r->on("x", EndsWhenMoved(r));
            return 0;
          }) == Errc::Closed);
  r = std::make_unique<tincan::Renderer>(bus.attach("r"));
  REQUIRE(codeOf([&] {
            r->handle("x", EndsWhenMoved(r));
            return 0;
          }) == Errc::Closed);
}

// ---- coming back ------------------------------------------------------------------------------------

TEST_CASE("28: many continuations that poll get Closed one after the other") {
  constexpr int Many = 100'000;
  int called = 0;
  tincan::Bus bus;
  tincan::Renderer r = bus.attach("r");
  r.poll();
  for (int i = 0; i < Many; ++i) {
    r.request<int>("never").then(r, [&](tincan::Future<int>) {
      ++called;
      r.poll();
    });
  }
  bus.close();
  r.poll();
  REQUIRE(called == Many);
}

TEST_CASE("28: messages that are dropped and send at their end do not drop all others") {
  constexpr std::size_t Capacity = 50'000;
  tincan::Bus bus(tincan::BusOptions{{Capacity, tincan::Overflow::DropOldest}});
  tincan::Renderer w = bus.attach("w");
  w.poll();
  tincan::Peer const to = w.main();
  for (std::size_t i = 0; i < Capacity; ++i) w.send("x", AtEnd([to] { to.send("gone", 1); }));
  REQUIRE(w.send("x", 1) == tincan::SendResult::Queued);
  REQUIRE(bus.stats().pending == Capacity);
  REQUIRE(addsUp(bus.stats()));
}

// ---- who speaks -------------------------------------------------------------------------------------

TEST_CASE("21: main does not block on its own inbox before its first poll") {
  tincan::Bus bus(tincan::BusOptions{{1, tincan::Overflow::Block}});
  tincan::Peer const self = bus.main().peer();
  REQUIRE(self.send("x") == tincan::SendResult::Queued);
  REQUIRE(self.send("x") == tincan::SendResult::Full);
}

TEST_CASE("S: a message of a port is from who sends without a giver") {
  tincan::Bus bus;  // main is this thread's first endpoint, though it has not been polled
  tincan::Renderer a = bus.attach("a");
  a.poll();
  std::string plain, port;
  tincan::MessageChannel channel;
  channel.port1.on("message", [&](tincan::Event& event, int) { port = event.sender.name(); });
  a.on("x", [&](tincan::Event& event) { plain = event.sender.name(); });
  channel.port1.start(a);
  a.peer().send("x");
  channel.port2.postMessage(1);
  a.poll();
  REQUIRE(plain == "main");
  REQUIRE(port == plain);
}
