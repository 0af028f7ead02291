// tests/unit/speaking_ended.cpp - rule S: who sends when an endpoint or a thread has ended
#include <memory>
#include <optional>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

// ---- endpoints that were left -----------------------------------------------------------------------

namespace {

/// An endpoint that is destroyed in its own handler. What its listeners have captured ends with it.
struct Leaving {
  tincan::Bus bus;
  tincan::Renderer ear = bus.attach("ear");
  std::unique_ptr<tincan::Renderer> window =
      std::make_unique<tincan::Renderer>(bus.attach("window"));
  Log who;

  Leaving() {
    bus.main().poll();
    ear.poll();
    window->poll();
    ear.on("who?", [this](tincan::Event& event) { who.push_back(event.sender.name()); });
    window->on("end", [this] { window.reset(); });
  }
  /// The object ends with the listeners of the window.
  template <class T>
  void hold(T object) {
    window->on("held", [kept = std::make_shared<T>(std::move(object))] {});
  }
  void leave() {
    tincan::Peer const peer = window->peer();
    tincan::Renderer& ends = *window;
    peer.send("end");
    ends.poll();
  }
};

}  // namespace

TEST_CASE_METHOD(Leaving, "S: an endpoint destroyed in its own handler does not speak any more") {
  tincan::Peer const toEar = ear.peer();
  tincan::Peer const peer = window->peer();
  std::optional<SendResult> result;
  window->on("leave", [&] {
    window.reset();
    result = toEar.send("who?");
  });
  peer.send("leave");
  tincan::Renderer& ends = *window;
  ends.poll();
  ear.poll();
  REQUIRE(result == SendResult::Queued);
  REQUIRE(who == Log{"main"});
}

