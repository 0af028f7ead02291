// tests/unit/bounded.cpp - behaviour 21: what becomes of messages for which there is no room
#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

#include "allocations.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

namespace {

constexpr Overflow Policies[] = {Overflow::Fail, Overflow::Block, Overflow::DropNewest,
                                 Overflow::DropOldest};
constexpr Overflow Refusing[] = {Overflow::Fail, Overflow::DropNewest};

InboxOptions bounded(std::size_t capacity, Overflow overflow) {
  return {.capacity = capacity, .overflow = overflow};
}

using Numbers = std::vector<int>;

Numbers range(int first, int end) {
  Numbers numbers;
  for (int i = first; i < end; ++i) numbers.push_back(i);
  return numbers;
}

enum class Kind { Main, Attached };

/// A receiver whose inbox is bounded. It notes the numbers it gets.
struct Receiver {
  Receiver(Kind kind, InboxOptions options)
      : bus({.main = kind == Kind::Main ? options : InboxOptions{}}), reports(bus) {
    if (kind == Kind::Attached) window.emplace(bus.attach("window", options));
    endpoint().on("number", [this](int number) { got.push_back(number); });
  }

  ~Receiver() { bus.close(); }  // before what the hooks and listeners write to goes
  Receiver(Receiver const&) = delete;
  Receiver& operator=(Receiver const&) = delete;

  tincan::Endpoint& endpoint() {
    if (window.has_value()) return *window;
    return bus.main();
  }
  tincan::Peer peer() { return endpoint().peer(); }

  tincan::Bus bus;
  Reports reports;
  Numbers got;
  std::optional<tincan::Renderer> window;
};

std::size_t countOf(Log const& log, std::string const& line) {
  return static_cast<std::size_t>(std::count(log.begin(), log.end(), line));
}

/// Exactly 40 bytes: they fit the cell of a send, and not that of a request.
struct Forty {
  explicit Forty(int number) : counted(number) { bytes.fill(static_cast<unsigned char>(number)); }
  bool isWhole() const {
    return std::all_of(bytes.begin(), bytes.end(), [&](unsigned char byte) {
      return byte == static_cast<unsigned char>(counted.number);
    });
  }
  Counted counted;
  std::array<unsigned char, 36> bytes{};
};
static_assert(sizeof(Forty) == 40);

}  // namespace

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
    std::latch sent(1);
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

// ---- calls --------------------------------------------------------------------------------------

TEST_CASE("21: requests and invokes that are refused answer Full") {
  for (Overflow const overflow : Policies) {
    if (overflow == Overflow::DropOldest) continue;
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    to.endpoint().on("x", [](tincan::Event& event, int n) { event.returnValue = n; });
    to.endpoint().handle("x", [](int n) { return n; });
    auto first = to.peer().request<int>("x", 1);
    auto second = to.peer().invoke<int>("x", 2);
    auto third = to.peer().request<int>("x", 3);
    auto fourth = to.peer().invoke<int>("x", 4);
    REQUIRE_FALSE(first.ready());
    REQUIRE_FALSE(second.ready());
    REQUIRE(third.ready());
    REQUIRE(codeOf([&] { third.get(); }) == Errc::Full);
    REQUIRE(codeOf([&] { fourth.get(); }) == Errc::Full);
    REQUIRE(codeOf([&] { to.peer().sendSync<int>("x", 5); }) == Errc::Full);
    REQUIRE(contains(whatOf([&] { to.peer().sendSync<int>("x", 5); }), "'window' is full"));
    REQUIRE(to.endpoint().poll() == 2);
    REQUIRE(first.get() == 1);
    REQUIRE(second.get() == 2);
    REQUIRE(to.bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::Full, 4}});
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: requests and invokes that are dropped answer Full") {
  for (Kind const kind : {Kind::Main, Kind::Attached}) {
    Receiver to(kind, bounded(2, Overflow::DropOldest));
    to.endpoint().on("x", [](tincan::Event& event, int n) { event.returnValue = n; });
    to.endpoint().handle("x", [](int n) { return n; });
    auto first = to.peer().request<int>("x", 1);
    auto second = to.peer().invoke<int>("x", 2);
    REQUIRE_FALSE(first.ready());
    auto third = to.peer().request<int>("x", 3);
    REQUIRE(first.ready());
    REQUIRE_FALSE(second.ready());
    auto fourth = to.peer().invoke<int>("x", 4);
    REQUIRE(codeOf([&] { first.get(); }) == Errc::Full);
    REQUIRE(codeOf([&] { second.get(); }) == Errc::Full);
    to.endpoint().poll();
    REQUIRE(third.get() == 3);
    REQUIRE(fourth.get() == 4);
    REQUIRE(to.bus.stats().handled == 2);
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: a request that was cancelled and one whose future is gone may be dropped") {
  Receiver to(Kind::Attached, bounded(2, Overflow::DropOldest));
  auto cancelled = to.peer().request<int>("x", Counted(1));
  cancelled.cancel();
  static_cast<void>(to.peer().invoke<int>("x", Counted(2)));
  for (int i = 0; i < 5; ++i) to.peer().send("number", i);
  REQUIRE(Counted::alive == 0);
  to.endpoint().poll();
  REQUIRE(to.got == range(3, 5));
  REQUIRE(codeOf([&] { cancelled.get(); }) == Errc::Cancelled);
  REQUIRE(to.bus.stats().sent == 7);
  REQUIRE(addsUp(to.bus.stats()));
  // The counts of those that have left are right again.
  auto fine = to.peer().request<int>("number", 9);
  to.endpoint().poll();
  REQUIRE(codeOf([&] { fine.get(); }) == Errc::NoReply);
}

