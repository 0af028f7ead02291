// tests/unit/bounded.cpp - behaviour 21: what becomes of messages for which there is no room
#include <array>
#include <memory>
#include <string>

#include "allocations.hpp"
#include "bounded_receiver.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Overflow;
using tincan::Peer;
using tincan::SendResult;

// ---- who survives -------------------------------------------------------------------------------

TEST_CASE("21: Fail and DropNewest refuse what comes when the inbox is full") {
  for (Overflow const overflow : Refusing) {
    for (Kind const kind : {Kind::Main, Kind::Attached}) {
      Receiver to(kind, bounded(3, overflow));
      for (int i = 0; i < 10; ++i) {
        REQUIRE(to.peer().send("number", i) == (i < 3 ? SendResult::Queued : SendResult::Full));
      }
      std::string const name = to.endpoint().name();
      REQUIRE(to.reports.deadLetters() == Log(7, "Full number main>" + name));
      REQUIRE(to.bus.stats().pending == 3);
      REQUIRE(to.endpoint().poll() == 3);
      REQUIRE(to.got == range(0, 3));
      REQUIRE(to.bus.stats().sent == 10);
      REQUIRE(to.bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::Full, 7}});
      REQUIRE(addsUp(to.bus.stats()));
    }
  }
}

TEST_CASE("21: DropOldest takes everything and keeps the newest") {
  for (Kind const kind : {Kind::Main, Kind::Attached}) {
    Receiver to(kind, bounded(3, Overflow::DropOldest));
    for (int i = 0; i < 10; ++i) REQUIRE(to.peer().send("number", i) == SendResult::Queued);
    REQUIRE(to.reports.deadLetters() == Log(7, "Full number main>" + to.endpoint().name()));
    REQUIRE(to.bus.stats().pending == 3);
    to.endpoint().poll();
    REQUIRE(to.got == range(7, 10));
    REQUIRE(to.bus.stats().sent == 10);
    REQUIRE(to.bus.stats().handled == 3);
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: nobody blocks on an inbox of the own thread") {
  for (Kind const kind : {Kind::Main, Kind::Attached}) {
    Receiver to(kind, bounded(3, Overflow::Block));
    to.endpoint().poll();  // from now on it is this thread's
    for (int i = 0; i < 10; ++i) {
      REQUIRE(to.peer().send("number", i) == (i < 3 ? SendResult::Queued : SendResult::Full));
    }
    REQUIRE(to.endpoint().poll() == 3);
    REQUIRE(to.got == range(0, 3));
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: nobody blocks on another endpoint of the own thread, from a handler neither") {
  tincan::Bus bus;
  auto window = bus.attach("window", bounded(1, Overflow::Block));
  window.poll();
  bus.main().poll();
  std::vector<SendResult> results;
  std::vector<std::optional<Errc>> codes;
  bus.main().on("x", [&] {
    for (int i = 0; i < 2; ++i) results.push_back(window.peer().send("number", i));
    codes.push_back(codeOf([&] { window.peer().sendSync("number", 1); }));
    codes.push_back(codeOf([&] { return window.peer().request("number", 1).get(); }));
  });
  window.send("x");
  bus.main().poll();
  REQUIRE(results == std::vector{SendResult::Queued, SendResult::Full});
  REQUIRE(codes == std::vector<std::optional<Errc>>(2, Errc::Full));
}

TEST_CASE("21: a spawned renderer has a bounded inbox before its first poll too") {
  for (Overflow const overflow : {Overflow::Fail, Overflow::DropNewest, Overflow::DropOldest}) {
    tincan::Bus bus;
    Numbers got;
    Latch sent(1);
    auto window = bus.spawn("window", bounded(3, overflow), [&](tincan::Renderer& ipc) {
      ipc.on("number", [&](int number) { got.push_back(number); });
      sent.wait();
      ipc.poll();
    });
    std::size_t queued = 0;
    for (int i = 0; i < 10; ++i) {
      queued += window.peer().send("number", i) == SendResult::Queued ? 1 : 0;
    }
    sent.count_down();
    window.join();
    bool const drops = overflow == Overflow::DropOldest;
    REQUIRE(queued == (drops ? 10 : 3));
    REQUIRE(got == (drops ? range(7, 10) : range(0, 3)));
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE("21: an inbox of one message") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(1, overflow));
    to.endpoint().poll();
    for (int i = 0; i < 200; ++i) to.peer().send("number", i);  // more than a chunk
    to.endpoint().poll();
    REQUIRE(to.got == (overflow == Overflow::DropOldest ? Numbers{199} : Numbers{0}));
    REQUIRE(to.peer().send("number", 5) == SendResult::Queued);
    to.endpoint().poll();
    REQUIRE(to.got.back() == 5);
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: once something is handled there is room for as much") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Main, bounded(4, overflow));
    to.endpoint().poll();
    for (int i = 0; i < 4; ++i) to.peer().send("number", i);
    to.endpoint().poll(2);
    for (int i = 4; i < 6; ++i) REQUIRE(to.peer().send("number", i) == SendResult::Queued);
    REQUIRE(to.reports.deadLetters().empty());
    REQUIRE(to.bus.stats().pending == 4);
    to.endpoint().poll();
    REQUIRE(to.got == range(0, 6));
  }
}

TEST_CASE("21: a message that is being handled waits no more") {
  Receiver to(Kind::Attached, bounded(1, Overflow::Fail));
  SendResult result{};
  to.endpoint().on("x", [&] { result = to.peer().send("number", 1); });
  to.endpoint().poll();
  to.peer().send("x");
  to.endpoint().poll();
  REQUIRE(result == SendResult::Queued);
  to.endpoint().poll();
  REQUIRE(to.got == Numbers{1});
}

TEST_CASE("21: each sender has the whole capacity") {
  for (Overflow const overflow : {Overflow::Fail, Overflow::DropNewest, Overflow::DropOldest}) {
    tincan::Bus bus({.main = bounded(2, overflow)});
    Reports const reports(bus);
    std::map<std::string, Numbers> got;
    bus.main().on("number", [&](tincan::Event& event, int number) {
      got[event.sender.name()].push_back(number);
    });
    auto a = bus.attach("a");
    auto b = bus.attach("b");
    for (int i = 0; i < 5; ++i) {
      a.send("number", i);
      if (i < 4) b.send("number", 100 + i);
    }
    REQUIRE(bus.stats().pending == 4);
    bus.main().poll();
    bool const drops = overflow == Overflow::DropOldest;
    REQUIRE(got["a"] == (drops ? Numbers{3, 4} : Numbers{0, 1}));
    REQUIRE(got["b"] == (drops ? Numbers{102, 103} : Numbers{100, 101}));
    REQUIRE(countOf(reports.deadLetters(), "Full number a>main") == 3);
    REQUIRE(countOf(reports.deadLetters(), "Full number b>main") == 2);
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE("21: a sender has one bound, before and after its first poll") {
  Overflow const policy = GENERATE(from_range(std::begin(Refusing), std::end(Refusing)));
  tincan::Bus bus({.main = bounded(4, policy)});
  Reports const reports(bus);
  Numbers got;
  bus.main().on("number", [&](int number) { got.push_back(number); });
  {
    auto window = bus.attach("window");
    for (int i = 0; i < 3; ++i) REQUIRE(window.main().send("number", i) == SendResult::Queued);
    auto const before = window.main().request("number", 3);
    window.poll();
    REQUIRE(window.main().send("number", 90) != SendResult::Queued);
    REQUIRE(window.send("number", 91) != SendResult::Queued);
    REQUIRE(bus.main().poll() == 4);
    for (int i = 4; i < 8; ++i) REQUIRE(window.send("number", i) == SendResult::Queued);
    REQUIRE(window.send("number", 92) != SendResult::Queued);
  }
  REQUIRE(bus.main().poll() == 4);
  REQUIRE(got == range(0, 8));
}

TEST_CASE("21: a sender that refuses has one bound for its own verbs and for its handles") {
  for (Overflow const overflow : Refusing) {
    tincan::BusOptions options;
    options.main = bounded(2, overflow);
    tincan::Bus bus(options);
    Reports const reports(bus);
    int got = 0;
    bus.main().on("x", [&] { ++got; });
    auto window = bus.attach("window");
    Peer const toMain = window.main();
    REQUIRE(window.send("x") == SendResult::Queued);
    REQUIRE(toMain.send("x") == SendResult::Queued);
    REQUIRE(window.send("x") == SendResult::Full);
    REQUIRE(toMain.send("x") == SendResult::Full);
    window.poll();
    REQUIRE(window.send("x") == SendResult::Full);
    REQUIRE(toMain.send("x") == SendResult::Full);
    REQUIRE(bus.stats().pending == 2);
    REQUIRE(bus.main().poll() == 2);
    REQUIRE(window.send("x") == SendResult::Queued);
    REQUIRE(toMain.send("x") == SendResult::Queued);
    REQUIRE(toMain.send("x") == SendResult::Full);
    bus.main().poll();
    REQUIRE(got == 4);
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE(
    "21: sendLatest makes its room first, also where a handle has sent before the first poll") {
  bool const isPolled = GENERATE(false, true);
  tincan::BusOptions options;
  options.main = bounded(2, Overflow::Fail);
  tincan::Bus bus(options);
  Reports const reports(bus);
  Log log;
  bus.main().on("at", [&](int n) { log.push_back(std::to_string(n)); });
  auto window = bus.attach("window");
  window.send("at", 1);
  window.main().sendLatest("at", 2);
  if (isPolled) window.poll();
  REQUIRE(window.sendLatest("at", 3) == SendResult::Queued);
  REQUIRE(window.send("at", 4) == SendResult::Full);
  bus.main().poll();
  REQUIRE(log == Log{"1", "3"});
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("21: what an endpoint sends by a capture during its first poll is in order") {
  tincan::Bus bus;
  Numbers got;
  bus.main().on("number", [&](int number) { got.push_back(number); });
  bus.main().on("polls", [] {});
  auto window = bus.attach("window");
  window.main().send("number", 0);
  struct Polls {
    explicit Polls(tincan::Renderer& polled) : window(&polled) {}
    Polls(Polls const& other) : window(other.window) {
      window->poll();
      window->send("number", 1);
    }
    tincan::Renderer* window;
  };
  Polls const polls(window);
  window.main().send("polls", polls);
  window.send("number", 2);
  window.poll();
  window.main().send("number", 3);
  bus.main().poll();
  REQUIRE(got == range(0, 4));
}

TEST_CASE("21: a sender that has sent by verb and by handle before its first poll leaves nothing") {
  tincan::Bus bus;
  int got = 0;
  auto const life = std::make_shared<int>(0);
  bus.main().on("x", [&] { ++got; });
  for (int i = 0; i < 10; ++i) {
    auto window = bus.attach("window");
    bus.main().from(window.peer()).on("y", [life] {});
    window.send("x");
    window.main().send("x");
    window.poll();
    window.send("x");
  }
  bus.main().poll();
  bus.main().poll();
  REQUIRE(got == 30);
  REQUIRE(life.use_count() == 1);
}

TEST_CASE("21: the bus is closed by a capture of a sender that has sent by verb and by handle") {
  struct Closes {
    explicit Closes(tincan::Bus& which) : bus(&which) {}
    Closes(Closes const& other) : bus(other.bus) { bus->close(); }
    Closes& operator=(Closes const&) = delete;
    tincan::Bus* bus;
  };
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.attach("window");
  window.send("x");
  window.main().send("x");
  window.poll();
  Closes const closes(bus);
  REQUIRE(window.send("x", closes) == SendResult::Closed);
}

TEST_CASE("21: a scope ends with a sender that has sent before and after its first poll") {
  tincan::Bus bus;
  Numbers got;
  auto const life = std::make_shared<int>(0);
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  bus.main().from(window->peer()).on("number", [&, life](int number) { got.push_back(number); });
  window->main().send("number", 0);
  window->poll();
  window->main().send("number", 1);
  window.reset();
  REQUIRE(life.use_count() == 2);
  bus.main().poll();
  bus.main().poll();
  REQUIRE(got == range(0, 2));
  REQUIRE(life.use_count() == 1);
}

TEST_CASE("21: a capacity of 0 is no limit, whatever the policy") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(0, overflow));
    for (int i = 0; i < 1000; ++i) REQUIRE(to.peer().send("number", i) == SendResult::Queued);
    to.endpoint().poll();
    REQUIRE(to.got == range(0, 1000));
  }
}

// ---- arguments ----------------------------------------------------------------------------------

TEST_CASE("21: arguments of what is refused or dropped are destroyed exactly once") {
  int const before = Counted::alive;
  for (Overflow const overflow : Policies) {
    for (int how = 0; how < 4; ++how) {
      Receiver to(Kind::Attached, bounded(4, overflow));
      to.endpoint().poll();
      to.endpoint().on("x", [](Counted const&) {});
      auto const others = [&] { return Counted::alive - before; };
      for (int i = 0; i < 300; ++i) {
        switch (i % 4) {
          case 0: to.peer().send("x", Counted(i)); break;
          case 1: to.peer().send("x", Counted(i), std::string(100, 'a')); break;
          case 2: to.peer().send("x", Counted(i), std::array<char, 100>{}); break;
          default: static_cast<void>(to.peer().request("x", Counted(i), std::string(30, 'b')));
        }
        REQUIRE(others() <= 4);
      }
      REQUIRE(others() == 4);
      if (how == 0) to.endpoint().poll();
      if (how == 1) to.window->close();
      if (how == 2) to.window.reset();
      if (how == 3) to.bus.close();
      REQUIRE(others() == 0);
      REQUIRE(addsUp(to.bus.stats()));
    }
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("21: nothing is moved out of the arguments of a message that is refused") {
  for (Overflow const overflow : Refusing) {
    Receiver to(Kind::Attached, bounded(1, overflow));
    to.peer().send("x", 1);
    auto text = std::make_unique<std::string>("mine");
    REQUIRE(to.peer().send("x", std::move(text)) == SendResult::Full);
    REQUIRE(text != nullptr);
  }
}

// ---- what is never refused ----------------------------------------------------------------------

TEST_CASE("21: posted functions are never refused nor dropped, and keep their place") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    Log log;
    to.endpoint().on("x", [&](std::string const& text) { log.push_back(text); });
    for (int i = 0; i < 4; ++i) {
      std::string const number = std::to_string(i);
      to.peer().send("x", "message " + number);
      to.endpoint().post([&log, number] { log.push_back("post " + number); });
    }
    to.endpoint().poll();
    if (overflow == Overflow::DropOldest) {
      REQUIRE(log == Log{"post 0", "post 1", "message 2", "post 2", "message 3", "post 3"});
    } else {
      REQUIRE(log == Log{"message 0", "post 0", "message 1", "post 1", "post 2", "post 3"});
    }
    REQUIRE(to.bus.stats().sent == 4);
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: messages are dropped behind a posted function at the head of the lane") {
  Receiver to(Kind::Attached, bounded(3, Overflow::DropOldest));
  to.endpoint().poll();
  for (int i = 0; i < 3; ++i) to.endpoint().post([&to, i] { to.got.push_back(-i); });
  for (int i = 0; i < 500; ++i) to.peer().send("number", i);  // more than a chunk
  REQUIRE(to.bus.stats().pending == 3);
  REQUIRE(to.endpoint().poll(2) == 2);
  for (int i = 500; i < 1000; ++i) to.peer().send("number", i);
  to.endpoint().poll();
  REQUIRE(to.got == Numbers{0, -1, -2, 997, 998, 999});
  REQUIRE(to.bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::Full, 997}});
  REQUIRE(addsUp(to.bus.stats()));
}

TEST_CASE("21: an inbox full of posted functions has room for messages") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Main, bounded(1, overflow));
    for (int i = 0; i < 200; ++i) to.endpoint().post([&to, i] { to.got.push_back(i); });
    REQUIRE(to.peer().send("number", 200) == SendResult::Queued);
    to.endpoint().poll();
    REQUIRE(to.got == range(0, 201));
  }
}

