// tests/oom/rows_continuations.cpp - the rows of what waits for an answer
//
// then, co_await and Tasks: what waits for an answer goes on once, and has it.
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "attempt.hpp"

namespace oom {
namespace {

using std::chrono::hours;
using tincan::Error;
using tincan::Event;
using tincan::Future;
using tincan::Task;

/// then(), which may be called again if it has thrown: the future is still there.
void thenTwiceIfNeeded(Attempt& attempt, Room& room, Future<int> future, bool answerFirst) {
  int& calls = attempt.keep<int>();
  if (answerFirst) room.pollAll();
  auto const onReady = [&calls, &attempt, baggage = Baggage()](Future<int> answer) {
    ++calls;
    attempt.expectAnswer(answer, 2, "the continuation's answer");
  };
  bool const isSet = attempt.succeeds([&] { std::move(future).then(room.a(), onReady); });
  if (!isSet && calls == 0) {
    attempt.withMemory("then, once more", [&] { std::move(future).then(room.a(), onReady); });
  }
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(calls), 1, "calls of the continuation");
}
void thenPending(Attempt& attempt, Room& room) {
  thenTwiceIfNeeded(attempt, room, room.a().request<int>("ask", 1), false);
}
void thenWithin(Attempt& attempt, Room& room) {
  thenTwiceIfNeeded(attempt, room, room.a().within(hours(1)).request<int>("ask", 1), false);
}
void thenReady(Attempt& attempt, Room& room) {
  thenTwiceIfNeeded(attempt, room, room.a().request<int>("ask", 1), true);
}

void thenIsAnswered(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  room.a().within(hours(1)).request<int>("ask", 1).then(
      room.a(), [&calls, &attempt](Future<int> answer) {
        ++calls;
        attempt.expectAnswer(answer, 2, "the continuation's answer");
      });
  attempt.succeeds([&] { room.main().poll(); });
  attempt.succeeds([&] { room.a().poll(); });
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(calls), 1, "calls of the continuation");
}

void thenIsAnsweredElsewhere(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  std::optional<tincan::Reply> reply;
  room.main().on("x", [&](Event& event) { reply = event.defer(); });
  room.a().request<int>("x").then(room.a(), [&calls, &attempt](Future<int> answer) {
    ++calls;
    attempt.expectAnswer(answer, 5, "the continuation's answer");
  });
  room.main().poll();
  std::thread([&] {
    attempt.ends([&] { reply->set(5); });
    reply.reset();
  }).join();
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(calls), 1, "calls of the continuation");
}

void thenAtTheEnd(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  room.b().request<int>("ask", 1).then(room.b(), [&calls](Future<int>) { ++calls; });
  attempt.ends([&] { room.endB(); });
  attempt.expectCount(static_cast<std::uint64_t>(calls), 1, "calls of the continuation");
  room.renewB();
}

struct Counts {
  int begun = 0, ended = 0;
};
Task<> askInPost(Attempt& attempt, Room& room, Counts& counts, Baggage const baggage) {
  ++counts.begun;
  try {
    int const n = co_await room.a().within(hours(1)).request<int>("ask", 1);
    attempt.expect(n == 2 && baggage.size() > 0, "co_await has another one's answer");
  } catch (std::bad_alloc const&) {
  } catch (Error const& error) {
    attempt.complain(std::string("co_await throws: ") + error.what());
  }
  ++counts.ended;
}
void awaits(Attempt& attempt, Room& room) {
  auto& counts = attempt.keep<Counts>();
  int posted = 0;
  attempt.succeeds([&] {
    room.a().post([&] { auto const task = askInPost(attempt, room, counts, Baggage()); });
    ++posted;
  });
  attempt.succeeds([&] { room.a().poll(); });
  room.pollAll();
  attempt.expect(counts.begun <= posted, "a coroutine began twice");
  attempt.expect(counts.ended == counts.begun, "a coroutine that has begun does not end once");
}

