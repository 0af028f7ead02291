// tests/unit/ports.cpp - MessageChannel, MessagePort, postMessage
#include <algorithm>

#include "support.hpp"

using test::addsUp;
using test::codeOf;
using test::contains;
using test::Counted;
using test::Log;
using tincan::Errc;
using tincan::Event;
using tincan::MessageChannel;
using tincan::MessagePort;
using tincan::SendResult;

namespace {

/// Two renderers and main, all on this thread.
struct Three {
  tincan::Bus bus;
  tincan::Renderer a = bus.attach("a");
  tincan::Renderer b = bus.attach("b");
  Log log;

  Three() { pollAll(); }
  void pollAll() {
    while (bus.main().poll() + a.poll() + b.poll() > 0) {
    }
  }
  /// Writes down what comes.
  void listen(MessagePort& port, std::string const& name) {
    port.on("message", [this, name](int number) { log.push_back(name + std::to_string(number)); });
    port.on("close", [this, name] { log.push_back(name + " closed"); });
  }
};

}  // namespace

TEST_CASE_METHOD(Three, "port: messages wait until the port is started, then come in order") {
  MessageChannel channel;
  channel.port1.postMessage(1);
  channel.port1.postMessage(2);
  listen(channel.port2, "b");
  pollAll();
  REQUIRE(log.empty());
  channel.port2.start(b);
  REQUIRE(log.empty());  // never on the stack of start()
  channel.port1.postMessage(3);
  pollAll();
  REQUIRE(log == Log{"b1", "b2", "b3"});
}

TEST_CASE_METHOD(Three, "port: both ends talk, without main in between") {
  MessageChannel channel;
  listen(channel.port1, "a");
  listen(channel.port2, "b");
  channel.port1.start(a);
  channel.port2.start(b);
  channel.port1.postMessage(1);
  channel.port2.postMessage(2);
  REQUIRE(bus.main().poll() == 0);
  REQUIRE(a.poll() == 1);
  REQUIRE(b.poll() == 1);
  REQUIRE(log == Log{"a2", "b1"});
}

TEST_CASE_METHOD(Three,
                 "port: postMessage carries ports, and the receiver finds them in event.ports") {
  MessageChannel channel;
  std::vector<MessagePort> got;
  b.on("take", [&](Event& event, std::string const& text) {
    log.push_back(text + " from " + event.sender.name());
    got = std::move(event.ports);
  });
  REQUIRE(a.peer("b")->postMessage("take", "this", std::move(channel.port2)) == SendResult::Queued);
  pollAll();
  REQUIRE(got.size() == 1);
  listen(got[0], "b");
  got[0].start(b);
  channel.port1.postMessage(7);
  pollAll();
  REQUIRE(log.size() == 2);
  REQUIRE(log.back() == "b7");
}

