// tests/oom/rows_time.cpp - the rows of timers, of runs and of what goes to another thread
//
// after, every, sleep, runFor, runAll, release: a timer that was made runs, one that was not made has let go of its
// function, and what was handed over works there.
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

#include "attempt.hpp"

namespace oom {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using tincan::Task;
using tincan::Timer;

void after(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  bool const isMade = attempt.succeeds(
      [&] { room.main().after(nanoseconds(0), [&calls, baggage = Baggage()] { ++calls; }); });
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(calls), isMade ? 1 : 0, "calls of the function");
}

void afterTask(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  room.main().after(nanoseconds(0), [&calls, baggage = Baggage()]() -> Task<> {
    ++calls;
    co_return;
  });
  std::uint64_t const before = room.errors();
  attempt.succeeds([&] { room.main().poll(); });
  attempt.expectCount(static_cast<std::uint64_t>(calls) + room.errors() - before, 1,
                      "calls and errors of the function");
}

void every(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  std::optional<Timer> timer;
  attempt.succeeds([&] {
    timer = room.main().every(nanoseconds(1), [&calls, baggage = Baggage()] { ++calls; });
  });
  for (int i = 0; i < 3; ++i) attempt.succeeds([&] { room.main().poll(); });
  attempt.expectCount(static_cast<std::uint64_t>(calls), timer.has_value() ? 3 : 0, "calls");
  if (timer.has_value()) attempt.ends([&] { attempt.expect(timer->cancel(), "it was not there"); });
}

void everyTask(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  Timer const timer = room.main().every(nanoseconds(1), [&calls, baggage = Baggage()]() -> Task<> {
    ++calls;
    co_return;
  });
  std::uint64_t const before = room.errors();
  for (int i = 0; i < 3; ++i) attempt.succeeds([&] { room.main().poll(); });
  attempt.expectCount(static_cast<std::uint64_t>(calls) + room.errors() - before, 3,
                      "calls and errors of the function");
  attempt.ends([&] { timer.cancel(); });
}

void cancel(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  Timer const timer = room.main().after(hours(1), [&calls, baggage = Baggage()] { ++calls; });
  attempt.ends([&] { attempt.expect(timer.cancel(), "it was not there"); });
  attempt.expectCount(static_cast<std::uint64_t>(calls), 0, "calls of the function");
}

void closeWithTimers(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  room.b().after(nanoseconds(0), [&calls, baggage = Baggage()] { ++calls; });
  room.b().every(nanoseconds(1), [&calls, baggage = Baggage()] { ++calls; });
  attempt.ends([&] { room.endB(); });
  attempt.expectCount(static_cast<std::uint64_t>(calls), 0, "calls of functions");
  room.renewB();
}

Task<> sleeping(Attempt& attempt, Room& room, int& slept, Baggage const baggage) {
  co_await room.main().sleep(nanoseconds(0));
  attempt.expect(baggage.size() > 0, "what the coroutine holds has gone");
  ++slept;
}
void sleep(Attempt& attempt, Room& room) {
  int& slept = attempt.keep<int>();
  bool const isBegun =
      attempt.succeeds([&] { static_cast<void>(sleeping(attempt, room, slept, Baggage())); });
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(slept), isBegun ? 1 : 0, "coroutines that slept");
}

void runFor(Attempt& attempt, Room& room) {
  std::uint64_t const before = room.counted();
  for (int i = 0; i < 3; ++i) room.a().send("count", 1);
  attempt.succeeds([&] { room.main().runFor(nanoseconds(1)); });
  room.main().quit();
  attempt.succeeds([&] { room.main().runFor(hours(1)); });
  room.pollAll();
  attempt.expectCount(room.counted() - before, 3, "messages");
}

void runAll(Attempt& attempt, Room& room) {
  std::uint64_t const before = room.counted();
  for (int i = 0; i < 3; ++i) room.a().send("count", 1);
  room.main().quit();
  attempt.succeeds([&] { tincan::runAll(room.b(), room.main()); });
  // A sleep in all of them, out of which a timer wakes.
  room.main().after(nanoseconds(1'000), [&room] { room.main().quit(); });
  attempt.succeeds([&] { tincan::runAll(room.b(), room.main()); });
  room.pollAll();
  attempt.expectCount(room.counted() - before, 3, "messages");
}

void release(Attempt& attempt, Room& room) {
  std::uint64_t const before = room.counted();
  bool const isReleased = attempt.succeeds([&] { room.b().release(); });
  if (isReleased) {
    std::thread([&] {
      attempt.withMemory("poll elsewhere", [&] {
        room.b().poll();
        room.b().send("count", 1);
        room.b().release();
      });
    }).join();
  }
  attempt.succeeds([&] { room.b().poll(); });
  room.b().poll();
  room.b().send("count", 1);
  room.pollAll();
  attempt.expectCount(room.counted() - before, isReleased ? 2 : 1, "messages");
}

constexpr Row timeTable[] = {
    {"after", after},          {"after, of a coroutine", afterTask},
    {"every", every},          {"every, of a coroutine", everyTask},
    {"Timer::cancel", cancel}, {"timers, their endpoint ends", closeWithTimers},
    {"co_await sleep", sleep}, {"runFor", runFor},
    {"runAll", runAll},        {"release", release},
};

}  // namespace

std::span<Row const> timeRows() { return timeTable; }

}  // namespace oom
