// tests/testing/protocols.cpp - how verbs end when others close, quit or crash
#include "protocols.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using protocol::ask;
using protocol::Book;
using protocol::Ledger;
using test::Counted;
using tincan::Event;
using tincan::Future;
using tincan::Peer;
using tincan::Renderer;
using tincan::Reply;
using tincan::SendResult;
using tincan::testing::Simulation;

namespace {

/// A renderer that answers "get", and closes itself on "close".
Peer spawnStore(Simulation& sim) {
  sim.spawn("store", [](Renderer& ipc) {
    ipc.on("get", [](Event& event, Counted const& what) { event.returnValue = what.number; });
    ipc.on("close", [&ipc] { ipc.close(); });
    ipc.run();
  });
  return *sim.bus().main().renderer("store");
}

void syncAgainstReceiversClose(Simulation& sim, Book book) {
  Peer const store = spawnStore(sim);
  for (std::string const name : {"a", "b"}) {
    sim.spawn(name, [=](Renderer&) {
      bool wasClosed = false;
      for (int i = 0; i < 2; ++i) {
        bool const isClosed =
            ask(book, [&] { store.sendSync<int>("get", Counted(i)); }) == "Closed";
        if (wasClosed && !isClosed) book->isInOrder = false;
        wasClosed = isClosed;
      }
    });
  }
  sim.spawn("killer", [store](Renderer&) { store.send("close"); });
}

void syncAgainstBusClose(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  Peer const store = spawnStore(sim);
  main.handle("get", [store] { return store.sendSync<int>("get", Counted(1)); });
  main.on("close", [&sim] { sim.bus().close(); });
  for (std::string const name : {"a", "b"}) {
    sim.spawn(name, [=](Renderer& ipc) { ask(book, [&] { ipc.invoke<int>("get").get(); }); });
  }
  sim.spawn("killer", [](Renderer& ipc) { ipc.send("close"); });
}

/// Main keeps replies until somebody has them answered or dropped.
std::shared_ptr<std::vector<Reply>> keepReplies(Simulation& sim) {
  auto& main = sim.bus().main();
  auto const kept = std::make_shared<std::vector<Reply>>();
  main.on("work", [kept](Event& event, Counted const&) { kept->push_back(event.defer()); });
  main.on("answer", [kept] {
    for (Reply& reply : *kept) reply.set(1);
    kept->clear();
  });
  main.on("drop", [kept] { kept->clear(); });
  return kept;
}

void requestAgainstCallersClose(Simulation& sim, Book book) {
  keepReplies(sim);
  sim.spawn("caller", [=](Renderer& ipc) {
    ipc.on("close", [&ipc] { ipc.close(); });
    auto const end = std::make_shared<Ledger::End>(book);
    ipc.request<int>("work", Counted(1)).then(ipc, [end](Future<int> answer) {
      (*end)([&] { answer.get(); });
    });
    ipc.run();
  });
  Peer const caller = *sim.bus().main().renderer("caller");
  sim.spawn("killer", [caller](Renderer&) { caller.send("close"); });
  sim.spawn("worker", [](Renderer& ipc) {
    ipc.send("answer");
    ipc.send("drop");
  });
  sim.spawn("late", [](Renderer& ipc) { ipc.send("answer"); });
}

void invokeAgainstRemoveHandler(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const calls = std::make_shared<int>(0);
  auto const add = [=, &main] { main.handle("f", [calls](Counted const&) { return ++*calls; }); };
  add();
  main.on("remove", [&main] { main.removeHandler("f"); });
  main.on("add", add);
  for (std::string const name : {"a", "b"}) {
    sim.spawn(name, [=](Renderer& ipc) {
      for (int i = 0; i < 2; ++i) {
        ask(book, [&] { ipc.invoke<int>("f", Counted(i)).get(); });
      }
    });
  }
  sim.spawn("manager", [](Renderer& ipc) {
    ipc.send("remove");
    ipc.send("add");
  });
  sim.eventually("what was called is what got a value", [=] {
    return book->hasCrashes ? *calls >= book->count("value") : *calls == book->count("value");
  });
}

void handleOnceAgainstTwoCallers(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const calls = std::make_shared<int>(0);
  main.handleOnce("token", [=, &main] { return main.hasHandler("token") ? 0 : ++*calls; });
  for (std::string const name : {"a", "b", "c"}) {
    sim.spawn(name, [=](Renderer& ipc) { ask(book, [&] { ipc.invoke<int>("token").get(); }); });
  }
  sim.eventually("one has it", [=] {
    return *calls <= 1 && (book->hasCrashes || (*calls == 1 && book->count("NoHandler") == 2));
  });
}

void cancelAgainstAnswer(Simulation& sim, Book book) {
  keepReplies(sim);
  sim.spawn("window", [=](Renderer& ipc) {
    Ledger::End end(book);
    auto answer = ipc.request<int>("work", Counted(1));
    bool isOver = false;
    ipc.on("cancel", [&] {
      answer.cancel();
      if (!std::exchange(isOver, true)) end([&] { answer.get(); });
    });
    ipc.on("look", [&] {
      if (answer.ready() && !std::exchange(isOver, true)) end([&] { answer.get(); });
    });
    ipc.run();
  });
  Peer const window = *sim.bus().main().renderer("window");
  sim.spawn("user", [=](Renderer&) {
    window.send("look");
    window.send("cancel");
  });
  sim.spawn("worker", [](Renderer& ipc) { ipc.send("answer"); });
  sim.spawn("late", [](Renderer& ipc) { ipc.send("drop"); });
}

void deadlineAgainstAnswer(Simulation& sim, Book book) {
  auto const kept = keepReplies(sim);
  auto const begun = std::make_shared<int>(0);
  auto const begunInTime = std::make_shared<std::optional<int>>();
  sim.bus().main().on("work", [begun](Event&, Counted const&) { ++*begun; });
  sim.spawn("window", [=](Renderer& ipc) {
    auto const how = ask(book, [&] { ipc.within(10ms).sendSync<int>("work", Counted(1)); });
    if (how == "Timeout") *begunInTime = *begun;
  });
  for (std::string const name : {"worker", "late"}) {
    sim.spawn(name, [](Renderer& ipc) { ipc.send("answer"); });
  }
  sim.eventually("what had not begun never does",
                 [=] { return !*begunInTime || *begun == **begunInTime; });
}

void deadlineOfContinuation(Simulation& sim, Book book) {
  keepReplies(sim);
  sim.spawn("window", [=](Renderer& ipc) {
    auto const end = std::make_shared<Ledger::End>(book);
    ipc.within(10ms).request<int>("work", Counted(1)).then(ipc, [=, &ipc](Future<int> answer) {
      if ((*end)([&] { answer.get(); }) == "Timeout") ipc.send("answer");
    });
    ipc.on("hurry", [] {});
    ipc.run();
  });
  Peer const window = *sim.bus().main().renderer("window");
  sim.spawn("user", [=](Renderer& ipc) {
    window.send("hurry");
    ipc.send("answer");
  });
}

void portTransferAgainstPost(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const got = std::make_shared<int>(0);
  sim.spawn("tool", [=](Renderer& ipc) {
    tincan::MessagePort port;
    ipc.on("port", [&, book](Event& event) {
      port = std::move(event.ports.at(0));
      port.on("message", [=](Counted const& what) {
        book->follows("port", what.number);
        ++*got;
      });
      port.start();
    });
    ipc.run();
  });
  Peer const tool = *main.renderer("tool");
  main.on("port",
          [tool](Event& event) { tool.postMessage("port", 0, std::move(event.ports.at(0))); });
  main.on("get", [](Event& event) { event.returnValue = 1; });
  sim.spawn("window", [=](Renderer& ipc) {
    tincan::MessageChannel channel;
    channel.port1.postMessage(Counted(1));
    ipc.postMessage("port", 0, std::move(channel.port2));
    channel.port1.postMessage(Counted(2));
    ask(book, [&] { ipc.sendSync<int>("get"); });
    channel.port1.postMessage(Counted(3));
    ipc.run();
  });
  sim.spawn("other", [tool](Renderer& ipc) { tool.send("x", ipc.sendSync<int>("get")); });
  sim.eventually("all arrives", [=] { return book->hasCrashes || *got == 3; });
}

void portsClosedByBoth(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const closes = std::make_shared<std::vector<int>>(2, 0);
  auto const port = std::make_shared<tincan::MessagePort>();
  main.on("port", [=, &main](Event& event) {
    *port = std::move(event.ports.at(0));
    port->on("message", [=](int n) { book->follows("port", n); });
    port->on("close", [closes] { ++closes->at(0); });
    port->start(main);
  });
  main.on("close", [port] { port->close(); });
  sim.spawn("window", [=](Renderer& ipc) {
    tincan::MessageChannel channel;
    channel.port1.on("close", [closes] { ++closes->at(1); });
    channel.port1.start(ipc);
    ipc.postMessage("port", 0, std::move(channel.port2));
    for (int n : {1, 2}) channel.port1.postMessage(n);
    ipc.on("close", [&] { channel.port1.close(); });
    ipc.run();
  });
  Peer const window = *main.renderer("window");
  sim.spawn("a", [](Renderer& ipc) { ipc.send("close"); });
  sim.spawn("b", [window](Renderer&) { window.send("close"); });
  sim.eventually("each end gets close once", [=] {
    return *closes == std::vector<int>{1, 1} ||
           (book->hasCrashes && closes->at(0) <= 1 && closes->at(1) <= 1);
  });
}

void scopeAgainstEnd(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const scoped = std::make_shared<int>(0), own = std::make_shared<int>(0);
  for (std::string const name : {"a", "b"}) {
    sim.spawn(name, [=](Renderer& ipc) {
      for (int n : {1, 2}) ipc.send("x", n);
      ask(book, [&] { ipc.invoke<int>("who").get(); });
    });
  }
  Peer const a = *main.renderer("a");
  main.from(a).on("x", [=](Event& event, int n) {
    book->follows("scope", n);
    book->isInOrder = book->isInOrder && event.sender.name() == "a";
    ++*scoped;
  });
  main.handle("who", [] { return 0; });
  main.from(a).handle("who", [] { return 1; });
  main.on("x", [=](Event& event, int n) {
    book->follows(event.sender.name(), n);
    ++*own;
  });
  main.on("forget", [=, &main] {
    ask(book, [&] { main.from(a).on("x", [] {}); });
    main.from(a).removeAllListeners("x");
  });
  sim.spawn("manager", [](Renderer& ipc) { ipc.send("forget"); });
  sim.eventually("what was sent before the end arrives",
                 [=] { return book->hasCrashes || (*own == 4 && *scoped <= 2); });
}

std::string nameOf(SendResult result) {
  switch (result) {
    case SendResult::Queued: return "queued";
    case SendResult::Full: return "full";
    case SendResult::Closed: break;
  }
  return "closed";
}

/// Two renderers send to a slow one that takes that many of each.
void fill(Simulation& sim, Book book, tincan::InboxOptions options) {
  auto const handled = std::make_shared<int>(0);
  auto const slow = std::make_shared<Renderer>(sim.bus().attach("slow", options));
  slow->on("x", [=](Event& event, Counted const& what) {
    book->follows(event.sender.name(), what.number);
    ++*handled;
    event.returnValue = 1;
  });
  auto const to = slow->peer();
  sim.bus().main().on("get", [](Event& event) { event.returnValue = 1; });
  for (std::string const name : {"a", "b"}) {
    sim.spawn(name, [=](Renderer& ipc) {
      for (int n : {0, 1}) {
        ++book->asked;
        book->ended(nameOf(to.send("x", Counted(n))));
      }
      if (name == "b") return;
      ask(book, [&] { ipc.sendSync<int>("get"); });
      ask(book, [&] { to.sendSync<int>("x", Counted(2)); });
    });
  }
  sim.eventually("what is queued is handled, or dropped for others", [=, keep = slow] {
    if (book->hasCrashes) return true;
    int const queued = book->count("queued") + book->count("value") - 1;  // "get" goes to main
    return options.overflow == tincan::Overflow::DropOldest ? *handled <= queued
                                                            : *handled == queued;
  });
}
void inboxThatFails(Simulation& sim, Book book) { fill(sim, book, {1, tincan::Overflow::Fail}); }
void inboxThatBlocks(Simulation& sim, Book book) { fill(sim, book, {1, tincan::Overflow::Block}); }
void inboxThatDrops(Simulation& sim, Book book) {
  fill(sim, book, {1, tincan::Overflow::DropOldest});
}

void quitAgainstQueued(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const handled = std::make_shared<int>(0), quits = std::make_shared<int>(0);
  sim.spawn("worker", [=](Renderer& ipc) {
    ipc.on("x", [=](Event& event, Counted const& what) {
      book->follows(event.sender.name(), what.number);
      ++*handled;
    });
    ipc.on("quit", [&ipc] { ipc.quit(); });
    for (int i = 0; i < 3; ++i) {
      ipc.run();
      ++*quits;
    }
  });
  Peer const worker = *main.renderer("worker");
  main.on("quit", [worker] { worker.send("quit"); });
  for (std::string const name : {"a", "b"}) {
    sim.spawn(name, [=](Renderer& ipc) {
      worker.send("x", Counted(1));
      ipc.send("quit");
      worker.send("x", Counted(2));
    });
  }
  sim.eventually("nothing is left behind", [=] { return book->hasCrashes || *handled == 4; });
}

void broadcastAgainstAttachAndClose(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const took = std::make_shared<std::size_t>(0), heard = std::make_shared<std::size_t>(0);
  main.on("go", [=, &main](int n) { *took += main.broadcast("news", Counted(n)); });
  auto const listen = [=](Renderer& ipc) {
    ipc.on("news", [=, &ipc](Counted const& what) {
      book->follows(std::to_string(ipc.peer().id()), what.number);
      ++*heard;
    });
    ipc.on("close", [&ipc] { ipc.close(); });
    ipc.run();
  };
  sim.spawn("old", listen);
  sim.spawn("loader", [=, &sim](Renderer& ipc) {
    try {
      Renderer plugin = sim.bus().attach("plugin");
      ipc.close();
      listen(plugin);
    } catch (tincan::Error const& error) {
      if (error.code() != tincan::Errc::Closed) throw;
    }
  });
  Peer const old = *main.renderer("old");
  sim.spawn("killer", [old](Renderer&) { old.send("close"); });
  sim.spawn("editor", [](Renderer& ipc) {
    ipc.send("go", 1);
    ipc.send("go", 2);
  });
  sim.eventually("nobody hears what was not taken", [=] { return *heard <= *took; });
}

void deferredReplyAgainstClose(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const kept = keepReplies(sim);
  main.on("close", [&sim] { sim.bus().close(); });
  sim.spawn("a", [=](Renderer& ipc) { ask(book, [&] { ipc.sendSync<int>("work", Counted(1)); }); });
  sim.spawn("worker", [](Renderer& ipc) {
    ipc.send("answer");
    ipc.send("drop");
  });
  for (std::string const name : {"killer", "other killer"}) {  // one may crash
    sim.spawn(name, [](Renderer& ipc) { ipc.send("close"); });
  }
}

void offAgainstSend(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const second = std::make_shared<std::optional<tincan::Listener>>();
  auto const isOff = std::make_shared<bool>(false), mustGo = std::make_shared<bool>(false);
  main.on("x", [=, &main] {
    if (*mustGo && *second) {
      main.off(**second);
      second->reset();
      *isOff = true;
    }
  });
  *second = main.on("x", [=, &sim, what = Counted(1)](Event& event, int n) {
    sim.require(!*isOff, "a listener that was removed is called");
    book->follows(event.sender.name(), n);
  });
  main.on("remove", [mustGo] { *mustGo = true; });
  for (std::string const name : {"a", "b"}) {
    sim.spawn(name, [](Renderer& ipc) {
      for (int n : {1, 2}) ipc.send("x", n);
    });
  }
  sim.spawn("manager", [](Renderer& ipc) { ipc.send("remove"); });
}

void callsInACircle(Simulation& sim, Book book) {
  for (char const letter : {'a', 'b', 'c'}) {
    std::string const next(1, letter == 'c' ? 'a' : static_cast<char>(letter + 1));
    sim.spawn(std::string(1, letter), [=](Renderer& ipc) {
      ipc.on("x", [](Event& event, Counted const& what) { event.returnValue = what.number; });
      if (auto const peer = ipc.peer(next)) {
        ask(book, [&] { peer->sendSync<int>("x", Counted(1)); });
      }
      ipc.run();
    });
  }
  sim.eventually("only one has to give in",
                 [=] { return book->hasCrashes || book->count("value") == 2; });
}

void coroutineAgainstClose(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  Peer const store = spawnStore(sim);
  main.handle("sum", [store](int n) -> tincan::Task<int> {
    int const first = co_await store.request<int>("get", Counted(n));
    int const second = co_await store.request<int>("get", Counted(n + 1));
    co_return first + second;
  });
  sim.spawn("a", [=](Renderer& ipc) { ask(book, [&] { ipc.invoke<int>("sum", 1).get(); }); });
  sim.spawn("killer", [store](Renderer&) { store.send("close"); });
}

void onceAgainstTwoSenders(Simulation& sim, Book book) {
  auto& main = sim.bus().main();
  auto const runs = std::make_shared<int>(0);
  main.once("x", [=](Event& event, Counted const& what) {
    ++*runs;
    event.returnValue = what.number;
  });
  for (std::string const name : {"a", "b", "c"}) {
    sim.spawn(name, [=](Renderer& ipc) { ask(book, [&] { ipc.sendSync<int>("x", Counted(1)); }); });
  }
  sim.eventually("it runs once", [=] { return *runs <= 1 && (book->hasCrashes || *runs == 1); });
}

}  // namespace

