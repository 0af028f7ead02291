// tests/unit/causal_ends.cpp - behaviour 3: what was sent before an end, or before there was room
#include <optional>
#include <thread>

#include "causal.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;

// ---- the ends of endpoints --------------------------------------------------------------------------

namespace {

/// A sends x and ends. B sees the end, and nothing else.
template <class Learn>
std::string orderByEnd(bool byClose, Learn&& learn) {
  return orderOf([&](Causal& causal) {
    auto const a = causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
      ipc.on("go", [&] {
        causal.sendX();
        if (byClose) ipc.close();
        else ipc.quit();
      });
      ipc.run();
    });
    a.peer().send("go");
    learn(a.peer());
    causal.sendM();
  });
}

}  // namespace

TEST_CASE("3: alive() that is false tells what was sent before the end") {
  for (bool const byClose : {false, true}) {
    REQUIRE(orderByEnd(byClose, [](tincan::Peer const& a) {
              while (a.alive()) std::this_thread::yield();
            }) == "xm");
  }
}

TEST_CASE("3: a send that returns Closed tells what was sent before the end") {
  for (bool const byClose : {false, true}) {
    REQUIRE(orderByEnd(byClose, [](tincan::Peer const& a) {
              while (a.send("y") != SendResult::Closed) std::this_thread::yield();
            }) == "xm");
  }
}

TEST_CASE("3: a sendSync that throws Closed tells what was sent before the end") {
  for (bool const byClose : {false, true}) {
    REQUIRE(orderByEnd(byClose, [](tincan::Peer const& a) {
              while (codeOf([&] { a.sendSync("y"); }) != Errc::Closed) std::this_thread::yield();
            }) == "xm");
  }
}

TEST_CASE("3: a request that answers Closed tells what was sent before the end") {
  for (bool const byClose : {false, true}) {
    REQUIRE(orderByEnd(byClose, [](tincan::Peer const& a) {
              while (codeOf([&] { a.request("y").get(); }) != Errc::Closed) {
                std::this_thread::yield();
              }
            }) == "xm");
  }
}

TEST_CASE("3: a post that throws Closed tells what was sent before the end") {
  REQUIRE(orderOf([](Causal& causal) {
            tincan::Renderer a = causal.bus.attach("a");
            std::thread sender([&] {
              a.poll();
              causal.sendX();
              a.close();
            });
            while (codeOf([&] { a.post([] {}); }) != Errc::Closed) std::this_thread::yield();
            causal.sendM();
            sender.join();
          }) == "xm");
}

TEST_CASE("3: a renderer that main does not find any more tells what it had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            auto const a = causal.bus.spawn("a", [&](tincan::Renderer&) { causal.sendX(); });
            while (causal.bus.main().renderer("a").has_value()) std::this_thread::yield();
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: one's own verb that throws Closed tells what the closing thread had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            tincan::Bus other;
            tincan::Renderer b = other.attach("b");
            std::thread a([&] {
              causal.sendX();
              other.close();
            });
            while (codeOf([&] { return b.send("y"); }) != Errc::Closed) std::this_thread::yield();
            causal.sendM();
            a.join();
          }) == "xm");
}

TEST_CASE("3: a run that the closing of its bus has ended tells what the closing thread had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            tincan::Bus other;
            std::thread a([&] {
              causal.sendX();
              other.close();
            });
            other.main().run();
            causal.sendM();
            a.join();
          }) == "xm");
}

TEST_CASE("3: a run that a quit has ended tells what the quitting thread had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            std::thread a([&] {
              causal.sendX();
              causal.bus.main().quit();
            });
            causal.bus.main().run();
            causal.sendM();
            a.join();
          }) == "xm");
}

// ---- room -------------------------------------------------------------------------------------------

