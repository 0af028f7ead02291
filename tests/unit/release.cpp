// tests/unit/release.cpp - release: an endpoint goes from one thread to another
#include <chrono>
#include <stdexcept>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

/// Runs the function on a thread of its own, to its end.
template <class F>
void elsewhere(F&& function) {
  std::thread(std::forward<F>(function)).join();
}

/// Runs what it was given while it is captured.
struct ReleasesOnCopy {
  explicit ReleasesOnCopy(std::function<void()> f) : function(std::move(f)) {}
  ReleasesOnCopy(ReleasesOnCopy const& other) : function(other.function) { function(); }
  ReleasesOnCopy& operator=(ReleasesOnCopy const&) = delete;
  ~ReleasesOnCopy() = default;
  std::function<void()> function;
};

}  // namespace

TEST_CASE_METHOD(MainAndWindow, "release: another thread may poll, and then it is that one's") {
  std::vector<int> got;
  ipc.on("x", [&](int number) { got.push_back(number); });
  tincan::Peer const peer = ipc.peer();
  peer.send("x", 1);
  CHECK(ipc.poll() == 1);
  peer.send("x", 2);
  ipc.release();
  elsewhere([&] { ipc.poll(); });
  CHECK(got == std::vector{1, 2});
  CHECK(codeOf([&] { return ipc.poll(); }) == Errc::WrongThread);
  CHECK(codeOf([&] { ipc.release(); }) == Errc::WrongThread);
}

TEST_CASE_METHOD(MainAndWindow, "release: the thread that gave it up may poll again") {
  ipc.on("x", [this] { ++calls; });
  for (int i = 0; i < 3; ++i) {
    ipc.peer().send("x");
    CHECK(ipc.poll() == 1);
    ipc.release();
    ipc.release();  // it is nobody's, so anybody's to give up
  }
  CHECK(calls == 3);
}

TEST_CASE_METHOD(MainAndWindow, "release: of an endpoint that nobody has polled yet") {
  ipc.on("x", [this] { ++calls; });
  ipc.peer().send("x");
  ipc.release();
  elsewhere([&] { ipc.poll(); });
  CHECK(calls == 1);
}

TEST_CASE_METHOD(MainAndWindow,
                 "release: a continuation that begins to wait at a free endpoint is no message") {
  tincan::Renderer own = bus.attach("own");
  own.release();
  ipc.request<int>("x").then(own, [this](tincan::Future<int>) { ++calls; });
  CHECK(own.poll() == 0);
  bus.main().on("x", [](tincan::Event& event) { event.returnValue = 1; });
  bus.main().poll();
  CHECK(own.poll() == 1);
  CHECK(calls == 1);
}

TEST_CASE_METHOD(MainAndWindow, "release: inside of a poll or a run it is a logic_error") {
  int refused = 0;
  auto const tryIt = [&](tincan::Endpoint& endpoint) {
    try {
      endpoint.release();
    } catch (std::logic_error const& error) {
      if (contains(error.what(), "release")) ++refused;
    }
  };
  ipc.on("x", [&] { tryIt(ipc); });
  ipc.peer().send("x");
  ipc.poll();
  CHECK(refused == 1);
  ipc.after(0s, [&] {
    tryIt(ipc);
    ipc.quit();
  });
  ipc.run();
  CHECK(refused == 2);
  // Another one's poll is no poll of this one.
  main.on("x", [&] { tryIt(ipc); });
  main.peer().send("x");
  main.poll();
  CHECK(refused == 2);
  // Its verbs are in use while an argument is captured.
  ipc.poll();
  ipc.send("nobody", ReleasesOnCopy([&] { tryIt(ipc); }));
  CHECK(refused == 3);
}

TEST_CASE_METHOD(MainAndWindow, "release: an endpoint that is closed, or was moved away") {
  auto other = std::move(ipc);
  CHECK(codeOf([&] { ipc.release(); }) == Errc::Closed);
  other.close();
  CHECK(codeOf([&] { other.release(); }) == Errc::Closed);
}

