// tests/unit/causal_order.cpp - behaviour 3: what a thread learns by the bus counts as a message
//
// Each test has the same form: A sends "x" to C, and then lets B know, by one means only; B sends
// "m" to C. C, which is not polled before both are there, has to handle x first.
#include <chrono>
#include <optional>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::SendResult;
using namespace std::chrono_literals;

namespace {

/// C, and what comes to it. A has been busy, so that it is far ahead of B by whatever the bus counts.
struct Causal {
  tincan::Bus bus;
  tincan::Renderer c = bus.attach("c");
  tincan::Peer const toC = c.peer();
  std::string got;

  Causal() {
    bus.onDeadLetter([](tincan::DeadLetter const&) {});
    c.on("noise", [] {});
    c.on("x", [this] { got += "x"; });
    c.on("m", [this] { got += "m"; });
  }
  /// What A does first, on its thread.
  void sendX() const {
    for (int i = 0; i < 100; ++i) toC.send("noise");
    toC.send("x");
  }
  /// What B does last.
  void sendM() const { toC.send("m"); }
  std::string const& order() {
    c.poll();
    return got;
  }
};

/// The order in which C has handled x and m, of many rounds. The function is B, the calling thread
/// one that nothing has happened on.
template <class B>
std::string orderOf(B&& b) {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    std::string order;
    std::thread([&] {
      Causal causal;
      b(causal);
      order = causal.order();
    }).join();
    if (order != "xm") return order;
  }
  return "xm";
}

}  // namespace

TEST_CASE("3: join() tells what the thread had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            auto a = causal.bus.spawn("a", [&](tincan::Renderer&) { causal.sendX(); });
            a.join();
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: the end of a RendererThread tells what the thread had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            {
              auto const a = causal.bus.spawn("a", [&](tincan::Renderer&) { causal.sendX(); });
            }
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: join() tells what thread_local objects of the thread had sent at its end") {
  REQUIRE(orderOf([](Causal& causal) {
            struct AtItsEnd {
              Causal* causal = nullptr;
              ~AtItsEnd() {
                if (causal != nullptr) causal->sendX();
              }
            };
            auto a = causal.bus.spawn("a", [&](tincan::Renderer&) {
              static thread_local AtItsEnd atItsEnd;
              atItsEnd.causal = &causal;
            });
            a.join();
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: the end of a bus tells what its threads had sent to another one") {
  REQUIRE(orderOf([](Causal& causal) {
            {
              std::latch sent(1);
              tincan::Bus other;
              std::optional<tincan::RendererThread> a;
              a.emplace(other.spawn("a", [&](tincan::Renderer&) {
                sent.wait();
                causal.sendX();
              }));
              sent.count_down();
            }
            causal.sendM();
          }) == "xm");
}

// ---- futures ----------------------------------------------------------------------------------------

namespace {

/// A answers "ask", "fail" and "invoke" after it has sent x, and "forget" not at all.
tincan::RendererThread spawnAnswering(Causal& causal) {
  return causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
    ipc.on("ask", [&](tincan::Event& event) {
      causal.sendX();
      event.returnValue = 1;
    });
    ipc.on("fail", [&] {
      causal.sendX();
      throw std::runtime_error("no");
    });
    ipc.on("forget", [&] { causal.sendX(); });
    ipc.handle("invoke", [&] {
      causal.sendX();
      return 1;
    });
    ipc.handle("refuse", [&]() -> int {
      causal.sendX();
      throw 42;
    });
    ipc.run();
  });
}

template <class Learn>
std::string orderByFuture(tincan::ChannelName channel, Learn&& learn) {
  return orderOf([&](Causal& causal) {
    auto const a = spawnAnswering(causal);
    auto future = a.peer().request<int>(channel);
    learn(future);
    causal.sendM();
  });
}

}  // namespace

TEST_CASE("3: get() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) { future.get(); }) == "xm");
}

TEST_CASE("3: getFor() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) { future.getFor(1h); }) == "xm");
}

TEST_CASE("3: wait() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) { future.wait(); }) == "xm");
}

TEST_CASE("3: waitFor() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) {
            while (!future.waitFor(1h)) {
            }
          }) == "xm");
}

TEST_CASE("3: waitFor() of no time, asked again and again, tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) {
            while (!future.waitFor(0ns)) std::this_thread::yield();
          }) == "xm");
}

TEST_CASE("3: ready() tells what was sent before the answer") {
  REQUIRE(orderByFuture("ask", [](tincan::Future<int>& future) {
            while (!future.ready()) std::this_thread::yield();
          }) == "xm");
}

