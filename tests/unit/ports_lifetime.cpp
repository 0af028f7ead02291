// tests/unit/ports_lifetime.cpp - what ports hold, who holds them, and how they end
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "amounts.hpp"
#include "port_room.hpp"
#include "support.hpp"

using namespace test;
using tincan::Event;
using tincan::MessageChannel;
using tincan::MessagePort;

TEST_CASE("port: one that is held by its own listeners goes with its closing") {
  Room room;
  MessageChannel channel;
  int closed = 0;
  auto port = sharedPort(std::move(channel.port1));
  port->on("message", [port, held = room.held](int number) { port->postMessage(number + 1); });
  port->on("close", [port, held = room.held, &closed] { ++closed; });
  std::weak_ptr<MessagePort> const observed = port;
  bool isTold = true;
  SECTION("by itself, started") {
    port->start(room.bus.main());
    port->close();
  }
  SECTION("by itself, not started") {
    port->close();
    isTold = false;
  }
  SECTION("by the other end") {
    port->start(room.bus.main());
    channel.port2.postMessage(1);
    channel.port2.close();
  }
  SECTION("by its endpoint") {
    port->start(room.window);
    room.window.close();
    isTold = false;
  }
  SECTION("by its endpoint, after it has closed itself") {
    port->start(room.window);
    port->close();
    room.window.close();
    isTold = false;
  }
  SECTION("by the bus") {
    port->start(room.bus.main());
    room.bus.close();
    isTold = false;
  }
  port.reset();
  room.pollAll();
  REQUIRE(closed == (isTold ? 1 : 0));
  REQUIRE(observed.expired());
  REQUIRE(room.held.use_count() == 1);
}

TEST_CASE(
    "port: one that is held by its message listener, and never started, goes with the other end") {
  Room room;
  MessageChannel channel;
  auto port = sharedPort(std::move(channel.port1));
  port->on("message", [port, held = room.held] {});
  port.reset();
  REQUIRE(room.held.use_count() == 2);
  channel.port2.close();
  REQUIRE(room.held.use_count() == 1);
}

TEST_CASE("port: a listener that is held by its own port goes when that is sent away") {
  Room room;
  MessageChannel channel;
  auto port = sharedPort(std::move(channel.port1));
  port->on("message", [port, held = room.held] {});
  port->start(room.window);
  room.bus.main().peer().postMessage("port", 0, std::move(*port));
  port.reset();
  REQUIRE(room.held.use_count() == 1);
}

TEST_CASE("port: two that are held by each other's listeners go with the closing of one") {
  Room room;
  SECTION("ends of one channel") {
    MessageChannel channel;
    auto one = sharedPort(std::move(channel.port1)), two = sharedPort(std::move(channel.port2));
    one->on("message", [two, held = room.held] {});
    two->on("message", [one, held = room.held] {});
    one->start(room.window);
    SECTION("both started") { two->start(room.bus.main()); }
    SECTION("one started") {}
    one->close();
  }
  SECTION("ends of two") {
    MessageChannel first, second;
    auto one = sharedPort(std::move(first.port1)), two = sharedPort(std::move(second.port1));
    one->on("message", [two, held = room.held] {});
    two->on("message", [one, held = room.held] {});
    one->start(room.window);
    two->start(room.window);
    SECTION("one closed") { one->close(); }
    SECTION("their endpoint closed") { room.window.close(); }
  }
  room.pollAll();
  REQUIRE(room.held.use_count() == 1);
}

TEST_CASE("port: one that a listener of an endpoint holds is closed with that endpoint") {
  Room room;
  int closed = 0;
  MessageChannel channel;
  channel.port2.on("close", [&] { ++closed; });
  channel.port2.start(room.bus.main());
  room.window.on("x", [port = sharedPort(std::move(channel.port1)), held = room.held] {});
  room.window = tincan::Renderer(room.bus.attach("other"));
  room.pollAll();
  REQUIRE(closed == 1);
  REQUIRE(room.held.use_count() == 1);
}

