// tests/unit/listeners.cpp - behaviour 7 to 10
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>

#include "support.hpp"

using namespace test;
using tincan::Errc;

namespace {
struct ListenerFixture {
  test::Bus bus;
  Reports reports{bus};
  tincan::Renderer ipc = bus.attach("window");
  tincan::Peer self = ipc.peer();
  Log log;

  ListenerFixture() { ipc.poll(); }  // from now on this thread speaks for it

  /// A listener that notes its name.
  auto note(std::string name) {
    return [this, name = std::move(name)] { log.push_back(name); };
  }
  void deliver(tincan::ChannelName channel = "x") {
    self.send(channel);
    ipc.poll();
  }
};
}  // namespace

TEST_CASE_METHOD(ListenerFixture, "7: listeners run in the order of registration") {
  ipc.on("x", note("1"));
  ipc.addListener("x", note("2"));
  ipc.once("x", note("3"));
  ipc.on("x", note("4"));
  deliver();
  REQUIRE(log == Log{"1", "2", "3", "4"});
  deliver();
  REQUIRE(log == Log{"1", "2", "3", "4", "1", "2", "4"});
}

TEST_CASE_METHOD(ListenerFixture, "7: the same callable twice runs twice") {
  auto const same = note("a");
  ipc.on("x", same);
  ipc.on("x", same);
  deliver();
  REQUIRE(log == Log{"a", "a"});
  REQUIRE(ipc.listenerCount("x") == 2);
}

TEST_CASE_METHOD(ListenerFixture,
                 "7: what is added during a dispatch is not called for this message") {
  ipc.on("x", [&] {
    log.push_back("adds");
    for (int i = 0; i < 20; ++i) ipc.on("x", note("added"));
  });
  ipc.on("x", note("last"));
  deliver();
  REQUIRE(log == Log{"adds", "last"});
  log.clear();
  deliver();
  REQUIRE(log.size() == 22);
}

TEST_CASE_METHOD(ListenerFixture, "7: but it is called for the next one, of the same poll too") {
  bool isAdded = false;
  ipc.on("x", [&] {
    if (!std::exchange(isAdded, true)) ipc.on("y", note("y"));
  });
  self.send("x");
  self.send("y");
  ipc.poll();
  REQUIRE(log == Log{"y"});
}

TEST_CASE_METHOD(ListenerFixture, "7: listeners may add many channels during a dispatch") {
  ipc.on("x", [&] {
    for (int i = 0; i < 200; ++i) ipc.on(std::to_string(i), note(std::to_string(i)));
  });
  ipc.on("x", note("x"));
  deliver();
  deliver("17");
  deliver("199");
  REQUIRE(log == Log{"x", "17", "199"});
  REQUIRE(ipc.channels().size() == 201);
}

TEST_CASE_METHOD(ListenerFixture,
                 "8: removed during a dispatch, a listener is not called any more") {
  tincan::Listener second, third, first;
  first = ipc.on("x", [&] {
    log.push_back("1");
    REQUIRE(ipc.off(second));
    REQUIRE(third.remove());
    REQUIRE(ipc.removeListener(first));
    REQUIRE_FALSE(ipc.off(second));
  });
  second = ipc.on("x", note("2"));
  third = ipc.on("x", note("3"));
  ipc.on("x", note("4"));
  deliver();
  REQUIRE(log == Log{"1", "4"});
  deliver();
  REQUIRE(log == Log{"1", "4", "4"});
  REQUIRE(ipc.listenerCount("x") == 1);
}

TEST_CASE_METHOD(ListenerFixture, "8: all listeners removed during a dispatch") {
  SECTION("of the channel") {
    ipc.on("x", [&] { ipc.removeAllListeners("x"); });
  }
  SECTION("of all channels") {
    ipc.on("x", [&] { ipc.removeAllListeners(); });
  }
  ipc.on("x", note("2"));
  deliver();
  REQUIRE(log.empty());
  REQUIRE(ipc.listenerCount("x") == 0);
  ipc.on("x", note("new"));
  deliver();
  REQUIRE(log == Log{"new"});
}