TEST_CASE("21: quit is never refused, and what is queued before it is handled") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    for (int i = 0; i < 5; ++i) to.peer().send("number", i);
    to.endpoint().quit();
    for (int i = 5; i < 7; ++i) to.peer().send("number", i);
    to.endpoint().run();
    if (overflow == Overflow::DropOldest) {
      REQUIRE(to.got.empty());
      to.endpoint().poll();
      REQUIRE(to.got == Numbers{5, 6});
    } else {
      REQUIRE(to.got == Numbers{0, 1});
      REQUIRE(to.endpoint().poll() == 0);
    }
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: answers are never refused nor dropped, and keep their place") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    tincan::Main& main = to.bus.main();
    main.poll();
    main.on("ask", [](tincan::Event& event, int n) {
      for (int i = 0; i < 4; ++i) event.sender.send("number", n * 10 + i);
      event.returnValue = 1000 + n;
      event.sender.send("number", n * 10 + 4);
    });
    for (int n = 1; n < 3; ++n) {
      to.window->request<int>("ask", n).then(
          *to.window, [&to](tincan::Future<int> answer) { to.got.push_back(answer.get()); });
    }
    main.poll();
    to.endpoint().poll();
    if (overflow == Overflow::DropOldest) {
      REQUIRE(to.got == Numbers{1001, 23, 1002, 24});
    } else {
      REQUIRE(to.got == Numbers{10, 11, 1001, 1002});
    }
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: an answer by sendSync needs no room") {
  tincan::Bus bus;
  bus.main().on("ask", [](tincan::Event& event) {
    for (int i = 0; i < 5; ++i) event.sender.send("x", i);
    event.returnValue = 7;
  });
  int answer = 0;
  std::atomic<bool> isDone{false};
  auto window = bus.spawn("window", bounded(1, Overflow::Fail), [&](tincan::Renderer& ipc) {
    answer = ipc.sendSync<int>("ask");
    isDone = true;
  });
  pollUntil(bus.main(), [&] { return isDone.load(); });
  window.join();
  REQUIRE(answer == 7);
}