TEST_CASE_METHOD(
    Three,
    "port: a listener that takes fewer arguments or optional ones sees no ports among them") {
  int calls = 0;
  bus.main().on("x", [&](int number, std::optional<int> none) {
    calls += number == 5 && !none.has_value() ? 1 : 0;
  });
  bus.main().on("x", [&](Event& event) { calls += event.ports.size() == 2 ? 1 : 0; });
  bus.main().on("x", [&](std::string const&) { calls += 100; });
  MessageChannel one, two;
  a.postMessage("x", 5, std::move(one.port1), std::move(two.port1));
  pollAll();
  REQUIRE(calls == 2);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(Three, "port: the order of messages is kept across a transfer") {
  MessageChannel channel;
  MessagePort arrived;
  listen(channel.port2, "a");
  channel.port2.start(a);
  b.on("take", [&](Event& event) {
    arrived = std::move(event.ports.at(0));
    listen(arrived, "b");
    arrived.start();  // on the endpoint that handles this
  });
  channel.port1.postMessage(1);
  a.poll();
  channel.port1.postMessage(2);  // under way to a when the port leaves
  channel.port1.postMessage(3);
  b.peer().postMessage("take", 0, std::move(channel.port2));
  channel.port1.postMessage(4);
  SECTION("a polls before the port arrives") {
    REQUIRE(a.poll() == 2);
    b.poll();
    channel.port1.postMessage(5);
  }
  SECTION("a polls after the port has arrived") {
    b.poll();
    channel.port1.postMessage(5);
    b.poll();
    REQUIRE(log == Log{"a1", "b2", "b3", "b4", "b5"});  // what is under way to a goes along
    a.poll();
  }
  SECTION("a ends with the messages under way") {
    b.poll();
    channel.port1.postMessage(5);
    a.close();
  }
  pollAll();
  REQUIRE(log == Log{"a1", "b2", "b3", "b4", "b5"});
}

TEST_CASE_METHOD(Three,
                 "port: what was sent before a message that waits at a port is handled before it") {
  MessageChannel channel;
  b.on("first", [&] { log.push_back("first"); });
  b.on("last", [&] { log.push_back("last"); });
  listen(channel.port2, "b");
  tincan::Peer const peer = *a.peer("b");
  bus.main().peer();
  peer.send("first");
  channel.port1.postMessage(1);
  channel.port2.start(b);
  channel.port1.postMessage(2);
  peer.send("last");
  pollAll();
  REQUIRE(log == Log{"first", "b1", "b2", "last"});
}

TEST_CASE_METHOD(Three, "port: each end gets close exactly once, after what was posted before") {
  MessageChannel channel;
  listen(channel.port1, "a");
  listen(channel.port2, "b");
  channel.port1.start(a);
  SECTION("the other end is started") { channel.port2.start(b); }
  SECTION("the other end is started later") {}
  channel.port1.postMessage(1);
  channel.port1.close();
  channel.port1.close();
  channel.port1.postMessage(2);  // nothing happens
  channel.port2.start(b);
  pollAll();
  channel.port2.close();
  channel.port2.postMessage(3);
  pollAll();
  std::sort(log.begin(), log.end());
  REQUIRE(log == Log{"a closed", "b closed", "b1"});
}

TEST_CASE_METHOD(Three, "port: a dropped port closes its peer") {
  MessageChannel channel;
  listen(channel.port1, "a");
  channel.port1.start(a);
  SECTION("by its destructor") { MessagePort const dropped = std::move(channel.port2); }
  SECTION("by assignment") { channel.port2 = MessagePort(); }
  SECTION("sent where nobody listens") {
    REQUIRE(b.peer().postMessage("nobody", 0, std::move(channel.port2)) == SendResult::Queued);
    pollAll();
    REQUIRE(bus.stats().deadLetters.at(Errc::NoListener) == 1);
  }
  SECTION("sent to a listener that leaves it in the event") {
    b.on("ignored", [](int) {});
    b.peer().postMessage("ignored", 0, std::move(channel.port2));
    b.poll();
  }
  SECTION("in the inbox of an endpoint that ends") {
    b.peer().postMessage("x", 0, std::move(channel.port2));
    b.close();
  }
  SECTION("in a message at a port that is closed") {
    MessageChannel other;
    other.port1.postMessage(0, std::move(channel.port2));
    other.port2.close();
  }
  SECTION("started at an endpoint that ends") {
    channel.port2.start(b);
    b.close();
  }
  a.poll();
  a.poll();
  REQUIRE(log == Log{"a closed"});
}

TEST_CASE_METHOD(Three, "port: a port stays with its owner when the message is not taken") {
  MessageChannel channel;
  listen(channel.port2, "b");
  SECTION("the receiver is closed") {
    auto const peer = a.peer();
    a.close();
    REQUIRE(peer.postMessage("x", 0, std::move(channel.port2)) == SendResult::Closed);
  }
  SECTION("the value cannot be captured") {
    test::Fragile const fragile;
    test::Fragile::armed = true;
    REQUIRE_THROWS(a.peer().postMessage("x", fragile, std::move(channel.port2)));
    MessageChannel other;
    REQUIRE_THROWS(other.port1.postMessage(fragile, std::move(channel.port2)));
    test::Fragile::armed = false;
  }
  SECTION("another port has been moved away") {
    MessagePort none;
    REQUIRE_THROWS_AS(a.peer().postMessage("x", 0, std::move(channel.port2), std::move(none)),
                      std::invalid_argument);
    REQUIRE_THROWS_AS(
        a.peer().postMessage("x", 0, std::move(channel.port2), std::move(channel.port2)),
        std::invalid_argument);
  }
  channel.port2.start(b);
  channel.port1.postMessage(1);
  b.poll();
  REQUIRE(log == Log{"b1"});
}

TEST_CASE_METHOD(Three, "port: ports travel through ports") {
  MessageChannel outer, inner;
  MessagePort arrived;
  outer.port2.on("message", [&](Event& event, std::string const& text) {
    log.push_back(text + " from " + event.sender.name());
    arrived = std::move(event.ports.at(0));
    listen(arrived, "b");
    arrived.start();
  });
  outer.port2.start(b);
  inner.port1.postMessage(1);
  outer.port1.postMessage("here", std::move(inner.port2));
  inner.port1.postMessage(2);
  pollAll();
  REQUIRE(log == Log{"here from main", "b1", "b2"});
}

TEST_CASE_METHOD(Three, "port: a port cannot be sent through its own channel") {
  MessageChannel channel;
  REQUIRE_THROWS_AS(channel.port1.postMessage(0, std::move(channel.port2)), std::invalid_argument);
  REQUIRE_THROWS_AS(channel.port1.postMessage(0, std::move(channel.port1)), std::invalid_argument);
  listen(channel.port2, "b");  // and both are as they were
  channel.port2.start(b);
  channel.port1.postMessage(4);
  pollAll();
  REQUIRE(log == Log{"b4"});
}

TEST_CASE_METHOD(Three,
                 "port: a value that a listener does not take is an error, and the rest goes on") {
  test::Reports const reports(bus);
  MessageChannel channel;
  listen(channel.port2, "b");
  channel.port2.on("message", [](Event&) { throw std::runtime_error("oh"); });
  channel.port2.start(b);
  channel.port1.postMessage("text");
  channel.port1.postMessage(2);
  pollAll();
  REQUIRE(log == Log{"b2"});
  REQUIRE(reports.errors().size() == 3);
  REQUIRE(contains(reports.errors()[0], "expected (int), got (std::string)"));
  REQUIRE(contains(reports.errors()[1], "oh"));
}

TEST_CASE_METHOD(Three,
                 "port: messages have a sender, may have no value, and ports in the plural") {
  MessageChannel channel, one, two;
  std::size_t ports = 0;
  channel.port2.on("message", [&](Event& event) {
    log.push_back(event.sender.name() + " " + std::string(event.channel().name()));
    ports += event.ports.size();
    REQUIRE_FALSE(event.returnValue.set(1));  // nobody waits
  });
  channel.port2.start(b);
  channel.port1.postMessage();
  a.on("post", [&] { channel.port1.postMessage(1, std::move(one.port1), std::move(two.port1)); });
  a.peer().send("post");
  pollAll();
  REQUIRE(log == Log{"main message", "a message"});
  REQUIRE(ports == 2);
}

TEST_CASE_METHOD(Three, "port: values end exactly once, whatever becomes of the port") {
  int const before = Counted::alive;
  {
    MessageChannel channel;
    channel.port1.postMessage(Counted(1));
    channel.port2.on("message",
                     [&](Counted const& value) { log.push_back(std::to_string(value.number)); });
    SECTION("never started") {}
    SECTION("started and handled") {
      channel.port2.start(b);
      pollAll();
      REQUIRE(log == Log{"1"});
    }
    SECTION("started, and the endpoint ends") {
      channel.port2.start(b);
      channel.port1.postMessage(Counted(2));
      b.close();
      channel.port1.postMessage(Counted(3));
    }
    SECTION("closed before it is handled") {
      channel.port2.start(b);
      channel.port2.close();
      pollAll();
      REQUIRE(log.empty());
    }
  }
  pollAll();
  REQUIRE(Counted::alive == before);
}

TEST_CASE("port: start needs an endpoint, and an open one") {
  std::optional<Errc> code;
  std::thread([&] {
    MessageChannel channel;
    code = codeOf([&] {
      channel.port1.start();
      return 0;
    });
  }).join();
  REQUIRE(code == Errc::WrongThread);
  tincan::Bus bus;
  auto window = bus.attach();
  window.close();
  MessageChannel channel;
  REQUIRE(codeOf([&] {
            channel.port1.start(window);
            return 0;
          }) == Errc::Closed);
  REQUIRE_THROWS_AS(channel.port1.on("massage", [] {}), std::invalid_argument);
  MessagePort none;
  none.postMessage(1);
  none.on("message", [] {});
  none.start();
  none.close();
}

TEST_CASE("port: start() outside of a poll is for the endpoint that belongs to the thread") {
  tincan::Bus bus;
  MessageChannel channel;
  std::optional<std::thread::id> ran;
  channel.port1.postMessage(1);
  std::thread::id here;
  std::thread([&] {
    auto window = bus.attach("window");
    channel.port2.on("message", [&](int) { ran = std::this_thread::get_id(); });
    channel.port2.start();
    window.poll();
    here = std::this_thread::get_id();
  }).join();
  REQUIRE(ran == here);
}

TEST_CASE("port: two threads talk through a port that wanders between them") {
  constexpr int Messages = 2000;
  tincan::Bus bus;
  MessageChannel channel;
  std::vector<int> got;  // by whoever has the port; one at a time
  std::atomic<int> moves{0};
  auto body = [&](tincan::Renderer& ipc) {
    MessagePort mine;
    ipc.on("port", [&](Event& event, std::string const& next) {
      mine = std::move(event.ports.at(0));
      mine.on("message", [&, next](int number) {
        got.push_back(number);
        if (number + 1 == Messages) return bus.close();
        if (number % 50 == 49) {
          ++moves;
          ipc.peer(next)->postMessage("port", ipc.name(), std::move(mine));
        }
      });
      mine.start();
    });
    ipc.run();
  };
  auto one = bus.spawn("one", body);
  auto two = bus.spawn("two", body);
  one.peer().postMessage("port", "two", std::move(channel.port2));
  for (int i = 0; i < Messages; ++i) channel.port1.postMessage(i);
  bus.main().run();
  one.join();
  two.join();
  REQUIRE(got.size() == Messages);
  for (int i = 0; i < Messages; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i);
  REQUIRE(moves == Messages / 50 - 1);
}

TEST_CASE("ports: whoever made a bus posts while another thread polls it for the first time",
          "[threads]") {
  for (int round = 0; round < 50; ++round) {
    test::Bus bus;
    auto window = bus.attach("window");
    tincan::MessageChannel channel;
    test::Latch begun(2);
    std::thread other([&] {
      begun.arrive_and_wait();
      bus.main().poll();
    });
    begun.arrive_and_wait();
    for (int i = 0; i < 50; ++i) channel.port1.postMessage(i);
    other.join();
    int got = 0;
    channel.port2.on("message", [&](int i) { got += i == got ? 1 : 0; });
    channel.port2.start(window);
    window.poll();
    REQUIRE(got == 50);
  }
}
