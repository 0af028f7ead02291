// tests/unit/captures.cpp - behaviour 4: what copying an argument may do while it is captured
//
// The arguments are captured before the message takes its place in the queue.
#include <optional>
#include <thread>

#include "../joining_thread.hpp"
#include "allocations.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

namespace {

/// main, and two renderers; all of the test's thread. The window writes down what comes.
struct Capturing {
  tincan::Bus bus;
  std::optional<tincan::Renderer> sender{bus.attach("sender")};
  std::optional<tincan::Renderer> window{bus.attach("window")};
  tincan::Peer const peer = *sender->peer("window");
  Log log;
  int const alive = Counted::alive;

  Capturing() {
    bus.onDeadLetter([](tincan::DeadLetter const&) {});
    bus.main().poll();
    sender->poll();
    window->poll();
    window->on("inner", [this](int number) { log.push_back("inner" + std::to_string(number)); });
    window->on("counted", [this](Counted const&) { log.push_back("counted"); });
    window->on("outer", [this](tincan::Event& event) {
      log.push_back("outer");
      event.returnValue = 7;
    });
  }
  void poll() {
    if (window.has_value()) window->poll();
    bus.main().poll();
  }
  /// Nothing is lost, and nothing is left.
  bool isTidy() const { return addsUp(bus.stats()) && Counted::alive == alive; }
};

/// As OnCopy; if it throws, whatever it has done stands.
struct ThrowsAfter {
  explicit ThrowsAfter(std::function<void()> f) : function(std::move(f)) {}
  ThrowsAfter(ThrowsAfter const& other) : function(other.function) {
    function();
    throw std::runtime_error("cannot be copied");
  }
  ThrowsAfter& operator=(ThrowsAfter const&) = delete;
  ~ThrowsAfter() = default;
  std::function<void()> function;
};

void answersAsk(tincan::Renderer& ipc) {
  int count = 0;
  ipc.on("ask", [&](tincan::Event& event) { event.returnValue = ++count; });
  ipc.on("outer", [&](tincan::Event& event) { event.returnValue = 100 + ++count; });
  ipc.handle("invoke", [&] { return 200 + ++count; });
  ipc.run();
}

}  // namespace

// ---- it sends ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(Capturing, "4: what capturing has sent comes before the message") {
  OnCopy const argument([&] {
    peer.send("inner", 1);
    peer.send("inner", 2);
  });
  std::optional<tincan::Future<tincan::Value>> future;
  SECTION("of send") { peer.send("outer", argument); }
  SECTION("of request") { future = peer.request("outer", argument); }
  SECTION("of postMessage") { peer.postMessage("outer", argument); }
  SECTION("with large arguments") { peer.send("outer", std::string(100, 'x'), argument); }
  poll();
  REQUIRE(log == Log{"inner1", "inner2", "outer"});
  REQUIRE(isTidy());
}

TEST_CASE_METHOD(Capturing, "4: what several arguments send while they are captured is all there") {
  std::vector<OnCopy> arguments;
  arguments.reserve(3);
  for (int i = 0; i < 3; ++i) arguments.emplace_back([&, i] { peer.send("inner", i); });
  peer.send("outer", arguments[0], arguments[1], arguments[2]);
  poll();
  REQUIRE(log.size() == 4);
  REQUIRE(log.back() == "outer");
}

TEST_CASE_METHOD(Capturing, "4: captures inside of captures come from the inside out") {
  std::function<void(int)> const send = [&](int depth) {
    if (depth == 0) {
      peer.send("inner", 0);
      return;
    }
    OnCopy const argument([&, depth] { send(depth - 1); });
    window->on("deep" + std::to_string(depth),
               [this, depth] { log.push_back("deep" + std::to_string(depth)); });
    peer.send("deep" + std::to_string(depth), argument);
  };
  send(100);
  poll();
  REQUIRE(log.size() == 101);
  REQUIRE(log.front() == "inner0");
  for (std::size_t i = 1; i < log.size(); ++i) REQUIRE(log[i] == "deep" + std::to_string(i));
  REQUIRE(isTidy());
}

