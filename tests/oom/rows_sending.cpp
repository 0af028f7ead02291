// tests/oom/rows_sending.cpp - the rows of what sends
//
// Verbs that send: the message is there exactly if the verb has returned.
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <tincan/testing/recorder.hpp>

#include "attempt.hpp"

namespace oom {
namespace {

using Large = std::array<char, 5000>;

/// Sends what `send` sends, so many times, and expects as many messages as sends have returned.
template <class T, class Send>
void sends(Attempt& attempt, Room& room, int times, Send&& send) {
  std::uint64_t got = 0, sent = 0;
  room.main().on("x", [&](T const&) { ++got; });
  for (int i = 0; i < times; ++i) {
    sent += attempt.succeeds([&] { send(room.a()); }) ? 1 : 0;
  }
  room.pollAll();
  attempt.expectCount(got, sent, "messages that came of those that were sent");
  room.main().removeAllListeners("x");
}

void sendSmall(Attempt& attempt, Room& room) {
  sends<int>(attempt, room, 1, [](auto& from) { from.send("x", 1); });
}
void sendManySmall(Attempt& attempt, Room& room) {  // more than a chunk of a lane holds
  sends<int>(attempt, room, 150, [](auto& from) { from.send("x", 1); });
}
/// What is recorded of them is what was sent, whatever had no place in the recorder at first.
void sendRecorded(Attempt& attempt, Room& room) {
  using tincan::testing::Recorder;
  using Entry = tincan::testing::Recording::Entry;
  std::optional<Recorder> recorder;
  attempt.withMemory("a recorder", [&] { recorder.emplace(room.bus()); });
  std::uint64_t sent = 0;
  room.main().on("x", [](int) {});
  for (int i = 0; i < 3; ++i) {
    sent += attempt.succeeds([&] { room.a().send("x", 1); }) ? 1 : 0;
  }
  room.pollAll();
  attempt.withMemory("the recording", [&] {
    std::vector<Entry> expected;
    while (expected.size() < sent) expected.push_back({"a", "main", expected.size() + 1, "x"});
    attempt.expect(recorder->recording().entries() == expected, "another recording");
  });
  room.main().removeAllListeners("x");
}
void sendLarge(Attempt& attempt, Room& room) {
  sends<Large>(attempt, room, 2, [](auto& from) { from.send("x", Large{}); });
}
void sendShortLiteral(Attempt& attempt, Room& room) {
  sends<std::string>(attempt, room, 2, [](auto& from) { from.send("x", "short"); });
}
void sendLongLiteral(Attempt& attempt, Room& room) {
  sends<std::string>(attempt, room, 2, [](auto& from) { from.send("x", LongName); });
}
void sendCopied(Attempt& attempt, Room& room) {
  Baggage const baggage;
  sends<Baggage>(attempt, room, 2, [&](auto& from) { from.send("x", baggage); });
}
void sendMany(Attempt& attempt, Room& room) {
  Baggage const baggage;
  sends<Baggage>(attempt, room, 2, [&](auto& from) { from.send("x", baggage, baggage, LongName); });
}
void sendValue(Attempt& attempt, Room& room) {
  sends<Baggage>(attempt, room, 2, [](auto& from) { from.send("x", tincan::Value(Baggage())); });
}
void sendTyped(Attempt& attempt, Room& room) {
  static constexpr tincan::Channel<void(std::string)> channel{"x"};
  sends<std::string>(attempt, room, 2, [](auto& from) { from.send(channel, LongName); });
}
void sendByHandle(Attempt& attempt, Room& room) {
  sends<int>(attempt, room, 2, [](auto& from) { from.main().send("x", 1); });
}
void postMessageWithoutPorts(Attempt& attempt, Room& room) {
  Baggage const baggage;
  sends<Baggage>(attempt, room, 2, [&](auto& from) { from.postMessage("x", baggage); });
}
void sendToHost(Attempt& attempt, Room& room) {
  sends<int>(attempt, room, 2, [](auto& from) { from.sendToHost("x", 1); });
}

void sendLatest(Attempt& attempt, Room& room) {
  Baggage const baggage;
  std::uint64_t got = 0, sent = 0;
  room.main().on("x", [&](Baggage const&) { ++got; });
  for (int i = 0; i < 70; ++i) {  // more than a chunk of a lane holds
    sent += attempt.succeeds([&] { room.a().sendLatest("x", baggage); }) ? 1 : 0;
  }
  room.pollAll();
  attempt.expectCount(got, sent > 0 ? 1 : 0, "messages that came of those that were sent");
  auto const counted = room.bus().stats().deadLetters;
  auto const found = counted.find(tincan::Errc::Superseded);
  std::uint64_t const superseded = found == counted.end() ? 0 : found->second;
  attempt.expectCount(superseded + got, sent, "those that were superseded and the last one");
  room.main().removeAllListeners("x");
}
void sendLatestOften(Attempt& attempt, Room& room) {
  sends<int>(attempt, room, 1, [](auto& from) { from.sendLatest("x", 1); });
}

void postByHandle(Attempt& attempt, Room& room) {
  std::uint64_t ran = 0, posted = 0;
  for (int i = 0; i < 2; ++i) {
    posted += attempt.succeeds([&] {
      room.a().peer("b")->post([&ran, baggage = Baggage()] { ran += baggage.size() > 0 ? 1 : 0; });
    })
                  ? 1
                  : 0;
  }
  room.pollAll();
  attempt.expectCount(ran, posted, "functions that ran of those that were posted");
}

void sendRuntimeNames(Attempt& attempt, Room& room) {  // so many that the table of names grows
  std::uint64_t got = 0, sent = 0;
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back(LongName + std::to_string(i));
    room.main().on(names.back(), [&](int) { ++got; });
  }
  for (std::string const& name : names) {
    sent += attempt.succeeds([&] { room.a().send(name, 1); }) ? 1 : 0;
  }
  room.pollAll();
  attempt.expectCount(got, sent, "messages that came of those that were sent");
  got = sent = 0;
  for (std::string const& name : names) {
    ++sent;
    room.a().send(name, 1);
  }
  room.pollAll();
  attempt.expectCount(got, sent, "messages of the same names with memory again");
}

void sendToRenderer(Attempt& attempt, Room& room) {
  std::uint64_t got = 0, sent = 0;
  Baggage const baggage;
  room.b().on("x", [&](Baggage const&) { ++got; });
  for (int i = 0; i < 2; ++i) {
    sent += attempt.succeeds([&] { room.a().peer("b")->send("x", baggage); }) ? 1 : 0;
  }
  room.pollAll();
  attempt.expectCount(got, sent, "messages that came of those that were sent");
}

void sendToClosed(Attempt& attempt, Room& room) {
  tincan::Peer const gone = room.b().peer();
  room.endB();
  attempt.succeeds([&] {
    if (gone.send("x", 1) != tincan::SendResult::Closed) attempt.complain("it is not Closed");
  });
  room.renewB();
}

void sendFromNobody(Attempt& attempt, Room& room) {
  std::uint64_t sent = 0, got = 0;
  room.main().on("x", [&](int) { ++got; });
  tincan::Peer const main = room.a().main();
  std::thread([&] {
    sent += attempt.succeeds([&] { main.send("x", 1); }) ? 1 : 0;
    main.send("x", 1);
    ++sent;
  }).join();
  room.pollAll();
  attempt.expectCount(got, sent, "messages of a thread without endpoint");
}

void sendFromNobodyOfTwoBuses(Attempt& attempt, Room& room) {
  tincan::Peer const here = room.a().main();
  std::thread([&] {
    auto ended = std::make_unique<tincan::Bus>();
    ended->main().peer().send("x", 1);
    ended.reset();
    attempt.succeeds([&] { here.send("count", 1); });
    here.send("count", 1);
  }).join();
  room.pollAll();
}

void reply(Attempt& attempt, Room& room) {
  std::uint64_t got = 0, sent = 0;
  Baggage const baggage;
  room.main().on("x", [&](tincan::Event& event) {
    sent += attempt.succeeds([&] { event.reply("y", baggage); }) ? 1 : 0;
  });
  room.b().on("y", [&](Baggage const&) { ++got; });
  room.b().send("x");
  room.pollAll();
  attempt.expectCount(got, sent, "replies that came of those that were sent");
}

void broadcast(Attempt& attempt, Room& room) {
  std::uint64_t got = 0, took = 0;
  Baggage const baggage;
  room.a().on("x", [&](Baggage const&) { ++got; });
  room.b().on("x", [&](Baggage const&) { ++got; });
  bool const all = attempt.succeeds([&] { took = room.main().broadcast("x", baggage); });
  room.pollAll();
  if (all) attempt.expectCount(got, took, "copies that came of those that broadcast has counted");
  if (all) attempt.expectCount(took, 2, "receivers of a broadcast that has returned");
  attempt.expect(all || got <= 2, "a broadcast came twice");
}

void overflow(Attempt& attempt, Room& room) {
  std::uint64_t queued = 0, got = 0;
  Baggage const baggage;
  room.main().on("x", [&](Baggage const&) { ++got; });
  for (int i = 0; i < 6; ++i) {
    attempt.succeeds(
        [&] { queued += room.a().send("x", baggage) == tincan::SendResult::Queued ? 1 : 0; });
  }
  room.pollAll();
  attempt.expect(got <= 2 && got <= queued, "a full inbox took too much");
  attempt.expect(got == (std::min<std::uint64_t>)(queued, 2), "what was Queued has not come");
}

void overflowOfRequests(Attempt& attempt, Room& room) {
  std::vector<tincan::Future<int>> futures;
  futures.reserve(6);
  for (int i = 0; i < 6; ++i) {
    attempt.succeeds([&] { futures.push_back(room.a().request<int>("ask", i)); });
  }
  room.pollAll();
  for (auto& future : futures) {
    if (!future.ready()) {
      attempt.complain("a request to a full inbox is never answered");
      continue;
    }
    try {
      future.get();
    } catch (std::bad_alloc const&) {
    } catch (tincan::Error const& error) {
      attempt.expect(error.code() == tincan::Errc::Full, error.what());
    }
  }
}

constexpr RoomOptions twoFail{.main = {2, tincan::Overflow::Fail}};
constexpr RoomOptions twoNewest{.main = {2, tincan::Overflow::DropNewest}};
constexpr RoomOptions twoOldest{.main = {2, tincan::Overflow::DropOldest}};

constexpr Row sendingTable[] = {
    {"send, small", sendSmall},
    {"send, small, the first to this receiver", sendSmall, strangers},
    {"send, small, more than fits a chunk", sendManySmall},
    {"send, 5000 bytes", sendLarge},
    {"send, recorded, the first to this receiver", sendRecorded, strangers},
    {"send, 5000 bytes, the first to this receiver", sendLarge, strangers},
    {"send, a short literal", sendShortLiteral},
    {"send, a long literal", sendLongLiteral},
    {"send, an argument whose copy needs memory", sendCopied},
    {"send, such an argument, the first to this receiver", sendCopied, strangers},
    {"send, several such arguments", sendMany},
    {"send, a Value", sendValue},
    {"send, on a typed channel", sendTyped},
    {"send, by a handle", sendByHandle},
    {"sendLatest", sendLatestOften},
    {"sendLatest, the first to this receiver", sendLatestOften, strangers},
    {"sendLatest, many that supersede one another", sendLatest},
    {"sendLatest, to a full inbox, DropOldest", sendLatest, twoOldest},
    {"Peer::post", postByHandle},
    {"Peer::post, the first to this receiver", postByHandle, strangers},
    {"send, 40 names made at run time", sendRuntimeNames},
    {"send, to another renderer", sendToRenderer},
    {"send, to another renderer, the first", sendToRenderer, strangers},
    {"send, to an endpoint that has ended", sendToClosed},
    {"send, from a thread without endpoint", sendFromNobody},
    {"send, from a thread without endpoint, on its second bus", sendFromNobodyOfTwoBuses},
    {"send, to a full inbox, Fail", overflow, twoFail},
    {"send, to a full inbox, DropNewest", overflow, twoNewest},
    {"request, to a full inbox, Fail", overflowOfRequests, twoFail},
    {"request, to a full inbox, DropOldest", overflowOfRequests, twoOldest},
    {"postMessage, without ports", postMessageWithoutPorts},
    {"sendToHost", sendToHost},
    {"event.reply", reply},
    {"broadcast", broadcast},
    {"broadcast, the first", broadcast, strangers},
};

}  // namespace

std::span<Row const> sendingRows() { return sendingTable; }

}  // namespace oom
