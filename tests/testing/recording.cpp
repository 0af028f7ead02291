// tests/testing/recording.cpp - recordings, and their replay
#include <tincan/testing.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../unit/child.hpp"
#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Bus;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::Recorder;
using tincan::testing::Recording;
using tincan::testing::replay;
using tincan::testing::Simulation;

namespace {

/// What each endpoint has handled, written by its own thread.
struct Logs {
  test::Log main;
  test::Log renderers[3];
};

/// Three renderers that send to main and to one another, ask, and are answered, until all have said
/// that they are done.
void chatter(Bus& bus, Logs& logs) {
  constexpr int Rounds = 12;
  tincan::Main& ipcMain = bus.main();
  int done = 0;
  ipcMain.on("tick", [&](Event& event, int n) {
    logs.main.push_back(event.sender.name() + std::to_string(n));
    event.reply("tock", n);
  });
  ipcMain.on("ask", [&](Event& event, int n) {
    logs.main.push_back(event.sender.name() + "?" + std::to_string(n));
    event.returnValue = static_cast<int>(logs.main.size());
  });
  ipcMain.handle("call", [&](std::string const& text) {
    logs.main.push_back("call " + text);
    return text.size();
  });
  ipcMain.on("done", [&](Event& event) {
    logs.main.push_back(event.sender.name() + " is done");
    if (++done == 3) bus.close();
  });
  std::vector<tincan::RendererThread> threads;
  for (int r = 0; r < 3; ++r) {
    threads.push_back(bus.spawn("r" + std::to_string(r), [r, &logs](Renderer& ipc) {
      test::Log& log = logs.renderers[r];
      int tocks = 0;
      ipc.on("go", [&] {
        auto const next = ipc.peer("r" + std::to_string((r + 1) % 3)).value();
        for (int n = 0; n < Rounds; ++n) {
          ipc.send("tick", n);
          next.send("hello", n);
          if (n % 4 == r) log.push_back("asked " + std::to_string(ipc.sendSync<int>("ask", n)));
        }
        log.push_back("called " + std::to_string(ipc.invoke<int>("call", "abc").get()));
      });
      ipc.on("hello", [&](Event& event, int n) {
        log.push_back(event.sender.name() + " hello " + std::to_string(n));
      });
      ipc.on("tock", [&](int n) {
        log.push_back("tock " + std::to_string(n));
        if (++tocks == Rounds) ipc.send("done");
      });
      ipc.run();
    }));
  }
  ipcMain.broadcast("go");
  ipcMain.run();
}

/// The two senders' messages come in this order.
Recording recordingOf(std::vector<Recording::Entry> entries) {
  return Recording(std::move(entries));
}

void twoSenders(Simulation& sim, test::Log& log) {
  sim.bus().main().on(
      "x", [&](Event& event, int n) { log.push_back(event.sender.name() + std::to_string(n)); });
  for (char const* const name : {"a", "b"}) {
    sim.spawn(name, [](Renderer& ipc) {
      ipc.send("x", 1);
      ipc.send("x", 2);
    });
  }
}

}  // namespace

TEST_CASE("recording: a real run with three renderers, replayed in the simulation, 20 times") {
  for (int i = 0; i < 20; ++i) {
    Logs recorded;
    Bus bus;
    Recorder const recorder(bus);
    chatter(bus, recorded);
    Recording const recording = recorder.recording();
    REQUIRE(recording.of("main").size() == recorded.main.size());

    Logs replayed;
    auto const result = replay(Recording::parse(recording.text()),
                               [&](Simulation& sim) { chatter(sim.bus(), replayed); });
    INFO(recording.text());
    REQUIRE(result.failure == "");
    REQUIRE(result.ok);
    REQUIRE(replayed.main == recorded.main);
    for (int r = 0; r < 3; ++r) {
      REQUIRE(replayed.renderers[r] == recorded.renderers[r]);
    }
  }
}

TEST_CASE("recording: the order at each receiver is followed") {
  for (auto const& order : {std::string("aabb"), std::string("abba"), std::string("bbaa")}) {
    std::vector<Recording::Entry> entries;
    std::uint64_t numbers[2] = {};
    test::Log expected;
    for (char const name : order) {
      std::uint64_t const number = ++numbers[name - 'a'];
      entries.push_back({std::string(1, name), "main", number, "x"});
      expected.push_back(std::string(1, name) + std::to_string(number));
    }
    test::Log log;
    auto const result =
        replay(recordingOf(entries), [&](Simulation& sim) { twoSenders(sim, log); });
    REQUIRE(result.failure.empty());
    REQUIRE(result.complete);
    REQUIRE(log == expected);
  }
}

