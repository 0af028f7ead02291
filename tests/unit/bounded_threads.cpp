// tests/unit/bounded_threads.cpp - behaviour 21: threads that wait for room, or go on without
#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "bounded_receiver.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

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

TEST_CASE(
    "21: DropOldest drops nothing while there is room, also while the receiver takes something") {
  constexpr int Capacity = 2;
  tincan::Bus bus({.main = bounded(Capacity, Overflow::DropOldest)});
  std::atomic<bool> isDone{false};
  int droppedTooEarly = 0, dropped = 0, sent = 0;  // of the sender
  bus.main().on("number", [](std::shared_ptr<int const> const&) {});
  auto sender = bus.spawn("sender", [&](tincan::Renderer& ipc) {
    auto const own = std::this_thread::get_id();
    auto const leave = [&, own](int const* number) {
      if (std::this_thread::get_id() == own) {
        ++dropped;
        if (sent - *number < Capacity) ++droppedTooEarly;
      }
      delete number;
    };
    for (int i = 0; i < 100'000; ++i) {
      sent = i;
      ipc.send("number", std::shared_ptr<int const>(new int(i), leave));
    }
    isDone = true;
  });
  pollUntil(bus.main(), [&] { return isDone.load(); });
  sender.join();
  bus.main().poll();
  CHECK(dropped > 0);
  CHECK(droppedTooEarly == 0);
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
  Latch isFull(1);
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
    Latch known(1), full(2);
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
    Latch known(1), full(1);
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
