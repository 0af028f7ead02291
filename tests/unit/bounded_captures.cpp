// tests/unit/bounded_captures.cpp - behaviours 4 and 21: captures that send where there is no room
#include <chrono>
#include <optional>
#include <thread>

#include "allocations.hpp"
#include "bounded_receiver.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

// ---- captures and hooks that send ---------------------------------------------------------------

TEST_CASE("21: a capture that sends to the same inbox does not get more room than there is") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    Log log;
    to.endpoint().on("outer", [&] { log.push_back("outer"); });
    to.endpoint().on("inner", [&](int i) { log.push_back(std::to_string(i)); });
    OnCopy const noisy([&] {
      for (int i = 0; i < 10; ++i) to.peer().send("inner", i);
    });
    to.peer().send("outer", noisy);
    CHECK(to.bus.stats().pending <= 2);
    for (int i = 10; i < 20; ++i) to.peer().send("inner", i);
    CHECK(to.bus.stats().pending == 2);
    to.endpoint().poll();
    if (overflow == Overflow::DropOldest) CHECK(log == Log{"18", "19"});
    CHECK(log.size() == 2);
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: a capture that sends once to the same full inbox") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    for (int i = 0; i < 2; ++i) to.peer().send("number", i);
    OnCopy const noisy([&] { to.peer().send("number", 2); });
    SendResult const result = to.peer().send("number", 3, noisy);
    REQUIRE(result == (overflow == Overflow::DropOldest ? SendResult::Queued : SendResult::Full));
    CHECK(to.bus.stats().pending == 2);
    to.endpoint().poll();
    CHECK(to.got == (overflow == Overflow::DropOldest ? Numbers{2, 3} : Numbers{0, 1}));
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: a capture that waits for room behind its own message ends") {
  tincan::Bus bus;
  std::atomic<bool> isDone{false};
  auto window = bus.spawn("window", bounded(1, Overflow::Block), [&](tincan::Renderer& ipc) {
    pollUntil(ipc, [&] { return isDone.load(); });
  });
  std::optional<Errc> first, second;
  std::thread sender([&, to = window.peer()] {
    OnCopy const noisy([&] {
      // The deadline is there lest this test hangs.
      auto one = to.within(200ms).request<int>("inner", 1);
      auto two = to.within(200ms).request<int>("inner", 2);
      if (two.ready()) second = codeOf([&] { two.get(); });
    });
    first = codeOf([&] { to.send("outer", noisy); });
    isDone = true;
  });
  sender.join();
  window.join();
  bool const wasTold = first == Errc::Deadlock || second == Errc::Deadlock || second == Errc::Full;
  REQUIRE(wasTold);
}

TEST_CASE("21: an argument that throws while it is captured leaves the counts as they are") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    Fragile const fragile;
    for (int i = 0; i < 200; ++i) {  // more than a chunk
      Fragile::armed = true;
      REQUIRE_THROWS(to.peer().send("x", fragile));
      Fragile::armed = false;
    }
    REQUIRE(to.peer().send("number", 1) == SendResult::Queued);
    REQUIRE(to.peer().send("number", 2) == SendResult::Queued);
    to.endpoint().poll();
    REQUIRE(to.got == Numbers{1, 2});
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("4: an argument that throws while it is captured drops nothing, and reaches no mark") {
  Receiver to(Kind::Attached, {.capacity = 2, .overflow = Overflow::DropOldest, .highWater = 2});
  int marks = 0;
  to.bus.onHighWater([&](tincan::HighWater const&) { ++marks; });
  Fragile const fragile;
  auto const attemptAll = [&] {
    Fragile::armed = true;
    REQUIRE_THROWS(to.peer().send("x", fragile));
    REQUIRE_THROWS(to.peer().send(std::string("x"), 1, fragile));
    REQUIRE_THROWS(to.peer().sendSync<int>("x", fragile));
    REQUIRE_THROWS(to.peer().request<int>("x", fragile));
    REQUIRE_THROWS(to.peer().invoke<int>("x", fragile));
    tincan::MessageChannel channel;
    REQUIRE_THROWS(to.peer().postMessage("x", fragile, std::move(channel.port1)));
    Fragile::armed = false;
  };
  to.peer().send("number", 1);
  attemptAll();
  REQUIRE(marks == 0);
  auto answer = to.peer().request<int>("asked");
  REQUIRE(marks == 1);
  attemptAll();
  REQUIRE(to.bus.stats().pending == 2);
  REQUIRE(to.bus.stats().deadLetters.empty());
  REQUIRE_FALSE(answer.ready());
  to.endpoint().poll();
  REQUIRE(to.got == Numbers{1});
  REQUIRE(addsUp(to.bus.stats()));
}