TEST_CASE(
    "port: what ends with an endpoint that is destroyed in its own handler tells the other end "
    "once") {
  tincan::Bus bus;
  bus.main().poll();
  int closed = 0, got = 0;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  tincan::Peer const peer = window->peer();
  MessageChannel channel;
  channel.port1.on("close", [&] { ++closed; });
  channel.port1.on("message", [&] { ++got; });
  channel.port1.start(bus.main());
  int posted = 0;
  SECTION("it ends") {
    window->on("say", [port = sharedPort(std::move(channel.port2))] {});
  }
  SECTION("it posts, and ends") {
    posted = 1;
    auto const port = sharedPort(std::move(channel.port2));
    auto const end = std::make_shared<AtEnd>([port] { port->postMessage(); });
    window->on("say", [port, end] {});
  }
  window->on("end", [&] { window.reset(); });
  peer.send("end");
  window->poll();
  bus.main().poll();
  REQUIRE(got == posted);
  REQUIRE(closed == 1);
}

TEST_CASE("port: two that would wait in each other's messages are refused") {
  Room room;
  MessageChannel a, b;
  a.port1.postMessage(1, std::move(b.port2));
  REQUIRE_THROWS_AS(b.port1.postMessage(2, std::move(a.port2)), std::invalid_argument);
  // All is as before: the one that was refused is where it was.
  Log log;
  a.port2.on("message", [&](Event& event, int number) {
    log.push_back(std::to_string(number));
    event.ports.at(0).postMessage("back");
  });
  b.port1.on("message", [&](std::string const& text) { log.push_back(text); });
  a.port2.start(room.window);
  b.port1.start(room.window);
  room.pollAll();
  REQUIRE(log == Log{"1", "back"});
}

TEST_CASE("port: a circle of many that would wait for each other is refused") {
  constexpr std::size_t Count = 10;
  std::vector<MessageChannel> channels(Count);
  // The second end of each waits in a message at that of the one before.
  SECTION("the outermost first") {
    for (std::size_t i = 1; i < Count; ++i) {
      channels[i - 1].port1.postMessage(0, std::move(channels[i].port2));
    }
  }
  SECTION("the innermost first") {
    for (std::size_t i = Count - 1; i > 0; --i) {
      channels[i - 1].port1.postMessage(0, std::move(channels[i].port2));
    }
  }
  REQUIRE_THROWS_AS(channels[Count - 1].port1.postMessage(0, std::move(channels[0].port2)),
                    std::invalid_argument);
  REQUIRE_THROWS_AS(channels[3].port1.postMessage(0, std::move(channels[0].port2)),
                    std::invalid_argument);
  Room room;
  int opened = 0;
  std::vector<MessagePort> ports;
  ports.reserve(Count);
  auto const open = [&](auto& self, MessagePort port) -> void {
    ports.push_back(std::move(port));
    ports.back().on("message", [&](Event& event) {
      ++opened;
      self(self, std::move(event.ports.at(0)));
    });
    ports.back().start(room.window);
  };
  open(open, std::move(channels[0].port2));
  room.pollAll();
  REQUIRE(opened == Count - 1);
}

TEST_CASE("port: what would be a circle is none once one of them has been received") {
  Room room;
  MessageChannel a, b;
  MessagePort arrived;
  a.port2.on("message", [&](Event& event) { arrived = std::move(event.ports.at(0)); });
  a.port1.postMessage(1, std::move(b.port2));
  SECTION("the message was handled") {
    a.port2.start(room.window);
    room.pollAll();
  }
  SECTION("it was dropped") { a.port2.close(); }
  b.port1.postMessage(2, std::move(a.port2));
}