namespace {

/// A sends x, and then takes what fills its inbox. B finds room, and sends m.
template <class FindRoom>
std::string orderByRoom(Overflow overflow, FindRoom&& findRoom) {
  return orderOf([&](Causal& causal) {
    Latch isFull(1);
    auto a = causal.bus.spawn("a", InboxOptions{1, overflow}, [&](tincan::Renderer& ipc) {
      ipc.on("fill", [] {});
      isFull.wait();
      causal.sendX();
      ipc.run();
    });
    tincan::Peer const toA = a.peer();
    if (toA.send("fill") != SendResult::Queued) return;
    if (overflow == Overflow::Fail && toA.send("fill") != SendResult::Full) return;
    isFull.count_down();
    findRoom(toA);
    causal.sendM();
  });
}

}  // namespace

TEST_CASE("3: a send that has waited for room tells what was sent before there was any") {
  REQUIRE(orderByRoom(Overflow::Block, [](tincan::Peer const& a) { a.send("fill"); }) == "xm");
}

TEST_CASE("3: a request that has waited for room tells what was sent before there was any") {
  REQUIRE(orderByRoom(Overflow::Block,
                      [](tincan::Peer const& a) { static_cast<void>(a.request("fill")); }) == "xm");
}

TEST_CASE("3: a send that is not refused any more tells what was sent before there was room") {
  REQUIRE(orderByRoom(Overflow::Fail, [](tincan::Peer const& a) {
            while (a.send("fill") != SendResult::Queued) std::this_thread::yield();
          }) == "xm");
}

TEST_CASE("3: a request that is not refused any more tells what was sent before there was room") {
  REQUIRE(orderByRoom(Overflow::Fail, [](tincan::Peer const& a) {
            for (;;) {
              auto future = a.request("fill");
              if (!future.ready() || codeOf([&] { future.get(); }) != Errc::Full) break;
            }
          }) == "xm");
}

TEST_CASE("3: what is discarded because its receiver is closed") {
  Causal causal;
  auto window = causal.bus.attach("window");
  auto const toWindow = window.peer();
  std::function<void()> send;
  SECTION("a message, by the dead letter hook") {
    causal.bus.onDeadLetter([&](tincan::DeadLetter const&) { causal.sendM(); });
    send = [&] { toWindow.send("lost"); };
  }
  SECTION("a posted function, by the end of its captures") {
    auto const atEnd = std::make_shared<AtEnd>([&] { causal.sendM(); });
    send = [&, held = std::make_shared<std::shared_ptr<AtEnd>>(atEnd)] {
      window.post([own = std::exchange(*held, nullptr)] {});
    };
  }
  std::thread([&] {
    causal.sendX();
    send();
  }).join();
  std::thread([&] { window.close(); }).join();
  causal.c.poll();
  REQUIRE(causal.got == "xm");
}

TEST_CASE("3: a Reply and a port that are discarded because a receiver is closed") {
  Causal causal;
  causal.bus.main().poll();
  auto window = causal.bus.attach("window");
  auto const toWindow = window.peer();
  std::optional<tincan::Reply> reply;
  causal.bus.main().on("ask", [&](tincan::Event& event) { reply = event.defer(); });
  Latch isUp(1);
  std::function<void()> send;
  std::thread b;
  SECTION("a Reply, by its NoReply") {
    b = std::thread([&] {
      auto requester = causal.bus.attach("asker");
      requester.poll();
      auto const future = requester.request<int>("ask");
      isUp.count_down();
      while (!future.ready()) std::this_thread::yield();
      causal.sendM();
    });
    isUp.wait();
    causal.bus.main().poll();
    REQUIRE(reply);
    send = [&] { toWindow.send("lost", std::move(*reply)); };
  }
  SECTION("a port, by the close of its other end") {
    auto const channel = std::make_shared<tincan::MessageChannel>();
    b = std::thread([&, channel] {
      bool isOver = false;
      auto other = causal.bus.attach("other");
      other.poll();
      channel->port1.on("close", [&] { isOver = true; });
      channel->port1.start(other);
      isUp.count_down();
      pollUntil(other, [&] { return isOver; });
      causal.sendM();
    });
    isUp.wait();
    send = [&, channel] { toWindow.postMessage("lost", 1, std::move(channel->port2)); };
  }
  std::thread([&] {
    causal.sendX();
    send();
  }).join();
  std::thread([&] { window.close(); }).join();
  b.join();
  causal.c.poll();
  REQUIRE(causal.got == "xm");
}
