// tests/oom/rows_listening.cpp - the rows of what registers and removes
//
// Verbs that register and remove: a listener is there exactly if the verb has returned, the others
// are not touched, and removing does without memory.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "attempt.hpp"

namespace oom {
namespace {

struct Ear {
  void hear() { ++heard; }
  int answer() { return 7; }
  Baggage baggage;
  int heard = 0;
};
void onAny(Attempt& attempt, Room& room) {
  int seen = 0;
  tincan::Listener listener;
  bool const isOn = attempt.succeeds([&] {
    listener =
        room.main().onAny([&seen, baggage = Baggage()](tincan::Event&, tincan::Arguments const&) {
          seen += baggage.size() > 0 ? 1 : 0;
        });
  });
  room.a().send("count", 1);
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(seen), isOn ? 1 : 0, "calls of onAny");
  if (isOn) attempt.ends([&] { listener.remove(); });
}
void keepLast(Attempt& attempt, Room& room) {
  int got = 0;
  bool const keeps = attempt.succeeds([&] { room.main().keepLast("x"); });
  attempt.succeeds([&] { room.a().send("x", Baggage()); });
  attempt.succeeds([&] { room.main().poll(); });
  bool const isOn = attempt.succeeds([&] { room.main().on("x", [&](Baggage const&) { ++got; }); });
  room.pollAll();
  attempt.expect(got <= 1, "a late listener gets it twice");
  attempt.expect(got == 0 || (keeps && isOn), "a late listener gets what is not kept");
  room.main().removeAllListeners("x");
}
void onMethod(Attempt& attempt, Room& room) {
  auto ear = std::make_shared<Ear>();
  bool const isOn = attempt.succeeds([&] { room.main().on("x", ear, &Ear::hear); });
  bool const isSet = attempt.succeeds([&] { room.main().handle("x", ear, &Ear::answer); });
  room.a().send("x");
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(ear->heard), isOn ? 1 : 0, "calls of the method");
  attempt.expect(room.main().hasHandler("x") == isSet, "the handler is there, or it is not");
  attempt.ends([&] { ear.reset(); });
  attempt.expect(!room.main().hasHandler("x"), "the handler has ended");
  attempt.ends([&] { room.main().removeAllListeners("x"); });
}

std::string numbered(int i) { return "channel " + std::to_string(i); }

/// on() beside other channels, so many that the table grows, every second one unused if told so.
template <int Others, bool IsEverySecondUnused>
void onBesideOthers(Attempt& attempt, Room& room) {
  std::uint64_t others = 0, own = 0, wanted = 0;
  for (int i = 0; i < Others; ++i) {
    auto const listener = room.main().on(numbered(i), [&](int) { ++others; });
    if (IsEverySecondUnused && i % 2 == 0) listener.remove();
    else ++wanted;
  }
  Baggage const baggage;
  bool const isThere =
      attempt.succeeds([&] { room.main().on(LongName, [&own, baggage](int) { ++own; }); });
  for (int i = 0; i < Others; ++i) room.a().send(numbered(i), 1);
  room.a().send(LongName, 1);
  room.pollAll();
  attempt.expectCount(others, wanted, "other listeners that were called");
  attempt.expectCount(own, isThere ? 1 : 0, "calls of the new listener");
  attempt.expectCount(room.main().listenerCount(LongName), isThere ? 1 : 0, "listenerCount");
}

void onSecondOfChannel(Attempt& attempt, Room& room) {
  std::uint64_t first = 0, second = 0;
  room.main().on("x", [&](int) { ++first; });
  Baggage const baggage;
  bool const isThere =
      attempt.succeeds([&] { room.main().on("x", [&second, baggage](int) { ++second; }); });
  room.a().send("x", 1);
  room.pollAll();
  attempt.expectCount(first, 1, "calls of the first listener");
  attempt.expectCount(second, isThere ? 1 : 0, "calls of the second listener");
}

void once(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  Baggage const baggage;
  bool const isThere =
      attempt.succeeds([&] { room.main().once("x", [&calls, baggage](int) { ++calls; }); });
  room.a().send("x", 1);
  room.a().send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, isThere ? 1 : 0, "calls of a once listener");
}

void onceIsCalled(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  room.main().once("x", [&calls, baggage = Baggage()](int) { ++calls; });
  room.a().send("x", 1);
  auto behind = room.a().request<int>("ask", 5);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  room.a().send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, 1, "calls of a once listener");
  attempt.expectAnswer(behind, 6, "the request behind it");
}

