// tests/unit/ports_delivery.cpp - what comes by a port, whatever is done with the port meanwhile
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "port_room.hpp"
#include "support.hpp"

using namespace test;
using tincan::Event;
using tincan::MessageChannel;
using tincan::MessagePort;

TEST_CASE("port: a listener may do anything with its port") {
  Room room;
  Log log;
  MessageChannel channel;
  auto port = std::make_unique<MessagePort>(std::move(channel.port2));
  auto const listen = [&](auto act) {
    port->on("message", [&log, act](int number) {
      log.push_back(std::to_string(number));
      if (number == 1) act();
    });
    port->on("close", [&] { log.push_back("closed"); });
    port->start(room.window);
  };
  Log expected{"1", "closed"};
  MessagePort arrived;
  SECTION("close it") {
    listen([&] { port->close(); });
  }
  SECTION("destroy it") {
    listen([&] { port.reset(); });
  }
  SECTION("close the other end") {
    listen([&] { channel.port1.close(); });
    expected = {"1", "2", "3", "closed"};
  }
  SECTION("post by it, to itself") {
    channel.port1.on("message", [&](int number) { channel.port1.postMessage(number); });
    channel.port1.start(room.window);
    listen([&] { port->postMessage(4); });
    expected = {"1", "2", "3", "4"};
  }
  SECTION("start it again, and listen again") {
    listen([&] {
      port->start(room.bus.main());
      port->on("message", [&](int number) { log.push_back("+" + std::to_string(number)); });
    });
    expected = {"1", "2", "+2", "3", "+3"};
  }
  SECTION("send it away, and start it where it arrives") {
    room.bus.main().on("port", [&](Event& event) {
      arrived = std::move(event.ports.at(0));
      arrived.on("message", [&](int number) { log.push_back("main " + std::to_string(number)); });
      arrived.start();
    });
    listen([&] { room.bus.main().peer().postMessage("port", 0, std::move(*port)); });
    expected = {"1", "main 2", "main 3"};
  }
  SECTION("poll, and so take the next ones") {
    listen([&] { room.window.poll(); });
    expected = {"1", "2", "3"};
  }
  SECTION("close its endpoint") {
    listen([&] { room.window.close(); });
    expected = {"1"};
  }
  for (int i = 1; i <= 3; ++i) channel.port1.postMessage(i);
  room.pollAll();
  REQUIRE(log == expected);
}

TEST_CASE("port: the other listeners of a message run although one has closed the port") {
  Room room;
  Log log;
  MessageChannel channel;
  channel.port2.on("message", [&] { channel.port2.close(); });
  channel.port2.on("message", [&] { log.push_back("message"); });
  channel.port2.on("close", [&] { log.push_back("close"); });
  channel.port2.start(room.window);
  channel.port1.postMessage(1);
  channel.port1.postMessage(2);
  room.pollAll();
  REQUIRE(log == Log{"message", "close"});
}

TEST_CASE("port: the destructor of a value may post, close and start") {
  Room room;
  Log log;
  MessageChannel channel, other;
  other.port2.on("message", [&](int number) { log.push_back(std::to_string(number)); });
  other.port2.start(room.window);
  channel.port1.postMessage(AtEnd([&] {
    other.port1.postMessage(1);
    channel.port1.postMessage(2);
    channel.port2.start(room.window);
    channel.port2.close();
  }));
  SECTION("at the end of its port") { channel.port2.close(); }
  SECTION("after it was handled") {
    channel.port2.start(room.window);
    room.pollAll();
  }
  SECTION("as its port is replaced") {
    channel.port2.start(room.bus.main());
    channel.port2 = MessagePort();
  }
  room.pollAll();
  REQUIRE(log == Log{"1"});
}

TEST_CASE("port: a value whose copying moves the ports away that go with it is not posted") {
  Room room;
  MessageChannel channel, inner;
  MessagePort taken;
  test::OnCopy const value([&] { taken = std::move(inner.port1); });
  REQUIRE_THROWS_AS(channel.port1.postMessage(value, std::move(inner.port1)),
                    std::invalid_argument);
  int got = 0;
  inner.port2.on("message", [&] { ++got; });
  inner.port2.start(room.window);
  taken.postMessage(1);
  room.pollAll();
  REQUIRE(got == 1);
}