TEST_CASE("port: two threads that would close a circle together leave nothing behind") {
  for (int i = 0; i < 300; ++i) {
    int const before = Counted::alive;
    {
      MessageChannel a, b;
      std::atomic<int> ready{0};
      auto const post = [&](MessagePort& by, MessagePort& port) {
        ++ready;
        while (ready < 2) {
        }
        try {
          by.postMessage(Counted(1), std::move(port));
        } catch (std::invalid_argument const&) {
        }
      };
      std::thread other([&] { post(b.port1, a.port2); });
      post(a.port1, b.port2);
      other.join();
    }
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("port: many that lie in each other's messages end without a deep stack") {
  int const depth = amounts::isQuick() ? 20'000 : 100'000;  // a sanitizer's frames are larger
  int const before = Counted::alive;
  {
    MessageChannel outermost;
    MessagePort last = std::move(outermost.port2);
    for (int i = 0; i < depth; ++i) {
      MessageChannel next;
      next.port1.postMessage(Counted(i), std::move(last));
      last = std::move(next.port2);
    }
    REQUIRE(Counted::alive == before + depth);
    SECTION("by their destructors") {}
    SECTION("by closing") { last.close(); }
    SECTION("as they are started at an endpoint that ends") {
      Room room;
      last.start(room.window);
    }
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("port: many that values and listeners of each other hold end without a deep stack") {
  int const depth = amounts::isQuick() ? 15'000 : 30'000;
  enum class By { Value, Listener, CloseListener };
  By const by = GENERATE(By::Value, By::Listener, By::CloseListener);
  bool const isStarted = GENERATE(false, true);
  CAPTURE(static_cast<int>(by), isStarted);
  Room room;
  std::vector<MessagePort> others;  // those that are open at the far end
  MessageChannel innermost;
  innermost.port2.on("message", [held = room.held] {});
  auto last = sharedPort(std::move(innermost.port2));
  for (int i = 0; i < depth; ++i) {
    MessageChannel next;
    if (by == By::Value) next.port1.postMessage(std::exchange(last, nullptr));
    if (by == By::Listener) next.port2.on("message", [held = std::exchange(last, nullptr)] {});
    if (by == By::CloseListener) next.port2.on("close", [held = std::exchange(last, nullptr)] {});
    if (isStarted) next.port2.start(room.window);
    last = sharedPort(std::move(next.port2));
    others.push_back(std::move(next.port1));
  }
  REQUIRE(room.held.use_count() == 2);
  SECTION("by the end of the outermost one") { last.reset(); }
  SECTION("by the end of the endpoint") {
    room.window.close();
    last.reset();
  }
  SECTION("by the closing of all") {
    for (MessagePort& port : others) port.close();
    last.reset();
  }
  room.pollAll();
  REQUIRE(room.held.use_count() == 1);
}

// ---- growth -------------------------------------------------------------------------------------

namespace {

/// How much longer f(4 n) takes than f(n), the best of three.
template <class F>
double growth(int n, F&& f) {
  auto const time = [&](int count) {
    auto const start = std::chrono::steady_clock::now();
    f(count);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    double const small = time(n);
    best = (std::min)(best, time(4 * n) / small);
  }
  return best;
}
constexpr double Generous = 10;  // the square would be 16

}  // namespace

TEST_CASE("29: many messages that wait at a port, many ports, and a port that is sent often") {
  SECTION("messages that wait") {
    REQUIRE(growth(3000, [](int count) {
              Room room;
              MessageChannel channel;
              int got = 0;
              channel.port2.on("message", [&] { ++got; });
              for (int i = 0; i < count; ++i) channel.port1.postMessage(i);
              channel.port2.start(room.window);
              room.pollAll();
              REQUIRE(got == count);
            }) < Generous);
  }
  SECTION("ports at one endpoint") {
    REQUIRE(growth(700, [](int count) {
              Room room;
              std::vector<MessageChannel> channels(static_cast<std::size_t>(count));
              int got = 0, closed = 0;
              for (auto& channel : channels) {
                channel.port2.on("message", [&] { ++got; });
                channel.port2.on("close", [&] { ++closed; });
                channel.port2.start(room.window);
              }
              for (auto& channel : channels) channel.port1.postMessage(1);
              room.pollAll();
              for (auto& channel : channels) {
                channel.port1.close();
                room.window.poll();
              }
              REQUIRE(got == count);
              REQUIRE(closed == count);
            }) < Generous);
  }
  SECTION("from hand to hand") {
    REQUIRE(growth(700, [](int count) {
              Room room;
              MessageChannel channel;
              int hops = 0;
              MessagePort port;
              auto const pass = [&](tincan::Endpoint& here, tincan::Endpoint& there) {
                here.on("port", [&](Event& event) {
                  port = std::move(event.ports.at(0));
                  port.on("message", [&] {
                    if (++hops == count) return;
                    channel.port1.postMessage(hops);
                    there.peer().postMessage("port", 0, std::move(port));
                  });
                  port.start();
                });
              };
              pass(room.window, room.bus.main());
              pass(room.bus.main(), room.window);
              channel.port1.postMessage(0);
              room.window.peer().postMessage("port", 0, std::move(channel.port2));
              room.pollAll();
              REQUIRE(hops == count);
            }) < Generous);
  }
}