TEST_CASE_METHOD(Capturing, "4: what copying a posted function sends comes before the function") {
  OnCopy const argument([&] { peer.send("inner", 1); });
  window->post([this, argument] { log.push_back("posted"); });
  poll();
  REQUIRE(log.back() == "posted");
  REQUIRE(log.front() == "inner1");
}

// ---- it throws --------------------------------------------------------------------------------------

TEST_CASE_METHOD(Capturing,
                 "4: a capture that throws has sent nothing, and what it sent before stands") {
  ThrowsAfter const argument([&] {
    peer.send("inner", 1);
    peer.send("counted", Counted(2));
  });
  SECTION("send") {
    REQUIRE_THROWS_AS(peer.send("outer", Counted(1), argument), std::runtime_error);
  }
  SECTION("send of the last argument first") {
    REQUIRE_THROWS_AS(peer.send("outer", argument, Counted(1)), std::runtime_error);
  }
  SECTION("postMessage") {
    REQUIRE_THROWS_AS(peer.postMessage("outer", argument), std::runtime_error);
  }
  poll();
  REQUIRE(log == Log{"inner1", "counted"});
  REQUIRE(bus.stats().sent == 2);
  REQUIRE(isTidy());
}

TEST_CASE_METHOD(Capturing, "4: a request whose capture throws has sent nothing") {
  ThrowsAfter const argument([&] { peer.send("inner", 1); });
  bool hasThrown = false;
  try {
    auto future = peer.request("outer", Counted(1), argument);
    future.get();
  } catch (std::runtime_error const& error) {
    hasThrown = std::string(error.what()) == "cannot be copied";
  }
  poll();
  REQUIRE(hasThrown);
  REQUIRE(log == Log{"inner1"});
  REQUIRE(bus.stats().sent == 1);
  REQUIRE(isTidy());
}

TEST_CASE_METHOD(Capturing,
                 "4: copying a posted function throws out of post, and nothing is posted") {
  bool called = false;
  ThrowsAfter const argument([&] { peer.send("inner", 1); });
  REQUIRE_THROWS_AS(window->post([&, argument] { called = true; }), std::runtime_error);
  poll();
  REQUIRE_FALSE(called);
  REQUIRE(log == Log{"inner1"});
}

TEST_CASE("4: what was sent by a capture that throws wakes the receiver") {
  Guard const guard;
  tincan::Bus bus;
  std::atomic<int> got{0};
  auto const receiver = bus.spawn("receiver", [&](tincan::Renderer& ipc) {
    ipc.on("inner", [&] { ++got; });
    ipc.run();
  });
  tincan::Peer const peer = receiver.peer();
  ThrowsAfter const argument([&] {
    peer.send("inner");
    // Time enough for a receiver that looks once, and goes back to sleep.
    for (int i = 0; i < 2000; ++i) std::this_thread::yield();
  });
  for (int round = 1; round <= 100; ++round) {
    REQUIRE_THROWS_AS(peer.send("outer", argument), std::runtime_error);
    while (got < round) std::this_thread::yield();
  }
}

TEST_CASE("4: what was sent by a capture that throws rings the wake hook") {
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  int rings = 0, got = 0;
  window.on("inner", [&] { ++got; });
  window.poll();
  window.onWake([&] { ++rings; });
  for (int round = 1; round <= 10; ++round) {
    ThrowsAfter const argument([&] { window.peer().send("inner"); });
    REQUIRE_THROWS_AS(window.peer().send("outer", argument), std::runtime_error);
    REQUIRE(rings == round);
    window.poll();
    REQUIRE(got == round);
  }
}