TEST_CASE("21: a dropped request goes on with Full in the coroutine that waits for it") {
  tincan::Bus bus({.main = bounded(1, Overflow::DropOldest)});
  auto window = bus.attach("window");
  std::optional<Errc> code;
  auto future = window.request<int>("x");
  std::move(future).then(window,
                         [&](tincan::Future<int> answer) { code = codeOf([&] { answer.get(); }); });
  window.send("y");
  REQUIRE_FALSE(code.has_value());  // inside poll only
  window.poll();
  REQUIRE(code == Errc::Full);
  REQUIRE(bus.main().poll() == 1);
}

TEST_CASE("21: requests with 33 to 40 bytes of arguments may be dropped like others") {
  int const before = Counted::alive;
  {
    Receiver to(Kind::Attached, bounded(3, Overflow::DropOldest));
    Numbers got;
    bool isWhole = true;
    to.endpoint().on("forty", [&](tincan::Event& event, Forty const& forty) {
      got.push_back(forty.counted.number);
      isWhole = isWhole && forty.isWhole();
      event.returnValue = forty.counted.number;
    });
    to.endpoint().handle("forty", [&](Forty const& forty) {
      got.push_back(forty.counted.number);
      isWhole = isWhole && forty.isWhole();
      return forty.counted.number;
    });
    std::vector<tincan::Future<int>> futures;
    for (int i = 0; i < 99; ++i) {  // more than a chunk
      switch (i % 3) {
        case 0: futures.push_back(to.peer().request<int>("forty", Forty(i))); break;
        case 1: futures.push_back(to.peer().invoke<int>("forty", Forty(i))); break;
        default: to.peer().send("forty", Forty(i)); break;
      }
      REQUIRE(Counted::alive == before + std::min(i + 1, 3));
    }
    to.endpoint().poll();
    REQUIRE(got == range(96, 99));
    REQUIRE(isWhole);
    REQUIRE(Counted::alive == before);
    std::size_t full = 0;
    for (std::size_t i = 0; i + 2 < futures.size(); ++i) {
      full += codeOf([&] { futures[i].get(); }) == Errc::Full ? 1 : 0;
    }
    REQUIRE(full == futures.size() - 2);
    REQUIRE(futures[futures.size() - 2].get() == 96);
    REQUIRE(futures.back().get() == 97);
    REQUIRE(addsUp(to.bus.stats()));
  }
  REQUIRE(Counted::alive == before);
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

// ---- two threads --------------------------------------------------------------------------------

namespace {
struct Storm {
  Numbers got;
  std::vector<SendResult> results;
};

/// A renderer sends so many numbers while main polls.
Storm storm(tincan::Bus& bus, int total) {
  Storm storm;
  std::atomic<bool> isDone{false};
  bus.main().on("number", [&](int number) { storm.got.push_back(number); });
  auto sender = bus.spawn("sender", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < total; ++i) storm.results.push_back(ipc.send("number", i));
    isDone = true;
  });
  pollUntil(bus.main(), [&] { return isDone.load(); });
  sender.join();
  while (bus.main().poll() != 0) {
  }
  return storm;
}

bool isIncreasing(Numbers const& numbers) {
  return std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) ==
         numbers.end();
}
}  // namespace