void handle(Attempt& attempt, Room& room) {
  Baggage const baggage;
  bool const isThere =
      attempt.succeeds([&] { room.main().handle("x", [baggage](int n) { return n; }); });
  attempt.expect(room.main().hasHandler("x") == isThere, "hasHandler tells something else");
  if (!isThere) room.main().handle("x", [](int n) { return n; });
  auto answer = room.a().invoke<int>("x", 3);
  room.pollAll();
  attempt.expectAnswer(answer, 3, "a call");
}

void handleTwice(Attempt& attempt, Room& room) {
  room.main().handle("x", [](int n) { return n; });
  attempt.succeeds([&] {
    try {
      room.main().handle("x", [](int n) { return n + 1; });
      attempt.complain("a second handler was taken");
    } catch (tincan::Error const& error) {
      attempt.expect(error.code() == tincan::Errc::DuplicateHandler, error.what());
    }
  });
  auto answer = room.a().invoke<int>("x", 3);
  room.pollAll();
  attempt.expectAnswer(answer, 3, "a call of the first handler");
}

void handleOnce(Attempt& attempt, Room& room) {
  Baggage const baggage;
  attempt.succeeds([&] { room.main().handleOnce("x", [baggage](int n) { return n; }); });
  bool const isThere = room.main().hasHandler("x");
  attempt.expect(isThere == !attempt.hasThrown(), "hasHandler tells something else");
  if (!isThere) room.main().handleOnce("x", [](int n) { return n; });
  auto answer = room.a().invoke<int>("x", 3);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectAnswer(answer, 3, "a call");
  attempt.expect(!room.main().hasHandler("x"), "the handler is still there");
}

void off(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  auto const listener = room.main().on("x", [&calls, baggage = Baggage()](int) { ++calls; });
  attempt.ends([&] { attempt.expect(room.main().off(listener), "off tells it was not there"); });
  room.a().send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, 0, "calls after off");
}

void removeByToken(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  auto const listener = room.main().on("x", [&calls, baggage = Baggage()](int) { ++calls; });
  attempt.ends([&] { attempt.expect(listener.remove(), "remove tells it was not there"); });
  room.a().send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, 0, "calls after remove");
}

void scopedListenerEnds(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  std::optional<tincan::ScopedListener> scoped(
      room.main().on("x", [&calls, baggage = Baggage()](int) { ++calls; }));
  attempt.ends([&] { scoped.reset(); });
  room.a().send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, 0, "calls after the end of a ScopedListener");
}

void removeAll(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  for (int i = 0; i < 5; ++i) {
    room.b().on(numbered(i), [&calls, baggage = Baggage()](int) { ++calls; });
  }
  attempt.ends([&] { room.b().removeAllListeners(); });
  for (int i = 0; i < 5; ++i) room.a().peer("b")->send(numbered(i), 1);
  room.pollAll();
  attempt.expectCount(calls, 0, "calls after removeAllListeners");
}

void removeAllOfChannel(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  for (int i = 0; i < 5; ++i) {
    room.b().on("x", [&calls, baggage = Baggage()](int) { ++calls; });
  }
  attempt.ends([&] { room.b().removeAllListeners("x"); });
  room.a().peer("b")->send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, 0, "calls after removeAllListeners");
}

void removeHandler(Attempt& attempt, Room& room) {
  room.main().handle("x", [baggage = Baggage()](int n) { return n; });
  attempt.ends([&] { room.main().removeHandler("x"); });
  attempt.expect(!room.main().hasHandler("x"), "the handler is still there");
}

void removeInDispatch(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  std::vector<tincan::Listener> listeners;
  listeners.push_back(room.b().on("x", [&](int) {
    attempt.ends([&] {
      room.b().off(listeners[1]);
      room.b().off(listeners[3]);
      room.b().off(listeners[0]);
    });
  }));
  for (int i = 0; i < 4; ++i) {
    listeners.push_back(room.b().on("x", [&calls, baggage = Baggage()](int) { ++calls; }));
  }
  room.a().peer("b")->send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, 2, "listeners that were left");
  attempt.expectCount(room.b().listenerCount("x"), 2, "listenerCount");
}

void removeAllInDispatch(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  room.b().on(
      "x", [&, baggage = Baggage()](int) { attempt.ends([&] { room.b().removeAllListeners(); }); });
  for (int i = 0; i < 3; ++i) {
    room.b().on("x", [&calls, baggage = Baggage()](int) { ++calls; });
  }
  room.a().peer("b")->send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, 0, "calls after removeAllListeners");
}