TEST_CASE("recording: the run ends where the recording ends") {
  test::Log log;
  auto const result =
      replay(recordingOf({{"b", "main", 1, "x"}}), [&](Simulation& sim) { twoSenders(sim, log); });
  REQUIRE(result.ok);
  REQUIRE(log == test::Log{"b1"});
}

TEST_CASE("recording: one who asks what was never taken is ended with the run") {
  std::optional<tincan::Errc> code;
  auto const result = replay(recordingOf({{"a", "main", 1, "x"}}), [&](Simulation& sim) {
    sim.bus().main().on("x", [] {});
    sim.bus().main().on("ask", [](Event& event) { event.returnValue = 1; });
    sim.spawn("a", [&](Renderer& ipc) {
      ipc.send("x");
      code = test::codeOf([&] { ipc.sendSync<int>("ask"); });
    });
  });
  REQUIRE(result.failure.empty());
  REQUIRE(code == tincan::Errc::Closed);
}

TEST_CASE("recording: a run that cannot follow says which message is missing or another") {
  test::Log log;
  auto const failureOf = [&](std::vector<Recording::Entry> entries) {
    auto const result =
        replay(recordingOf(std::move(entries)), [&](Simulation& sim) { twoSenders(sim, log); });
    REQUIRE_FALSE(result.ok);
    return result.failure;
  };
  REQUIRE(failureOf({{"a", "main", 1, "x"}, {"a", "main", 2, "y"}}) ==
          "the run differs from the recording: message 2 from 'a' to 'main' is 'x', and was 'y'");
  REQUIRE(failureOf({{"a", "main", 1, "x"},
                     {"a", "main", 2, "x"},
                     {"a", "main", 3, "x"},
                     {"b", "main", 1, "x"}}) ==
          "the run differs from the recording: message 3 from 'a' to 'main', 'x', does not come; "
          "next there would be 'x' from 'b'");
  REQUIRE(test::contains(failureOf({{"c", "main", 1, "x"}}), "there is no 'c'"));
  REQUIRE(test::contains(failureOf({{"a", "c", 1, "x"}}), "there is no 'c'"));
}

TEST_CASE("recording: what the test throws or claims is what failed") {
  auto const thrown = replay({}, [](Simulation&) { throw std::runtime_error("oh"); });
  REQUIRE(thrown.failure == "oh");
  auto const claimed =
      replay({}, [](Simulation& sim) { sim.eventually("never", [] { return false; }); });
  REQUIRE(test::contains(claimed.failure, "never"));
  struct Assertion {};
  REQUIRE_THROWS_AS(replay({}, [](Simulation&) { throw Assertion{}; }), Assertion);
}

TEST_CASE("recording: what a listener or a body threw when it was recorded fails the replay") {
  bool const isBody = GENERATE(false, true);
  auto const listen = [isBody](tincan::Main& main) {
    main.on("x", [isBody] {
      if (!isBody) throw std::runtime_error("oops");
    });
    main.on("bye", [&main] { main.quit(); });
  };
  auto const body = [isBody](Renderer& ipc) {
    ipc.send("x");
    ipc.send("bye");
    if (isBody) throw std::runtime_error("oops");
  };
  Recording const recording = [&] {
    Bus bus;
    bus.onError([](tincan::ErrorReport const&) {});
    Recorder const recorder(bus);
    listen(bus.main());
    auto const thread = bus.spawn("a", body);
    bus.main().run();
    return recorder.recording();
  }();
  auto const replayed = [&](bool isHooked) {
    return replay(recording, [&, isHooked](Simulation& sim) {
      if (isHooked) sim.bus().onError([](tincan::ErrorReport const&) {});
      listen(sim.bus().main());
      sim.spawn("a", body);
    });
  };
  CHECK(replayed(false).failure == "oops");
  CHECK(replayed(true).ok);  // the test says that it knows
}

