// tests/oom/rows_ends.cpp - the rows of beginnings and ends
//
// Beginnings and ends: an end does without memory, whatever it finds.
#include <latch>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <tincan/testing/recorder.hpp>

#include "../asleep.hpp"
#include "attempt.hpp"

namespace oom {
namespace {

using tincan::Errc;
using tincan::Error;

void makeBus(Attempt& attempt, Room&) {
  std::optional<tincan::Bus> bus;
  attempt.succeeds([&] { bus.emplace(); });
  attempt.ends([&] { bus.reset(); });
}

void attach(Attempt& attempt, Room& room) {
  std::optional<tincan::Renderer> renderer;
  attempt.succeeds([&] { renderer.emplace(room.bus().attach(LongName)); });
  room.worksOn("with or without the new renderer");
  attempt.expectCount(room.main().renderers().size(), renderer ? 3 : 2, "renderers");
  attempt.ends([&] { renderer.reset(); });
}

void attachRecorded(Attempt& attempt, Room& room) {
  tincan::testing::Recorder const recorder(room.bus());
  attach(attempt, room);
}

void record(Attempt& attempt, Room& room) {
  std::optional<tincan::testing::Recorder> recorder;
  attempt.succeeds([&] { recorder.emplace(room.bus()); });
  room.worksOn("with or without the new recorder");
  attempt.ends([&] { recorder.reset(); });
  attempt.withMemory("the next recorder", [&] { recorder.emplace(room.bus()); });
}

void watchesEnd(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  bool const isSet = attempt.succeeds([&] {
    room.a().peer("b")->onClose(
        [&calls, baggage = Baggage()] { calls += baggage.size() > 0 ? 1 : 0; });
  });
  attempt.ends([&] { room.endB(); });
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(calls), isSet ? 1 : 0, "calls of onClose");
  room.renewB();
}

void attachToClosed(Attempt& attempt, Room& room) {
  room.bus().close();
  attempt.succeeds([&] {
    try {
      auto const renderer = room.bus().attach(LongName);
      attempt.complain("a closed bus takes a renderer");
    } catch (Error const& error) {
      attempt.expect(error.code() == Errc::Closed, "it is not Closed");
    }
  });
}

void firstPoll(Attempt& attempt, Room& room) {
  std::thread([&] {
    auto renderer = room.bus().attach("short-lived");
    int got = 0;
    renderer.on("x", [&](int) { ++got; });
    renderer.peer().send("x", 1);
    attempt.succeeds([&] { renderer.poll(); });
    attempt.withMemory("poll, once more", [&] { renderer.poll(); });
    attempt.expectCount(static_cast<std::uint64_t>(got), 1, "messages before the first poll");
  }).join();
}

void spawnOn(Attempt& attempt, Room& room, On on) {
  std::uint64_t const before = room.counted();
  bool isThere = false;
  {
    std::optional<tincan::RendererThread> thread;
    isThere = attempt.succeeds(
        [&] {
          thread.emplace(room.bus().spawn(
              LongName, [baggage = Baggage()](tincan::Renderer& ipc) { ipc.send("count", 1); }));
          UsualMemory const usual;
          if (on == On::AllThreads) thread->join();
        },
        on);
  }
  room.pollAll();
  bool const hasRun = room.counted() == before + 1;
  attempt.expect(isThere || !hasRun, "spawn threw, and the body has run");
  attempt.expect(hasRun || !isThere || (on == On::AllThreads && failures() > 0),
                 "spawn returned, and the body has not run");
  attempt.expectCount(room.main().renderers().size(), 2, "renderers after its end");
}
void spawn(Attempt& attempt, Room& room) { spawnOn(attempt, room, On::ThisThread); }
void spawnAllThreads(Attempt& attempt, Room& room) { spawnOn(attempt, room, On::AllThreads); }

void spawnAfterOthers(Attempt& attempt, Room& room) {
  std::latch mayEnd(1);
  {
    std::vector<tincan::RendererThread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.push_back(room.bus().spawn("other", [&mayEnd, i](tincan::Renderer&) {
        if (i % 2 == 1) mayEnd.wait();
      }));
      if (i % 2 == 0) threads.back().join();
    }
    std::optional<tincan::RendererThread> thread;
    attempt.succeeds([&] { thread.emplace(room.bus().spawn("new", [](tincan::Renderer&) {})); });
    room.worksOn("beside threads that have ended");
    attempt.withMemory("spawn, once more", [&] {
      auto const another = room.bus().spawn("another", [](tincan::Renderer&) {});
    });
    mayEnd.count_down();
  }
}