TEST_CASE("3: get() that throws what the listener threw tells what was sent before") {
  REQUIRE(orderByFuture("fail", [](tincan::Future<int>& future) {
            try {
              future.get();
            } catch (std::runtime_error const&) {
            }
          }) == "xm");
}

TEST_CASE("3: get() that throws NoReply tells what was sent before") {
  REQUIRE(orderByFuture("forget", [](tincan::Future<int>& future) {
            static_cast<void>(codeOf([&] { future.get(); }));
          }) == "xm");
}

TEST_CASE("3: ready(), by an exception, tells what was sent before it") {
  REQUIRE(orderByFuture("fail", [](tincan::Future<int>& future) {
            while (!future.ready()) std::this_thread::yield();
          }) == "xm");
}

TEST_CASE("3: ready(), by NoReply, tells what was sent before it") {
  REQUIRE(orderByFuture("forget", [](tincan::Future<int>& future) {
            while (!future.ready()) std::this_thread::yield();
          }) == "xm");
}

TEST_CASE("3: the answer of invoke tells what was sent before it") {
  for (char const* const channel : {"invoke", "refuse"}) {
    REQUIRE(orderOf([&](Causal& causal) {
              auto const a = spawnAnswering(causal);
              auto future = a.peer().invoke<int>(channel);
              future.wait();
              causal.sendM();
            }) == "xm");
  }
}

TEST_CASE("3: sendSync, also one that throws, tells what was sent before the answer") {
  for (char const* const channel : {"ask", "fail", "forget"}) {
    REQUIRE(orderOf([&](Causal& causal) {
              auto const a = spawnAnswering(causal);
              try {
                a.peer().sendSync<int>(channel);
              } catch (std::exception const&) {
              }
              causal.sendM();
            }) == "xm");
  }
}

TEST_CASE("3: an answer of a wrong type tells what was sent before it") {
  REQUIRE(orderOf([](Causal& causal) {
            auto const a = spawnAnswering(causal);
            auto const code = codeOf([&] { a.peer().sendSync<std::string>("ask"); });
            if (code == Errc::TypeMismatch) causal.sendM();
          }) == "xm");
}

TEST_CASE("3: a Reply that is used, or dies, on a third thread tells what was sent before") {
  for (bool const dies : {false, true}) {
    REQUIRE(orderOf([&](Causal& causal) {
              std::thread third;
              auto a = causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
                ipc.on("ask", [&](tincan::Event& event) {
                  third = std::thread([&, reply = event.defer()]() mutable {
                    causal.sendX();
                    if (!dies) reply.set(1);
                    auto const end = std::move(reply);
                  });
                });
                ipc.run();
              });
              a.peer().request<int>("ask").wait();
              causal.sendM();
              a.peer().request<int>("nobody listens").wait();
              third.join();
            }) == "xm");
  }
}

TEST_CASE("3: a future that its receiver's end has made ready tells what was sent before") {
  REQUIRE(orderOf([](Causal& causal) {
            auto const a = causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
              ipc.on("end", [&] {
                causal.sendX();
                ipc.close();
              });
              ipc.run();
            });
            auto future = a.peer().request<int>("end");
            while (!future.ready()) std::this_thread::yield();
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: a wait that its receiver's end has ended tells what was sent before") {
  for (bool const byGet : {false, true}) {
    REQUIRE(orderOf([&](Causal& causal) {
              auto const a = causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
                ipc.on("end", [&] {
                  causal.sendX();
                  ipc.close();
                });
                ipc.run();
              });
              auto future = a.peer().request<int>("end");
              if (byGet) static_cast<void>(codeOf([&] { future.get(); }));
              else future.wait();
              causal.sendM();
            }) == "xm");
  }
}

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

// ---- giving up --------------------------------------------------------------------------------------

namespace {

void dropFuture(tincan::Renderer&, tincan::Future<tincan::Value>& future) {
  auto const end = std::move(future);
}
void cancelFuture(tincan::Renderer&, tincan::Future<tincan::Value>& future) { future.cancel(); }
void closeAsker(tincan::Renderer& requester, tincan::Future<tincan::Value>&) { requester.close(); }

}  // namespace

