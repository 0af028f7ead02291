// tests/unit/bounded_ends.cpp - behaviour 21: bounded inboxes that end
#include "bounded_receiver.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Overflow;
using tincan::SendResult;

TEST_CASE("21: a sender that waits for room gets Closed when the receiver ends") {
  for (int how = 0; how < 3; ++how) {
    for (int round = 0; round < 10; ++round) {
      Receiver to(Kind::Attached, bounded(1, Overflow::Block));
      to.endpoint().poll();
      std::atomic<bool> isThere{false};
      SendResult result{};
      std::optional<Errc> code;
      auto sender = to.bus.spawn("sender", [&, peer = to.peer()](tincan::Renderer&) {
        peer.send("number", 1);
        isThere = true;
        result = peer.send("number", 2, Counted(1));
        code = codeOf([&] { return peer.request("number", 3).get(); });
      });
      while (!isThere) std::this_thread::yield();
      for (int i = 0; i < round * 100; ++i) std::this_thread::yield();
      if (how == 0) to.window->close();
      if (how == 1) to.window.reset();
      if (how == 2) to.bus.close();
      sender.join();
      REQUIRE(result == SendResult::Closed);
      REQUIRE(code == Errc::Closed);
      REQUIRE(Counted::alive == 0);
      REQUIRE(addsUp(to.bus.stats()));
    }
  }
}

TEST_CASE("21: a sender that waits for room gets Closed when a spawned receiver ends") {
  for (bool const byQuit : {false, true}) {
    tincan::Bus bus;
    Latch isFull(1), mayEnd(1);
    auto window = bus.spawn("window", bounded(1, Overflow::Block), [&](tincan::Renderer& ipc) {
      mayEnd.wait();
      if (byQuit) ipc.run();
    });
    std::size_t full = 0;
    auto sender = bus.spawn("sender", [&, to = window.peer()](tincan::Renderer&) {
      to.send("x");
      isFull.count_down();
      // Some may still be queued by the run that ends.
      for (SendResult result{}; result != SendResult::Closed;) {
        result = to.send("x");
        full += result == SendResult::Full ? 1 : 0;
      }
    });
    isFull.wait();
    mayEnd.count_down();
    { auto const end = std::move(window); }  // quit() and join()
    sender.join();
    REQUIRE(full == 0);
    REQUIRE(addsUp(bus.stats()));
  }
}

TEST_CASE("21: the bus is destroyed while senders wait for room") {
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> closed{0}, there{0};
    {
      tincan::Bus bus({.main = bounded(1, Overflow::Block)});
      bus.main().poll();
      for (int i = 0; i < 3; ++i) {
        std::string const name = std::to_string(i);
        // The handle would end the renderer: the bus shall.
        static std::vector<tincan::RendererThread> kept;
        kept.push_back(bus.spawn(name, [&](tincan::Renderer& ipc) {
          ipc.send("x");
          ++there;
          // It throws if the bus has closed this renderer before.
          bool isClosed = false;
          auto const code = codeOf([&] { isClosed = ipc.send("x") == SendResult::Closed; });
          closed += isClosed || code == tincan::Errc::Closed ? 1 : 0;
        }));
        if (i == 2) {
          while (there != 3) std::this_thread::yield();
          bus.close();
          kept.clear();
        }
      }
    }
    REQUIRE(closed == 3);
  }
}

TEST_CASE("21: messages that wait in a bounded inbox when it is closed are dead letters Closed") {
  int const before = Counted::alive;
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(3, overflow));
    to.endpoint().poll();
    std::vector<tincan::Future<int>> futures;
    bool hasRun = false;
    to.endpoint().post([&, held = Counted(1)] { hasRun = true; });
    for (int i = 0; i < 9; ++i) futures.push_back(to.peer().request<int>("x", Counted(i)));
    to.endpoint().post([&, held = Counted(1)] { hasRun = true; });
    REQUIRE(Counted::alive == before + 5);
    to.window->close();
    REQUIRE(Counted::alive == before);
    REQUIRE_FALSE(hasRun);
    bool const drops = overflow == Overflow::DropOldest;
    for (std::size_t i = 0; i < 9; ++i) {
      bool const waited = drops ? i >= 6 : i < 3;
      REQUIRE(codeOf([&] { futures[i].get(); }) == (waited ? Errc::Closed : Errc::Full));
    }
    REQUIRE(countOf(to.reports.deadLetters(), "Closed x main>window") == 3);
    REQUIRE(countOf(to.reports.deadLetters(), "Full x main>window") == 6);
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: a message to a full inbox that is closed is Closed, not Full") {
  for (Overflow const overflow : Policies) {
    Receiver to(Kind::Attached, bounded(1, overflow));
    tincan::Peer const peer = to.peer();
    peer.send("x");
    to.window->close();
    REQUIRE(peer.send("x") == SendResult::Closed);
    REQUIRE(codeOf([&] { peer.request("x").get(); }) == Errc::Closed);
    REQUIRE(codeOf([&] { to.window->send("x"); }) == Errc::Closed);
  }
}

TEST_CASE("21: a receiver ends while its oldest messages are dropped") {
  for (int round = 0; round < 20; ++round) {
    tincan::Bus bus;
    std::optional<tincan::Renderer> window(bus.attach("window", bounded(3, Overflow::DropOldest)));
    window->on("x", [](Counted const&) {});
    window->poll();
    std::atomic<int> sent{0};
    auto sender = bus.spawn("sender", [&, to = window->peer()](tincan::Renderer&) {
      while (to.send("x", Counted(1), std::string(50, 'x')) == SendResult::Queued) ++sent;
    });
    while (sent < round * 20) window->poll();
    if (round % 2 == 0) window->close();
    window.reset();
    sender.join();
    REQUIRE(Counted::alive == 0);
    REQUIRE(addsUp(bus.stats()));
  }
}