/// A thread that runs until it is told to quit.
tincan::RendererThread runner(Room& room) {
  std::latch isUp(1);
  auto thread = room.bus().spawn("runner", [&isUp, baggage = Baggage()](tincan::Renderer& ipc) {
    ipc.on("x", [baggage = Baggage()](int) {});
    ipc.poll();
    isUp.count_down();
    ipc.run();
  });
  isUp.wait();
  return thread;
}
void endThread(Attempt& attempt, Room& room) {
  std::optional<tincan::RendererThread> thread(runner(room));
  attempt.ends([&] { thread.reset(); });
}
void endThreadElsewhere(Attempt& attempt, Room& room) {
  std::optional<tincan::RendererThread> thread(runner(room));
  std::thread([&] { attempt.ends([&] { thread.reset(); }); }).join();
}
void endThreadAllThreads(Attempt& attempt, Room& room) {
  std::optional<tincan::RendererThread> thread(runner(room));
  attempt.ends([&] { thread.reset(); }, On::AllThreads);
}

void quit(Attempt& attempt, Room& room) {
  std::uint64_t const before = room.counted();
  room.a().send("count", 1);
  if (!attempt.ends([&] { room.main().quit(); })) room.main().quit();
  attempt.succeeds([&] { room.main().run(); });
  room.pollAll();
  attempt.expectCount(room.counted() - before, 1, "messages before quit");
}
void quitElsewhere(Attempt& attempt, Room& room) {
  std::thread([&] {
    if (!attempt.ends([&] { room.main().quit(); })) room.main().quit();
  }).join();
  room.main().run();
}

void runUntilStop(Attempt& attempt, Room& room) {
  std::stop_source source;
  std::uint64_t const before = room.counted();
  room.a().send("count", 1);
  room.main().post([&] { source.request_stop(); });
  attempt.succeeds([&] { room.main().run(source.get_token()); });
  room.pollAll();
  attempt.expectCount(room.counted() - before, 1, "messages");
}

/// What waits when an end comes: messages, requests, a continuation, a Reply, listeners.
class Clutter {
 public:
  explicit Clutter(Room& room) {
    room.main().on("defer", [this](tincan::Event& event) { reply_ = event.defer(); });
    auto const deferred = room.b().request<int>("defer");
    room.main().poll();
    room.b().on("x", [baggage = Baggage()](int) {});
    room.b().once("y", [baggage = Baggage()](int) {});
    room.b().handle("z", [baggage = Baggage()](int n) { return n; });
    room.b().onWake([baggage = Baggage()] {});
    room.main().from(room.b().peer()).on("x", [baggage = Baggage()](int) {});
    room.a().send("count", 1);
    room.a().peer("b")->send("x", Baggage());
    room.b().post([baggage = Baggage()] {});
    asked_ = room.a().peer("b")->request<int>("x", Baggage());
    room.b().request<int>("ask", 1).then(room.b(), [this](tincan::Future<int>) { ++continued_; });
    room.a().peer("b")->invoke<int>("z", 1).then(room.a(),
                                                 [this](tincan::Future<int>) { ++continued_; });
  }

  void expectEnded(Attempt& attempt) {
    attempt.expect(asked_.ready(), "a request to the one that ended is never answered");
    attempt.expectCount(static_cast<std::uint64_t>(continued_), 2, "continuations");
  }

 private:
  tincan::Reply reply_;
  tincan::Future<int> asked_;
  int continued_ = 0;
};