TEST_CASE_METHOD(ListenerFixture, "8: a listener that removes itself goes on with its captures") {
  int const before = Counted::alive;
  tincan::Listener self_;
  self_ = ipc.on("x", [&, held = Counted(5)] {
    self_.remove();
    ipc.poll();
    REQUIRE(held.number == 5);
  });
  deliver();
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(ListenerFixture,
                 "8: removed in a nested poll, the outer dispatch does not call it") {
  tincan::Listener second;
  ipc.on("x", [&] {
    log.push_back("1");
    self.send("remove");
    ipc.poll();
  });
  second = ipc.on("x", note("2"));
  ipc.on("remove", [&] { ipc.off(second); });
  deliver();
  REQUIRE(log == Log{"1"});
}

TEST_CASE_METHOD(ListenerFixture,
                 "8: a listener's captures may register listeners as they are destroyed") {
  struct Registers {
    explicit Registers(ListenerFixture& f) : fixture(&f) {}
    Registers(Registers&& other) noexcept : fixture(std::exchange(other.fixture, nullptr)) {}
    Registers(Registers const&) = delete;
    Registers& operator=(Registers const&) = delete;
    ~Registers() {
      if (fixture == nullptr) return;
      for (int i = 0; i < 50; ++i) {
        fixture->ipc.on(std::to_string(i), fixture->note(std::to_string(i)));
      }
    }
    ListenerFixture* fixture;
  };
  // std::function copies, listeners do not: they may hold what can only be moved.
  auto const listener = ipc.on("x", [held = Registers(*this)] {});
  ipc.on("y", [&] { listener.remove(); });
  SECTION("outside of a dispatch") { listener.remove(); }
  SECTION("in a dispatch") { deliver("y"); }
  deliver("49");
  REQUIRE(log == Log{"49"});
}

TEST_CASE_METHOD(ListenerFixture, "9: once runs exactly once", "[speaker]") {
  ipc.once("x", note("1"));
  deliver();
  deliver();
  REQUIRE(log == Log{"1"});
  REQUIRE(ipc.listenerCount("x") == 0);
  REQUIRE(reports.deadLetters() == Log{"NoListener x main>window"});
}

TEST_CASE_METHOD(ListenerFixture, "9: once is disarmed before it is called") {
  tincan::Listener listener;
  std::size_t during = 99;
  bool removed = true;
  listener = ipc.once("x", [&] {
    log.push_back("1");
    during = ipc.listenerCount("x");
    removed = ipc.off(listener);
    self.send("x");
    ipc.poll();
  });
  deliver();
  REQUIRE(log == Log{"1"});
  REQUIRE(during == 0);
  REQUIRE_FALSE(removed);
}

TEST_CASE_METHOD(ListenerFixture, "9: once runs exactly once even if it throws", "[throw-any]") {
  ipc.once("x", [&] {
    log.push_back("1");
    throw 1;
  });
  deliver();
  deliver();
  REQUIRE(log == Log{"1"});
  REQUIRE(reports.errors().size() == 1);
}

TEST_CASE_METHOD(ListenerFixture, "9: once may register itself again") {
  std::function<void()> again = [&] {
    log.push_back("1");
    if (log.size() < 3) ipc.once("x", again);
  };
  ipc.once("x", again);
  for (int i = 0; i < 5; ++i) deliver();
  REQUIRE(log.size() == 3);
}

TEST_CASE_METHOD(ListenerFixture, "9: once waits for arguments that it takes") {
  int got = 0;
  ipc.once("x", [&](int number) { got += number; });
  self.send("x", "text");
  self.send("x", 5);
  self.send("x", 6);
  ipc.poll();
  REQUIRE(got == 5);
}

TEST_CASE_METHOD(ListenerFixture,
                 "10: a listener that throws: the others still run and the loop goes on",
                 "[throw-any]") {
  ipc.on("x", [] { throw std::runtime_error("oh"); });
  ipc.on("x", note("2"));
  ipc.on("x", []() -> void { throw 42; });
  ipc.on("x", note("4"));
  self.send("x");
  self.send("x");
  REQUIRE(ipc.poll() == 2);
  REQUIRE(log == Log{"2", "4", "2", "4"});
  REQUIRE(reports.errors().size() == 4);
  REQUIRE(reports.errors()[0] == "x main>window: oh");
  REQUIRE(bus.stats().handled == 2);
}

TEST_CASE_METHOD(ListenerFixture, "10: what a posted function throws goes to onError") {
  ipc.post([] { throw std::runtime_error("posted"); });
  ipc.post(note("next"));
  REQUIRE(ipc.poll() == 2);
  REQUIRE(log == Log{"next"});
  REQUIRE(reports.errors().size() == 1);
  REQUIRE(contains(reports.errors()[0], "posted"));
  REQUIRE(bus.stats().sent == 0);
}

TEST_CASE_METHOD(ListenerFixture,
                 "10: an exception in a nested poll stays with the inner message") {
  ipc.on("outer", [&] {
    self.send("inner");
    ipc.poll();
    log.push_back("outer goes on");
  });
  ipc.on("inner", [] { throw std::runtime_error("inner"); });
  deliver("outer");
  REQUIRE(log == Log{"outer goes on"});
  REQUIRE(reports.errors() == Log{"inner window>window: inner"});
}

TEST_CASE_METHOD(ListenerFixture, "off takes only what is there, and here") {
  auto other = bus.attach("other");
  auto const listener = ipc.on("x", note("1"));
  tincan::Listener const copy = listener;
  REQUIRE_FALSE(other.off(listener));
  REQUIRE_FALSE(ipc.off(tincan::Listener()));
  REQUIRE_FALSE(tincan::Listener().remove());
  REQUIRE(ipc.off(copy));
  REQUIRE_FALSE(ipc.off(listener));
  REQUIRE_FALSE(listener.remove());
  deliver();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(ListenerFixture, "a listener's token is harmless after the endpoint's end") {
  tincan::Listener token;
  {
    auto other = bus.attach("other");
    token = other.on("x", note("1"));
  }
  REQUIRE_FALSE(token.remove());
}

TEST_CASE_METHOD(ListenerFixture, "a ScopedListener removes at its end") {
  {
    tincan::ScopedListener const scoped{ipc.on("x", note("1"))};
    deliver();
  }
  deliver();
  REQUIRE(log == Log{"1"});

  tincan::ScopedListener a = ipc.on("x", note("a"));
  tincan::ScopedListener b = std::move(a);
  deliver();
  b = ipc.on("x", note("b"));
  deliver();
  REQUIRE(log == Log{"1", "a", "b"});
}

TEST_CASE_METHOD(ListenerFixture, "a ScopedListener may end in its own listener") {
  std::optional<tincan::ScopedListener> scoped;
  scoped.emplace(ipc.on("x", [&, held = Counted(3)] {
    scoped.reset();
    REQUIRE(held.number == 3);
    log.push_back("1");
  }));
  deliver();
  deliver();
  REQUIRE(log == Log{"1"});
}

TEST_CASE_METHOD(ListenerFixture, "listenerCount and channels tell what is there") {
  REQUIRE(ipc.channels().empty());
  REQUIRE(ipc.listenerCount("x") == 0);
  ipc.on("x", note("1"));
  ipc.on("x", note("2"));
  ipc.once("y", note("3"));
  auto channels = ipc.channels();
  std::sort(channels.begin(), channels.end());
  REQUIRE(channels == Log{"x", "y"});
  REQUIRE(ipc.listenerCount("x") == 2);
  ipc.removeAllListeners("x");
  REQUIRE(ipc.channels() == Log{"y"});
  ipc.removeAllListeners("never heard of");
  ipc.removeAllListeners();
  REQUIRE(ipc.channels().empty());
}

TEST_CASE_METHOD(ListenerFixture, "channels that come and go leave the others alone") {
  ipc.on("stays", note("stays"));
  for (int i = 0; i < 5000; ++i) {
    std::string const name = "reply-" + std::to_string(i);
    tincan::ScopedListener const scoped = ipc.on(name, note(name));
    if (i % 500 == 0) deliver(name);
    if (i % 500 == 1) deliver("stays");
  }
  REQUIRE(log.size() == 20);
  REQUIRE(log[18] == "reply-4500");
  REQUIRE(log[19] == "stays");
  REQUIRE(ipc.channels() == Log{"stays"});
}

namespace {
int freeCalls = 0;
void freeListener(tincan::Event& event, int number) {
  freeCalls += event.sender.alive() ? number : 0;
}
struct Functor {
  void operator()(int number) noexcept { *sum += number; }
  int* sum;
};
}  // namespace

TEST_CASE_METHOD(ListenerFixture, "functions, objects, mutable lambdas and std::function listen",
                 "[speaker]") {
  int sum = 0;
  ipc.on("x", freeListener);
  ipc.on("x", &freeListener);
  ipc.on("x", Functor{&sum});
  ipc.on("x", std::function<void(int)>([&](int number) { sum += number; }));
  int last = 0;
  ipc.on("x", [count = 0, &last](int) mutable { last = ++count; });
  ipc.on("x", [held = std::make_unique<int>(100), &sum](int) { sum += *held; });
  ipc.on("x", [&](int number) noexcept -> int { return sum += number; });  // the result is ignored
  self.send("x", 1);
  self.send("x", 1);
  ipc.poll();
  REQUIRE(freeCalls == 4);
  REQUIRE(sum == 206);
  REQUIRE(last == 2);
}

TEST_CASE_METHOD(ListenerFixture, "an event tells its channel and sender", "[speaker]") {
  tincan::Event* seen = nullptr;
  ipc.on("x", [&](tincan::Event& event) {
    seen = &event;
    REQUIRE(event.channel() == tincan::ChannelName("x"));
    REQUIRE(event.channel().name() == "x");
    REQUIRE(event.sender == bus.main().peer());
    REQUIRE(event.sender.name() == "main");
    REQUIRE(event.sender.id() == bus.main().peer().id());
  });
  ipc.on("x", [&](tincan::Event& event) { REQUIRE(&event == seen); });  // one for all listeners
  ipc.poll();
  deliver();
  REQUIRE(seen != nullptr);
}

TEST_CASE_METHOD(ListenerFixture,
                 "arguments stay valid in a nested poll, across the border of a chunk") {
  // Each handler polls what came after it: many cells are pinned by nested polls.
  std::vector<int> order;
  bool isIntact = true;
  ipc.on("x", [&](std::string const& text, int number) {
    ipc.poll(1);
    isIntact = isIntact && text == "number " + std::to_string(number);
    order.push_back(number);
  });
  for (int i = 0; i < 300; ++i) self.send("x", "number " + std::to_string(i), i);
  ipc.poll();
  REQUIRE(isIntact);
  REQUIRE(order.size() == 300);
}

TEST_CASE_METHOD(ListenerFixture, "a nested poll while more comes keeps arguments and order") {
  int next = 0, depth = 0;
  bool inOrder = true, isIntact = true;
  ipc.on("x", [&](std::string const& text, int number) {
    inOrder = inOrder && number == next++;
    if (number < 2000) {
      self.send("x", std::to_string(number + 100), number + 100);
      if (++depth < 50) ipc.poll();
      --depth;
    }
    isIntact = isIntact && text == std::to_string(number);
  });
  for (int i = 0; i < 100; ++i) self.send("x", std::to_string(i), i);
  while (ipc.poll() != 0) {
  }
  REQUIRE(next == 2100);
  REQUIRE(inOrder);
  REQUIRE(isIntact);
}

TEST_CASE_METHOD(ListenerFixture,
                 "a poll leaves what comes after its nested poll to the next one") {
  tincan::Renderer one = bus.attach("one"), two = bus.attach("two");
  tincan::Main& main = bus.main();
  main.on("first", [&] {
    CHECK(main.poll() == 1);
    main.peer().send("own");
  });
  main.on("second", note("second"));
  main.on("own", note("own"));
  one.send("first");
  two.send("second");
  CHECK(main.poll() == 1);
  CHECK(log == Log{"second"});
  CHECK(main.poll() == 1);
  CHECK(log == Log{"second", "own"});
}

TEST_CASE_METHOD(ListenerFixture, "requests with wide arguments survive a nested poll") {
  struct Wide {
    int number;
    char room[36];
  };
  bool isIntact = true;
  ipc.on("x", [&](tincan::Event& event, Wide const& wide) {
    int const number = wide.number;
    ipc.poll(1);
    isIntact = isIntact && wide.number == number;
    event.returnValue = wide.number;
  });
  std::vector<tincan::Future<int>> futures;
  for (int i = 0; i < 200; ++i) futures.push_back(self.request<int>("x", Wide{i, {}}));
  ipc.poll();
  REQUIRE(isIntact);
  for (int i = 0; i < 200; ++i) REQUIRE(futures[static_cast<std::size_t>(i)].get() == i);
}

TEST_CASE_METHOD(ListenerFixture, "a function lies where its alignment wants it, and ends once") {
  struct alignas(128) Aligned {
    int number;
  };
  auto const held = std::make_shared<int>(1);
  bool isAligned = true;
  auto const listener = ipc.on("x", [&isAligned, held, aligned = Aligned{5}](int got) {
    auto const at = reinterpret_cast<std::uintptr_t>(&aligned);
    isAligned = isAligned && at % alignof(Aligned) == 0 && aligned.number == got;
  });
  ipc.handle("x", [held, aligned = Aligned{6}](int got) { return aligned.number + got; });
  REQUIRE(held.use_count() == 3);
  self.send("x", 5);
  self.send("x", 5L);  // which has to be fitted
  auto answer = self.invoke<int>("x", 1L);
  ipc.poll();
  REQUIRE(isAligned);
  REQUIRE(answer.get() == 7);
  REQUIRE(ipc.off(listener));
  ipc.removeHandler("x");
  REQUIRE(held.use_count() == 1);
}

TEST_CASE_METHOD(ListenerFixture, "a function whose move throws is not registered") {
  struct Throwing {
    Throwing() = default;
    Throwing(Throwing const&) {}
    Throwing(Throwing&&) { throw 5; }
    void operator()() const {}
  };
  Throwing const listener;
  REQUIRE_THROWS_AS(ipc.on("x", listener), int);
  REQUIRE_THROWS_AS(ipc.handle("x", listener), int);
  REQUIRE(ipc.listenerCount("x") == 0);
  REQUIRE_FALSE(ipc.hasHandler("x"));
}