TEST_CASE("recording: what is recorded, and how endpoints of one name are called") {
  Bus bus;
  {
    Recorder recorder(bus);
    REQUIRE_THROWS_AS(Recorder(bus), std::invalid_argument);
    auto one = bus.attach("w");
    auto two = bus.attach("w");
    one.on("x", [](int) {});
    bus.main().on("large", [](Event& event, std::string const&) { event.returnValue = 1; });
    bus.main().handle("call", [] { return 1; });
    one.poll();
    two.poll();
    one.peer().send("x", 1);  // this thread speaks for main
    one.poll();
    std::thread([&] { one.peer().send("x", 2); }).join();
    one.poll();
    auto large = one.request<int>("large", std::string(100, 'a'), std::string());
    auto call = two.invoke<int>("call");
    two.send("nobody listens");
    one.main().send("closed");
    bus.main().poll();
    REQUIRE(large.get() == 1);
    REQUIRE(call.get() == 1);
    INFO(recorder.recording().text());
    REQUIRE(recorder.recording().of("w") ==
            std::vector<Recording::Entry>{{"main", "w", 1, "x"}, {"(no endpoint)#2", "w", 1, "x"}});
    REQUIRE(recorder.recording().of("main") ==
            std::vector<Recording::Entry>{{"w", "main", 1, "large"},
                                          {"w#2", "main", 1, "call"},
                                          {"w#2", "main", 2, "nobody listens"},
                                          {"w", "main", 2, "closed"}});
    recorder.stop();
    one.send("large");
    bus.main().poll();
    REQUIRE(recorder.recording().of("main").size() == 4);
    one.send("never taken");
  }
  Recorder const again(bus);
  auto three = bus.attach("three");
  three.send("large");
  bus.main().poll();
  REQUIRE(again.recording().of("main").size() == 1);
  REQUIRE(test::addsUp(bus.stats()));
}

TEST_CASE("recording: of two recorders that are made at the same time one is refused") {
  constexpr int Rounds = 200;
  for (int round = 0; round < Rounds; ++round) {
    Bus bus;
    std::atomic<int> arrived{0}, tried{0}, refused{0};
    auto const record = [&] {
      ++arrived;
      while (arrived < 2) std::this_thread::yield();
      std::optional<Recorder> recorder;
      try {
        recorder.emplace(bus);
      } catch (std::invalid_argument const&) {
        ++refused;
      }
      ++tried;
      while (tried < 2) std::this_thread::yield();
    };
    std::thread other(record);
    record();
    other.join();
    REQUIRE(refused == 1);
    Recorder const again(bus);
  }
}

TEST_CASE("recording: a child that is forked while threads of its parent are recorded may go on") {
  if (!test::CanForkThreads) return;
  test::Guard const guard;
  // A bus for each fork: what a Recorder has grows with all that its bus does.
  constexpr int Rounds = 50;
  std::string said;
  for (int round = 0; round < Rounds && said.empty(); ++round) {
    Bus bus;
    bus.onDeadLetter([](tincan::DeadLetter const&) {});
    Recorder const recorder(bus);
    std::atomic<int> begun{0};
    std::atomic<bool> isOver{false};
    std::vector<std::thread> busy;
    for (int i = 0; i < 2; ++i) {
      busy.emplace_back([&] {
        auto window = bus.attach("window");
        ++begun;
        while (!isOver) {
          window.peer().send("x");
          window.poll();
        }
      });
    }
    while (begun < 2) std::this_thread::yield();
    said = test::inChild([&](test::Verdict const& verdict) {
      auto child = bus.attach("child");
      child.peer().send("x");
      child.poll();
      verdict.expect(recorder.recording().of("child").size() == 1, "not recorded");
    });
    isOver = true;
    for (auto& thread : busy) thread.join();
  }
  REQUIRE(said == "");
}

TEST_CASE("recording: what nobody takes because its receiver is closed is not in it") {
  Bus bus;
  Recorder const recorder(bus);
  {
    auto window = bus.attach("window");
    window.on("x", [] {});
    window.peer().send("x");
    window.poll();
    window.peer().send("x");
  }
  REQUIRE(recorder.recording().of("window").size() == 1);
  REQUIRE(bus.stats().deadLetters.at(tincan::Errc::Closed) == 1);
}

TEST_CASE("recording: limited inboxes keep their rules") {
  Bus bus;
  Recorder const recorder(bus);
  auto dropping = bus.attach("dropping", {2, tincan::Overflow::DropOldest});
  auto failing = bus.attach("failing", {2, tincan::Overflow::Fail});
  test::Log log;
  for (Renderer* const ipc : {&dropping, &failing}) {
    ipc->on("x", [&](int n) { log.push_back(std::to_string(n)); });
  }
  for (int n = 0; n < 4; ++n) dropping.peer().send("x", n);
  for (int n = 0; n < 2; ++n) REQUIRE(failing.peer().send("x", n) == tincan::SendResult::Queued);
  REQUIRE(failing.peer().send("x", 2) == tincan::SendResult::Full);
  dropping.poll();
  failing.poll();
  REQUIRE(log == test::Log{"2", "3", "0", "1"});
  REQUIRE(recorder.recording().of("dropping").size() == 2);
  REQUIRE(recorder.recording().of("failing").size() == 2);
  REQUIRE(test::addsUp(bus.stats()));
}

