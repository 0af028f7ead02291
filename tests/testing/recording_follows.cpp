// tests/testing/recording_follows.cpp - what a recording has beside messages, and a replay follows or complains of
#include <tincan/testing.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Bus;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::Recorder;
using tincan::testing::Recording;
using tincan::testing::replay;
using tincan::testing::Simulation;
using What = Recording::Entry::What;

namespace {

std::size_t count(Recording const& recording, What what) {
  std::size_t count = 0;
  for (auto const& entry : recording.entries()) count += entry.what == what ? 1 : 0;
  return count;
}

/// Waits for a flag, which a simulation need not.
void waitFor(std::atomic<bool> const* flag) {
  while (flag != nullptr && !*flag) std::this_thread::yield();
}

/// A port from a to main, and a message of b.
struct Ported {
  explicit Ported(tincan::Main& main) {
    main.on("x", [this] { log.push_back("x"); });
    channel.port1.on("message", [this](int n) { log.push_back("port " + std::to_string(n)); });
    channel.port1.start(main);
  }
  std::function<void(Renderer&)> a() {
    return [this](Renderer&) {
      channel.port2.postMessage(1);
      channel.port2.postMessage(2);
    };
  }
  std::function<void(Renderer&)> b() {
    return [](Renderer& ipc) { ipc.send("x"); };
  }

  tincan::MessageChannel channel;
  test::Log log;
};

}  // namespace

TEST_CASE("recording: messages of ports are followed") {
  for (bool const isPortFirst : {false, true}) {
    test::Log real, again;
    Recording recording;
    {
      Bus bus;
      Recorder const recorder(bus);
      Ported ported(bus.main());
      for (bool const isPort : {isPortFirst, !isPortFirst}) {
        auto thread = isPort ? bus.spawn("a", ported.a()) : bus.spawn("b", ported.b());
        thread.join();
        bus.main().poll();
      }
      recording = recorder.recording();
      real = ported.log;
    }
    INFO(recording.text());
    CHECK(real.front() == (isPortFirst ? "port 1" : "x"));
    CHECK(count(recording, What::Post) == 2);
    auto const result = replay(Recording::parse(recording.text()), [&](Simulation& sim) {
      auto const ported = std::make_shared<Ported>(sim.bus().main());
      sim.spawn("a", [ported](Renderer& ipc) { ported->a()(ipc); });
      sim.spawn("b", [ported](Renderer& ipc) { ported->b()(ipc); });
      sim.eventually("noted", [ported, &again] {
        again = ported->log;
        return true;
      });
    });
    CHECK(result.failure == "");
    CHECK(again == real);
  }
}

namespace {

/// Asks main, which does not answer, and gives up after a millisecond; then, or before, comes "x".
struct Impatient {
  enum class How { Waits, Continues };

  void serve(tincan::Main& main) {
    main.on("ask", [this](Event& event) { reply.emplace(event.defer()); });
  }
  void body(Renderer& ipc, How how, std::atomic<bool>* hasGivenUp) {
    auto const giveUp = [this, hasGivenUp](auto&& get) {
      if (test::codeOf(get) == tincan::Errc::Timeout) log.push_back("timeout");
      if (hasGivenUp != nullptr) *hasGivenUp = true;
    };
    ipc.on("x", [this, &ipc] {
      log.push_back("x");
      ipc.quit();
    });
    if (how == How::Waits) {
      giveUp([&] { return ipc.within(1ms).sendSync<int>("ask"); });
    } else {
      ipc.within(1ms).request<int>("ask").then(
          ipc, [giveUp](tincan::Future<int> future) { giveUp([&] { return future.get(); }); });
    }
    ipc.run();
  }

  std::optional<tincan::Reply> reply;
  test::Log log;
};

}  // namespace

TEST_CASE("recording: deadlines pass where they were recorded") {
  for (auto const how : {Impatient::How::Waits, Impatient::How::Continues}) {
    Impatient real;
    Recording recording;
    {
      Bus bus;
      Recorder const recorder(bus);
      real.serve(bus.main());
      std::atomic<bool> hasGivenUp{false}, isOver{false};
      auto const a = bus.spawn("a", [&](Renderer& ipc) {
        real.body(ipc, how, &hasGivenUp);
        isOver = true;
      });
      while (!hasGivenUp) bus.main().poll();
      bus.main().renderer("a")->send("x");
      while (!isOver) bus.main().poll();
      recording = recorder.recording();
    }
    INFO(recording.text());
    CHECK(real.log == test::Log{"timeout", "x"});
    CHECK(count(recording, What::Deadline) == 1);
    Impatient again;
    auto const result = replay(Recording::parse(recording.text()), [&](Simulation& sim) {
      again.serve(sim.bus().main());
      sim.spawn("a", [&](Renderer& ipc) { again.body(ipc, how, nullptr); });
      sim.bus().main().renderer("a")->send("x");
    });
    CHECK(result.failure == "");
    CHECK(again.log == real.log);
  }
}