TEST_CASE("25: a message for which there is no memory drops nothing, and reaches no mark") {
  if (!countsAllocations()) return;
  struct Big {
    char bytes[100];
  };
  using Send = void (*)(tincan::Peer const&);
  Send const send =
      GENERATE(Send([](tincan::Peer const& to) { to.send("x", Big{}); }),
               Send([](tincan::Peer const& to) { to.send(LongName + "1", std::string(50, 'x')); }),
               Send([](tincan::Peer const& to) { to.send("x", std::vector<int>(9)); }),
               Send([](tincan::Peer const& to) { to.request<int>("x", Big{}).cancel(); }));
  bool const needsChunk = GENERATE(false, true);
  for (int n = 1; n <= 20; ++n) {  // what is dropped needs some, too
    Receiver to(Kind::Attached, {.capacity = 2, .overflow = Overflow::DropOldest, .highWater = 2});
    int marks = 0;
    to.bus.onHighWater([&](tincan::HighWater const&) { ++marks; });
    for (int i = 0; i < (needsChunk ? 62 : 4); ++i) {
      to.peer().send("number", i);
      to.endpoint().poll();
    }
    to.got.clear();
    to.peer().send("number", 1);
    to.peer().send("number", 2);
    REQUIRE(marks == 1);
    auto const sent = to.bus.stats().sent;
    bool const ran = runsWithout(n, false, [&] { send(to.peer()); });
    auto const stats = to.bus.stats();
    std::uint64_t const dropped = stats.deadLetters.count(Errc::Full);
    REQUIRE(dropped == stats.sent - sent);
    if (n == 20) REQUIRE((ran && dropped != 0));
    to.endpoint().poll();
    REQUIRE(to.got == (dropped != 0 ? Numbers{2} : Numbers{1, 2}));
  }
}

TEST_CASE("25: a message for which there is no memory leaves its ports with their owner") {
  if (!countsAllocations()) return;
  Overflow const overflow = GENERATE(Overflow::Fail, Overflow::DropOldest);
  bool isSent = false;
  for (int n = 1; !isSent; ++n) {
    Receiver to(Kind::Attached, bounded(100, overflow));
    // The next message begins a chunk of the queue.
    for (int i = 0; i < 64; ++i) to.peer().send("number", i);
    tincan::MessageChannel channel;
    int closes = 0;
    channel.port2.on("close", [&] { ++closes; });
    channel.port2.start(to.bus.main());
    isSent = runsWithout(n, false, [&] {
      static_cast<void>(to.peer().postMessage("x", 1, std::move(channel.port1)));
    });
    to.bus.main().poll();
    REQUIRE(closes == 0);
    REQUIRE(n < 100);
  }
}

TEST_CASE("21: a message is there before its sender is told what it has dropped") {
  Receiver to(Kind::Attached, bounded(1, Overflow::DropOldest));
  std::vector<std::uint64_t> pending;
  to.bus.onDeadLetter(
      [&](tincan::DeadLetter const&) { pending.push_back(to.bus.stats().pending); });
  std::optional<SendResult> inside;
  to.peer().send("x", AtEnd([&] { inside = to.peer().send("number", 100); }));
  REQUIRE(to.peer().send("number", 1) == SendResult::Queued);
  REQUIRE(inside == SendResult::Full);  // the room is that of the message
  to.endpoint().poll();
  REQUIRE(to.got == Numbers{1});
  REQUIRE(pending == std::vector<std::uint64_t>{1, 1});
  REQUIRE(addsUp(to.bus.stats()));
}