TEST_CASE("4: renderers that have only tried to send leave nothing behind") {
  tincan::Bus bus;
  bus.main().poll();
  auto const use = [&](int times) {
    for (int i = 0; i < times; ++i) {
      tincan::Renderer window = bus.attach("window");
      window.poll();
      ThrowsAfter const argument([] {});
      REQUIRE_THROWS_AS(window.send("x", argument), std::runtime_error);
      std::thread([&] {
        try {
          bus.main().peer().send("x", argument);
        } catch (std::runtime_error const&) {
        }
      }).join();
    }
    for (int i = 0; i < 10; ++i) bus.main().poll();
  };
  use(50);
  std::int64_t const before = test::allocatedBytes();
  use(500);
  // A lane alone has 4 KiB.
  REQUIRE(test::allocatedBytes() - before < 200'000);
}

// ---- it asks ----------------------------------------------------------------------------------------

TEST_CASE("4: a capture may ask the receiver that its message goes to") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto const window = bus.spawn("window", answersAsk);
  tincan::Peer const peer = window.peer();
  int asked = 0;
  OnCopy const argument([&] { asked = peer.sendSync<int>("ask"); });
  SECTION("send") {
    REQUIRE(peer.send("outer", argument) == SendResult::Queued);
    REQUIRE(asked == 1);
    REQUIRE(peer.sendSync<int>("ask") == 3);
  }
  SECTION("sendSync") {
    REQUIRE(peer.sendSync<int>("outer", argument) == 102);
    REQUIRE(asked == 1);
  }
  SECTION("request") {
    auto future = peer.request<int>("outer", argument);
    REQUIRE(asked == 1);
    REQUIRE(future.get() == 102);
  }
  SECTION("invoke") {
    auto future = peer.invoke<int>("invoke", argument);
    REQUIRE(asked == 1);
    REQUIRE(future.get() == 202);
  }
  SECTION("within") {
    REQUIRE(peer.within(std::chrono::hours(1)).sendSync<int>("outer", argument) == 102);
    REQUIRE(asked == 1);
  }
  SECTION("postMessage") {
    REQUIRE(peer.postMessage("outer", argument) == SendResult::Queued);
    REQUIRE(asked == 1);
  }
  SECTION("a capture in a capture") {
    int outerAsked = 0;
    OnCopy const outer([&] { outerAsked = peer.sendSync<int>("outer", argument); });
    REQUIRE(peer.sendSync<int>("outer", outer) == 103);
    REQUIRE(asked == 1);
    REQUIRE(outerAsked == 102);
  }
  SECTION("and throw then") {
    ThrowsAfter const throws([&] { asked = peer.sendSync<int>("ask"); });
    REQUIRE_THROWS_AS(peer.sendSync<int>("outer", throws), std::runtime_error);
    REQUIRE(asked == 1);
    REQUIRE(peer.sendSync<int>("ask") == 2);
  }
}

TEST_CASE("4: a capture may get the answer of a request to the same receiver") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  auto const window = bus.spawn("window", answersAsk);
  tincan::Peer const peer = window.peer();
  std::vector<int> answers;
  auto before = peer.request<int>("ask");
  OnCopy const argument([&] {
    answers.push_back(before.get());
    answers.push_back(peer.request<int>("ask").get());
    auto future = peer.request<int>("ask");
    future.wait();
    answers.push_back(future.get());
    answers.push_back(peer.invoke<int>("invoke").get());
  });
  REQUIRE(peer.sendSync<int>("outer", argument) == 105);
  REQUIRE(answers == std::vector{1, 2, 3, 204});
}

TEST_CASE_METHOD(Capturing,
                 "4: a capture may poll the receiver, and take the answer of a request") {
  int answer = 0;
  OnCopy const argument([&] {
    auto future = peer.request<int>("outer");
    window->poll();
    answer = future.get();
  });
  peer.send("inner", 1);
  peer.send("outer", argument);
  REQUIRE(log == Log{"inner1", "outer"});
  REQUIRE(answer == 7);
  poll();
  REQUIRE(log == Log{"inner1", "outer", "outer"});
  REQUIRE(isTidy());
}