void addInDispatch(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0, added = 0;
  room.b().on("x", [&](int) {
    added += attempt.succeeds([&] { room.b().on("x", [&](int) { ++calls; }); }) ? 1 : 0;
  });
  room.a().peer("b")->send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, 0, "calls for the message in which it was added");
  std::uint64_t const wanted = added;
  room.a().peer("b")->send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, wanted, "calls for the next message");
}

void scopeOn(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  Baggage const baggage;
  bool const isThere = attempt.succeeds(
      [&] { room.main().from(room.a().peer()).on("x", [&calls, baggage](int) { ++calls; }); });
  room.a().send("x", 1);
  room.b().send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, isThere ? 1 : 0, "calls of a scope's listener");
}

void scopeHandle(Attempt& attempt, Room& room) {
  Baggage const baggage;
  bool const isThere = attempt.succeeds(
      [&] { room.main().from(room.a().peer()).handle("call", [baggage](int n) { return n; }); });
  auto own = room.a().invoke<int>("call", 1);
  auto other = room.b().invoke<int>("call", 1);
  room.pollAll();
  attempt.expectAnswer(own, isThere ? 1 : 3, "a call of the scope's renderer");
  attempt.expectAnswer(other, 3, "a call of another one");
}

void scopeRemoves(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  auto scope = room.main().from(room.a().peer());
  auto const listener = scope.on("x", [&calls, baggage = Baggage()](int) { ++calls; });
  scope.on("y", [&calls, baggage = Baggage()](int) { ++calls; });
  scope.handle("z", [baggage = Baggage()](int n) { return n; });
  attempt.ends([&] {
    scope.off(listener);
    scope.removeHandler("z");
    scope.removeAllListeners();
  });
  room.a().send("x", 1);
  room.a().send("y", 1);
  room.pollAll();
  attempt.expectCount(calls, 0, "calls after they were removed");
}

void allow(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  room.main().on("x", [&](int) { ++calls; });
  bool const isThere = attempt.succeeds([&] {
    room.main().allow("x", {"b", LongName, "another renderer's name"});
  });
  room.a().send("x", 1);
  room.b().send("x", 1);
  room.pollAll();
  attempt.expectCount(calls, isThere ? 1 : 2, "messages that were let in");
}

void channels(Attempt& attempt, Room& room) {
  for (int i = 0; i < 5; ++i) room.main().on(LongName + std::to_string(i), [] {});
  attempt.succeeds([&] {
    attempt.expectCount(room.main().channels().size(), 7, "channels");
    attempt.expectCount(room.main().listenerCount("ask"), 1, "listeners of a channel");
    attempt.expect(room.main().hasHandler("call"), "the handler has gone");
  });
}

constexpr Row listeningTable[] = {
    {"on and handle, a method", onMethod},
    {"onAny", onAny},
    {"keepLast, and a late listener", keepLast},
    {"on, beside 0 others", onBesideOthers<0, false>},
    {"on, beside 4 others", onBesideOthers<4, false>},
    {"on, beside 5 others", onBesideOthers<5, false>},
    {"on, beside 11 others", onBesideOthers<11, false>},
    {"on, beside 13 others", onBesideOthers<13, false>},
    {"on, beside 29 others", onBesideOthers<29, false>},
    {"on, beside 5 others, some of them unused", onBesideOthers<5, true>},
    {"on, beside 13 others, some of them unused", onBesideOthers<13, true>},
    {"on, beside 29 others, some of them unused", onBesideOthers<29, true>},
    {"on, the second of a channel", onSecondOfChannel},
    {"on, in a dispatch", addInDispatch},
    {"once", once},
    {"once, and its call", onceIsCalled},
    {"handle", handle},
    {"handle, a second one", handleTwice},
    {"handleOnce, and its call", handleOnce},
    {"off", off},
    {"off, in a dispatch", removeInDispatch},
    {"Listener::remove", removeByToken},
    {"~ScopedListener", scopedListenerEnds},
    {"removeAllListeners()", removeAll},
    {"removeAllListeners(), in a dispatch", removeAllInDispatch},
    {"removeAllListeners(channel)", removeAllOfChannel},
    {"removeHandler", removeHandler},
    {"from(renderer).on", scopeOn},
    {"from(renderer).handle", scopeHandle},
    {"from(renderer), off and the like", scopeRemoves},
    {"allow", allow},
    {"channels, listenerCount, hasHandler", channels},
};

}  // namespace

std::span<Row const> listeningRows() { return listeningTable; }

}  // namespace oom