TEST_CASE("21: what is sent while a message is dropped may drop what is older than that") {
  Receiver to(Kind::Attached, bounded(3, Overflow::DropOldest));
  std::vector<SendResult> inside;
  to.peer().send("x", AtEnd([&] {
                   for (int i = 0; i < 4; ++i) inside.push_back(to.peer().send("number", 100 + i));
                 }));
  to.peer().send("number", 1);
  to.peer().send("number", 2);
  REQUIRE(to.peer().send("number", 3) == SendResult::Queued);
  REQUIRE(inside == std::vector<SendResult>{SendResult::Queued, SendResult::Queued,
                                            SendResult::Full, SendResult::Full});
  to.peer().send("number", 4);
  to.endpoint().poll();
  REQUIRE(to.got == Numbers{100, 101, 4});
  REQUIRE(addsUp(to.bus.stats()));
}

TEST_CASE("21: a hook that is told of a dropped message may send to the same inbox") {
  Receiver to(Kind::Attached, bounded(2, Overflow::DropOldest));
  bool isFirst = true;
  to.bus.onDeadLetter([&](tincan::DeadLetter const&) {
    if (std::exchange(isFirst, false)) to.peer().send("number", 100);
  });
  for (int i = 0; i < 3; ++i) to.peer().send("number", i);
  CHECK(to.bus.stats().pending == 2);
  for (int i = 3; i < 6; ++i) to.peer().send("number", i);
  CHECK(to.bus.stats().pending == 2);
  to.endpoint().poll();
  CHECK(to.got == Numbers{4, 5});
  REQUIRE(addsUp(to.bus.stats()));
}

TEST_CASE("21: the end of a dropped argument may close the receiver") {
  Receiver to(Kind::Attached, bounded(1, Overflow::DropOldest));
  tincan::Peer const peer = to.peer();
  SECTION("close()") {
    peer.send("x", AtEnd([&] { to.window->close(); }));
  }
  SECTION("its destructor") {
    peer.send("x", AtEnd([&] { to.window.reset(); }));
  }
  SECTION("the bus") {
    peer.send("x", AtEnd([&] { to.bus.close(); }));
  }
  REQUIRE(peer.send("y", Counted(1)) == SendResult::Closed);
  REQUIRE_FALSE(peer.alive());
  REQUIRE(Counted::alive == 0);
  REQUIRE(addsUp(to.bus.stats()));
}

// ---- full inboxes -----------------------------------------------------------------------------------
//
// Whether a message has its room before its arguments are captured or afterwards is not promised:
// only that one of the two is told when there is no room for both, and that nothing is lost.

namespace {

struct BoundedCapture {
  BoundedCapture(std::size_t capacity, Overflow overflow)
      : window(bus.attach("window", InboxOptions{capacity, overflow})) {
    bus.onDeadLetter([](tincan::DeadLetter const&) {});
    bus.main().poll();
    window.poll();
    window.on("inner", [this](Counted const&) { log.push_back("inner"); });
    window.on("outer", [this](Counted const&) { log.push_back("outer"); });
  }
  /// A message, while whose capture another one is sent.
  void sendBoth(std::function<void()> const& then = {}) {
    OnCopy const argument([&] {
      inner = window.peer().send("inner", Counted(1));
      if (then) then();
    });
    outer = window.peer().send("outer", Counted(2), argument);
  }
  std::size_t queued() const {
    return (inner == SendResult::Queued ? 1U : 0U) + (outer == SendResult::Queued ? 1U : 0U);
  }
  /// How many of the two were dead letters because there was no room.
  std::uint64_t full() const {
    auto const letters = bus.stats().deadLetters;
    auto const found = letters.find(Errc::Full);
    return found == letters.end() ? 0 : found->second;
  }
  bool isTidyAtLast() {
    while (window.poll() != 0) {
    }
    return addsUp(bus.stats()) && bus.stats().sent == 2 && Counted::alive == alive &&
           log.size() + full() == 2;
  }

  int const alive = Counted::alive;
  tincan::Bus bus;
  tincan::Renderer window;
  Log log;
  std::optional<SendResult> inner, outer;
};

}  // namespace

