// tests/oom/rows_waiting.cpp - the rows of what blocks
//
// What blocks: sendSync, get, join and room in a full inbox. The one who is asked lives on a thread of
// its own, and waits until the one who asks sleeps.
#include <atomic>
#include <chrono>
#include <latch>
#include <new>
#include <optional>
#include <string>
#include <thread>

#include "../asleep.hpp"
#include "attempt.hpp"

namespace oom {
namespace {

using namespace std::chrono_literals;
using tincan::Errc;
using tincan::Error;
using tincan::Event;

/// Returns once the thread sleeps.
void waitUntilAsleep(long thread) {
  while (!test::isAsleep(thread)) std::this_thread::yield();
}

/// A thread that answers "slow" and "fast" with one more: "slow" once the thread that asks sleeps.
/// "late" is answered when it has been given up.
class Server {
 public:
  explicit Server(Room& room)
      : thread_(room.bus().spawn("server", [this](tincan::Renderer& ipc) {
          ipc.on("slow", [this](Event& event, int n) {
            waitUntilAsleep(asking_);
            event.returnValue = n + 1;
          });
          ipc.on("late", [](Event& event, int n) {
            while (!event.cancelled()) std::this_thread::yield();
            event.returnValue = n + 1;
          });
          ipc.on("fast", [](Event& event, int n) { event.returnValue = n + 1; });
          ipc.poll();
          isUp_.count_down();
          while (!hasRun(ipc)) {
          }
        })) {
    isUp_.wait();
  }
  tincan::Peer peer() const { return thread_.peer(); }
  /// From now on the calling thread is the one that asks. At first it is the one that made the server.
  void isAskedHere() noexcept { asking_ = test::ownThread(); }

 private:
  /// Without memory run() has handled nothing that it would lose, and may be called again.
  static bool hasRun(tincan::Renderer& ipc) {
    try {
      ipc.run();
      return true;
    } catch (std::bad_alloc const&) {
      return false;
    }
  }