TEST_CASE_METHOD(MainAndWindow,
                 "release: registering afterwards binds nobody, until somebody polls") {
  ipc.poll();
  ipc.release();
  ipc.on("x", [this] { ++calls; });
  elsewhere([&] {
    ipc.on("x", [this] { ++calls; });
    ipc.after(0s, [this] { ++calls; });
  });
  ipc.peer().send("x");
  elsewhere([&] { ipc.poll(); });
  CHECK(calls == 3);
}

TEST_CASE_METHOD(MainAndWindow,
                 "S: nobody speaks for an endpoint that was released, until somebody polls it") {
  std::vector<std::string> senders;
  main.on("who", [&](tincan::Event& event) { senders.push_back(event.sender.name()); });
  tincan::Peer const byWindow = ipc.main();
  auto const ask = [&](char const* expected) {
    byWindow.send("who");
    pump();
    return senders.back() == expected;
  };
  ipc.poll();
  CHECK(ask("window"));
  ipc.release();
  ipc.on("y", [] {});
  byWindow.send("who");
  main.poll();
  CHECK(senders.back() == "main");  // the first one that belongs to this thread
  elsewhere([&] {
    byWindow.send("who");
    ipc.poll();
    byWindow.send("who");
  });
  main.poll();
  CHECK(senders == std::vector<std::string>{"window", "main", "", "window"});
}

TEST_CASE_METHOD(MainAndWindow, "2: what an endpoint sends is in order, from whichever thread") {
  std::vector<int> got;
  main.on("x", [&](int number) { got.push_back(number); });
  int number = 0;
  for (int round = 0; round < 5; ++round) {
    ipc.poll();
    for (int i = 0; i < 3; ++i) ipc.send("x", ++number);
    ipc.release();
    elsewhere([&] {
      ipc.poll();
      for (int i = 0; i < 3; ++i) ipc.send("x", ++number);
      ipc.release();
    });
    if (round % 2 == 0) main.poll();
  }
  main.poll();
  REQUIRE(got.size() == 30);
  for (int i = 0; i < 30; ++i) CHECK(got[static_cast<std::size_t>(i)] == i + 1);
}

TEST_CASE_METHOD(MainAndWindow, "14: a thread that has released an endpoint may wait for it") {
  bool isAsked = false;
  ipc.on("ask", [&](tincan::Event& event) {
    isAsked = true;
    event.returnValue = 5;
  });
  ipc.poll();
  CHECK(codeOf([&] { return main.renderer("window")->sendSync<int>("ask"); }) == Errc::Deadlock);
  ipc.release();
  Latch polls(1);
  std::thread other([&] {
    polls.wait();
    pollUntil(ipc, [&] { return isAsked; });
  });
  polls.count_down();
  CHECK(main.renderer("window")->sendSync<int>("ask") == 5);
  other.join();
}

TEST_CASE_METHOD(MainAndWindow,
                 "release: what waits goes on where it is polled: timers, answers, coroutines") {
  main.on("gate", [this](tincan::Event& event) { gates.push_back(event.defer()); });
  auto const here = std::this_thread::get_id();
  auto const note = [this, here](std::string name) {
    log.push_back(name + (std::this_thread::get_id() == here ? " here" : " there"));
  };
  ipc.poll();
  ipc.after(0s, [&] { note("timer"); });
  ipc.request<int>("gate").then(
      ipc, [&](tincan::Future<int> answer) { note("answer " + std::to_string(answer.get())); });
  ipc.post([&]() -> Task<> {
    co_await ipc.sleep(0s);
    note("slept");
  });
  ipc.poll(1);
  main.poll();
  ipc.release();
  gates[0].set(7);
  elsewhere([&] {
    ipc.poll();
    ipc.release();
  });
  CHECK(log == Log{"timer here", "slept there", "answer 7 there"});
}