TEST_CASE("4: a call to oneself in a capture is a Deadlock, as anywhere") {
  tincan::Bus bus;
  bus.main().poll();
  std::optional<Errc> code;
  OnCopy const argument([&] { code = codeOf([&] { bus.main().peer().sendSync("x"); }); });
  bus.main().peer().send("x", argument);
  REQUIRE(code == Errc::Deadlock);
  REQUIRE(bus.main().poll() == 1);
}

// ---- it closes and ends -----------------------------------------------------------------------------

namespace {

/// What a capture does before it goes on, or throws.
struct Ending {
  char const* name;
  std::function<void(Capturing&)> act;
};

std::vector<Ending> const& waysToEnd() {
  static std::vector<Ending> const ways{
      {"closes the receiver", [](Capturing& all) { all.window->close(); }},
      {"ends the receiver", [](Capturing& all) { all.window.reset(); }},
      {"closes the sender", [](Capturing& all) { all.sender->close(); }},
      {"ends the sender", [](Capturing& all) { all.sender.reset(); }},
      {"ends both",
       [](Capturing& all) {
         all.sender.reset();
         all.window.reset();
       }},
      {"closes the bus", [](Capturing& all) { all.bus.close(); }},
      {"ends the receiver and makes another one",
       [](Capturing& all) {
         all.window.reset();
         all.window.emplace(all.bus.attach("window"));
       }},
  };
  return ways;
}

}  // namespace

TEST_CASE("4: whatever a capture ends, nothing is lost, and nothing leaks") {
  Guard const guard;
  for (Ending const& ending : waysToEnd()) {
    for (std::string const verb : {"send", "request", "sendSync", "postMessage", "own send"}) {
      for (bool const throws : {false, true}) {
        INFO(ending.name << ", " << verb << (throws ? ", throws" : ""));
        int const alive = Counted::alive;
        {
          Capturing all;
          auto const act = [&] {
            all.peer.send("counted", Counted(2));
            ending.act(all);
            all.bus.main().peer().send("nobody", Counted(3));
            if (throws) throw std::runtime_error("thrown");
          };
          OnCopy const argument(act);
          bool hasThrown = false;
          try {
            if (verb == "send") all.peer.send("outer", Counted(1), argument);
            if (verb == "postMessage") all.peer.postMessage("outer", argument);
            if (verb == "own send") all.sender->send("outer", Counted(1), argument);
            if (verb == "request") {
              auto future = all.peer.request("outer", Counted(1), argument);
              all.poll();
              if (future.ready()) future.get();
            }
            if (verb == "sendSync") all.peer.sendSync("outer", Counted(1), argument);
          } catch (std::runtime_error const& error) {
            hasThrown = std::string(error.what()) == "thrown";
          }
          if (verb != "sendSync") REQUIRE(hasThrown == throws);  // that may be a Deadlock at once
          all.poll();
          REQUIRE(addsUp(all.bus.stats()));
        }
        REQUIRE(Counted::alive == alive);
      }
    }
  }
}

TEST_CASE("4: whatever a capture ends, its thread goes on sending") {
  for (Ending const& ending : waysToEnd()) {
    INFO(ending.name);
    Capturing all;
    tincan::Bus other;
    tincan::Renderer ear = other.attach("ear");
    int got = 0;
    ear.on("x", [&] { ++got; });
    OnCopy const argument([&] {
      ending.act(all);
      ear.peer().send("x");
    });
    static_cast<void>(codeOf([&] { return all.peer.send("outer", argument); }));
    ear.peer().send("x");
    ear.poll();
    REQUIRE(got == 2);
  }
}

TEST_CASE_METHOD(Capturing, "4: a message whose capture has closed the receiver is Closed") {
  peer.send("inner", 1);
  OnCopy const argument([&] {
    peer.send("inner", 2);
    window->close();
  });
  REQUIRE(peer.send("outer", Counted(1), argument) == SendResult::Closed);
  REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 3);
  REQUIRE(log.empty());
  REQUIRE(isTidy());
}

