// tests/testing/explore_faults.cpp - explore: limited inboxes and crashes
#include "amounts.hpp"
#include "protocols.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using protocol::ask;
using protocol::Book;
using test::Counted;
using tincan::Event;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::Peer;
using tincan::Renderer;
using tincan::SendResult;
using tincan::testing::Simulation;

namespace {

/// One sends, the other asks with a deadline, to a renderer that takes one message of each.
void limit(Simulation& sim, Book book, Overflow overflow) {
  auto const handled = std::make_shared<int>(0);
  sim.spawn("slow", InboxOptions{1, overflow}, [=](Renderer& ipc) {
    ipc.on("x", [=](Event& event, Counted const& what) {
      book->follows(event.sender.name(), what.number);
      ++*handled;
      event.returnValue = what.number;
    });
    ipc.run();
  });
  Peer const slow = *sim.bus().main().renderer("slow");
  sim.spawn("a", [=](Renderer&) {
    for (int n : {0, 1}) {
      ++book->asked;
      bool const isQueued = slow.send("x", Counted(n)) == SendResult::Queued;
      book->ended(isQueued ? "queued" : "refused");
    }
  });
  sim.spawn("b", [=](Renderer&) {
    ask(book, [&] { slow.within(10ms).sendSync<int>("x", Counted(0)); });
    auto second = slow.request<int>("x", Counted(1));
    ask(book, [&] { slow.within(10ms).sendSync<int>("x", Counted(2)); });
    ask(book, [&] { second.get(); });
  });
  auto const depth = sim.watch("depth", [&sim] { return sim.bus().stats().maxDepth; });
  sim.always("never more than each may have waiting", {depth},
             [&sim] { return sim.bus().stats().maxDepth <= 2; });
  sim.eventually("what got an answer has been handled", [=] {
    int const answered = book->count("value");
    return *handled >= answered && *handled <= 5;
  });
  if (overflow == Overflow::Fail) return;
  sim.eventually("nothing is refused while it lives",
                 [=] { return book->hasCrashes || book->count("refused") == 0; });
}
void limitedAndFails(Simulation& sim, Book book) { limit(sim, book, Overflow::Fail); }
void limitedAndBlocks(Simulation& sim, Book book) { limit(sim, book, Overflow::Block); }
void limitedAndDrops(Simulation& sim, Book book) { limit(sim, book, Overflow::DropOldest); }

/// Two renderers that talk through a port that main has passed on.
void talkThroughPorts(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const closes = std::make_shared<std::vector<int>>(2, 0);
  sim.spawn("tool", [=](Renderer& ipc) {
    tincan::MessagePort port;
    ipc.on("port", [&](Event& event) {
      port = std::move(event.ports.at(0));
      port.on("message", [&port, book](Counted const& what) {
        book->follows("to tool", what.number);
        port.postMessage(Counted(what.number));
      });
      port.on("close", [closes] { ++closes->at(0); });
      port.start();
    });
    ipc.run();
  });
  Peer const tool = *main.renderer("tool");
  main.on("port",
          [tool](Event& event) { tool.postMessage("port", 0, std::move(event.ports.at(0))); });
  sim.spawn("window", [=](Renderer& ipc) {
    tincan::MessageChannel channel;
    auto& mine = channel.port1;
    mine.on("message", [book](Counted const& what) { book->follows("back", what.number); });
    mine.on("close", [closes] { ++closes->at(1); });
    mine.start();
    mine.postMessage(Counted(1));
    ipc.postMessage("port", 0, std::move(channel.port2));
    mine.postMessage(Counted(2));
    ipc.run();
  });
  sim.eventually("no end is closed twice",
                 [=] { return closes->at(0) <= 1 && closes->at(1) <= 1; });
}

/// All but the faults.
void under(unsigned crashes, unsigned timeouts, protocol::Protocol body) {
  if (amounts::isQuick()) return;
  protocol::holdsUnder(
      crashes, timeouts, body,
      {"value", "Full", "Closed", "Timeout", "queued", "refused", "NoReply", "dropped"});
}

}  // namespace

TEST_CASE("explore: a renderer that is spawned with a limited inbox that fails") {
  protocol::holds(limitedAndFails, {"value", "Full", "Timeout", "queued", "refused"});
}
TEST_CASE("explore: a renderer that is spawned with a limited inbox that blocks") {
  protocol::holds(limitedAndBlocks, {"value", "Timeout", "queued", "refused"});
}
TEST_CASE("explore: a renderer that is spawned with a limited inbox that drops the oldest") {
  protocol::holds(limitedAndDrops, {"value", "Full", "Timeout", "queued", "refused"});
}
TEST_CASE("explore: two crashes and a deadline beside a limited inbox") {
  under(2, 1, limitedAndFails);
  under(2, 1, limitedAndDrops);
}
TEST_CASE("explore: two crashes beside an inbox that blocks") { under(2, 0, limitedAndBlocks); }
TEST_CASE("explore: ports between renderers that crash, one or both") {
  protocol::holds(talkThroughPorts, {});
  under(2, 0, talkThroughPorts);
}