TEST_CASE("3: cancelled() that is true tells what was sent before the asker gave up") {
  for (auto* const giveUp : {&dropFuture, &cancelFuture, &closeAsker}) {
    REQUIRE(orderOf([&](Causal& causal) {
              std::latch begun(1);
              auto b = causal.bus.spawn("b", [&](tincan::Renderer& ipc) {
                ipc.on("ask", [&](tincan::Event& event) {
                  begun.count_down();
                  while (!event.cancelled()) std::this_thread::yield();
                  causal.sendM();
                });
                ipc.run();
              });
              tincan::Renderer a = causal.bus.attach("a");
              a.poll();
              auto future = a.peer("b")->request("ask");
              begun.wait();
              causal.sendX();
              giveUp(a, future);
              b.peer().request("nobody listens").wait();  // behind m
            }) == "xm");
  }
}

TEST_CASE(
    "3: a handler's stop token that is requested tells what was sent before the asker gave up") {
  for (auto* const giveUp : {&dropFuture, &cancelFuture, &closeAsker}) {
    REQUIRE(orderOf([&](Causal& causal) {
              std::latch begun(1);
              auto b = causal.bus.spawn("b", [&](tincan::Renderer& ipc) {
                ipc.handle("ask", [&](tincan::InvokeEvent& event) {
                  std::stop_token const stop = event.stopToken();
                  begun.count_down();
                  while (!stop.stop_requested()) std::this_thread::yield();
                  causal.sendM();
                });
                ipc.run();
              });
              tincan::Renderer a = causal.bus.attach("a");
              a.poll();
              auto future = a.peer("b")->invoke("ask");
              begun.wait();
              causal.sendX();
              giveUp(a, future);
              b.peer().request("nobody listens").wait();  // behind m
            }) == "xm");
  }
}

TEST_CASE("3: returnValue.set() that is false tells what was sent before the asker gave up") {
  REQUIRE(orderOf([](Causal& causal) {
            std::latch begun(1), givenUp(1);
            auto b = causal.bus.spawn("b", [&](tincan::Renderer& ipc) {
              ipc.on("ask", [&](tincan::Event& event) {
                begun.count_down();
                givenUp.wait();
                if (!event.returnValue.set(1)) causal.sendM();
              });
              ipc.run();
            });
            auto future = b.peer().request("ask");
            begun.wait();
            causal.sendX();
            future.cancel();
            givenUp.count_down();
            b.peer().request("nobody listens").wait();  // behind m
          }) == "xm");
}

// ---- room -------------------------------------------------------------------------------------------

namespace {

/// A sends x, and then takes what fills its inbox. B finds room, and sends m.
template <class FindRoom>
std::string orderByRoom(Overflow overflow, FindRoom&& findRoom) {
  return orderOf([&](Causal& causal) {
    std::latch isFull(1);
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

// ---- while arguments are captured -------------------------------------------------------------------

namespace {

/// Asks when it is copied.
struct AsksWhenCopied {
  explicit AsksWhenCopied(std::function<void()> f) : ask(std::move(f)) {}
  AsksWhenCopied(AsksWhenCopied const& other) {
    if (other.ask) other.ask();
  }
  AsksWhenCopied& operator=(AsksWhenCopied const&) = delete;
  ~AsksWhenCopied() = default;
  std::function<void()> ask;  // a copy does not ask any more
};

}  // namespace

TEST_CASE("3: what capturing an argument has asked for comes before the message that carries it") {
  std::string const verb = GENERATE("send", "request", "invoke", "postMessage");
  CAPTURE(verb);
  REQUIRE(orderOf([&](Causal& causal) {
            auto const a = spawnAnswering(causal);
            causal.c.handle("m", [&] { causal.got += "m"; });
            AsksWhenCopied const argument([&] { a.peer().sendSync<int>("ask"); });
            tincan::Future<tincan::Value> future;
            if (verb == "send") causal.toC.send("m", argument);
            if (verb == "request") future = causal.toC.request("m", argument);
            if (verb == "invoke") future = causal.toC.invoke("m", argument);
            if (verb == "postMessage") causal.toC.postMessage("m", argument);
            causal.c.poll();
          }) == "xm");
}

TEST_CASE("3: what copying a posted function has asked for comes before the function") {
  REQUIRE(orderOf([&](Causal& causal) {
            auto const a = spawnAnswering(causal);
            AsksWhenCopied const argument([&] { a.peer().sendSync<int>("ask"); });
            causal.c.post([&causal, argument] { causal.got += "m"; });
          }) == "xm");
}

TEST_CASE("3: what capturing a broadcast's argument has asked for comes before its messages") {
  REQUIRE(orderOf([&](Causal& causal) {
            auto const a = spawnAnswering(causal);
            causal.bus.main().poll();
            bool hasAsked = false;
            AsksWhenCopied const argument([&] {
              if (std::exchange(hasAsked, true)) return;
              a.peer().sendSync<int>("ask");
            });
            causal.bus.main().broadcast("m", argument);
          }) == "xm");
}

// ---- endpoints that change their thread before their first poll ------------------------------------------

TEST_CASE("3: an endpoint that is used from two threads before its first poll keeps its order") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    std::string got;
    std::thread([&] {
      tincan::Bus bus;
      bus.main().on("x", [&] { got += "x"; });
      bus.main().on("m", [&] { got += "m"; });
      bus.main().on("noise", [] {});
      tincan::Renderer host = bus.attach("host");
      std::optional<tincan::Renderer> r;
      host.on("make", [&] { r.emplace(bus.attach("r")); });
      host.on("y", [&] { host.send("m"); });
      host.peer().send("make");
      host.poll();
      std::thread([&] {
        for (int i = 0; i < 100; ++i) r->send("noise");
        r->send("x");
      }).join();
      r->sendToHost("y");
      host.poll();
      bus.main().poll();
    }).join();
    REQUIRE(got == "xm");
  }
}

TEST_CASE("3: what an endpoint sends from two threads before its first poll is in order") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    std::vector<int> got;
    tincan::Bus bus;
    bus.main().on("x", [&](int number) { got.push_back(number); });
    tincan::Renderer r = bus.attach("r");
    for (int i = 0; i < 5; ++i) {
      std::thread([&] {
        for (int k = 0; k < 10; ++k) r.send("x", 10 * i + k);
      }).join();
    }
    for (int k = 0; k < 10; ++k) r.send("x", 50 + k);
    bus.main().poll();
    std::vector<int> sent(60);
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<int>(i);
    REQUIRE(got == sent);
  }
}

