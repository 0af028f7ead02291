// tests/unit/reentry_deep.cpp - user code inside of what a verb does last, and loops inside of handlers
#include <array>
#include <cstring>
#include <functional>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

/// An argument whose end sends, where it has a sender. It is moved by its copy constructor.
struct SendsAtItsEnd {
  explicit SendsAtItsEnd(tincan::Renderer* by) noexcept : from(by) {}
  SendsAtItsEnd(SendsAtItsEnd const& other) noexcept : from(other.from) {}
  SendsAtItsEnd& operator=(SendsAtItsEnd const&) = delete;
  ~SendsAtItsEnd() {
    if (from != nullptr) from->send("ended");
  }
  tincan::Renderer* from;
};

tincan::Event* answering = nullptr;

/// An answer that answers while it is copied.
struct AnswersMeanwhile {
  explicit AnswersMeanwhile(int number) noexcept : value(number) {}
  AnswersMeanwhile(AnswersMeanwhile const& other) noexcept : value(other.value) {
    if (answering != nullptr) std::exchange(answering, nullptr)->returnValue.set(1);
  }
  AnswersMeanwhile& operator=(AnswersMeanwhile const&) = delete;
  ~AnswersMeanwhile() { value = 0; }
  int value;
};

/// Takes much of the stack.
void useStack(std::function<void()> const& then) {
  std::array<char, 100 * 1024> block;
  std::memset(block.data(), 1, block.size());
  then();
  CHECK(block[5] == 1);
}

/// An endpoint of this thread with messages that wait at it.
struct Deep {
  tincan::Bus bus;
  tincan::Renderer a = bus.attach("a");
  int left = 0;
  int refused = 0;

  Deep() {
    bus.onError([this](tincan::ErrorReport const& report) {
      bool const isDeadlock =
          codeOf([&] { std::rethrow_exception(report.exception); }) == Errc::Deadlock;
      refused += isDeadlock ? 1 : 0;
    });
  }
  void send(int count) {
    left = count;
    for (int i = 0; i < count; ++i) a.peer().send("x");
  }
};

Task<int> awaitAny(tincan::Peer to, bool& isOver) {
  try {
    co_return co_await tincan::any(to.within(1ms).invoke<int>("slow"), to.invoke<int>("never"));
  } catch (tincan::Error const&) {
    isOver = true;
  }
  co_return 0;
}

}  // namespace

TEST_CASE("28: an argument whose end sends to the receiver, where it has been moved from") {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  auto ipc = bus.attach("window");
  int notes = 0, ended = 0;
  main.on("note", [&](SendsAtItsEnd const&) { ++notes; });
  main.on("ended", [&] { ++ended; });
  {
    SendsAtItsEnd note(&ipc);
    ipc.send("note", note);
    auto const asked = ipc.request<int>("note", note);
    note.from = nullptr;
    CHECK(bus.stats().pending ==
          4);  // two messages, and what the ends of what was moved from have sent
  }
  for (int i = 0; i < 10; ++i) main.poll();
  CHECK(notes == 1);  // nobody waits for the answer any more
  CHECK(ended == 4);
  CHECK(bus.stats().pending == 0);
}

TEST_CASE("12: of an answer that answers while it is copied, the inner one is the first") {
  tincan::Bus bus;
  bool isFirst = true;
  bus.main().on("x", [&](tincan::Event& event) {
    AnswersMeanwhile const answer(7);
    answering = &event;
    isFirst = event.returnValue.set(answer);
  });
  auto ipc = bus.attach("window");
  auto got = ipc.request<int>("x");
  bus.main().poll();
  CHECK(got.get() == 1);
  CHECK_FALSE(isFirst);
}

TEST_CASE_METHOD(Deep, "28: polls inside of run() go as deep as inside of a poll") {
  bool isOver = false;
  int depth = 0;
  a.on("x", [&] {
    if (++depth == 40) {
      isOver = true;
      a.quit();
    }
    while (!isOver) a.poll();
  });
  send(40);
  a.run();
  CHECK(depth == 40);
}

TEST_CASE_METHOD(Deep, "28: run() inside of too many handlers is an error, and all is handled") {
  bool const isAll = GENERATE(false, true);
  a.on("x", [&] {
    if (--left == 0) {
      for (int i = 0; i <= 40; ++i) a.quit();
      return;
    }
    useStack([&] { isAll ? tincan::runAll(a) : a.run(); });
  });
  send(40);
  isAll ? tincan::runAll(a) : a.run();
  CHECK(left == 0);
  CHECK(refused > 0);
}

TEST_CASE_METHOD(
    Deep,
    "28: the stack does not grow with the number of messages, where runFor is inside of handlers") {
  constexpr int Count = 30'000;
  int handled = 0;
  a.on("x", [&] {
    ++handled;
    std::array<char, 500> const block{};
    a.runFor(100ms);
    CHECK(block[7] == 0);
  });
  send(Count);
  a.after(0ms, [&] { a.quit(); });
  while (handled < Count) a.poll();
  CHECK(handled == Count);
}

TEST_CASE_METHOD(Deep, "runAll: a quit that a timer has used up ends nothing else") {
  auto b = bus.attach("b");
  bool wasQuit = false;
  a.quit();
  a.after(0ms, [&] { a.run(); });
  b.after(5ms, [&] {
    wasQuit = true;
    b.quit();
  });
  tincan::runAll(a, b);
  CHECK(wasQuit);
  CHECK_FALSE(a.stopToken().stop_requested());
  a.post([&] { a.quit(); });
  a.run();  // not at once
  CHECK(a.poll() == 0);
}

TEST_CASE("any: a stop callback of a request that times out cancels the Task that awaits it") {
  bool wasCalled = false;
  // On a busy machine the time is over before the handler is called.
  for (int round = 0; round < 1000 && !wasCalled; ++round) {
    tincan::Bus bus;
    auto a = bus.attach("a"), b = bus.attach("b");
    bool isOver = false;
    std::optional<Task<int>> outer;
    std::optional<std::stop_callback<std::function<void()>>> callback;
    b.handle("slow", [&](tincan::InvokeEvent& event) -> Task<int> {
      wasCalled = true;
      callback.emplace(event.stopToken(), [&] {
        auto task = std::move(*outer);
        outer.reset();
        task.cancel();
      });
      co_await b.sleep(1h);
      co_return 1;
    });
    b.handle("never", [&]() -> Task<int> {
      co_await b.sleep(1h);
      co_return 2;
    });
    b.poll();
    a.post([&] { outer.emplace(awaitAny(b.peer(), isOver)); });
    a.poll();
    b.poll();
    while (!isOver) a.poll();
    CHECK(outer.has_value() != wasCalled);
  }
  CHECK(wasCalled);
}

TEST_CASE("17: a poll calls what has no time left once, though that asks so again") {
  int count = 0;
  std::function<void()> ask;
  tincan::Bus bus;
  auto a = bus.attach("a"), b = bus.attach("b");
  a.poll();
  b.poll();
  ask = [&] {
    b.peer().within(0ms).invoke<int>("x").then(a, [&](tincan::Future<int>) {
      if (++count < 1000) ask();
    });
  };
  ask();
  a.poll();
  CHECK(count == 1);
  a.poll();
  CHECK(count == 2);
  count = 1000;
}