TEST_CASE_METHOD(Leaving, "S: captures of an endpoint destroyed in its own handler may send") {
  std::optional<SendResult> result;
  hold(AtEnd([&, toEar = ear.peer()] { result = toEar.send("who?"); }));
  leave();
  ear.poll();
  REQUIRE(result == SendResult::Queued);
  REQUIRE(who == Log{"main"});
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE(
    "S: a port that ends with an endpoint destroyed in its own handler closes the other one") {
  std::string const said = inChild([](Verdict const& verdict) {
    Leaving leaving;
    tincan::MessageChannel channel;
    int closed = 0, got = 0;
    channel.port1.on("close", [&] { ++closed; });
    channel.port1.on("message", [&](int) { ++got; });
    channel.port1.start(leaving.bus.main());
    channel.port2.postMessage(1);
    leaving.hold(std::move(channel.port2));
    leaving.leave();
    leaving.bus.main().poll();
    verdict.expect(got == 1, "no message");
    verdict.expect(closed == 1, "not closed");
  });
  REQUIRE(said == "");
}

TEST_CASE("S: captures of an endpoint destroyed in its own handler may post by a port") {
  std::string const said = inChild([](Verdict const& verdict) {
    Leaving leaving;
    tincan::MessageChannel channel;
    int got = 0;
    channel.port1.on("message", [&](int) { ++got; });
    channel.port1.start(leaving.bus.main());
    leaving.hold(AtEnd([&] { channel.port2.postMessage(1); }));
    leaving.leave();
    leaving.bus.main().poll();
    verdict.expect(got == 1, "no message");
  });
  REQUIRE(said == "");
}

TEST_CASE_METHOD(Leaving,
                 "S: a Reply dropped by an endpoint destroyed in its own handler answers NoReply") {
  Guard const guard;
  auto requester = bus.attach("asker");
  requester.poll();
  ear.on("ask", [this](tincan::Event& event) { hold(event.defer()); });
  std::optional<Errc> code;
  int calls = 0;
  requester.peer("ear")->request<int>("ask").then(requester, [&](tincan::Future<int> ready) {
    ++calls;
    code = codeOf([&] { ready.get(); });
  });
  requester.poll();
  ear.poll();
  leave();
  requester.poll();
  REQUIRE(calls == 1);
  REQUIRE(code == Errc::NoReply);
}

TEST_CASE_METHOD(Leaving, "S: captures of an endpoint destroyed in its own handler may answer") {
  Guard const guard;
  auto requester = bus.attach("asker");
  requester.poll();
  ear.on("ask", [this](tincan::Event& event) {
    hold(AtEnd([reply = std::make_shared<tincan::Reply>(event.defer())] { reply->set(5); }));
  });
  int answer = 0;
  requester.peer("ear")->request<int>("ask").then(
      requester, [&](tincan::Future<int> ready) { answer = ready.get(); });
  requester.poll();
  ear.poll();
  leave();
  requester.poll();
  REQUIRE(answer == 5);
}

TEST_CASE("S: a RendererThread that ends with an endpoint destroyed in its own handler is joined") {
  std::string const said = inChild([](Verdict const& verdict) {
    Leaving leaving;
    std::atomic<int> handled{0};
    auto worker = leaving.bus.spawn("worker", [&](tincan::Renderer& ipc) {
      ipc.on("x", [&] { ++handled; });
      ipc.run();
    });
    for (int i = 0; i < 10; ++i) worker.peer().send("x");
    leaving.hold(std::move(worker));
    leaving.leave();
    verdict.expect(handled == 10, "what was queued before the quit is not handled");
  });
  REQUIRE(said == "");
}

TEST_CASE_METHOD(Leaving,
                 "S: captures of an endpoint destroyed in its own handler may post, ask and quit") {
  Guard const guard;
  auto worker = bus.spawn("worker", [](tincan::Renderer& ipc) {
    ipc.on("ask", [](tincan::Event& event) { event.returnValue = 5; });
    ipc.run();
  });
  bool posted = false;
  int answer = 0;
  hold(AtEnd([&] {
    ear.post([&] { posted = true; });
    answer = worker.peer().sendSync<int>("ask");
    ear.quit();
  }));
  leave();
  ear.run();
  REQUIRE(posted);
  REQUIRE(answer == 5);
}

TEST_CASE_METHOD(Leaving,
                 "S: a future dropped by an endpoint destroyed in its own handler is cancelled") {
  bool called = false;
  ear.on("ask", [&] { called = true; });
  hold(window->peer("ear")->request("ask"));
  leave();
  ear.poll();
  REQUIRE_FALSE(called);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(Leaving,
                 "S: captures end when the endpoint is destroyed outside of its handlers, too") {
  std::optional<SendResult> result;
  hold(AtEnd([&, toEar = ear.peer()] { result = toEar.send("who?"); }));
  window.reset();
  ear.poll();
  REQUIRE(result == SendResult::Queued);
  REQUIRE(who == Log{"main"});
}

// ---- thread_local destructors -----------------------------------------------------------------------

TEST_CASE(
    "S: a thread_local object that sends at the end of its thread is in order with that thread") {
  Guard const guard;
  bool const isYounger = GENERATE(false, true);
  std::string const thread = GENERATE("spawned", "without endpoint", "with an endpoint that stays");
  INFO(thread << ", younger than the thread's first send: " << isYounger);
  tincan::Bus bus;
  std::vector<int> got;
  bus.main().on("x", [&](int number) { got.push_back(number); });
  tincan::Peer const main = bus.main().peer();
  std::vector<SendResult> results;
  auto const sayFarewell = [&] {
    atThreadEnd.function = [&] {
      for (int i = 4; i < 7; ++i) results.push_back(main.send("x", i));
    };
  };
  auto const body = [&](auto const& peer) {
    if (!isYounger) sayFarewell();
    for (int i = 1; i < 4; ++i) peer.send("x", i);
    if (isYounger) sayFarewell();
  };
  tincan::Renderer stays = bus.attach("stays");
  if (thread == "spawned") {
    bus.spawn("window", [&](tincan::Renderer& ipc) { body(ipc); }).join();
  } else {
    std::thread([&] {
      if (thread != "without endpoint") stays.poll();
      body(main);
    }).join();
  }
  bus.main().poll();
  REQUIRE(results == std::vector<SendResult>(3, SendResult::Queued));
  REQUIRE(got == std::vector{1, 2, 3, 4, 5, 6});
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("S: a thread_local object may ask at the end of its thread") {
  Guard const guard;
  tincan::Bus bus;
  auto const worker = bus.spawn("worker", [](tincan::Renderer& ipc) {
    ipc.on("ask", [](tincan::Event& event) { event.returnValue = 5; });
    ipc.run();
  });
  int answer = 0;
  std::thread([&] {
    atThreadEnd.function = [&] { answer = worker.peer().sendSync<int>("ask"); };
    worker.peer().send("hello");
  }).join();
  REQUIRE(answer == 5);
}