TEST_CASE_METHOD(
    Capturing,
    "4: what was sent by a capture that closes the receiver and throws is a dead letter") {
  ThrowsAfter const argument([&] {
    peer.send("counted", Counted(2));
    window->close();
  });
  REQUIRE_THROWS_AS(peer.send("outer", argument), std::runtime_error);
  REQUIRE(bus.stats().sent == 1);
  REQUIRE(bus.stats().pending == 0);
  REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 1);
  REQUIRE(isTidy());
}

TEST_CASE("4: captures close a receiver that another thread polls, and nothing is lost") {
  Guard const guard;
  bool const throws = GENERATE(false, true);
  int const alive = Counted::alive;
  for (int round = 0; round < 200; ++round) {
    tincan::Bus bus;
    bus.onDeadLetter([](tincan::DeadLetter const&) {});
    auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
      ipc.on("x", [](Counted const&) {});
      ipc.on("close", [&](tincan::Event& event) {
        ipc.close();
        event.returnValue = 1;
      });
      ipc.run();
    });
    tincan::Peer const peer = window.peer();
    OnCopy const argument([&] {
      peer.send("x", Counted(1));
      static_cast<void>(codeOf([&] { peer.sendSync("close"); }));
      peer.send("x", Counted(1));
      if (throws) throw std::runtime_error("thrown");
    });
    test::JoiningThread other([&] {
      for (int i = 0; i < 20; ++i) peer.send("x", Counted(2));
    });
    std::optional<SendResult> result;
    try {
      result = peer.send("x", Counted(3), argument);
    } catch (std::runtime_error const&) {
    }
    REQUIRE(result == (throws ? std::nullopt : std::optional(SendResult::Closed)));
    other.join();
    window.join();
    REQUIRE(addsUp(bus.stats()));
    REQUIRE(bus.stats().pending == 0);
    REQUIRE(bus.stats().sent == (throws ? 23U : 24U));
    REQUIRE(Counted::alive == alive);
  }
}

// ---- classes with operators of their own --------------------------------------------------------

namespace {
struct Arena {};
/// Lies in arenas only, where its own operators put it.
template <std::size_t Size>
struct InArena {
  static void* operator new(std::size_t, Arena&) = delete;
  static void operator delete(void*) = delete;
  char bytes[Size] = {};
};
struct EmptyInArena {
  EmptyInArena() = default;
  EmptyInArena(EmptyInArena const&) noexcept(false) {}  // so that it lies on the heap
  static void* operator new(std::size_t, Arena&) = delete;
  static void operator delete(void*) = delete;
};
struct SendsInArena : InArena<100> {
  SendsInArena() = default;
  SendsInArena(SendsInArena const& other) noexcept : InArena(other) {}
};
}  // namespace

TEMPLATE_TEST_CASE("4: classes with an operator new of their own travel like others", "",
                   InArena<8>, InArena<36>, InArena<100>, EmptyInArena, SendsInArena) {
  tincan::Bus bus;
  auto window = bus.attach("window");
  int got = 0;
  bus.main().on("x", [&](tincan::Event& event, TestType const&) {
    ++got;
    event.returnValue = TestType();
  });
  bus.main().handle("handled", [&](TestType own) { return own; });
  bus.main().handle("later", [&](TestType own) -> tincan::Task<TestType> { co_return own; });
  TestType const argument{};
  window.send("x", TestType());
  window.send("x", argument, 1);
  auto asked = window.request<TestType>("x", argument);
  auto handled = window.invoke<TestType>("handled", argument);
  auto later = window.invoke<tincan::Value>("later", TestType());
  bus.main().poll();
  REQUIRE(got == 3);
  static_cast<void>(asked.get());
  static_cast<void>(handled.get());
  REQUIRE(later.get().template holds<TestType>());
  tincan::Value value = argument;
  REQUIRE(value.holds<TestType>());
  tincan::MessageChannel channel;
  channel.port1.on("message", [&](TestType const&) { ++got; });
  channel.port1.start(bus.main());
  channel.port2.postMessage(argument);
  bus.main().poll();
  REQUIRE(got == 4);
}
