// tests/oom/rows_answers.cpp - the rows of requests
//
// Requests and who answers them: each ends once, with its own answer or with bad_alloc.
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "attempt.hpp"

namespace oom {
namespace {

using tincan::Errc;
using tincan::Error;
using tincan::Event;
using tincan::Future;

/// A request: its bad_alloc comes by the future.
template <class R, class Ask>
void asks(Attempt& attempt, Room& room, R const& wanted, Ask&& ask) {
  std::optional<Future<R>> future;
  if (!attempt.succeeds([&] { future.emplace(ask()); })) {
    attempt.complain("bad_alloc does not come by the future");
  }
  room.pollAll();
  if (future) attempt.expectAnswer(*future, wanted, "the request");
}

void request(Attempt& attempt, Room& room) {
  asks(attempt, room, 5, [&] { return room.a().request<int>("ask", 4); });
}
void requestOfHandle(Attempt& attempt, Room& room) {
  asks(attempt, room, 5, [&] { return room.a().main().request<int>("ask", 4); });
}
void requestOfNobody(Attempt& attempt, Room& room) {
  tincan::Peer const main = room.a().main();
  std::optional<Future<int>> future;
  std::thread([&] {
    attempt.succeeds([&] { future.emplace(main.request<int>("ask", 4)); });
  }).join();
  room.pollAll();
  if (future) attempt.expectAnswer(*future, 5, "the request");
  else attempt.complain("bad_alloc does not come by the future");
}
void request40Bytes(Attempt& attempt, Room& room) {
  using Full = std::array<char, 40>;
  room.main().on("x", [](Event& event, Full const&) { event.returnValue = 1; });
  for (int i = 0; i < 66; ++i) {
    asks(attempt, room, 1, [&] { return room.a().request<int>("x", Full{}); });
  }
}
void requestWithin(Attempt& attempt, Room& room) {
  asks(attempt, room, 5,
       [&] { return room.a().within(std::chrono::hours(1)).request<int>("ask", 4); });
}
void callElsewhere(Attempt& attempt, Room& room) {
  tincan::Peer const b = *room.a().peer("b");
  for (int i = 0; i < 2; ++i) {
    auto function = [baggage = Baggage()] { return baggage.size() > 0 ? 3 : 0; };
    asks(attempt, room, 3, [&] { return b.call(std::move(function)); });
  }
}
void callWithTask(Attempt& attempt, Room& room) {
  tincan::Peer const b = *room.a().peer("b");
  auto function = [&room, baggage = Baggage()]() -> tincan::Task<int> {
    co_return co_await room.b().request<int>("ask", baggage.size() > 0 ? 4 : 0);
  };
  asks(attempt, room, 5, [&] { return b.call(std::move(function)); });
}
void callOfNobody(Attempt& attempt, Room& room) {
  tincan::Peer const main = room.a().main();
  std::optional<Future<int>> future;
  auto function = [baggage = Baggage()] { return baggage.size() > 0 ? 5 : 0; };
  std::thread([&] {
    attempt.succeeds([&] { future.emplace(main.call(std::move(function))); });
  }).join();
  room.pollAll();
  if (future) attempt.expectAnswer(*future, 5, "the call");
  else attempt.complain("bad_alloc does not come by the future");
}
void requestTyped(Attempt& attempt, Room& room) {
  static constexpr tincan::Channel<int(int)> channel{"ask"};
  asks(attempt, room, 5, [&] { return room.a().request(channel, 4); });
}
void requestRuntimeName(Attempt& attempt, Room& room) {
  std::string const name = LongName;
  room.main().on(name, [](Event& event) { event.returnValue = 1; });
  asks(attempt, room, 1, [&] { return room.a().request<int>(name); });
}
void invoke(Attempt& attempt, Room& room) {
  asks(attempt, room, 6, [&] { return room.a().invoke<int>("call", 4); });
}
void invokeAll(Attempt& attempt, Room& room) {
  int calls = 0;
  auto const answer = [&calls](Baggage const& baggage, int n) {
    ++calls;
    return baggage.size() > 0 ? n + 1 : 0;
  };
  room.a().handle("each", answer);
  room.b().handle("each", answer);
  std::vector<Future<int>> futures;
  Baggage const baggage;
  bool const areMade =
      attempt.succeeds([&] { futures = room.main().invokeAll<int>("each", baggage, 4); });
  room.pollAll();
  attempt.expectCount(futures.size(), areMade ? 2 : 0, "futures of an invokeAll");
  if (!areMade)
    attempt.expectCount(static_cast<std::uint64_t>(calls), 0, "calls that were given up");
  for (auto& future : futures) attempt.expectAnswer(future, 5, "one of the calls");
  room.a().removeHandler("each");
  room.b().removeHandler("each");
}
void manyRequests(Attempt& attempt, Room& room) {
  std::vector<Future<int>> futures;
  futures.reserve(80);
  for (int i = 0; i < 80; ++i) {
    attempt.succeeds([&] { futures.push_back(room.a().request<int>("ask", i)); });
  }
  room.pollAll();
  attempt.expectCount(futures.size(), 80, "futures");
  int n = 0;
  for (auto& future : futures) {
    ++n;
    if (futures.size() == 80) attempt.expectAnswer(future, n, "one of many requests");
  }
}

void requestToClosed(Attempt& attempt, Room& room) {
  tincan::Peer const gone = room.b().peer();
  room.endB();
  room.renewB();
  attempt.succeeds([&] {
    auto future = gone.request<int>("x");
    try {
      future.get();
      attempt.complain("the closed one answers");
    } catch (Error const& error) {
      attempt.expect(error.code() == Errc::Closed, "it is not Closed");
    }
  });
}

void cancel(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  room.main().on("x", [&](int) { ++calls; });
  auto future = room.a().request<int>("x", 1);
  attempt.ends([&] { future.cancel(); });
  room.pollAll();
  attempt.expectCount(calls, 0, "calls after cancel");
}

void dropFuture(Attempt& attempt, Room& room) {
  std::optional<Future<int>> before(room.a().request<int>("ask", 1));
  std::optional<Future<std::string>> answered(room.a().request<std::string>("x"));
  room.main().on("x", [](Event& event) { event.returnValue = std::string(LongName); });
  room.pollAll();
  attempt.ends([&] {
    before.reset();
    answered.reset();
  });
}

template <class Answer>
void answered(Attempt& attempt, Room& room, Answer&& answer) {
  room.main().on("x", answer);
  auto future = room.a().request<std::string>("x");
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectAnswer(future, std::string(LongName), "the request");
  room.main().removeAllListeners("x");
}
void returnValue(Attempt& attempt, Room& room) {
  answered(attempt, room, [](Event& event) { event.returnValue = LongName; });
}
void returnMoved(Attempt& attempt, Room& room) {
  std::string text = LongName;
  answered(attempt, room, [&](Event& event) { event.returnValue = std::move(text); });
}
void deferAndSet(Attempt& attempt, Room& room) {
  std::optional<tincan::Reply> reply;
  room.main().on("x", [&](Event& event) { reply.emplace(event.defer()); });
  auto future = room.a().request<std::string>("x");
  attempt.succeeds([&] { room.main().poll(); });
  if (reply) {
    bool const isSet = attempt.succeeds([&] { reply->set(LongName); });
    if (!isSet) attempt.expect(reply->set(LongName), "set failed, and cannot be called again");
  }
  room.pollAll();
  attempt.expectAnswer(future, std::string(LongName), "the deferred request");
}
void setFits(Attempt& attempt, Room& room) {
  std::optional<tincan::Reply> reply;
  room.main().on("x", [&](Event& event) { reply.emplace(event.defer()); });
  auto future = room.a().request<int>("x");
  room.main().poll();
  attempt.ends([&] { attempt.expect(reply->set(5), "set tells that nobody waits"); });
  reply.reset();
  room.pollAll();
  attempt.expect(future.ready() && future.get() == 5, "an answer that fits is lost");
}
void setFitsElsewhere(Attempt& attempt, Room& room) {
  std::optional<tincan::Reply> reply;
  room.main().on("x", [&](Event& event) { reply.emplace(event.defer()); });
  auto future = room.a().request<int>("x");
  room.main().poll();
  std::thread([&] {
    attempt.ends([&] { attempt.expect(reply->set(5), "set tells that nobody waits"); });
  }).join();
  attempt.expect(future.ready() && future.get() == 5, "an answer that fits is lost");
}
void fail(Attempt& attempt, Room& room) {
  std::optional<tincan::Reply> reply;
  room.main().on("x", [&](Event& event) { reply.emplace(event.defer()); });
  auto future = room.a().request<int>("x");
  room.main().poll();
  auto const exception = std::make_exception_ptr(7);
  attempt.ends([&] { attempt.expect(reply->fail(exception), "fail tells that nobody waits"); });
  try {
    future.get();
    attempt.complain("the failure is an answer");
  } catch (int number) {
    attempt.expectCount(static_cast<std::uint64_t>(number), 7, "the exception");
  }
}
void replyDies(Attempt& attempt, Room& room) {
  std::optional<tincan::Reply> reply;
  room.main().on("x", [&](Event& event) { reply.emplace(event.defer()); });
  auto future = room.a().request<int>("x");
  room.main().poll();
  attempt.ends([&] { reply.reset(); });
  if (!future.ready()) return attempt.complain("a Reply that dies does not answer");
  try {
    future.get();
    attempt.complain("a Reply that dies answers with a value");
  } catch (Error const& error) {
    attempt.expect(error.code() == Errc::NoReply, error.what());
  } catch (std::bad_alloc const&) {
    attempt.expect(failures() > 0, "bad_alloc without a failure");
  }
}

void handlerReturns(Attempt& attempt, Room& room) {
  room.main().handle("x", [baggage = Baggage()](std::string const& text) { return text; });
  std::string const text = LongName;
  auto future = room.a().invoke<std::string>("x", text);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectAnswer(future, text, "the call");
}
void handlerThrows(Attempt& attempt, Room& room) {
  room.main().handle("x", [](int) -> int { throw std::runtime_error(LongName); });
  auto future = room.a().invoke<int>("x", 1);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  if (!future.ready()) return attempt.complain("a handler that throws does not answer");
  try {
    future.get();
    attempt.complain("a handler that throws answers with a value");
  } catch (std::bad_alloc const&) {
    attempt.expect(failures() > 0, "bad_alloc without a failure");
  } catch (std::runtime_error const& error) {
    attempt.expect(error.what() == std::string_view(LongName), error.what());
  }
}
void stopToken(Attempt& attempt, Room& room) {
  room.main().handle("x", [](tincan::InvokeEvent& event, int) {
    return event.stopToken().stop_requested() ? 1 : 2;
  });
  auto future = room.a().invoke<int>("x", 1);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectAnswer(future, 2, "the call");
}
void noHandler(Attempt& attempt, Room& room) {
  auto called = room.a().invoke<int>("nobody", 1);
  auto asked = room.a().request<int>("nobody", 1);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  for (auto* const future : {&called, &asked}) {
    if (!future->ready()) {
      attempt.complain("what nobody takes is never answered");
      continue;
    }
    try {
      future->get();
      attempt.complain("nobody answers");
    } catch (std::bad_alloc const&) {
      attempt.expect(failures() > 0, "bad_alloc without a failure");
    } catch (Error const& error) {
      bool const fits = error.code() == (future == &called ? Errc::NoHandler : Errc::NoListener);
      attempt.expect(fits, error.what());
    }
  }
}

constexpr Row answersTable[] = {
    {"request", request},
    {"request, the first to this receiver", request, strangers},
    {"request, by a handle", requestOfHandle},
    {"request, from a thread without endpoint", requestOfNobody},
    {"request, 40 bytes, more than fits a chunk", request40Bytes},
    {"request, within", requestWithin},
    {"request, on a typed channel", requestTyped},
    {"request, a name made at run time", requestRuntimeName},
    {"request, 80 at once", manyRequests},
    {"call", callElsewhere},
    {"call, the first to this receiver", callElsewhere, strangers},
    {"call, a coroutine", callWithTask},
    {"call, from a thread without endpoint", callOfNobody},
    {"request, to an endpoint that has ended", requestToClosed},
    {"invoke", invoke},
    {"invoke, the first to this receiver", invoke, strangers},
    {"invokeAll", invokeAll},
    {"invokeAll, the first to these receivers", invokeAll, strangers},
    {"Future::cancel", cancel},
    {"~Future", dropFuture},
    {"returnValue, copied", returnValue},
    {"returnValue, moved", returnMoved},
    {"defer, Reply::set", deferAndSet},
    {"Reply::set, an answer that fits", setFits},
    {"Reply::set, an answer that fits, on a new thread", setFitsElsewhere},
    {"Reply::fail", fail},
    {"~Reply", replyDies},
    {"a handler returns", handlerReturns},
    {"a handler throws", handlerThrows},
    {"InvokeEvent::stopToken", stopToken},
    {"nobody listens, no handler", noHandler},
};

}  // namespace

std::span<Row const> answerRows() { return answersTable; }

}  // namespace oom