TEST_CASE(
    "4: of a message and the one that its capture sends one is Full, where there is room for one") {
  for (Overflow const overflow : Policies) {
    INFO(static_cast<int>(overflow));
    BoundedCapture bounded(1, overflow);
    bounded.sendBoth();
    if (overflow != Overflow::DropOldest) REQUIRE(bounded.queued() == 1);
    REQUIRE(bounded.bus.stats().pending == 1);
    REQUIRE(bounded.full() == 1);
    REQUIRE(bounded.isTidyAtLast());
  }
}

TEST_CASE(
    "4: a message and the one that its capture sends are taken, where there is room for both") {
  for (Overflow const overflow : Policies) {
    INFO(static_cast<int>(overflow));
    BoundedCapture bounded(2, overflow);
    bounded.sendBoth();
    REQUIRE(bounded.queued() == 2);
    REQUIRE(bounded.isTidyAtLast());
    REQUIRE(bounded.log == Log{"inner", "outer"});
  }
}

TEST_CASE("4: a capture that sends into a full inbox and polls it loses nothing") {
  for (Overflow const overflow : Policies) {
    INFO(static_cast<int>(overflow));
    BoundedCapture bounded(1, overflow);
    bounded.sendBoth([&] { bounded.window.poll(); });
    REQUIRE(bounded.isTidyAtLast());
    REQUIRE(bounded.log.back() == "outer");
  }
}

TEST_CASE(
    "4: a capture that sends and asks where senders wait for room has an end, and loses nothing") {
  Guard const guard;
  bool const asks = GENERATE(false, true);
  std::size_t const capacity = GENERATE(1U, 2U, 10U);
  CAPTURE(asks, capacity);
  tincan::Bus bus;
  std::atomic<int> inner{0}, outer{0}, asked{0};
  auto const window =
      bus.spawn("window", InboxOptions{capacity, Overflow::Block}, [&](tincan::Renderer& ipc) {
        ipc.on("inner", [&] { ++inner; });
        ipc.on("outer", [&] { ++outer; });
        ipc.on("ask", [&](tincan::Event& event) {
          ++asked;
          event.returnValue = 1;
        });
        ipc.run();
      });
  tincan::Peer const peer = window.peer();
  int sentInner = 0, sentOuter = 0, answered = 0, deadlocks = 0;
  auto const attempt = [&](auto const& call) {
    std::optional<Errc> const code = codeOf([&] {
      call();
      return 0;
    });
    if (code == Errc::Deadlock || code == Errc::Full) ++deadlocks;
    else REQUIRE_FALSE(code.has_value());
  };
  auto const sendCounted = [](int& count, SendResult result) {
    if (result == SendResult::Queued) ++count;
    else REQUIRE(result == SendResult::Full);
  };
  OnCopy const argument([&] {
    attempt([&] { sendCounted(sentInner, peer.send("inner")); });
    if (asks) attempt([&] { answered += peer.sendSync<int>("ask"); });
  });
  for (int i = 0; i < 200; ++i)
    attempt([&] { sendCounted(sentOuter, peer.send("outer", argument)); });
  REQUIRE(peer.sendSync<int>("ask") == 1);
  REQUIRE(inner == sentInner);
  REQUIRE(outer == sentOuter);
  REQUIRE(asked == answered + 1);
  if (capacity == 10) REQUIRE(deadlocks == 0);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("21: a capture of sendLatest that sends to the same inbox gets no more room") {
  bool const isWaiting = GENERATE(false, true);
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    OnCopy const noisy([&] {
      for (int i = 0; i < 10; ++i) to.peer().send("number", i);
    });
    if (isWaiting) to.peer().sendLatest("latest", OnCopy(nullptr));
    to.peer().sendLatest("latest", noisy);
    CHECK(to.bus.stats().pending <= 2);
    to.endpoint().poll();
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: what sendLatest would supersede is handled by its capture, and its room stays") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(1, overflow));
    to.endpoint().poll();
    to.peer().sendLatest("latest", OnCopy(nullptr));
    SendResult inner = SendResult::Queued;
    OnCopy const noisy([&] {
      to.endpoint().poll();
      inner = to.peer().send("number", 1);
    });
    REQUIRE(to.peer().sendLatest("latest", noisy) == SendResult::Queued);
    CHECK(inner == SendResult::Full);
    CHECK(to.bus.stats().pending == 1);
    to.endpoint().poll();
    REQUIRE(addsUp(to.bus.stats()));
  }
}
