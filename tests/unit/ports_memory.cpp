// tests/unit/ports_memory.cpp - behaviour 25, for ports: an allocation fails, at any point
#include <memory>
#include <string>

#include "allocations.hpp"
#include "support.hpp"

using test::Counted;
using test::runsWithout;
using tincan::Event;
using tincan::MessageChannel;
using tincan::MessagePort;

namespace {

/// How an attempt went.
struct Case {
  std::int64_t n;  // which allocation fails
  bool all;        // and all that follow
  bool succeeded = false;
};

/// Calls attempt(case) with the first, the second, ... allocation failing, until none is left that
/// does. Each attempt sets up what it needs, and checks it.
template <class Attempt>
void forEachFailure(Attempt&& attempt) {
  if (!test::countsAllocations()) return;
  for (bool const all : {false, true}) {
    Case one{0, all};
    do {
      ++one.n;
      REQUIRE(one.n < 200);
      attempt(one);
    } while (!one.succeeded);
  }
}

/// Two endpoints on this thread, and what a port at `a` has got.
struct Desk {
  tincan::Bus bus;
  tincan::Renderer a = bus.attach("a");
  tincan::Renderer b = bus.attach("b");
  std::string got;
  int closes = 0, otherCloses = 0;

  Desk() {
    a.poll();
    b.poll();
  }
  void listen(MessagePort& port) {
    port.on("message", [this](std::string const& text) { got += text; });
    port.on("close", [this] { ++closes; });
  }
  void listenOther(MessagePort& port) {
    port.on("close", [this] { ++otherCloses; });
  }
  void pollAll() {
    for (int i = 0; i < 4; ++i) {
      a.poll();
      b.poll();
    }
  }
};

}  // namespace

TEST_CASE("25: a port whose start has failed can be started again, and nothing is lost") {
  forEachFailure([](Case& one) {
    Desk desk;
    MessageChannel channel;
    desk.listen(channel.port2);
    for (char const* const text : {"a", "b", "c"}) channel.port1.postMessage(text);
    one.succeeded = runsWithout(one.n, one.all, [&] { channel.port2.start(desk.a); });
    desk.pollAll();
    REQUIRE(desk.got == (one.succeeded ? "abc" : ""));
    channel.port1.postMessage("d");
    channel.port2.start(desk.a);
    desk.pollAll();
    REQUIRE(desk.got == "abcd");
    channel.port1.close();
    desk.pollAll();
    REQUIRE(desk.closes == 1);
  });
}

TEST_CASE("25: a start that fails at an end whose other end is closed") {
  forEachFailure([](Case& one) {
    Desk desk;
    MessageChannel channel;
    desk.listen(channel.port2);
    channel.port1.postMessage("a");
    channel.port1.close();
    one.succeeded = runsWithout(one.n, one.all, [&] { channel.port2.start(desk.a); });
    if (!one.succeeded) channel.port2.start(desk.a);
    desk.pollAll();
    REQUIRE(desk.got == "a");
    REQUIRE(desk.closes == 1);
  });
}

TEST_CASE(
    "25: a message whose posting has failed was not posted, its ports stay, and the rest comes") {
  forEachFailure([](Case& one) {
    int const before = Counted::alive;
    {
      Desk desk;
      MessageChannel channel, inner;
      std::vector<int> numbers;
      std::vector<MessagePort> arrived;
      channel.port2.on("message", [&](Event& event, Counted const& value) {
        numbers.push_back(value.number);
        for (auto& port : event.ports) arrived.push_back(std::move(port));
      });
      bool const isStarted = one.n % 2 == 0;
      if (isStarted) channel.port2.start(desk.a);
      inner.port1.on("message", [&](std::string const& text) { desk.got += text; });
      inner.port1.start(desk.b);
      std::int64_t const n = (one.n + 1) / 2;
      Counted const value(1);
      bool const posted = runsWithout(
          n, one.all, [&] { channel.port1.postMessage(value, std::move(inner.port1)); });
      one.succeeded = posted && isStarted;
      if (!posted) {
        inner.port2.postMessage("still here");
        desk.pollAll();
        REQUIRE(desk.got == "still here");
      }
      channel.port1.postMessage(Counted(2));
      channel.port2.start(desk.a);
      desk.pollAll();
      REQUIRE(numbers == (posted ? std::vector<int>{1, 2} : std::vector<int>{2}));
      REQUIRE(arrived.size() == (posted ? 1u : 0u));
    }
    REQUIRE(Counted::alive == before);
  });
}

TEST_CASE("25: a listener of a port that could not be added was not") {
  forEachFailure([](Case& one) {
    Desk desk;
    MessageChannel channel;
    desk.listen(channel.port2);
    one.succeeded = runsWithout(one.n, one.all, [&] {
      channel.port2.on("message", [&desk](std::string const& text) { desk.got += text + "!"; });
    });
    channel.port2.start(desk.a);
    channel.port1.postMessage("a");
    desk.pollAll();
    REQUIRE(desk.got == (one.succeeded ? "aa!" : "a"));
  });
}

TEST_CASE("25: a port is closed without memory, and each end gets close once") {
  forEachFailure([](Case& one) {
    Desk desk;
    MessageChannel channel;
    desk.listen(channel.port2);
    desk.listenOther(channel.port1);
    channel.port2.start(desk.a);
    channel.port1.start(desk.b);
    channel.port1.postMessage("a");
    REQUIRE(runsWithout(one.n, one.all, [&] {
      if (one.n % 2 == 0) channel.port1.close();
      else channel.port1 = MessagePort();
    }));
    one.succeeded = one.n == 12;
    desk.pollAll();
    REQUIRE(desk.got == "a");
    REQUIRE(desk.closes == 1);
    REQUIRE(desk.otherCloses == 1);
  });
}

TEST_CASE("25: many ports are closed without memory, and poll tells all of them") {
  if (!test::countsAllocations()) return;
  constexpr std::size_t Rounds = 5, Count = 200;
  Desk desk;
  for (std::size_t round = 0; round < Rounds; ++round) {
    std::vector<MessageChannel> channels(Count);
    for (auto& channel : channels) {
      desk.listen(channel.port2);
      channel.port2.start(desk.a);
      desk.listenOther(channel.port1);
      channel.port1.start(desk.b);
    }
    desk.closes = desk.otherCloses = 0;
    for (std::size_t i = 0; i < Count; ++i) {
      test::failAllocation(1, true);
      channels[i].port1.close();
      test::failAllocation(0);
      if (i % 3 == 0) desk.pollAll();
    }
    desk.pollAll();
    REQUIRE(desk.closes == Count);
    REQUIRE(desk.otherCloses == Count);
  }
}

TEST_CASE("25: a port that is sent, and an endpoint that ends, do without memory for it") {
  forEachFailure([](Case& one) {
    int const before = Counted::alive;
    {
      Desk desk;
      MessageChannel channel;
      channel.port1.on("message",
                       [&](Counted const& value) { desk.got += std::to_string(value.number); });
      desk.listenOther(channel.port2);
      channel.port2.start(desk.b);
      channel.port1.start(desk.a);
      channel.port2.postMessage(Counted(1));
      channel.port2.postMessage(Counted(2));
      auto const sent = runsWithout(
          one.n, one.all, [&] { desk.b.peer().postMessage("x", 0, std::move(channel.port1)); });
      desk.a.poll();
      REQUIRE(desk.got == (sent ? "" : "12"));
      one.succeeded = sent;
      desk.pollAll();
      if (!sent) channel.port1.close();
      desk.pollAll();
      REQUIRE(desk.otherCloses == 1);
    }
    REQUIRE(Counted::alive == before);
  });
}