  std::atomic<long> asking_{test::ownThread()};
  std::latch isUp_{1};
  tincan::RendererThread thread_;
};

/// Nobody has another one's answer.
void expectOwnAnswers(Attempt& attempt, tincan::Peer const& server) {
  attempt.withMemory("asking again", [&] {
    for (int i = 100; i < 110; ++i) {
      if (server.sendSync<int>("fast", i) != i + 1) attempt.complain("a later sendSync is wrong");
    }
    std::vector<tincan::Future<int>> futures;
    for (int i = 0; i < 5; ++i) futures.push_back(server.request<int>("fast", i));
    for (int i = 0; i < 5; ++i) {
      if (futures[static_cast<std::size_t>(i)].get() != i + 1) {
        attempt.complain("a later request is wrong");
      }
    }
  });
}

template <class Ask>
void asks(Attempt& attempt, Room& room, Ask&& ask) {
  Server const server(room);
  int answer = 0;
  bool const isAnswered = attempt.succeeds([&] { answer = ask(server.peer()); });
  if (isAnswered) attempt.expectCount(static_cast<std::uint64_t>(answer), 5, "the answer");
  expectOwnAnswers(attempt, server.peer());
}
void sendSyncFast(Attempt& attempt, Room& room) {
  asks(attempt, room, [](auto const& server) { return server.template sendSync<int>("fast", 4); });
}
void sendSyncSlow(Attempt& attempt, Room& room) {
  asks(attempt, room, [](auto const& server) { return server.template sendSync<int>("slow", 4); });
}
void sendSyncWithin(Attempt& attempt, Room& room) {
  asks(attempt, room,
       [](auto const& server) { return server.within(1h).template sendSync<int>("slow", 4); });
}
void sendSyncMetBefore(Attempt& attempt, Room& room) {
  asks(attempt, room, [&](auto const& server) {
    {
      UsualMemory const usual;
      server.template sendSync<int>("fast", 1);
    }
    return server.template sendSync<int>("slow", 4);
  });
}

void sendSyncAllThreads(Attempt& attempt, Room& room) {
  Server const server(room);
  int answer = 0;
  bool const isAnswered = attempt.succeeds(
      [&] {
        try {
          answer = server.peer().within(100ms).sendSync<int>("slow", 4);
        } catch (Error const& error) {
          // bad_alloc in the listener is what it threw. A server that has no memory for its round
          // tries again, for too long.
          attempt.expect(error.code() == Errc::Timeout && failures() > 0, error.what());
        }
      },
      On::AllThreads);
  if (isAnswered) attempt.expect(answer == 5 || failures() > 0, "the answer is wrong");
  expectOwnAnswers(attempt, server.peer());
}

void sendSyncToOneself(Attempt& attempt, Room& room) {
  attempt.succeeds([&] {
    try {
      room.a().sendSync<int>("ask", 1);
      attempt.complain("a call to the own thread is answered");
    } catch (Error const& error) {
      attempt.expect(error.code() == Errc::Deadlock, "it is not Deadlock");
    }
  });
}

void sendSyncTimesOut(Attempt& attempt, Room& room) {
  Server const server(room);
  attempt.succeeds([&] {
    try {
      server.peer().within(1ms).sendSync<int>("late", 1);
    } catch (Error const& error) {
      attempt.expect(error.code() == Errc::Timeout, "it is not Timeout");
    }
  });
  expectOwnAnswers(attempt, server.peer());
}

void sendSyncFromNobody(Attempt& attempt, Room& room) {
  Server server(room);
  std::thread([&] {
    server.isAskedHere();
    attempt.succeeds([&] {
      attempt.expectCount(static_cast<std::uint64_t>(server.peer().sendSync<int>("slow", 4)), 5,
                          "the answer");
    });
    expectOwnAnswers(attempt, server.peer());
  }).join();
}

void getSleeps(Attempt& attempt, Room& room) {
  Server const server(room);
  auto future = server.peer().request<int>("slow", 4);
  int answer = 0;
  if (!attempt.succeeds([&] { answer = future.get(); })) {
    attempt.withMemory("get, once more", [&] { answer = future.get(); });
  }
  attempt.expectCount(static_cast<std::uint64_t>(answer), 5, "the answer");
  expectOwnAnswers(attempt, server.peer());
}

void waitForSleeps(Attempt& attempt, Room& room) {
  Server const server(room);
  auto future = server.peer().request<int>("slow", 4);
  attempt.succeeds([&] { future.wait(); });
  attempt.succeeds([&] { attempt.expect(future.waitFor(1h), "waitFor gives up"); });
  attempt.withMemory("get", [&] { attempt.expect(future.get() == 5, "the answer is wrong"); });
}

void getTimesOut(Attempt& attempt, Room& room) {
  auto future = room.a().request<int>("ask", 1);
  attempt.succeeds([&] {
    try {
      future.getFor(0s);
      attempt.complain("getFor has an answer");
    } catch (Error const& error) {
      bool const fits = error.code() == Errc::Timeout || error.code() == Errc::Deadlock;
      attempt.expect(fits, "it is neither Timeout nor Deadlock");
    }
  });
}

/// Main waits for first, which waits for second: the graph has a path.
void sendSyncInARow(Attempt& attempt, Room& room) {
  Server second(room);
  std::latch isUp(1);
  auto const first = room.bus().spawn("first", [&](tincan::Renderer& ipc) {
    ipc.on("x", [&](Event& event, int n) {
      second.isAskedHere();
      event.returnValue = second.peer().sendSync<int>("slow", n);
    });
    ipc.poll();
    isUp.count_down();
    ipc.run();
  });
  isUp.wait();
  auto before = first.peer().request<int>("x", 3);
  int answer = 0;
  bool const isAnswered = attempt.succeeds([&] { answer = first.peer().sendSync<int>("x", 9); });
  if (isAnswered) attempt.expectCount(static_cast<std::uint64_t>(answer), 10, "the answer");
  attempt.withMemory("asking again", [&] {
    attempt.expect(first.peer().sendSync<int>("x", 11) == 12, "a later sendSync is wrong");
    attempt.expect(before.get() == 4, "an earlier request is wrong");
  });
}

void join(Attempt& attempt, Room& room) {
  auto thread = room.bus().spawn("short", [joining = test::ownThread()](tincan::Renderer& ipc) {
    waitUntilAsleep(joining);
    ipc.send("count", 1);
  });
  attempt.succeeds([&] { thread.join(); });
  attempt.withMemory("join, once more", [&] { thread.join(); });
}

void waitForRoom(Attempt& attempt, Room& room) {
  std::atomic<std::uint64_t> got{0};
  std::uint64_t sent = 0;
  std::latch isUp(1);
  long const sending = test::ownThread();
  {
    auto const thread = room.bus().spawn(
        "full", {.capacity = 1, .overflow = tincan::Overflow::Block}, [&](tincan::Renderer& ipc) {
          ipc.on("x", [&got, sending](int) {
            waitUntilAsleep(sending);
            ++got;
          });
          ipc.poll();
          isUp.count_down();
          ipc.run();
        });
    isUp.wait();
    for (int i = 0; i < 4; ++i) {
      sent += attempt.succeeds([&] { thread.peer().send("x", i); }) ? 1 : 0;
    }
  }
  attempt.expectCount(got, sent, "messages to a full inbox");
}

constexpr Row waitingTable[] = {
    {"sendSync", sendSyncFast},
    {"sendSync, sleeps", sendSyncSlow},
    {"sendSync, sleeps, not the first to this receiver", sendSyncMetBefore},
    {"sendSync, sleeps, within", sendSyncWithin},
    {"sendSync, sleeps, from a thread without endpoint", sendSyncFromNobody},
    {"sendSync, sleeps, no memory on any thread", sendSyncAllThreads},
    {"sendSync, Timeout", sendSyncTimesOut},
    {"sendSync, to the own thread", sendSyncToOneself},
    {"sendSync, to one that waits itself", sendSyncInARow},
    {"Future::get, sleeps", getSleeps},
    {"Future::wait, waitFor, sleep", waitForSleeps},
    {"Future::getFor, Timeout", getTimesOut},
    {"RendererThread::join", join},
    {"send, waits for room", waitForRoom},
};

}  // namespace

std::span<Row const> waitingRows() { return waitingTable; }

}  // namespace oom
