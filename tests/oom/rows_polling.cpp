// tests/oom/rows_polling.cpp - the rows of poll, of hooks and of what is looked up
//
// poll, the hooks that it calls, and what is looked up: what waits is handled once, by this poll or
// by the next one.
#include <optional>
#include <vector>

#include "attempt.hpp"

namespace oom {
namespace {

template <int Senders>
void pollNewSenders(Attempt& attempt, Room& room) {
  std::vector<tincan::Renderer> senders;
  for (int i = 0; i < Senders; ++i) senders.push_back(room.bus().attach("sender"));
  std::uint64_t const before = room.counted();
  for (int round = 1; round <= 2; ++round) {
    for (auto& sender : senders) sender.send("count", 1);
    if (round == 1) attempt.succeeds([&] { room.main().poll(); });
    room.pollAll();
    attempt.expectCount(room.counted() - before, static_cast<std::uint64_t>(round * Senders),
                        "messages of new senders");
  }
}

void pollFor(Attempt& attempt, Room& room) {
  std::uint64_t const before = room.counted();
  for (int i = 0; i < 10; ++i) room.a().send("count", 1);
  attempt.succeeds([&] { room.main().pollFor(std::chrono::seconds(1)); });
  attempt.succeeds([&] { room.main().poll(3); });
  room.pollAll();
  attempt.expectCount(room.counted() - before, 10, "messages");
}

void pollAfterSendersHaveGone(Attempt& attempt, Room& room) {
  std::vector<tincan::Renderer> senders;
  for (int i = 0; i < 8; ++i) {
    senders.push_back(room.bus().attach("sender"));
    senders.back().send("count", 1);
  }
  room.main().poll();
  senders.clear();
  for (int i = 0; i < 3; ++i) attempt.succeeds([&] { room.main().poll(); });
}

void pollAfterScopesHaveGone(Attempt& attempt, Room& room) {
  std::uint64_t calls = 0;
  std::vector<tincan::Renderer> senders;
  for (int i = 0; i < 8; ++i) {
    senders.push_back(room.bus().attach("sender"));
    room.main().from(senders.back().peer()).on("x", [&calls, baggage = Baggage()](int) {
      ++calls;
    });
    senders.back().send("x", 1);
  }
  senders.clear();
  for (int i = 0; i < 3; ++i) attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectCount(calls, 8, "last messages of renderers with a scope");
}

/// Polls main, for which that request is on its way, whose types nobody takes.
void pollMisfit(Attempt& attempt, Room& room, tincan::Future<int> future) {
  auto const handledBefore = room.bus().stats().handled;
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  if (!future.ready()) return attempt.complain("a request of other types is never answered");
  try {
    future.get();
    attempt.complain("a request of other types is answered");
  } catch (tincan::Error const& error) {
    attempt.expect(error.code() == tincan::Errc::TypeMismatch, error.what());
  } catch (std::bad_alloc const&) {
    attempt.complain("a request of other types ends without memory, not with TypeMismatch");
  }
  auto const stats = room.bus().stats();
  attempt.expectCount(stats.handled - handledBefore, 0, "messages that nobody takes, but handled");
  attempt.expect(stats.deadLetters.contains(tincan::Errc::TypeMismatch), "it is no dead letter");
}

void pollMismatch(Attempt& attempt, Room& room) {
  room.main().on("x", [](std::string const&) {});
  room.main().on("x", [](std::vector<int> const&) {});
  pollMisfit(attempt, room, room.a().request<int>("x", 5));
}

void pollCallMismatch(Attempt& attempt, Room& room) {
  room.main().handle("x", [](std::string const&) { return 1; });
  pollMisfit(attempt, room, room.a().invoke<int>("x", 5));
}

void pollMismatchOfOne(Attempt& attempt, Room& room) {
  std::uint64_t const before = room.errors();
  std::uint64_t calls = 0;
  room.main().on("x", [](std::string const&) {});
  room.main().on("x", [&](int) { ++calls; });
  room.a().send("x", 5);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectCount(calls, 1, "calls of the listener that takes it");
  attempt.expect(room.errors() == before + 1 || failures() > 0, "onError was not called once");
}

void pollDeadLetter(Attempt& attempt, Room& room) {
  std::uint64_t letters = 0;
  room.bus().onDeadLetter([&](tincan::DeadLetter const&) { ++letters; });
  room.a().send(LongName, 5);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  auto const stats = room.bus().stats();
  auto const counted = stats.deadLetters.find(tincan::Errc::NoListener);
  attempt.expectCount(counted == stats.deadLetters.end() ? 0 : counted->second, 1, "dead letters");
  attempt.expect(letters == 1 || (letters == 0 && failures() > 0), "the hook was not called once");
  room.bus().onDeadLetter({});
}

void pollListenerThrows(Attempt& attempt, Room& room) {
  std::uint64_t const before = room.errors();
  std::uint64_t others = 0;
  room.main().on("x", [](int) { throw std::runtime_error(LongName); });
  room.main().on("x", [&](int) { ++others; });
  room.a().send("x", 1);
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectCount(others, 1, "calls of the listener behind the one that throws");
  attempt.expect(room.errors() == before + 1 || failures() > 0, "onError was not called once");
}

void pollPosts(Attempt& attempt, Room& room) {
  int runs = 0;
  for (int i = 0; i < 3; ++i) room.main().post([&runs, baggage = Baggage()] { ++runs; });
  attempt.succeeds([&] { room.main().poll(); });
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(runs), 3, "posted functions that ran");
}

void post(Attempt& attempt, Room& room) {
  std::uint64_t runs = 0, posted = 0;
  for (int i = 0; i < 2; ++i) {
    attempt.succeeds([&] {
      room.main().post([&runs, baggage = Baggage()] { ++runs; });
      ++posted;
    });
  }
  room.pollAll();
  attempt.expectCount(runs, posted, "posted functions that ran");
}

void onWake(Attempt& attempt, Room& room) {
  std::uint64_t rings = 0;
  Baggage const baggage;
  bool const isThere =
      attempt.succeeds([&] { room.main().onWake([&rings, baggage] { ++rings; }); });
  room.pollAll();
  std::uint64_t const before = rings;
  room.a().send("count", 1);
  attempt.expectCount(rings - before, isThere ? 1 : 0, "rings");
  attempt.ends([&] { room.main().onWake({}); });
}

void onWakeWithMessages(Attempt& attempt, Room& room) {
  std::uint64_t rings = 0;
  std::uint64_t const before = room.counted();
  room.a().send("count", 1);
  room.b().send("count", 1);
  bool const isThere = attempt.succeeds([&] { room.main().onWake([&rings] { ++rings; }); });
  attempt.expect(!isThere || rings > 0, "a hook is not told of what waits already");
  room.pollAll();
  attempt.expectCount(room.counted() - before, 2, "messages");
  room.main().onWake({});
}

void setHooks(Attempt& attempt, Room& room) {
  Baggage const baggage;
  attempt.succeeds([&] { room.bus().onDeadLetter([baggage](tincan::DeadLetter const&) {}); });
  attempt.succeeds([&] { room.bus().onError([baggage](tincan::ErrorReport const&) {}); });
  attempt.ends([&] {
    room.bus().onDeadLetter({});
    room.bus().onError({});
  });
}

/// What was there before stays, if the verb throws; one that can only be moved is moved.
void replaceHooks(Attempt& attempt, Room& room) {
  std::uint64_t &before = attempt.keep<std::uint64_t>(), &now = attempt.keep<std::uint64_t>();
  room.bus().onDeadLetter([&before](tincan::DeadLetter const&) { ++before; });
  Baggage const copied;
  auto baggage = std::make_unique<Baggage>();
  auto const move = [&] {
    return [&now, moved = std::move(baggage), copied](tincan::DeadLetter const&) { ++now; };
  };
  bool const isAnother = attempt.succeeds([&] { room.bus().onDeadLetter(move()); });
  room.a().send("nobody listens", 1);
  room.pollAll();
  attempt.expectCount(now, isAnother ? 1 : 0, "dead letters for the hook that was set");
  attempt.expectCount(before, isAnother ? 0 : 1, "dead letters for the hook before");
  attempt.ends([&] { room.bus().onDeadLetter({}); });
  attempt.succeeds([&] { room.bus().onHighWater([copied](tincan::HighWater const&) {}); });
  attempt.ends([&] { room.bus().onHighWater({}); });
}

void lookUps(Attempt& attempt, Room& room) {
  room.a().send(LongName, 1);
  room.pollAll();
  attempt.succeeds([&] { attempt.expect(room.bus().stats().sent > 0, "nothing was sent"); });
  attempt.succeeds([&] { attempt.expectCount(room.main().renderers().size(), 2, "renderers"); });
  attempt.succeeds([&] { attempt.expect(room.main().renderer("b").has_value(), "b has gone"); });
  attempt.succeeds([&] { attempt.expect(room.a().peer("b").has_value(), "b has gone"); });
  attempt.succeeds([&] { attempt.expect(room.a().peer().name() == "a", "a has no name"); });
  attempt.succeeds([&] { attempt.expect(!room.main().nextDeadline(), "there is a deadline"); });
}

constexpr Row pollingTable[] = {
    {"poll, nothing there",
     [](Attempt& attempt, Room& room) { attempt.succeeds([&] { room.main().poll(); }); }},
    {"poll, of 1 new sender", pollNewSenders<1>},
    {"poll, of 3 new senders, the first of all", pollNewSenders<3>, strangers},
    {"poll, of 20 new senders", pollNewSenders<20>},
    {"poll(n), pollFor", pollFor},
    {"poll, senders have gone", pollAfterSendersHaveGone},
    {"poll, renderers with scopes have gone", pollAfterScopesHaveGone},
    {"poll, TypeMismatch", pollMismatch},
    {"poll, TypeMismatch of a call", pollCallMismatch},
    {"poll, TypeMismatch of one of two listeners", pollMismatchOfOne},
    {"poll, NoListener, with a hook", pollDeadLetter},
    {"poll, a listener throws", pollListenerThrows},
    {"poll, posted functions", pollPosts},
    {"post", post},
    {"post, the first to this receiver", post, strangers},
    {"onWake", onWake},
    {"onWake, messages wait", onWakeWithMessages},
    {"onError, onDeadLetter", setHooks},
    {"onDeadLetter, where there is one; onHighWater", replaceHooks},
    {"stats, renderers, renderer, peer, name, nextDeadline", lookUps},
};

}  // namespace

std::span<Row const> pollingRows() { return pollingTable; }

}  // namespace oom