TEST_CASE("protocol: sendSync against the close of its receiver") {
  protocol::holds(syncAgainstReceiversClose, {"value", "Closed"});
}
TEST_CASE("protocol: sendSync against the close of the bus") {
  protocol::holds(syncAgainstBusClose, {"value", "Closed"});
}
TEST_CASE("protocol: a request against the close of its caller") {
  protocol::holds(requestAgainstCallersClose, {"value", "NoReply", "Closed", "dropped"});
}
TEST_CASE("protocol: invoke against removeHandler") {
  protocol::holds(invokeAgainstRemoveHandler, {"value", "NoHandler"});
}
TEST_CASE("protocol: handleOnce against several callers") {
  protocol::holds(handleOnceAgainstTwoCallers, {"value", "NoHandler"});
}
TEST_CASE("protocol: cancel against the answer") {
  protocol::holds(cancelAgainstAnswer, {"value", "Cancelled", "NoReply"});
}
TEST_CASE("protocol: a deadline against the answer") {
  protocol::holds(deadlineAgainstAnswer, {"value", "Timeout"});
}
TEST_CASE("protocol: a deadline of a continuation against the answer") {
  protocol::holds(deadlineOfContinuation, {"value", "Timeout"});
}
TEST_CASE("protocol: the transfer of a port against postMessage") {
  protocol::holds(portTransferAgainstPost, {"value"});
}
TEST_CASE("protocol: a port that both ends close") { protocol::holds(portsClosedByBoth, {}); }
TEST_CASE("protocol: a scope against the end of its renderer") {
  protocol::holds(scopeAgainstEnd, {"value", "Closed"});
}
TEST_CASE("protocol: an inbox that fails") {
  protocol::holds(inboxThatFails, {"value", "Full", "queued", "full", "closed"});
}
TEST_CASE("protocol: an inbox that blocks") {
  protocol::holds(inboxThatBlocks, {"value", "queued", "closed"});
}
TEST_CASE("protocol: an inbox that drops the oldest") {
  protocol::holds(inboxThatDrops, {"value", "Full", "queued", "closed"});
}
TEST_CASE("protocol: quit against queued messages") { protocol::holds(quitAgainstQueued, {}); }
TEST_CASE("protocol: broadcast against attach and close") {
  protocol::holds(broadcastAgainstAttachAndClose, {});
}
TEST_CASE("protocol: a deferred reply against close") {
  protocol::holds(deferredReplyAgainstClose, {"value", "NoReply", "Closed"});
}
TEST_CASE("protocol: off during a dispatch against send") { protocol::holds(offAgainstSend, {}); }
TEST_CASE("protocol: calls in a circle") { protocol::holds(callsInACircle, {"value", "Deadlock"}); }
TEST_CASE("protocol: a coroutine against the close of whom it asks") {
  protocol::holds(coroutineAgainstClose, {"value", "Closed"});
}
TEST_CASE("protocol: once against several senders") {
  protocol::holds(onceAgainstTwoSenders, {"value", "NoListener"});
}