TEST_CASE("recording: its text is read back, whatever the names are") {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  Recording const recording({{"window", "main", 1, "ping"}, {every, "", 12, "\"quoted\\ > \" 3"}});
  REQUIRE(Recording::parse(recording.text()) == recording);
  REQUIRE(Recording::parse(Recording().text()) == Recording());
  REQUIRE(Recording({{"a", "b", 3, "c\n"}}).text() ==
          "tincan recording 1\n\"a\" > \"b\" 3 \"c\\x0a\"\n");
  std::string const first = "tincan recording 1\n";
  for (std::string const& wrong :
       {std::string(), std::string("tincan recording 3\n"), first + "\"a\" > \"b\" 3 \"c\"",
        first + "\"a\" > \"b\" x \"c\"\n", first + "\"a > \"b\" 3 \"c\"\n",
        first + "\"a\" > \"b\" 3 \"c\" \n", first + "\"\\xag\" > \"b\" 3 \"c\"\n",
        first + "\"a\" < \"b\" 3 \"c\"\n"}) {
    REQUIRE_THROWS_AS(Recording::parse(wrong), std::invalid_argument);
  }
  std::string const what = test::whatOf([&] { Recording::parse(first + "\n"); });
  REQUIRE(test::contains(what, "line 2"));
}

namespace {

/// A run in which main begins with "ask" and answers only when a has handled its own message.
struct Answered {
  test::Log log;
  std::atomic<bool> hasBegun{false}, hasHandled{false};
  bool isReal = false;

  void waitFor(std::atomic<bool> const& flag) const {
    while (isReal && !flag) std::this_thread::yield();
  }
  void serve(tincan::Main& main) {
    main.handle("ask", [this] {
      hasBegun = true;
      waitFor(hasHandled);
      return 1;
    });
  }
  /// `looks`: the handler looks whether the answer is ready; else a continuation takes it.
  void body(Renderer& ipc, bool looks) {
    auto future = ipc.invoke<int>("ask");
    tincan::Future<int>* const kept = looks ? &future : nullptr;
    ipc.on("x", [this, kept, &ipc] {
      log.push_back(kept == nullptr ? "x" : kept->ready() ? "ready" : "not ready");
      if (kept != nullptr) ipc.quit();
      hasHandled = true;
    });
    if (!looks) {
      std::move(future).then(ipc, [this, &ipc](tincan::Future<int>) {
        log.push_back("answer");
        ipc.quit();
      });
    }
    waitFor(hasBegun);
    ipc.peer("a")->send("x");
    ipc.run();
  }
};

}  // namespace

TEST_CASE("recording: answers are followed, or the replay says that it cannot") {
  for (bool const looks : {false, true}) {
    Answered real;
    Answered again;
    real.isReal = true;
    Recording recording;
    {
      Bus bus;
      Recorder recorder(bus);
      real.serve(bus.main());
      std::atomic<bool> isOver{false};
      auto const a = bus.spawn("a", [&](Renderer& ipc) {
        real.body(ipc, looks);
        isOver = true;
      });
      while (!isOver) bus.main().poll();
      recording = recorder.recording();
    }
    INFO(recording.text());
    CHECK(recording.isFull());
    CHECK(Recording::parse(recording.text()) == recording);
    auto const result = replay(recording, [&](Simulation& sim) {
      again.serve(sim.bus().main());
      sim.spawn("a", [&](Renderer& ipc) { again.body(ipc, looks); });
    });
    INFO(result.failure);
    CHECK(result.ok == !looks);
    if (result.ok) CHECK(again.log == real.log);
    else
      CHECK(test::contains(result.failure, "'a' finds an answer of 'main' ready where it did not"));
  }
}

TEST_CASE("recording: posted functions are followed") {
  Recording const recording(
      {{"(no endpoint)", "main", 0, "", Recording::Entry::What::Post}, {"a", "main", 1, "x"}},
      true);
  CHECK(Recording::parse(recording.text()) == recording);
  Recording recorded;
  test::Log log;
  {
    Bus bus;
    Recorder recorder(bus);
    bus.main().on("x", [&] { log.push_back("x"); });
    auto a = bus.attach("a");
    a.send("x");
    bus.main().poll();
    bus.main().post([&] { log.push_back("post"); });
    bus.main().poll();
    recorded = recorder.recording();
  }
  INFO(recorded.text());
  test::Log again;
  auto const result = replay(recorded, [&](Simulation& sim) {
    sim.bus().main().on("x", [&] { again.push_back("x"); });
    sim.bus().main().post([&] { again.push_back("post"); });
    sim.spawn("a", [](Renderer& ipc) { ipc.send("x"); });
  });
  CHECK(result.failure == "");
  CHECK(log == test::Log{"x", "post"});
  CHECK(again == log);
}