TEST_CASE("port: a value that throws while it is captured holds up nothing that is posted later") {
  struct Stubborn {
    explicit Stubborn(bool throws) : throws_(throws) {}
    Stubborn(Stubborn const& other) : throws_(other.throws_) {
      if (throws_) throw std::runtime_error("cannot be copied");
    }
    Stubborn(Stubborn&& other) : throws_(other.throws_) {
      if (throws_) throw std::runtime_error("cannot be moved");
    }
    Stubborn& operator=(Stubborn const&) = delete;
    ~Stubborn() = default;

   private:
    bool throws_;
  };
  Room room;
  Log log;
  MessageChannel channel, inner;
  channel.port2.on("message", [&] { log.push_back("value"); });
  channel.port2.on("close", [&] { log.push_back("close"); });
  bool const isStarted = GENERATE(false, true);
  if (isStarted) channel.port2.start(room.window);
  Stubborn const copied(true), fine(false);
  for (int i = 0; i < 3; ++i) {
    REQUIRE_THROWS_AS(channel.port1.postMessage(copied), std::runtime_error);
    REQUIRE_THROWS_AS(channel.port1.postMessage(Stubborn(true)), std::runtime_error);
    REQUIRE_THROWS_AS(channel.port1.postMessage(copied, std::move(inner.port1)),
                      std::runtime_error);
    channel.port1.postMessage(fine);
    REQUIRE_THROWS_AS(channel.port1.postMessage(copied), std::runtime_error);
    if (isStarted) {
      room.pollAll();
      REQUIRE(log == Log(static_cast<std::size_t>(i) + 1, "value"));
    }
  }
  inner.port2.postMessage(1);  // the port has stayed here
  channel.port1.close();
  if (!isStarted) channel.port2.start(room.window);
  room.pollAll();
  REQUIRE(log == Log{"value", "value", "value", "close"});
  int got = 0;
  inner.port1.on("message", [&] { ++got; });
  inner.port1.start(room.window);
  room.pollAll();
  REQUIRE(got == 1);
}

TEST_CASE("port: what waits comes once and in order, however often its port is started meanwhile") {
  constexpr int Messages = 200;
  Room room;
  std::vector<int> got;
  MessageChannel channel;
  MessagePort port = std::move(channel.port2);
  std::size_t handled = 0;
  // Each message has a ticket in two inboxes, and more of them with each start: all are void but
  // those of the last one.
  auto const pass = [&](tincan::Endpoint& here, tincan::Endpoint& there) {
    here.on("port", [&](Event& event) {
      port = std::move(event.ports.at(0));
      port.on("message", [&](int number) {
        got.push_back(number);
        there.peer().postMessage("port", 0, std::move(port));
      });
      port.start(here);
      port.start(there);  // does nothing
    });
  };
  pass(room.window, room.bus.main());
  pass(room.bus.main(), room.window);
  for (int i = 0; i < Messages / 2; ++i) channel.port1.postMessage(i);
  room.window.peer().postMessage("port", 0, std::move(port));
  for (int i = Messages / 2; i < Messages; ++i) {
    channel.port1.postMessage(i);
    handled += room.window.poll() + room.bus.main().poll();
  }
  while (std::size_t const count = room.window.poll() + room.bus.main().poll()) handled += count;
  REQUIRE(got.size() == Messages);
  for (int i = 0; i < Messages; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i);
  // It comes to an end: nobody sends anything on but the port, once for each message.
  REQUIRE(handled <= static_cast<std::size_t>(Messages) * (Messages + 2));
}

TEST_CASE(
    "port: a start at one endpoint while another one is started, by the listener of a third") {
  Room room;
  Log log;
  auto other = room.bus.attach("other");
  MessageChannel channel;
  MessagePort port = std::move(channel.port2);
  auto const listen = [&](std::string const& where) {
    port.on("message",
            [&log, where](int number) { log.push_back(where + std::to_string(number)); });
  };
  listen("window ");
  port.start(room.window);
  for (int i = 0; i < 3; ++i) channel.port1.postMessage(i);
  room.window.poll(1);
  // The end moves while its tickets are in the window's inbox, and the messages go with it.
  MessageChannel by;
  MessagePort arrived;
  by.port2.on("message", [&](Event& event) {
    port = std::move(event.ports.at(0));
    listen("other ");
    port.start(other);
    port.start(room.window);
    channel.port1.postMessage(4);
  });
  by.port2.start(room.bus.main());
  by.port1.postMessage(0, std::move(port));
  channel.port1.postMessage(3);
  room.window.poll();
  REQUIRE(log == Log{"window 0"});
  room.pollAll();
  while (other.poll() != 0) {
  }
  room.pollAll();
  REQUIRE(log == Log{"window 0", "other 1", "other 2", "other 3", "other 4"});
}