TEST_CASE_METHOD(MainAndWindow, "19: ends of an endpoint that was released") {
  int const before = Counted::alive;
  auto const fill = [](tincan::Renderer& renderer) {
    renderer.poll();
    renderer.on("x", [held = Counted(1)] {});
    renderer.after(1h, [held = Counted(1)] {});
    renderer.release();
  };
  {
    auto ended = bus.attach("ended");
    fill(ended);
  }
  CHECK(Counted::alive == before);
  {
    auto closed = bus.attach("closed");
    fill(closed);
    closed.close();
  }
  CHECK(Counted::alive == before);
  auto elsewhereEnded = std::make_unique<tincan::Renderer>(bus.attach("elsewhere"));
  fill(*elsewhereEnded);
  elsewhere([&] { elsewhereEnded.reset(); });
  CHECK(Counted::alive == before);
  auto last = std::make_unique<tincan::Renderer>(bus.attach("last"));
  elsewhere([&] { fill(*last); });
  bus.close();
  last.reset();
  CHECK(Counted::alive == before);
}

TEST_CASE("release: the body of a thread gives its renderer away", "[threads]") {
  tincan::Bus bus;
  std::optional<tincan::Renderer> handed;
  std::optional<bool> isLogicError;
  int calls = 0;
  bus.spawn(
         "window",
         [&](tincan::Renderer& ipc) {
           ipc.on("x", [&] { ++calls; });
           auto other = bus.attach("other");
           other.on("y", [&] {
             try {
               ipc.release();  // the body, which is of that one, is under way outside of this poll
             } catch (std::logic_error const&) {
               isLogicError = true;
             }
           });
           other.peer().send("y");
           other.poll();
           ipc.release();
           handed.emplace(std::move(ipc));
         })
      .join();
  CHECK(isLogicError == true);
  handed->peer().send("x");
  CHECK(handed->poll() == 1);
  CHECK(calls == 1);
}

TEST_CASE("release: threads that hand an endpoint round while others send to it", "[threads]") {
  constexpr int Threads = 4, Rounds = 50, Messages = 500;
  tincan::Bus bus;
  auto ipc = bus.attach("window");
  int plain = 0, sum = 0;  // of whichever thread polls
  ipc.on("x", [&](int number) {
    sum += number;
    ipc.send("got", number);
  });
  int got = 0;
  bus.main().on("got", [&](int number) { got += number; });
  tincan::Peer const peer = ipc.peer();
  std::thread sender([&] {
    for (int i = 0; i < Messages; ++i) peer.send("x", 1);
  });
  std::mutex mutex;
  std::vector<std::thread> pool;
  for (int t = 0; t < Threads; ++t) {
    pool.emplace_back([&] {
      for (int i = 0; i < Rounds; ++i) {
        std::lock_guard const lock(mutex);
        ipc.poll();
        ++plain;
        ipc.release();
      }
    });
  }
  sender.join();
  for (auto& thread : pool) thread.join();
  ipc.poll();
  CHECK(sum == Messages);
  CHECK(plain == Threads * Rounds);
  while (bus.main().poll() != 0) {
  }
  CHECK(got == Messages);
}

TEST_CASE("release: of two threads that poll what was released one gets it", "[threads]") {
  for (int round = 0; round < 50; ++round) {
    tincan::Bus bus;
    auto ipc = bus.attach("window");
    int plain = 0;
    ipc.on("x", [&] { ++plain; });
    ipc.peer().send("x");
    ipc.poll();
    std::atomic<int> polled{0}, refused{0};
    Latch both(2);
    auto const tryToPoll = [&] {
      both.arrive_and_wait();
      auto const code = codeOf([&] { return ipc.poll(); });
      ++(code == Errc::WrongThread ? refused : polled);
    };
    std::thread one(tryToPoll), other(tryToPoll);
    ipc.release();
    one.join();
    other.join();
    CHECK(polled + refused == 2);
    CHECK(refused >= 1);
  }
}
