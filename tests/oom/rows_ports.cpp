// tests/oom/rows_ports.cpp - the rows of ports
//
// Ports: a message, a start or a transfer that has thrown can be tried again, nothing is lost, and
// "close" comes once.
#include <optional>
#include <string>
#include <vector>

#include "attempt.hpp"

namespace oom {
namespace {

using tincan::Event;
using tincan::MessageChannel;
using tincan::MessagePort;

/// What came out of a port.
struct Seen {
  int messages = 0, closes = 0, last = -1;
  bool isInOrder = true;
};

void listen(MessagePort& port, Seen& seen) {
  port.on("message", [&seen, baggage = Baggage()](int n) {
    ++seen.messages;
    if (n <= seen.last) seen.isInOrder = false;
    seen.last = n;
  });
  port.on("close", [&seen] { ++seen.closes; });
}

/// Once more with memory, if it has thrown.
template <class F>
void untilItSucceeds(Attempt& attempt, F&& verb) {
  if (!attempt.succeeds(verb)) attempt.withMemory("the verb, once more", verb);
}

void expectAll(Attempt& attempt, Seen const& seen, int messages) {
  attempt.expectCount(static_cast<std::uint64_t>(seen.messages),
                      static_cast<std::uint64_t>(messages), "messages of a port");
  attempt.expect(seen.isInOrder, "messages of a port are out of order");
}

template <int Before>
void start(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  {
    MessageChannel channel;
    listen(channel.port2, seen);
    for (int i = 0; i < Before; ++i) channel.port1.postMessage(i);
    untilItSucceeds(attempt, [&] { channel.port2.start(room.a()); });
    channel.port1.postMessage(Before);
    room.pollAll();
    channel.port1.postMessage(Before + 1);
    room.pollAll();
    expectAll(attempt, seen, Before + 2);
  }
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(seen.closes), 1, "\"close\" of a port");
}

template <bool IsStarted, int Times>
void postMessage(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  int posted = 0;
  MessageChannel channel;
  listen(channel.port2, seen);
  if (IsStarted) channel.port2.start(room.a());
  for (int i = 0; i < Times; ++i) {
    posted += attempt.succeeds([&] { channel.port1.postMessage(i); }) ? 1 : 0;
  }
  channel.port1.postMessage(Times);
  if (!IsStarted) channel.port2.start(room.a());
  room.pollAll();
  channel.port1.postMessage(Times + 1);
  room.pollAll();
  expectAll(attempt, seen, posted + 2);
  channel.port1.close();
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(seen.closes), 1, "\"close\" of a port");
}

void postCopied(Attempt& attempt, Room& room) {
  int got = 0, posted = 0;
  Baggage const baggage;
  MessageChannel channel;
  channel.port2.on("message", [&](Baggage const&) { ++got; });
  channel.port2.start(room.a());
  for (int i = 0; i < 2; ++i) {
    posted += attempt.succeeds([&] { channel.port1.postMessage(baggage); }) ? 1 : 0;
  }
  room.pollAll();
  attempt.expect(got == posted, "what was posted has not come");
}

void on(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  Baggage const baggage;
  MessageChannel channel;
  listen(channel.port2, seen);
  int second = 0;
  bool const isThere =
      attempt.succeeds([&] { channel.port2.on("message", [&second, baggage](int) { ++second; }); });
  channel.port2.start(room.a());
  channel.port1.postMessage(1);
  room.pollAll();
  expectAll(attempt, seen, 1);
  attempt.expect(second == (isThere ? 1 : 0), "the new listener is there by half");
}

void make(Attempt& attempt, Room& room) {
  std::optional<MessageChannel> channel;
  if (!attempt.succeeds([&] { channel.emplace(); })) return;
  Seen& seen = attempt.keep<Seen>();
  listen(channel->port1, seen);
  channel->port1.start(room.a());
  channel->port2.postMessage(1);
  room.pollAll();
  expectAll(attempt, seen, 1);
  channel->port2.close();
  room.pollAll();
}

template <bool IsStarted>
void close(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  MessageChannel channel;
  listen(channel.port2, seen);
  if (IsStarted) channel.port2.start(room.a());
  channel.port1.postMessage(1);
  attempt.ends([&] { channel.port1.close(); });
  if (!IsStarted) channel.port2.start(room.a());
  room.pollAll();
  expectAll(attempt, seen, 1);
  attempt.expectCount(static_cast<std::uint64_t>(seen.closes), 1, "\"close\" of a port");
}