TEST_CASE("port: a null function is refused at once") {
  MessageChannel channel;
  REQUIRE_THROWS_AS(channel.port1.on("message", static_cast<void (*)(int)>(nullptr)),
                    std::invalid_argument);
  REQUIRE_THROWS_AS(channel.port1.on("close", std::function<void()>()), std::invalid_argument);
}

TEST_CASE("port: listeners that come too late are not kept") {
  Room room;
  Log log;
  MessageChannel channel;
  channel.port1.start(room.window);
  channel.port1.close();
  SECTION("for close, before it has been told") {
    channel.port1.on("close", [&log, held = room.held] { log.push_back("close"); });
  }
  SECTION("for messages, of which there will be none") {
    channel.port1.on("close", [&] { log.push_back("close"); });
    channel.port1.on("message", [held = room.held] {});
    REQUIRE(room.held.use_count() == 1);
  }
  room.pollAll();
  REQUIRE(log == Log{"close"});
  channel.port1.on("close", [&log, held = room.held] { log.push_back("late"); });
  room.pollAll();
  REQUIRE(log == Log{"close"});
  REQUIRE(room.held.use_count() == 1);
}

TEST_CASE(
    "port: an endpoint that closes while a port goes on to another one takes nothing with it") {
  Room room;
  Log log;
  int closed = 0;
  MessageChannel channel;
  channel.port1.on("close", [&] { ++closed; });
  channel.port1.start(room.bus.main());
  auto other = room.bus.attach("other");
  channel.port2.start(other);
  for (int i = 0; i < 3; ++i) channel.port1.postMessage(i);
  room.window.on("port", [&](Event& event) {
    channel.port2 = std::move(event.ports.at(0));
    channel.port2.on("message", [&](int number) { log.push_back(std::to_string(number)); });
    channel.port2.start();
  });
  room.window.peer().postMessage("port", 0, std::move(channel.port2));
  SECTION("before it arrives") { other.close(); }
  SECTION("after it has arrived") {
    room.window.poll();
    other.close();
  }
  room.pollAll();
  REQUIRE(log == Log{"0", "1", "2"});
  REQUIRE(closed == 0);
}

TEST_CASE(
    "port: close comes after what its sender has sent before, and so does what is sent after it") {
  Room room;
  Log log;
  MessageChannel channel;
  room.window.on("before", [&] { log.push_back("before"); });
  room.window.on("after", [&] { log.push_back("after"); });
  channel.port2.on("message", [&] { log.push_back("message"); });
  channel.port2.on("close", [&] { log.push_back("close"); });
  bool const isStartedEarly = GENERATE(true, false);
  if (isStartedEarly) channel.port2.start(room.window);
  tincan::Peer const peer = room.window.peer();
  peer.send("before");
  channel.port1.postMessage(1);
  peer.send("before");
  channel.port1.close();
  peer.send("after");
  if (!isStartedEarly) channel.port2.start(room.window);
  room.pollAll();
  REQUIRE(log == Log{"before", "message", "before", "close", "after"});
}

TEST_CASE(
    "port: what is posted before and after a transfer is in causal order with all other messages") {
  Room room;
  Log log;
  MessageChannel channel;
  for (char const* const name : {"first", "second", "third"}) {
    room.window.on(name, [&log, name] { log.push_back(name); });
  }
  MessagePort arrived;
  room.window.on("port", [&](Event& event) {
    arrived = std::move(event.ports.at(0));
    arrived.on("message", [&](int number) { log.push_back(std::to_string(number)); });
    arrived.start();
  });
  channel.port2.start(room.bus.main());
  tincan::Peer const peer = room.window.peer();
  peer.postMessage("port", 0, std::move(channel.port2));
  peer.send("first");
  channel.port1.postMessage(1);  // on its way when the port is started
  room.window.poll(1);
  peer.send("second");
  channel.port1.postMessage(2);
  peer.send("third");
  room.pollAll();
  REQUIRE(log == Log{"first", "1", "second", "2", "third"});
}