TEST_CASE(
    "recording: where no deadline has passed none does, and the replay says what is missing") {
  Impatient run;
  auto const result = replay(
      Recording({{"a", "main", 1, "ask"}, {"main", "a", 1, "x"}}, true), [&](Simulation& sim) {
        run.serve(sim.bus().main());
        sim.spawn("a", [&](Renderer& ipc) { run.body(ipc, Impatient::How::Waits, nullptr); });
      });
  CHECK(test::contains(result.failure, "message 1 from 'main' to 'a', 'x', does not come"));
  CHECK(run.log.empty());
  run.reply.reset();
}

TEST_CASE("recording: a deadline that does not pass where it did before is missing") {
  auto const result =
      replay(Recording({{"a", "a", 0, "", What::Deadline}}, true),
             [](Simulation& sim) { sim.spawn("a", [](Renderer& ipc) { ipc.run(); }); });
  CHECK(test::contains(result.failure, "the passing of a deadline of 'a' does not come"));
}

namespace {

/// Runs until a timer has told it to quit, or for a time; "x" comes afterwards, or before.
void runsWithTime(Renderer& ipc, bool isTimer, test::Log& log, std::atomic<bool>* hasPassed) {
  ipc.on("x", [&] { log.push_back("x"); });
  if (isTimer) {
    ipc.after(1ms, [&] {
      log.push_back("timer");
      ipc.quit();
    });
    ipc.run();
  } else {
    log.push_back("handled " + std::to_string(ipc.runFor(1ms)));
  }
  if (hasPassed != nullptr) *hasPassed = true;
  ipc.on("last", [&] { ipc.quit(); });
  ipc.run();
}

}  // namespace

TEST_CASE("recording: timers run, and runFor ends, where they were recorded") {
  for (bool const isTimer : {true, false}) {
    test::Log real, again;
    Recording recording;
    {
      Bus bus;
      Recorder const recorder(bus);
      std::atomic<bool> hasPassed{false};
      auto a = bus.spawn("a", [&](Renderer& ipc) { runsWithTime(ipc, isTimer, real, &hasPassed); });
      waitFor(&hasPassed);
      for (char const* const channel : {"x", "last"}) a.peer().send(channel);
      a.join();
      recording = recorder.recording();
    }
    INFO(recording.text());
    CHECK(real == test::Log{isTimer ? "timer" : "handled 0", "x"});
    CHECK(count(recording, isTimer ? What::Timer : What::Deadline) == 1);
    auto const result = replay(Recording::parse(recording.text()), [&](Simulation& sim) {
      sim.spawn("a", [&](Renderer& ipc) { runsWithTime(ipc, isTimer, again, nullptr); });
      for (char const* const channel : {"x", "last"}) {
        sim.bus().main().renderer("a")->send(channel);
      }
    });
    CHECK(result.failure == "");
    CHECK(again == real);
  }
}

TEST_CASE("recording: a timer that runs where none did is held, and one that does not is missing") {
  auto const beats = [](Simulation& sim) {
    sim.bus().main().on("x", [] {});
    sim.spawn("a", [](Renderer& ipc) {
      ipc.every(1ms, [&ipc] { ipc.send("x"); });
      ipc.run();
    });
  };
  CHECK(replay(Recording({{"a", "a", 0, "", What::Timer}, {"a", "main", 1, "x"}}, true), beats).ok);
  auto const result = replay(Recording({{"a", "main", 1, "x"}}, true), beats);
  CHECK(test::contains(result.failure, "message 1 from 'a' to 'main', 'x', does not come"));
  auto const missing =
      replay(Recording({{"b", "b", 0, "", What::Timer}}, true),
             [](Simulation& sim) { sim.spawn("b", [](Renderer& ipc) { ipc.run(); }); });
  CHECK(test::contains(missing.failure, "a timer of 'b' does not come"));
}

namespace {

/// A message of a, at which main looks whether a is alive.
struct Looking {
  void serve(tincan::Main& main) {
    main.on("x", [this, &main](Event& event) {
      log.push_back(event.sender.alive() ? "alive" : "ended");
      hasLooked = true;
      if (isReal) main.quit();
    });
  }
  /// `waits`: a lives until main has looked.
  void body(Renderer& ipc, bool waits) {
    ipc.send("x");
    waitFor(waits ? &hasLooked : nullptr);
  }

  bool isReal = false;
  std::atomic<bool> hasLooked{false};
  test::Log log;
};

}  // namespace