TEST_CASE("21: Block loses nothing and keeps the order while the receiver polls") {
  for (std::size_t const capacity : {1u, 7u, 100u}) {
    int const total = capacity == 1 ? 5'000 : 30'000;
    tincan::Bus bus({.main = bounded(capacity, Overflow::Block)});
    Storm const seen = storm(bus, total);
    REQUIRE(seen.results == std::vector<SendResult>(seen.results.size(), SendResult::Queued));
    REQUIRE(seen.got == range(0, total));
    REQUIRE(bus.stats().handled == static_cast<std::uint64_t>(total));
    REQUIRE(bus.stats().maxDepth <= capacity);
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE("21: DropOldest handles an increasing sequence that ends with the last message") {
  for (std::size_t const capacity : {1u, 7u, 100u}) {
    int const total = 30'000;
    tincan::Bus bus({.main = bounded(capacity, Overflow::DropOldest)});
    Storm const seen = storm(bus, total);
    REQUIRE(seen.results == std::vector<SendResult>(seen.results.size(), SendResult::Queued));
    REQUIRE(isIncreasing(seen.got));
    REQUIRE(seen.got.back() == total - 1);
    tincan::Stats const stats = bus.stats();
    REQUIRE(stats.sent == static_cast<std::uint64_t>(total));
    REQUIRE(stats.handled == seen.got.size());
    REQUIRE(stats.pending == 0);
    REQUIRE(stats.maxDepth <= capacity + 2);  // one is counted when it is taken out
    REQUIRE(addsUp(stats));
  }
}

TEST_CASE("21: Fail and DropNewest handle exactly what they took while the receiver polls") {
  for (Overflow const overflow : Refusing) {
    int const total = 30'000;
    tincan::Bus bus({.main = bounded(7, overflow)});
    Storm const seen = storm(bus, total);
    Numbers taken;
    for (int i = 0; i < total; ++i) {
      if (seen.results[static_cast<std::size_t>(i)] == SendResult::Queued) taken.push_back(i);
    }
    REQUIRE(seen.got == taken);
    REQUIRE(bus.stats().sent == static_cast<std::uint64_t>(total));
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE("21: two senders whose oldest messages are dropped while the receiver polls") {
  constexpr int Total = 20'000;
  int const before = Counted::alive;
  {
    tincan::Bus bus({.main = bounded(5, Overflow::DropOldest)});
    std::map<std::string, Numbers> got;
    bus.main().on("x", [&](tincan::Event& event, Counted const& number) {
      got[event.sender.name()].push_back(number.number);
    });
    std::atomic<int> running{2};
    std::atomic<int> answers{0}, ended{0};
    auto const body = [&](tincan::Renderer& ipc) {
      std::vector<tincan::Future<void>> futures;
      for (int i = 0; i < Total; ++i) {
        if (i % 10 == 0) {
          futures.push_back(ipc.request<void>("x", Counted(i), std::string(60, 'x')));
        } else {
          ipc.send("x", Counted(i));
        }
      }
      --running;
      for (auto& future : futures) {
        Errc const code = codeOf([&] {
                            future.get();
                            return 0;
                          }).value_or(Errc::Closed);
        answers += code == Errc::NoReply ? 1 : 0;
        ended += code == Errc::NoReply || code == Errc::Full ? 1 : 0;
      }
    };
    auto a = bus.spawn("a", body);
    auto b = bus.spawn("b", body);
    pollUntil(bus.main(), [&] { return running == 0; });
    while (bus.main().poll() != 0) {
    }
    a.join();
    b.join();
    for (auto const& [name, numbers] : got) {
      REQUIRE(isIncreasing(numbers));
      REQUIRE(numbers.back() == Total - 1);
    }
    REQUIRE(got.size() == 2);
    REQUIRE(ended == 2 * Total / 10);
    REQUIRE(bus.stats().maxDepth <= 2 * 5 + 4);
    REQUIRE(bus.stats().sent == 2 * Total);
    REQUIRE(addsUp(bus.stats()));
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("21: what is handled keeps the causal order although messages are dropped") {
  constexpr int Total = 20'000;
  tincan::Bus bus({.main = bounded(8, Overflow::DropOldest)});
  int lastCause = -1, lastEffect = -1, violations = 0;
  bus.main().on("cause", [&](int n) {
    violations += n <= lastEffect ? 1 : 0;  // its effect has been handled before it
    lastCause = n;
  });
  bus.main().on("effect", [&](int n) { lastEffect = n; });
  std::atomic<int> running{2};
  auto relay = bus.spawn("relay", [&](tincan::Renderer& ipc) {
    int last = -1;
    ipc.on("cause", [&](int n) {
      ipc.send("effect", n);
      last = n;
    });
    pollUntil(ipc, [&] { return last == Total - 1; });
    --running;
  });
  auto source = bus.spawn("source", [&, to = relay.peer()](tincan::Renderer& ipc) {
    for (int i = 0; i < Total; ++i) {
      ipc.send("cause", i);
      to.send("cause", i);
    }
    --running;
  });
  pollUntil(bus.main(), [&] { return running == 0; });
  while (bus.main().poll() != 0) {
  }
  REQUIRE(violations == 0);
  REQUIRE(lastCause == Total - 1);
  REQUIRE(lastEffect == Total - 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("21: a sender waits until the receiver polls") {
  tincan::Bus bus({.main = bounded(2, Overflow::Block)});
  Numbers got;
  bus.main().on("number", [&](int number) { got.push_back(number); });
  bus.main().poll();
  std::latch isFull(1);
  std::atomic<bool> hasPolled{false}, isDone{false};
  SendResult result{};
  bool wasPolledBefore = false;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 2; ++i) ipc.send("number", i);
    isFull.count_down();
    result = ipc.send("number", 2);
    wasPolledBefore = hasPolled;
    isDone = true;
  });
  isFull.wait();
  for (int i = 0; i < 10'000; ++i) std::this_thread::yield();
  hasPolled = true;
  bus.main().poll(1);
  while (!isDone) std::this_thread::yield();  // room for one is enough
  window.join();
  REQUIRE(result == SendResult::Queued);
  REQUIRE(wasPolledBefore);
  bus.main().poll();
  REQUIRE(got == range(0, 3));
}

TEST_CASE("21: several senders wait for one receiver, each for its own room") {
  constexpr int Each = 2'000, Senders = 4;
  tincan::Bus bus({.main = bounded(3, Overflow::Block)});
  std::map<std::string, Numbers> got;
  bus.main().on("number", [&](tincan::Event& event, int number) {
    got[event.sender.name()].push_back(number);
  });
  std::atomic<int> running{Senders};
  std::vector<tincan::RendererThread> threads;
  for (int s = 0; s < Senders; ++s) {
    threads.push_back(bus.spawn(std::to_string(s), [&](tincan::Renderer& ipc) {
      for (int i = 0; i < Each; ++i) {
        if (i % 7 == 0) static_cast<void>(ipc.request("number", i));
        else ipc.send("number", i);
      }
      --running;
    }));
  }
  pollUntil(bus.main(), [&] { return running == 0; });
  while (bus.main().poll() != 0) {
  }
  threads.clear();
  REQUIRE(got.size() == Senders);
  for (auto const& [name, numbers] : got) {
    REQUIRE(isIncreasing(numbers));
    REQUIRE(numbers.back() == Each - 1);
    // Requests whose future is gone may be skipped.
    REQUIRE(numbers.size() >= Each - Each / 7 - 1);
  }
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("21: a thread without endpoint waits for room as well") {
  tincan::Bus bus({.main = bounded(1, Overflow::Block)});
  Numbers got;
  bus.main().on("number", [&](int number) { got.push_back(number); });
  bus.main().poll();
  std::atomic<bool> isDone{false};
  std::thread sender([&, to = bus.main().peer()] {
    for (int i = 0; i < 1000; ++i) to.send("number", i);
    isDone = true;
  });
  pollUntil(bus.main(), [&] { return isDone.load(); });
  sender.join();
  while (bus.main().poll() != 0) {
  }
  REQUIRE(got == range(0, 1000));
}

// ---- deadlock -----------------------------------------------------------------------------------

TEST_CASE("21: of two that block on each other's full inbox exactly one gets Deadlock") {
  for (int round = 0; round < 30; ++round) {
    tincan::Bus bus;
    std::latch known(1), full(2);
    std::atomic<bool> isDone[2] = {};
    std::optional<Errc> codes[2];
    std::string whats[2];
    SendResult results[2] = {};
    tincan::Peer peers[2];
    auto const body = [&](int me) {
      return [&, me](tincan::Renderer& ipc) {
        known.wait();
        tincan::Peer const other = peers[1 - me];
        other.send("x");
        full.arrive_and_wait();
        try {
          results[me] = other.send("y");
        } catch (tincan::Error const& error) {
          codes[me] = error.code();
          whats[me] = error.what();
          ipc.poll();
        }
        isDone[me] = true;
        while (!isDone[1 - me]) std::this_thread::yield();
      };
    };
    auto left = bus.spawn("left", bounded(1, Overflow::Block), body(0));
    auto right = bus.spawn("right", bounded(1, Overflow::Block), body(1));
    peers[0] = left.peer();
    peers[1] = right.peer();
    known.count_down();
    left.join();
    right.join();
    REQUIRE(codes[0].has_value() != codes[1].has_value());
    int const told = codes[0].has_value() ? 0 : 1;
    REQUIRE(codes[told] == Errc::Deadlock);
    REQUIRE(contains(whats[told], told == 0 ? "left > right > left" : "right > left > right"));
    REQUIRE(results[1 - told] == SendResult::Queued);
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE("21: of one that blocks for room and one that waits for its answer one gets Deadlock") {
  for (int round = 0; round < 30; ++round) {
    tincan::Bus bus;
    std::latch known(1), full(1);
    std::atomic<bool> isDone[2] = {};
    std::optional<Errc> codes[2];
    SendResult result{};
    int answer = 0;
    tincan::Peer toRight, toLeft;
    auto left = bus.spawn("left", [&](tincan::Renderer& ipc) {
      ipc.on("ask", [](tincan::Event& event) { event.returnValue = 5; });
      known.wait();
      toRight.send("x");
      full.count_down();
      codes[0] = codeOf([&] { return result = toRight.send("y"); });
      isDone[0] = true;
      pollUntil(ipc, [&] { return isDone[1].load(); });
    });
    auto right = bus.spawn("right", bounded(1, Overflow::Block), [&](tincan::Renderer& ipc) {
      full.wait();
      codes[1] = codeOf([&] { return answer = toLeft.sendSync<int>("ask"); });
      isDone[1] = true;
      pollUntil(ipc, [&] { return isDone[0].load(); });
    });
    toRight = right.peer();
    toLeft = left.peer();
    known.count_down();
    left.join();
    right.join();
    REQUIRE(codes[0].has_value() != codes[1].has_value());
    if (codes[0].has_value()) {
      REQUIRE(codes[0] == Errc::Deadlock);
      REQUIRE(answer == 5);
    } else {
      REQUIRE(codes[1] == Errc::Deadlock);
      REQUIRE(result == SendResult::Queued);
    }
  }
}

TEST_CASE("21: a handler that answers its caller by many messages into a full inbox") {
  tincan::Bus bus;
  std::optional<Errc> code;
  bus.main().on("ask", [&](tincan::Event& event) {
    code = codeOf([&] {
      for (int i = 0; i < 5; ++i) event.sender.send("x", i);  // the caller waits and does not poll
      return 0;
    });
    event.returnValue = 7;
  });
  int answer = 0;
  std::atomic<bool> isDone{false};
  auto window = bus.spawn("window", bounded(2, Overflow::Block), [&](tincan::Renderer& ipc) {
    answer = ipc.sendSync<int>("ask");
    isDone = true;
  });
  pollUntil(bus.main(), [&] { return isDone.load(); });
  window.join();
  REQUIRE(code == Errc::Deadlock);
  REQUIRE(answer == 7);
}

TEST_CASE("21: a request that would wait for room for ever is Deadlock by its future") {
  enum class Verb { Request, Invoke, Within, Typed };
  Verb const verb = GENERATE(Verb::Request, Verb::Invoke, Verb::Within, Verb::Typed);
  CAPTURE(static_cast<int>(verb));
  tincan::Bus bus;
  bool hasThrown = false;
  std::optional<Errc> code;
  std::string what;
  bus.main().on("ask", [&](tincan::Event& event) {
    tincan::Peer const caller = event.sender;  // waits, and does not poll
    caller.send("x");
    static constexpr tincan::Channel<int()> typed{"x"};
    std::optional<tincan::Future<int>> future;
    try {
      switch (verb) {
        case Verb::Request: future = caller.request<int>("x"); break;
        case Verb::Invoke: future = caller.invoke<int>("x"); break;
        case Verb::Within: future = caller.within(1h).request<int>("x"); break;
        case Verb::Typed: future = caller.request(typed); break;
      }
      try {
        future->get();
      } catch (tincan::Error const& error) {
        code = error.code();
        what = error.what();
      }
    } catch (tincan::Error const&) {
      hasThrown = true;
    }
    event.returnValue = 7;
  });
  std::atomic<bool> isDone{false};
  auto window = bus.spawn("window", bounded(1, Overflow::Block), [&](tincan::Renderer& ipc) {
    ipc.sendSync<int>("ask");
    isDone = true;
  });
  pollUntil(bus.main(), [&] { return isDone.load(); });
  window.join();
  REQUIRE_FALSE(hasThrown);
  REQUIRE(code == Errc::Deadlock);
  REQUIRE(contains(what, "main > window > main"));
  REQUIRE(bus.stats().sent == 2);  // the request has done nothing
  REQUIRE(addsUp(bus.stats()));
}

// ---- ends ---------------------------------------------------------------------------------------

TEST_CASE("21: a sender that waits for room gets Closed when the receiver ends") {
  for (int how = 0; how < 3; ++how) {
    for (int round = 0; round < 10; ++round) {
      Receiver to(Kind::Attached, bounded(1, Overflow::Block));
      to.endpoint().poll();
      std::atomic<bool> isThere{false};
      SendResult result{};
      std::optional<Errc> code;
      auto sender = to.bus.spawn("sender", [&, peer = to.peer()](tincan::Renderer&) {
        peer.send("number", 1);
        isThere = true;
        result = peer.send("number", 2, Counted(1));
        code = codeOf([&] { return peer.request("number", 3).get(); });
      });
      while (!isThere) std::this_thread::yield();
      for (int i = 0; i < round * 100; ++i) std::this_thread::yield();
      if (how == 0) to.window->close();
      if (how == 1) to.window.reset();
      if (how == 2) to.bus.close();
      sender.join();
      REQUIRE(result == SendResult::Closed);
      REQUIRE(code == Errc::Closed);
      REQUIRE(Counted::alive == 0);
      REQUIRE(addsUp(to.bus.stats()));
    }
  }
}

TEST_CASE("21: a sender that waits for room gets Closed when a spawned receiver ends") {
  for (bool const byQuit : {false, true}) {
    tincan::Bus bus;
    std::latch isFull(1), mayEnd(1);
    auto window = bus.spawn("window", bounded(1, Overflow::Block), [&](tincan::Renderer& ipc) {
      mayEnd.wait();
      if (byQuit) ipc.run();
    });
    std::size_t full = 0;
    auto sender = bus.spawn("sender", [&, to = window.peer()](tincan::Renderer&) {
      to.send("x");
      isFull.count_down();
      // Some may still be queued by the run that ends.
      for (SendResult result{}; result != SendResult::Closed;) {
        result = to.send("x");
        full += result == SendResult::Full ? 1 : 0;
      }
    });
    isFull.wait();
    mayEnd.count_down();
    { auto const end = std::move(window); }  // quit() and join()
    sender.join();
    REQUIRE(full == 0);
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE("21: the bus is destroyed while senders wait for room") {
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> closed{0}, there{0};
    {
      tincan::Bus bus({.main = bounded(1, Overflow::Block)});
      bus.main().poll();
      for (int i = 0; i < 3; ++i) {
        std::string const name = std::to_string(i);
        // The handle would end the renderer: the bus shall.
        static std::vector<tincan::RendererThread> kept;
        kept.push_back(bus.spawn(name, [&](tincan::Renderer& ipc) {
          ipc.send("x");
          ++there;
          closed += ipc.send("x") == SendResult::Closed ? 1 : 0;
        }));
        if (i == 2) {
          while (there != 3) std::this_thread::yield();
          bus.close();
          kept.clear();
        }
      }
    }
    REQUIRE(closed == 3);
  }
}

TEST_CASE("21: messages that wait in a bounded inbox when it is closed are dead letters Closed") {
  int const before = Counted::alive;
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(3, overflow));
    to.endpoint().poll();
    std::vector<tincan::Future<int>> futures;
    bool hasRun = false;
    to.endpoint().post([&, held = Counted(1)] { hasRun = true; });
    for (int i = 0; i < 9; ++i) futures.push_back(to.peer().request<int>("x", Counted(i)));
    to.endpoint().post([&, held = Counted(1)] { hasRun = true; });
    REQUIRE(Counted::alive == before + 5);
    to.window->close();
    REQUIRE(Counted::alive == before);
    REQUIRE_FALSE(hasRun);
    bool const drops = overflow == Overflow::DropOldest;
    for (std::size_t i = 0; i < 9; ++i) {
      bool const waited = drops ? i >= 6 : i < 3;
      REQUIRE(codeOf([&] { futures[i].get(); }) == (waited ? Errc::Closed : Errc::Full));
    }
    REQUIRE(countOf(to.reports.deadLetters(), "Closed x main>window") == 3);
    REQUIRE(countOf(to.reports.deadLetters(), "Full x main>window") == 6);
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: a message to a full inbox that is closed is Closed, not Full") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(1, overflow));
    tincan::Peer const peer = to.peer();
    peer.send("x");
    to.window->close();
    REQUIRE(peer.send("x") == SendResult::Closed);
    REQUIRE(codeOf([&] { peer.request("x").get(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { to.window->send("x"); }) == Errc::Closed);
  }
}

TEST_CASE("21: a receiver ends while its oldest messages are dropped") {
  for (int round = 0; round < 20; ++round) {
    tincan::Bus bus;
    std::optional<tincan::Renderer> window(bus.attach("window", bounded(3, Overflow::DropOldest)));
    window->on("x", [](Counted const&) {});
    window->poll();
    std::atomic<int> sent{0};
    auto sender = bus.spawn("sender", [&, to = window->peer()](tincan::Renderer&) {
      while (to.send("x", Counted(1), std::string(50, 'x')) == SendResult::Queued) ++sent;
    });
    while (sent < round * 20) window->poll();
    if (round % 2 == 0) window->close();
    window.reset();
    sender.join();
    REQUIRE(Counted::alive == 0);
    REQUIRE(addsUp(bus.stats()));
  }
}

// ---- deadlines ----------------------------------------------------------------------------------

TEST_CASE("21: within gives up with Timeout when there is no room") {
  Receiver to(Kind::Attached, bounded(1, Overflow::Block));
  to.endpoint().poll();
  std::vector<std::optional<Errc>> codes;
  std::atomic<bool> isDone{false};
  auto sender = to.bus.spawn("sender", [&, peer = to.peer()](tincan::Renderer&) {
    peer.send("number", 1);
    for (auto const most : {0ns, std::chrono::nanoseconds(1ms)}) {
      codes.push_back(codeOf([&] { peer.within(most).sendSync("number", 2); }));
      codes.push_back(codeOf([&] { return peer.within(most).request("number", 3).get(); }));
      codes.push_back(codeOf([&] { return peer.within(most).invoke("number", 4).get(); }));
    }
    isDone = true;
  });
  while (!isDone) std::this_thread::yield();  // a join would close a cycle
  sender.join();
  REQUIRE(codes == std::vector<std::optional<Errc>>(6, Errc::Timeout));
  REQUIRE(to.endpoint().poll() == 1);
  REQUIRE(to.got == Numbers{1});
  REQUIRE(to.bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::Timeout, 6}});
  REQUIRE(addsUp(to.bus.stats()));
}

TEST_CASE("21: with a deadline there is no waiting for room on the own thread either") {
  Receiver to(Kind::Attached, bounded(1, Overflow::Block));
  to.endpoint().poll();
  to.peer().send("number", 1);
  REQUIRE(codeOf([&] { to.peer().within(1h).request("number", 2).get(); }) == Errc::Full);
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

// ---- high water ---------------------------------------------------------------------------------

namespace {
struct Marks {
  explicit Marks(tincan::Bus& bus) {
    bus.onHighWater([this](tincan::HighWater const& mark) {
      lines.push_back(mark.from + ">" + mark.to + " " + std::to_string(mark.waiting));
    });
  }
  Log lines;
};
}  // namespace

TEST_CASE("21: onHighWater is told once when a sender's messages rise to the mark") {
  tincan::Bus bus;
  Marks const marks(bus);
  auto window = bus.attach("window", {.highWater = 3});
  window.poll();
  for (int i = 0; i < 2; ++i) window.peer().send("x");
  REQUIRE(marks.lines.empty());
  window.peer().send("x");
  REQUIRE(marks.lines == Log{"main>window 3"});
  for (int i = 0; i < 10; ++i) window.peer().send("x");
  REQUIRE(marks.lines.size() == 1);
  window.poll();
  for (int i = 0; i < 2; ++i) window.peer().send("x");
  REQUIRE(marks.lines.size() == 1);
  window.peer().send("x");
  REQUIRE(marks.lines.size() == 2);
}

TEST_CASE("21: onHighWater is told again when they had fallen just below the mark") {
  tincan::Bus bus;
  Marks const marks(bus);
  auto window = bus.attach("window", {.highWater = 3});
  window.poll();
  for (int i = 0; i < 3; ++i) window.peer().send("x");
  REQUIRE(marks.lines.size() == 1);
  window.poll(1);
  window.peer().send("x");  // three wait, and there were fewer
  REQUIRE(marks.lines.size() == 2);
}

TEST_CASE("21: a mark of one message is reached by each message into an empty inbox") {
  tincan::Bus bus;
  Marks const marks(bus);
  auto window = bus.attach("window", {.highWater = 1});
  window.poll();
  for (int i = 0; i < 3; ++i) {
    window.peer().send("x");
    window.peer().send("x");
    window.poll();
  }
  REQUIRE(marks.lines == Log(3, "main>window 1"));
}

TEST_CASE("21: onHighWater is told of each sender") {
  tincan::Bus bus({.main = {.highWater = 2}});
  Marks const marks(bus);
  auto a = bus.attach("a");
  auto b = bus.attach("b");
  a.send("x");
  b.send("x");
  REQUIRE(marks.lines.empty());
  b.send("x");
  static_cast<void>(a.request("x"));
  REQUIRE(marks.lines == Log{"b>main 2", "a>main 2"});
}

TEST_CASE("21: messages that are refused do not reach the mark") {
  for (Overflow const overflow : Refusing) {
    tincan::Bus bus;
    Marks const marks(bus);
    auto window = bus.attach("window", {.capacity = 2, .overflow = overflow, .highWater = 3});
    for (int i = 0; i < 5; ++i) window.peer().send("x");
    REQUIRE(marks.lines.empty());
  }
}

TEST_CASE("21: messages that are dropped do not reach the mark") {
  tincan::Bus bus;
  Marks const marks(bus);
  auto window =
      bus.attach("window", {.capacity = 2, .overflow = Overflow::DropOldest, .highWater = 3});
  for (int i = 0; i < 5; ++i) window.peer().send("x");
  REQUIRE(marks.lines.empty());
}

TEST_CASE("21: a mark at the capacity is reached once while messages are dropped") {
  for (Overflow const overflow : Policies) {
    tincan::Bus bus;
    Marks const marks(bus);
    auto window = bus.attach("window", {.capacity = 3, .overflow = overflow, .highWater = 3});
    window.poll();
    for (int i = 0; i < 20; ++i) window.peer().send("x");
    REQUIRE(marks.lines == Log{"main>window 3"});
  }
}

TEST_CASE("21: the hook of the mark may send, poll, throw and close") {
  tincan::Bus bus;
  auto window = bus.attach("window", {.highWater = 2});
  tincan::Peer const peer = window.peer();
  int calls = 0, handled = 0;
  window.on("x", [&] { ++handled; });
  SECTION("send") {
    bus.onHighWater([&](tincan::HighWater const&) {
      if (++calls < 5) peer.send("x");
    });
    for (int i = 0; i < 2; ++i) peer.send("x");
    window.poll();
    REQUIRE(calls >= 1);
    REQUIRE(handled >= 3);
  }
  SECTION("poll") {
    bus.onHighWater([&](tincan::HighWater const&) {
      ++calls;
      window.poll();
    });
    for (int i = 0; i < 2; ++i) peer.send("x");
    window.poll();
    REQUIRE(calls == 1);
    REQUIRE(handled == 2);
  }
  SECTION("throw") {
    bus.onHighWater([&](tincan::HighWater const&) {
      ++calls;
      throw 1;
    });
    for (int i = 0; i < 2; ++i) REQUIRE(peer.send("x") == SendResult::Queued);
    REQUIRE(window.poll() == 2);
    REQUIRE(calls == 1);
  }
  SECTION("close") {
    bus.onHighWater([&](tincan::HighWater const&) {
      ++calls;
      bus.close();
    });
    peer.send("x");
    REQUIRE(peer.send("x", Counted(1)) == SendResult::Closed);
    REQUIRE(calls == 1);
    REQUIRE(Counted::alive == 0);
  }
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

// ---- the lane alone, as the sender that drops and the reader use it in turn ---------------------

namespace {
struct PlainCell {
  int value = 0;
  std::atomic<std::uint64_t> word{0};
};
using SmallLane = tincan::detail::Lane<tincan::detail::ThreadPlatform, PlainCell, 2, 1>;

void push(SmallLane& lane, int value) {
  PlainCell& cell = lane.open();
  cell.value = value;
  lane.publish(cell, static_cast<std::uint64_t>(value));
}
bool any(PlainCell&) { return true; }
}  // namespace

TEST_CASE("21: a cursor at the end of a chunk that the reader has left goes to the next one") {
  SmallLane lane;
  SmallLane::Cursor cursor;
  push(lane, 1);
  push(lane, 2);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(lane.front() != nullptr);
    lane.pop();
    lane.unpin();
  }
  REQUIRE(lane.seek(cursor, any) == nullptr);
  push(lane, 3);
  REQUIRE(lane.front() != nullptr);  // the reader gives the first chunk back
  push(lane, 4);
  push(lane, 5);  // and the writer uses it again
  PlainCell* const cell = lane.seek(cursor, any);
  REQUIRE(cell != nullptr);
  REQUIRE(cell->value == 3);
}

TEST_CASE("21: the second look sees what is left although the lane was emptied since the first") {
  SmallLane lane;
  push(lane, 1);
  REQUIRE(lane.look().last == 1);  // the reader
  push(lane, 2);
  push(lane, 3);
  for (int i = 0; i < 2; ++i) {  // the sender drops 1 and 2
    REQUIRE(lane.front() != nullptr);
    lane.pop();
    lane.unpin();
  }
  REQUIRE(lane.front() != nullptr);
  push(lane, 4);
  push(lane, 5);  // in the chunk that the reader has looked at
  push(lane, 6);
  REQUIRE(lane.lookAgain() == 3);
}