TEST_CASE("3: an endpoint that was set up on one thread and is polled by another keeps its order") {
  REQUIRE(orderOf([](Causal& causal) {
            tincan::Renderer r = causal.bus.attach("r");
            r.on("go", [&] { causal.sendM(); });
            std::thread([&] {
              r.on("here", [] {});
              for (int i = 0; i < 100; ++i) r.peer("c")->send("noise");
              r.peer("c")->send("x");
            }).join();
            r.peer().send("go");
            r.poll();
          }) == "xm");
}

TEST_CASE("3: a Reply that is found cancelled because another one has answered") {
  Causal causal;
  auto requester = causal.bus.attach("asker");
  requester.poll();
  std::optional<tincan::Reply> first, second;
  causal.bus.main().on("ask", [&](tincan::Event& event) {
    first = event.defer();
    second = event.defer();
  });
  auto const future = requester.request<int>("ask");
  causal.bus.main().poll();
  std::thread b([&] {
    while (!second->cancelled()) std::this_thread::yield();
    causal.sendM();
  });
  std::thread a([&] {
    causal.sendX();
    first->set(1);
  });
  a.join();
  b.join();
  causal.c.poll();
  REQUIRE(causal.got == "xm");
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
  std::latch isUp(1);
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

TEST_CASE("3: a listener that another thread has removed, by the end of its captures") {
  Causal causal;
  std::optional<tincan::ScopedListener> listener;
  std::latch isSet(1), isRemoved(1);
  std::thread b([&] {
    auto window = causal.bus.attach("window");
    window.poll();
    listener.emplace(window.on("q", [held = std::make_shared<AtEnd>([&] { causal.sendM(); })] {}));
    isSet.count_down();
    isRemoved.wait();
    window.poll();
  });
  isSet.wait();
  std::thread([&] {
    causal.sendX();
    listener.reset();
  }).join();
  isRemoved.count_down();
  b.join();
  causal.c.poll();
  REQUIRE(causal.got == "xm");
}

TEST_CASE("3: a hook whose end was waited for") {
  Causal causal;
  auto window = causal.bus.attach("window");
  auto const toWindow = window.peer();
  window.poll();
  std::atomic<bool> isInside{false};
  std::latch mayGoOn(1);
  window.onWake([&] {
    if (isInside.exchange(true)) return;
    mayGoOn.wait();
    causal.sendX();
  });
  std::thread a([&] { toWindow.send("go"); });
  while (!isInside) std::this_thread::yield();
  mayGoOn.count_down();
  window.onWake({});
  causal.sendM();
  a.join();
  causal.c.poll();
  REQUIRE(causal.got == "xm");
}