/// A handler's Task that asks b twice; memory fails in `poll`.
template <class Poll>
void taskHandler(Attempt& attempt, Room& room, Poll&& poll) {
  room.b().on("inner", [](Event& event, int n) { event.returnValue = n * 10; });
  tincan::Peer const inner = room.b().peer();
  room.main().handle("x",
                     [inner, baggage = Baggage()](tincan::InvokeEvent& event, Baggage const& sent,
                                                  int n) -> Task<int> {
                       int const first = co_await inner.within(hours(1)).request<int>("inner", n);
                       int const second = co_await inner.request<int>("inner", n);
                       bool const isHere = sent.size() > 0 && event.channel() == "x";
                       co_return isHere ? first + second : -1;
                     });
  auto future = room.a().invoke<int>("x", Baggage(), 2);
  poll();
  room.pollAll();
  attempt.expectAnswer(future, 40, "the Task");
  room.main().removeHandler("x");
}
void taskBegins(Attempt& attempt, Room& room) {
  taskHandler(attempt, room, [&] { attempt.succeeds([&] { room.main().poll(); }); });
}
void taskGoesOn(Attempt& attempt, Room& room) {
  taskHandler(attempt, room, [&] {
    room.main().poll();
    for (int i = 0; i < 2; ++i) {
      attempt.succeeds([&] { room.b().poll(); });
      attempt.succeeds([&] { room.main().poll(); });
    }
  });
}
void taskIsRemoved(Attempt& attempt, Room& room) {
  taskHandler(attempt, room, [&] {
    room.main().poll();
    attempt.ends([&] { room.main().removeHandler("x"); });
  });
}

void taskWithoutEvent(Attempt& attempt, Room& room) {
  tincan::Peer const inner = room.b().peer();
  room.b().on("inner", [](Event& event, int n) { event.returnValue = n * 10; });
  room.main().handle("x", [inner](Baggage baggage, int n) -> Task<int> {
    co_return co_await inner.request<int>("inner", n) + (baggage.size() > 0 ? 1 : 0);
  });
  auto future = room.a().invoke<int>("x", Baggage(), 2);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectAnswer(future, 21, "the Task");
}

void taskOfTask(Attempt& attempt, Room& room) {
  tincan::Peer const inner = room.b().peer();
  room.b().on("inner", [](Event& event, int n) { event.returnValue = n * 10; });
  static auto const ask = [](tincan::Peer to, int n) -> Task<int> {
    co_return co_await to.request<int>("inner", n);
  };
  room.main().handle("x", [inner](int n) -> Task<int> { co_return co_await ask(inner, n) + 1; });
  auto future = room.a().invoke<int>("x", 2);
  attempt.succeeds([&] { room.main().poll(); });
  attempt.succeeds([&] { room.b().poll(); });
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectAnswer(future, 21, "the Task");
}

// No lambdas with captures: a coroutine may go on after the row.
Task<int> askMain(tincan::Renderer& from) { co_return co_await from.request<int>("ask", 1); }
Task<> awaitTask(Task<int> task, int& resumed) {
  try {
    co_await task;
  } catch (std::exception const&) {  // Closed, or no memory to say so
  }
  ++resumed;
}

/// What a Task waits for ends with the endpoint that has asked, and it goes on.
void taskEndsWithEndpoint(Attempt& attempt, Room& room) {
  int& resumed = attempt.keep<int>();
  auto const outer = awaitTask(askMain(room.b()), resumed);
  attempt.ends([&] { room.endB(); });
  room.renewB();
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(resumed), 1, "times the waiting Task went on");
}

/// A function of then that is withdrawn is not called, and its request is answered to nobody.
void thenIsWithdrawn(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  auto const pending = room.a().within(hours(1)).request<int>("ask", 1).then(
      room.a(), [&calls, baggage = Baggage()](Future<int>) { ++calls; });
  attempt.ends([&] { pending.cancel(); });
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(calls), 0, "calls of the function");
}
void thenIsWithdrawnElsewhere(Attempt& attempt, Room& room) {
  int& calls = attempt.keep<int>();
  auto const pending = room.a().request<int>("ask", 1).then(
      room.a(), [&calls, baggage = Baggage()](Future<int>) { ++calls; });
  std::thread([&] { attempt.ends([&] { pending.cancel(); }); }).join();
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(calls), 0, "calls of the function");
}