TEST_CASE(
    "recording: a look whether somebody is alive is followed, or the replay says that it is not") {
  for (bool const waits : {false, true}) {
    Looking real, again;
    real.isReal = true;
    Recording recording;
    {
      Bus bus;
      Recorder const recorder(bus);
      real.serve(bus.main());
      auto a = bus.spawn("a", [&](Renderer& ipc) { real.body(ipc, waits); });
      if (!waits) a.join();
      bus.main().run();
      recording = recorder.recording();
    }
    INFO(recording.text());
    CHECK(real.log == test::Log{waits ? "alive" : "ended"});
    CHECK(count(recording, waits ? What::Alive : What::Ended) == 1);
    auto const result = replay(Recording::parse(recording.text()), [&](Simulation& sim) {
      again.serve(sim.bus().main());
      sim.spawn("a", [&](Renderer& ipc) { again.body(ipc, false); });
    });
    INFO(result.failure);
    CHECK(result.ok == (again.log == real.log));
    if (waits) {
      CHECK(
          result.failure ==
          "the run differs from the recording: 'main' finds 'a' not alive where it did not before");
    }
  }
}

namespace {

/// Main keeps a's request, and looks whether a has given it up when it is told to; a gives it up when it is told to.
struct Kept {
  void serve(tincan::Main& main) {
    main.on("ask", [this](Event& event) { reply.emplace(event.defer()); });
    main.on("check", [this] { log.push_back(reply->cancelled() ? "cancelled" : "awaited"); });
  }
  void begin(Renderer& ipc) {
    ipc.on("drop", [this] { future->cancel(); });
    future.emplace(ipc.request<int>("ask"));
  }

  std::optional<tincan::Reply> reply;
  std::optional<tincan::Future<int>> future;
  test::Log log;
};

}  // namespace

TEST_CASE("recording: looks whether a request is cancelled are followed") {
  for (bool const dropsFirst : {false, true}) {
    Recording recording;
    Kept real;
    {
      Bus bus;
      Recorder const recorder(bus);
      auto b = bus.attach("b");
      auto a = bus.attach("a");
      real.serve(bus.main());
      bus.main().poll();
      b.poll();
      a.poll();
      real.begin(a);
      bus.main().poll();
      for (bool const drops : {dropsFirst, !dropsFirst}) {
        if (drops) {
          b.peer("a")->send("drop");
          a.poll();
        } else {
          b.send("check");
          bus.main().poll();
        }
      }
      recording = recorder.recording();
      real.reply.reset();
      real.future.reset();
    }
    INFO(recording.text());
    CHECK(real.log == test::Log{dropsFirst ? "cancelled" : "awaited"});
    CHECK(count(recording, dropsFirst ? What::Cancelled : What::Awaited) == 1);
    Kept again;
    auto const result = replay(Recording::parse(recording.text()), [&](Simulation& sim) {
      sim.spawn("b", [](Renderer& ipc) {
        ipc.peer("a")->send("drop");
        ipc.send("check");
      });
      again.serve(sim.bus().main());
      sim.spawn("a", [&](Renderer& ipc) {
        again.begin(ipc);
        ipc.run();
        again.future.reset();
      });
    });
    CHECK(result.failure == "");
    CHECK(again.log == real.log);
    again.reply.reset();
  }
}

TEST_CASE("recording: a look that does not come where it did before is missing") {
  auto const result =
      replay(Recording({{"a", "main", 1, "x"}, {"a", "main", 1, "", What::Cancelled}}, true),
             [](Simulation& sim) {
               sim.bus().main().on("x", [] {});
               sim.spawn("a", [](Renderer& ipc) { ipc.send("x"); });
             });
  CHECK(test::contains(result.failure,
                       "the look by which 'main' finds a request of 'a' cancelled does not come"));
}

TEST_CASE(
    "recording: threads that take much at the same time are merged so that causes come first") {
  constexpr int Rounds = 2'000;
  Bus bus;
  Recorder const recorder(bus);
  std::vector<tincan::RendererThread> threads;
  for (int pair = 0; pair < 2; ++pair) {
    std::string const name = std::to_string(pair);
    threads.push_back(bus.spawn("pong" + name, [](Renderer& ipc) {
      ipc.on("ping", [](Event& event, int n) { event.reply("pong", n); });
      ipc.run();
    }));
    threads.push_back(bus.spawn("ping" + name, [name](Renderer& ipc) {
      auto const to = *ipc.peer("pong" + name);
      ipc.on("pong", [&](int n) {
        if (n < Rounds) to.send("ping", n + 1);
        else ipc.quit();
      });
      to.send("ping", 1);
      ipc.run();
    }));
  }
  threads[1].join();
  threads[3].join();
  Recording const recording = recorder.recording();
  REQUIRE(recording.entries().size() == 4 * Rounds);
  std::uint64_t last[2] = {};
  bool isRight = true;
  for (auto const& entry : recording.entries()) {
    std::uint64_t& before = last[entry.to.back() - '0'];
    bool const isPing = entry.channel == "ping";
    isRight = isRight && entry.number == (isPing ? before + 1 : before);
    before = entry.number;
  }
  CHECK(isRight);
}