void endRenderer(Attempt& attempt, Room& room) {
  auto& clutter = attempt.keep<Clutter>(room);
  attempt.ends([&] { room.endB(); });
  room.renewB();
  room.pollAll();
  clutter.expectEnded(attempt);
}
void closeRenderer(Attempt& attempt, Room& room) {
  auto& clutter = attempt.keep<Clutter>(room);
  attempt.ends([&] { room.b().close(); });
  room.pollAll();
  room.renewB();
  clutter.expectEnded(attempt);
}
void closeBus(Attempt& attempt, Room& room) {
  auto& clutter = attempt.keep<Clutter>(room);
  attempt.ends([&] { room.bus().close(); });
  room.addsUp("after close");
  clutter.expectEnded(attempt);
}
void closeBusAllThreads(Attempt& attempt, Room& room) {
  auto const thread = runner(room);
  auto& clutter = attempt.keep<Clutter>(room);
  attempt.ends([&] { room.bus().close(); }, On::AllThreads);
  clutter.expectEnded(attempt);
}
void endBusFirst(Attempt& attempt, Room& room) {
  auto& clutter = attempt.keep<Clutter>(room);
  attempt.ends([&] {
    room.endBus();
    room.endA();
    room.endB();
  });
  clutter.expectEnded(attempt);
}
void endBusLast(Attempt& attempt, Room& room) {
  auto& clutter = attempt.keep<Clutter>(room);
  std::uint64_t letters = 0;
  room.bus().onDeadLetter(
      [&letters, baggage = Baggage()](tincan::DeadLetter const&) { ++letters; });
  attempt.ends([&] {
    room.endB();
    room.endA();
    room.endBus();
  });
  clutter.expectEnded(attempt);
}
void endBusWithThread(Attempt& attempt, Room& room) {
  auto thread = runner(room);
  attempt.ends([&] {
    room.endA();
    room.endB();
    room.endBus();
  });
}

void endNeverPolled(Attempt& attempt, Room& room) {
  std::thread([&] {
    std::optional<tincan::Renderer> renderer(room.bus().attach("never polled"));
    renderer->on("x", [baggage = Baggage()] {});
    attempt.ends([&] { renderer.reset(); });
  }).join();
}

void endWhileAwaited(Attempt& attempt, Room& room) {
  std::optional<tincan::Renderer> renderer(room.bus().attach("awaited"));
  tincan::Peer const peer = renderer->peer();
  std::atomic<long> asking{-1};
  std::thread waiter([&] {
    attempt.withMemory("asking one that ends", [&] {
      try {
        asking = test::ownThread();
        peer.sendSync<int>("never");
        attempt.complain("one that has ended answers");
      } catch (Error const& error) {
        attempt.expect(error.code() == Errc::Closed, error.what());
      }
    });
  });
  while (asking < 0 || !test::isAsleep(asking)) std::this_thread::yield();
  attempt.ends([&] { renderer.reset(); });
  waiter.join();
}

void endThreadWithEndpoint(Attempt& attempt, Room& room) {
  std::unique_ptr<tincan::Renderer> renderer;
  std::thread([&] {
    renderer = std::make_unique<tincan::Renderer>(room.bus().attach("left behind"));
    renderer->poll();
  }).join();
  attempt.ends([&] { renderer.reset(); });
}

constexpr Row endsTable[] = {
    {"Bus(), ~Bus", makeBus},
    {"attach, ~Renderer", attach},
    {"attach, while a Recorder is there", attachRecorded},
    {"record", record},
    {"attach, to a closed bus", attachToClosed},
    {"onClose, and the end of the peer", watchesEnd},
    {"spawn", spawn},
    {"spawn, no memory on any thread", spawnAllThreads},
    {"spawn, after others have ended", spawnAfterOthers},
    {"poll, the first of a thread", firstPoll},
    {"quit, run", quit},
    {"quit, on a new thread", quitElsewhere},
    {"run(stop_token)", runUntilStop},
    {"~RendererThread", endThread},
    {"~RendererThread, on a new thread", endThreadElsewhere},
    {"~RendererThread, no memory on any thread", endThreadAllThreads},
    {"~Renderer", endRenderer},
    {"~Renderer, never polled, on a new thread", endNeverPolled},
    {"~Renderer, another thread waits for it", endWhileAwaited},
    {"~Renderer, its thread has ended", endThreadWithEndpoint},
    {"Renderer::close", closeRenderer},
    {"Bus::close", closeBus},
    {"Bus::close, no memory on any thread", closeBusAllThreads},
    {"~Bus, before its renderers", endBusFirst},
    {"~Bus, after its renderers", endBusLast},
    {"~Bus, with a thread", endBusWithThread},
};

}  // namespace

std::span<Row const> endRows() { return endsTable; }

}  // namespace oom