/// A Task that is cancelled goes on once, with Cancelled; or with bad_alloc, if there is no memory to say so.
void taskIsCancelled(Attempt& attempt, Room& room) {
  int& resumed = attempt.keep<int>();
  auto const outer = awaitTask(askMain(room.b()), resumed);
  attempt.ends([&] { outer.cancel(); });
  attempt.expectCount(static_cast<std::uint64_t>(resumed), 1, "times the waiting Task went on");
  room.pollAll();
}
void taskIsCancelledElsewhere(Attempt& attempt, Room& room) {
  int& resumed = attempt.keep<int>();
  auto const outer = awaitTask(askMain(room.b()), resumed);
  std::thread([&] { attempt.ends([&] { outer.cancel(); }); }).join();
  attempt.succeeds([&] { room.main().poll(); });  // the first endpoint of this thread
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(resumed), 1, "times the waiting Task went on");
}

/// Awaits both answers; -1: there was no memory.
Task<> sumOf(Future<int> one, Future<int> two, int& sum) {
  try {
    auto const [a, b] = co_await tincan::all(one, two);
    sum = a + b;
  } catch (std::bad_alloc const&) {
    sum = -1;
  }
}
/// Awaits the first answer; -1: there was no memory.
Task<> firstOf(Future<int> one, Future<int> two, int& first) {
  try {
    first = co_await tincan::any(one, two);
  } catch (std::bad_alloc const&) {
    first = -1;
  }
}
template <class Coroutine>
void awaitsTwo(Attempt& attempt, Room& room, Coroutine coroutine, int wanted) {
  int& got = attempt.keep<int>();
  bool const isBegun = attempt.succeeds([&] {
    auto one = room.a().within(hours(1)).request<int>("ask", 1);
    auto two = room.a().within(hours(1)).request<int>("ask", 2);
    coroutine(std::move(one), std::move(two), got);
  });
  room.pollAll();
  bool const isRight = got == wanted || (got == -1 && failures() != 0);
  attempt.expect(!isBegun || isRight,
                 "a coroutine that awaits two has their answers, or bad_alloc");
}
void awaitsAll(Attempt& attempt, Room& room) { awaitsTwo(attempt, room, sumOf, 5); }
void awaitsAny(Attempt& attempt, Room& room) { awaitsTwo(attempt, room, firstOf, 2); }

constexpr Row continuationsTable[] = {
    {"then, before the answer", thenPending},
    {"then, before the answer, within", thenWithin},
    {"then, after the answer", thenReady},
    {"then, and the answer comes", thenIsAnswered},
    {"then, and the answer comes from a new thread", thenIsAnsweredElsewhere},
    {"then, and its endpoint ends", thenAtTheEnd},
    {"then, and it is withdrawn", thenIsWithdrawn},
    {"then, and it is withdrawn from a new thread", thenIsWithdrawnElsewhere},
    {"co_await, in a coroutine that is posted", awaits},
    {"a Task handler begins", taskBegins},
    {"a Task handler begins, without event", taskWithoutEvent},
    {"a Task handler goes on", taskGoesOn},
    {"a Task handler is removed meanwhile", taskIsRemoved},
    {"a Task awaits a Task", taskOfTask},
    {"a Task's endpoint ends", taskEndsWithEndpoint},
    {"co_await all", awaitsAll},
    {"co_await any", awaitsAny},
    {"a Task is cancelled", taskIsCancelled},
    {"a Task is cancelled from a new thread", taskIsCancelledElsewhere},
};

}  // namespace

std::span<Row const> continuationRows() { return continuationsTable; }

}  // namespace oom