// ---- broadcast ----------------------------------------------------------------------------------

TEST_CASE("21: broadcast goes on with the others when one is full") {
  tincan::Bus bus;
  auto a = bus.attach("a", bounded(1, Overflow::Fail));
  auto b = bus.attach("b");
  auto c = bus.attach("c", bounded(1, Overflow::DropOldest));
  auto d = bus.attach("d", bounded(2, Overflow::DropNewest));
  std::map<std::string, Numbers> got;
  for (auto* const window : {&a, &b, &c, &d}) {
    window->on("x", [&, name = window->name()](int n) { got[name].push_back(n); });
  }
  std::vector<std::size_t> took;
  for (int i = 0; i < 4; ++i) took.push_back(bus.main().broadcast("x", i));
  REQUIRE(took == std::vector<std::size_t>{4, 3, 2, 2});
  for (auto* const window : {&a, &b, &c, &d}) window->poll();
  REQUIRE(got["a"] == Numbers{0});
  REQUIRE(got["b"] == range(0, 4));
  REQUIRE(got["c"] == Numbers{3});
  REQUIRE(got["d"] == range(0, 2));
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("21: broadcast goes on with the others when one waits for main, and is full") {
  tincan::Bus bus;
  std::optional<Errc> code;
  int answer = 0;
  auto a = bus.spawn("a", bounded(1, Overflow::Block), [&](tincan::Renderer& ipc) {
    ipc.on("x", [] {});
    answer = ipc.sendSync<int>("ask");
    ipc.poll();
  });
  auto b = bus.attach("b");
  int got = 0;
  b.on("x", [&] { ++got; });
  bus.main().on("ask", [&](tincan::Event& event) {
    REQUIRE(bus.main().broadcast("x") == 2);
    code = codeOf([&] { return bus.main().broadcast("x"); });
    event.returnValue = 1;
  });
  pollUntil(bus.main(), [&] { return code.has_value(); });
  a.join();
  b.poll();
  REQUIRE(answer == 1);
  REQUIRE(code == Errc::Deadlock);
  REQUIRE(got == 2);
  REQUIRE(addsUp(bus.stats()));
}

// ---- memory -------------------------------------------------------------------------------------

TEST_CASE("21: many messages that are dropped or refused take no memory") {
  if (!countsAllocations()) return;
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(10, overflow));
    to.bus.onDeadLetter({});
    to.endpoint().poll();
    for (int i = 0; i < 1000; ++i) to.peer().send("number", i);
    std::int64_t const before = allocatedBytes();
    for (int i = 0; i < 100'000; ++i) to.peer().send("number", i);
    REQUIRE(allocatedBytes() - before < 16'384);
  }
}

TEST_CASE("21: dropping allocates nothing in steady state") {
  if (!countsAllocations()) return;
  Receiver to(Kind::Attached, bounded(10, Overflow::DropOldest));
  to.bus.onDeadLetter({});
  tincan::Peer const peer = to.peer();
  for (int i = 0; i < 1000; ++i) peer.send("number", i);
  std::int64_t const before = allocationCount();
  for (int i = 0; i < 10'000; ++i) peer.send("number", i);
  REQUIRE(allocationCount() == before);
}