void end(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  std::optional<MessageChannel> channel(std::in_place);
  listen(channel->port2, seen);
  channel->port2.start(room.a());
  channel->port1.postMessage(1);
  MessagePort far = std::move(channel->port2);
  attempt.ends([&] { channel.reset(); });
  room.pollAll();
  expectAll(attempt, seen, 1);
  attempt.expectCount(static_cast<std::uint64_t>(seen.closes), 1, "\"close\" of a port");
}

/// A port goes to main, with messages that wait; there it is started.
struct Arrivals {
  explicit Arrivals(Room& room, Seen& seen) {
    ports.reserve(4);
    room.main().on("take", [this, &seen](Event& event, int) {
      UsualMemory const usual;
      for (MessagePort& port : event.ports) {
        listen(port, seen);
        ports.push_back(std::move(port));
      }
    });
  }
  std::vector<MessagePort> ports;
};

void sendAway(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  Arrivals arrivals(room, seen);
  MessageChannel channel;
  channel.port1.postMessage(0);
  untilItSucceeds(attempt, [&] { room.a().postMessage("take", 5, std::move(channel.port2)); });
  untilItSucceeds(attempt, [&] { room.main().poll(); });
  room.pollAll();
  attempt.expectCount(arrivals.ports.size(), 1, "ports that came");
  for (MessagePort& port : arrivals.ports) {
    untilItSucceeds(attempt, [&] { port.start(room.main()); });
  }
  channel.port1.postMessage(1);
  room.pollAll();
  expectAll(attempt, seen, 2);
  room.main().removeAllListeners("take");
}

void sendAwayByPort(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  MessageChannel outer, inner;
  std::optional<MessagePort> arrived;
  outer.port2.on("message", [&](Event& event, int) {
    UsualMemory const usual;
    arrived.emplace(std::move(event.ports.at(0)));
    listen(*arrived, seen);
  });
  outer.port2.start(room.b());
  listen(inner.port2, seen);
  inner.port2.start(room.a());
  inner.port1.postMessage(0);
  untilItSucceeds(attempt, [&] { outer.port1.postMessage(1, std::move(inner.port2)); });
  inner.port1.postMessage(1);
  room.pollAll();
  attempt.expect(arrived.has_value(), "the port has not come");
  if (arrived) {
    untilItSucceeds(attempt, [&] { arrived->start(room.b()); });
    inner.port1.postMessage(2);
    room.pollAll();
    expectAll(attempt, seen, 3);
  }
}

void sendAwayToClosed(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  MessageChannel channel;
  listen(channel.port1, seen);
  channel.port1.start(room.a());
  tincan::Peer const gone = room.b().peer();
  room.endB();
  room.renewB();
  untilItSucceeds(attempt, [&] { gone.postMessage("take", 5, std::move(channel.port2)); });
  channel.port2 = MessagePort();  // if it has stayed here
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(seen.closes), 1, "\"close\" of a port");
}

void endpointEnds(Attempt& attempt, Room& room) {
  Seen& here = attempt.keep<Seen>();
  Seen& there = attempt.keep<Seen>();
  MessageChannel channel;
  listen(channel.port1, here);
  listen(channel.port2, there);
  channel.port1.start(room.a());
  channel.port2.start(room.b());
  channel.port1.postMessage(1);
  attempt.ends([&] { room.endB(); });
  room.renewB();
  room.pollAll();
  attempt.expectCount(static_cast<std::uint64_t>(here.closes), 1, "\"close\" of a port");
}

void busEnds(Attempt& attempt, Room& room) {
  Seen& seen = attempt.keep<Seen>();
  MessageChannel channel;
  listen(channel.port1, seen);
  channel.port1.start(room.a());
  channel.port2.postMessage(1);
  room.a().postMessage("take", 5, std::move(channel.port2));
  attempt.ends([&] {
    room.endA();
    room.endB();
    room.endBus();
  });
}

constexpr Row portsTable[] = {
    {"MessageChannel()", make},
    {"port.on", on},
    {"port.start, nothing waits", start<0>},
    {"port.start, three messages wait", start<3>},
    {"port.start, many messages wait", start<70>},
    {"port.postMessage, not started", postMessage<false, 2>},
    {"port.postMessage, started", postMessage<true, 2>},
    {"port.postMessage, more than fits a chunk", postMessage<true, 80>},
    {"port.postMessage, a value whose copy needs memory", postCopied},
    {"port.close, not started", close<false>},
    {"port.close, started", close<true>},
    {"~MessagePort", end},
    {"postMessage with a port, its arrival and start", sendAway},
    {"port.postMessage with a started port", sendAwayByPort},
    {"postMessage with a port, to an endpoint that has ended", sendAwayToClosed},
    {"~Renderer, with a started port", endpointEnds},
    {"~Bus, with ports", busEnds},
};

}  // namespace

std::span<Row const> portRows() { return portsTable; }

}  // namespace oom
