// tests/unit/speaking.cpp - in whose name a handle sends (rule S)
#include <memory>
#include <optional>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

namespace {

/// main, "a" and "b", made and polled by the test's thread, which therefore speaks for main when
/// nothing else decides. "b" writes down who sends "who?".
struct Speakers {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  tincan::Renderer a = bus.attach("a");
  tincan::Renderer b = bus.attach("b");
  Log who;

  Speakers() {
    b.on("who?", [this](tincan::Event& event) { who.push_back(event.sender.name()); });
    pollAll();
  }
  void pollAll() {
    while (main.poll() + a.poll() + b.poll() > 0) {
    }
  }
  /// Who the handle's messages come from; it leads to b.
  std::string speakerOf(tincan::Peer const& toB) {
    who.clear();
    toB.send("who?");
    b.poll();
    return who.size() == 1 ? who.front() : "lost";
  }
};

}  // namespace

TEST_CASE_METHOD(Speakers, "S: what is sent through a.peer(name) comes from a") {
  REQUIRE(speakerOf(*a.peer("b")) == "a");
  REQUIRE(speakerOf(*b.peer("b")) == "b");
}

TEST_CASE_METHOD(Speakers, "S: what is sent through a.main() comes from a") {
  main.on("who?", [this](tincan::Event& event) { who.push_back(event.sender.name()); });
  a.main().send("who?");
  b.main().send("who?");
  a.main().send("who?");
  main.poll();
  REQUIRE(who == Log{"a", "b", "a"});
}

TEST_CASE_METHOD(Speakers, "S: what is sent through main.renderer(name) comes from main") {
  a.on("go", [&] { main.renderer("b")->send("who?"); });
  a.peer().send("go");
  a.poll();
  b.poll();
  REQUIRE(who == Log{"main"});
}

TEST_CASE_METHOD(Speakers, "S: what is sent through main.renderers() comes from main") {
  a.on("go", [&] {
    for (tincan::Peer const& peer : main.renderers()) {
      if (peer.name() == "b") peer.send("who?");
    }
  });
  a.peer().send("go");
  a.poll();
  b.poll();
  REQUIRE(who == Log{"main"});
}

TEST_CASE_METHOD(Speakers, "S: what is sent through event.sender comes from who got the event") {
  std::optional<tincan::Peer> fromA, fromMain;
  a.on("hello", [&](tincan::Event& event) {
    event.sender.send("who?");
    event.reply("who?");
    fromA = event.sender;
  });
  main.on("hello", [&](tincan::Event& event) { fromMain = event.sender; });
  b.peer("a")->send("hello");
  b.send("hello");
  pollAll();
  REQUIRE(who == Log{"a", "a"});
  // Kept beyond the handler, too.
  REQUIRE(speakerOf(*fromA) == "a");
  REQUIRE(speakerOf(*fromMain) == "main");
}

TEST_CASE_METHOD(Speakers,
                 "S: what is sent through an InvokeEvent's sender comes from its handler") {
  std::optional<tincan::Peer> fromA;
  a.handle("hello", [&](tincan::InvokeEvent& event) {
    fromA = event.sender;
    event.sender.send("who?");
    return 1;
  });
  auto future = b.peer("a")->invoke<int>("hello");
  pollAll();
  REQUIRE(future.get() == 1);
  REQUIRE(who == Log{"a"});
  REQUIRE(speakerOf(*fromA) == "a");
}

TEST_CASE_METHOD(Speakers, "S: the giver speaks also in the handler of another endpoint") {
  tincan::Peer const fromA = *a.peer("b");
  tincan::Peer const fromMain = *main.renderer("b");
  main.on("go", [&] { fromA.send("who?"); });
  a.on("go", [&] { fromMain.send("who?"); });
  b.send("go");
  b.peer("a")->send("go");
  pollAll();
  REQUIRE(who == Log{"a", "main"});
}

TEST_CASE_METHOD(Speakers,
                 "S: a copy of a handle has its giver, as have those assigned and moved") {
  tincan::Peer const original = *a.peer("b");
  tincan::Peer copy = original;
  REQUIRE(speakerOf(copy) == "a");
  copy = *main.renderer("b");
  REQUIRE(speakerOf(copy) == "main");
  copy = original;
  tincan::Peer const moved = std::move(copy);
  REQUIRE(speakerOf(moved) == "a");
}

TEST_CASE_METHOD(Speakers, "S: every verb of a handle speaks for its giver") {
  Guard const guard;
  auto const name = [](tincan::Event& event) { event.returnValue = event.sender.name(); };
  auto const window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("ask", name);
    ipc.on("tell", [](tincan::Event& event) { event.reply("told", event.sender.name()); });
    ipc.handle("invoke", [](tincan::InvokeEvent& event) { return event.sender.name(); });
    ipc.run();
  });
  Log told;
  a.on("told", [&](std::string const& sender) { told.push_back(sender); });
  tincan::Peer const peer = *a.peer("window");
  REQUIRE(peer.sendSync<std::string>("ask") == "a");
  REQUIRE(peer.request<std::string>("ask").get() == "a");
  REQUIRE(peer.invoke<std::string>("invoke").get() == "a");
  REQUIRE(peer.within(std::chrono::hours(1)).sendSync<std::string>("ask") == "a");
  REQUIRE(peer.within(std::chrono::hours(1)).request<std::string>("ask").get() == "a");
  REQUIRE(peer.within(std::chrono::hours(1)).invoke<std::string>("invoke").get() == "a");
  peer.send("tell");
  tincan::MessageChannel channel;
  peer.postMessage("tell", std::move(channel.port1));
  pollUntil(a, [&] { return told.size() == 2; });
  REQUIRE(told == Log{"a", "a"});
}

TEST_CASE_METHOD(Speakers, "S: a giver of another thread leaves it to the endpoint that runs") {
  std::optional<tincan::Peer> given;
  bus.spawn("window", [&](tincan::Renderer& ipc) { given = ipc.peer("b"); }).join();
  a.on("go", [&] { given->send("who?"); });
  main.on("go", [&] { given->send("who?"); });
  b.peer("a")->send("go");
  b.send("go");
  a.poll();
  main.poll();
  b.poll();
  REQUIRE(who == Log{"a", "main"});
}

TEST_CASE_METHOD(Speakers, "S: a giver of a thread that still runs is not spoken for elsewhere") {
  Guard const guard;
  std::latch given(1), over(1);
  std::optional<tincan::Peer> toB;
  auto const window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    toB = ipc.peer("b");
    given.count_down();
    over.wait();
  });
  given.wait();
  REQUIRE(speakerOf(*toB) == "main");
  over.count_down();
}

TEST_CASE_METHOD(Speakers, "S: without a giver here, the thread's first endpoint speaks") {
  REQUIRE(speakerOf(b.peer()) == "main");
  std::optional<tincan::Peer> given;
  bus.spawn("window", [&](tincan::Renderer& ipc) { given = ipc.peer("b"); }).join();
  REQUIRE(speakerOf(*given) == "main");
}

TEST_CASE_METHOD(Speakers,
                 "S: a handle of one thread, used by another one without endpoint, is nobody's") {
  tincan::Peer const fromA = *a.peer("b");
  std::thread([&] {
    fromA.send("who?");
    main.renderer("b")->send("who?");
    b.peer().send("who?");
  }).join();
  b.poll();
  REQUIRE(who == Log{"", "", ""});
}

TEST_CASE_METHOD(Speakers, "S: nobody has an empty name and is not alive") {
  bool alive = true;
  b.on("hello", [&](tincan::Event& event) { alive = event.sender.alive(); });
  std::thread([&] { b.peer().send("hello"); }).join();
  b.poll();
  REQUIRE_FALSE(alive);
}

TEST_CASE_METHOD(Speakers, "S: a default Peer, peer() of oneself and of a thread have no giver") {
  REQUIRE(tincan::Peer().send("who?") == SendResult::Closed);
  std::thread([&] {
    tincan::Renderer c = bus.attach("c");
    b.peer().send("who?");  // c, and not b, whose handle it is
  }).join();
  b.poll();
  REQUIRE(who == Log{"c"});
  // Whoever runs speaks by the handle of a spawned thread.
  Guard const guard;
  std::optional<tincan::RendererThread> thread = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("ask", [](tincan::Event& event) { event.reply("told", event.sender.name()); });
    ipc.run();
  });
  Log told;
  auto const tell = [&](std::string const& name) { told.push_back(name); };
  a.on("told", tell);
  main.on("told", tell);
  a.on("go", [&] { thread->peer().send("ask"); });
  b.peer("a")->send("go");
  a.poll();
  pollUntil(a, [&] { return !told.empty(); });
  thread->peer().send("ask");
  pollUntil(main, [&] { return told.size() == 2; });
  REQUIRE(told == Log{"a", "main"});
}

TEST_CASE_METHOD(Speakers, "S: == looks at the endpoint only") {
  REQUIRE(*a.peer("b") == b.peer());
  REQUIRE(*a.peer("b") == *main.renderer("b"));
  REQUIRE(a.main() == b.main());
  REQUIRE(a.main() == main.peer());
  REQUIRE_FALSE(a.main() == b.peer());
  REQUIRE_FALSE(*main.renderer("a") == *main.renderer("b"));
  REQUIRE(tincan::Peer() == tincan::Peer());
}

TEST_CASE_METHOD(Speakers,
                 "S: broadcast and sendToHost come from the endpoint that they are called on") {
  REQUIRE(main.broadcast("who?") == 2);
  a.on("who?", [] {});
  pollAll();
  std::optional<tincan::Renderer> child;
  b.on("make", [&] { child.emplace(bus.attach("child")); });
  b.peer().send("make");
  b.poll();
  child->sendToHost("who?");
  b.poll();
  REQUIRE(who == Log{"main", "child"});
}

TEST_CASE_METHOD(Speakers, "S: a closed giver of this thread throws Closed, as its own verbs do") {
  tincan::Peer const fromA = *a.peer("b");
  a.close();
  REQUIRE(codeOf([&] { return fromA.send("who?"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return fromA.sendSync("who?"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { static_cast<void>(fromA.request("who?")); }) == Errc::Closed);
  REQUIRE(codeOf([&] { static_cast<void>(fromA.invoke("who?")); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return fromA.postMessage("who?", 1); }) == Errc::Closed);
  b.poll();
  REQUIRE(who.empty());
  REQUIRE(speakerOf(*main.renderer("b")) == "main");
}

TEST_CASE_METHOD(Speakers,
                 "S: a closed giver of this thread throws in other endpoints' handlers, too") {
  tincan::Peer const fromA = *a.peer("b");
  a.close();
  std::optional<Errc> code;
  main.on("go", [&] { code = codeOf([&] { return fromA.send("who?"); }); });
  b.send("go");
  main.poll();
  REQUIRE(code == Errc::Closed);
}

TEST_CASE_METHOD(Speakers, "S: a closed giver of another thread is nothing to this one") {
  tincan::Peer const fromA = *a.peer("b");
  a.close();
  std::optional<SendResult> result;
  std::thread([&] { result = fromA.send("who?"); }).join();
  b.poll();
  REQUIRE(result == SendResult::Queued);
  REQUIRE(who == Log{""});
}

TEST_CASE_METHOD(Speakers, "S: the bus closes the givers, too") {
  tincan::Peer const fromA = *a.peer("b");
  tincan::Peer const fromMain = *main.renderer("b");
  tincan::Peer const nobodys = b.peer();
  bus.close();
  REQUIRE(codeOf([&] { return fromA.send("who?"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return fromMain.send("who?"); }) == Errc::Closed);
  std::optional<SendResult> result;
  std::thread([&] { result = nobodys.send("who?"); }).join();
  REQUIRE(result == SendResult::Closed);
}

TEST_CASE_METHOD(Speakers, "S: a dead receiver is a result, whoever speaks") {
  tincan::Peer const fromA = *a.peer("b");
  tincan::Peer const fromMain = *main.renderer("b");
  b.close();
  REQUIRE(fromA.send("who?") == SendResult::Closed);
  REQUIRE(fromMain.send("who?") == SendResult::Closed);
  REQUIRE(codeOf([&] { return fromA.sendSync("who?"); }) == Errc::Closed);
}

TEST_CASE_METHOD(Speakers,
                 "S: one thread's sends are in order, whichever of its endpoints they come from") {
  std::vector<int> got;
  b.on("number", [&](int number) { got.push_back(number); });
  std::vector<tincan::Peer> const handles{*a.peer("b"), *main.renderer("b"), b.peer(),
                                          *b.peer("b")};
  std::vector<int> sent;
  for (int i = 0; i < 500; ++i) {
    handles[static_cast<std::size_t>((i * 7 + i / 5) % 4)].send("number", i);
    sent.push_back(i);
  }
  while (b.poll(3) != 0) {
  }
  REQUIRE(got == sent);
}

// ---- before the first poll --------------------------------------------------------------------------

TEST_CASE("S: main, not polled yet, speaks on the thread that made the bus") {
  tincan::Bus bus;
  tincan::Renderer ear = bus.attach("ear");
  Log who;
  ear.on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  ear.peer().send("who?");
  ear.poll();
  REQUIRE(who == Log{"main"});
}

TEST_CASE("S: a reply to main, not polled yet, arrives") {
  Guard const guard;
  tincan::Bus bus;
  std::string name, reply;
  bus.main().on("done", [&](std::string const& text) {
    reply = text;
    bus.main().quit();
  });
  auto const worker = bus.spawn("worker", [&](tincan::Renderer& ipc) {
    ipc.on("work", [&](tincan::Event& event) {
      name = event.sender.name();
      if (event.reply("done", "by reply") != SendResult::Queued) ipc.send("done", "by send");
    });
    ipc.run();
  });
  worker.peer().send("work");
  bus.main().run();
  REQUIRE(name == "main");
  REQUIRE(reply == "by reply");
}

TEST_CASE("S: main, not polled yet, is the sender of what it asks") {
  Guard const guard;
  tincan::Bus bus;
  auto const worker = bus.spawn("worker", [](tincan::Renderer& ipc) {
    ipc.on("who?", [](tincan::Event& event) { event.returnValue = event.sender.name(); });
    ipc.handle("who?", [](tincan::InvokeEvent& event) { return event.sender.name(); });
    ipc.run();
  });
  REQUIRE(worker.peer().sendSync<std::string>("who?") == "main");
  REQUIRE(worker.peer().request<std::string>("who?").get() == "main");
  REQUIRE(worker.peer().invoke<std::string>("who?").get() == "main");
}

TEST_CASE("S: an attached renderer, not polled yet, speaks on the thread that made it") {
  tincan::Bus bus;
  Log who;
  bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  std::thread([&] {
    tincan::Renderer r = bus.attach("r");
    bus.main().peer().send("who?");
    r.main().send("who?");
  }).join();
  bus.main().poll();
  REQUIRE(who == Log{"r", "r"});
}

TEST_CASE(
    "S: the first of several endpoints of a thread speaks, and the next one when it is closed") {
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  Log who;
  bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  std::thread([&] {
    tincan::Renderer first = bus.attach("first");
    tincan::Renderer second = bus.attach("second");
    main.send("who?");
    second.main().send("who?");
    main.send("who?");
    first.close();
    main.send("who?");
    second.close();
    main.send("who?");
  }).join();
  bus.main().poll();
  REQUIRE(who == Log{"first", "second", "first", "second", ""});
}

TEST_CASE("S: a bus made elsewhere leaves this thread without an endpoint") {
  std::optional<tincan::Bus> bus;
  std::optional<tincan::Renderer> ear;
  std::thread([&] {
    bus.emplace();
    ear.emplace(bus->attach("ear"));
  }).join();
  Log who;
  ear->peer().send("who?");
  ear->on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  ear->peer().send("who?");  // now ear is this thread's
  ear->poll();
  REQUIRE(who == Log{"", "ear"});
}

namespace {

/// What sets an endpoint up: each of these makes it the calling thread's, before its first poll.
struct SettingUp {
  char const* name;
  std::function<void(tincan::Renderer&)> act;
};

std::vector<SettingUp> const& waysToSetUp() {
  static std::vector<SettingUp> const ways{
      {"on", [](tincan::Renderer& ipc) { ipc.on("x", [] {}); }},
      {"once", [](tincan::Renderer& ipc) { ipc.once("x", [] {}); }},
      {"handle",
       [](tincan::Renderer& ipc) {
         static int calls = 0;
         ipc.handleOnce(std::to_string(++calls), [] { return 1; });
       }},
      {"start",
       [](tincan::Renderer& ipc) {
         tincan::MessageChannel channel;
         channel.port1.start(ipc);
       }},
      {"send", [](tincan::Renderer& ipc) { ipc.send("hello"); }},
      {"request", [](tincan::Renderer& ipc) { static_cast<void>(ipc.request("hello")); }},
  };
  return ways;
}

}  // namespace

TEST_CASE("S: an endpoint that is not polled yet belongs to who set it up last") {
  for (SettingUp const& way : waysToSetUp()) {
    INFO(way.name);
    tincan::Bus bus;
    Log who;
    bus.main().on("hello", [] {});
    bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
    tincan::Renderer r = bus.attach("r");
    tincan::Peer const toMain = r.main();
    std::thread([&] {
      bus.main().peer().send("who?");  // nobody
      way.act(r);
      bus.main().peer().send("who?");  // r
      toMain.send("who?");             // r
    }).join();
    bus.main().poll();    // what another thread sent has an order with what comes now
    toMain.send("who?");  // main: r belongs to the other thread
    way.act(r);
    toMain.send("who?");  // r has come back
    bus.main().poll();
    REQUIRE(who == Log{"", "r", "r", "main", "r"});
  }
}

TEST_CASE("S: what was made here and is polled elsewhere is not spoken for here") {
  tincan::Bus bus;
  Log who;
  bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  tincan::Renderer r = bus.attach("r");
  tincan::Peer const toMain = r.main();
  toMain.send("who?");
  bus.main().poll();
  std::thread([&] {
    r.poll();
    toMain.send("who?");
  }).join();
  bus.main().poll();
  toMain.send("who?");
  bus.main().poll();
  REQUIRE(who == Log{"r", "r", "main"});
}

TEST_CASE("S: main that is run by another thread is not spoken for where it was made") {
  Guard const guard;
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  Log who;
  bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  std::thread mainThread([&] { bus.main().run(); });
  main.request("nobody listens").wait();  // main is polled there by now
  main.send("who?");
  bus.main().quit();
  mainThread.join();
  REQUIRE(who == Log{""});
}

// ---- several buses ----------------------------------------------------------------------------------

TEST_CASE("S: on each bus the thread speaks for that bus's endpoints") {
  tincan::Bus one, two;
  Log who;
  auto const listen = [&](tincan::Renderer& ear) {
    ear.on("who?", [&](tincan::Event& event) {
      who.push_back(event.sender.name() + " " + std::to_string(event.sender == one.main().peer()) +
                    std::to_string(event.sender == two.main().peer()));
    });
  };
  tincan::Renderer earOne = one.attach("ear"), earTwo = two.attach("ear");
  listen(earOne);
  listen(earTwo);
  earTwo.peer().send("who?");
  earOne.peer().send("who?");
  earOne.on("go", [&] { two.main().renderer("ear")->send("who?"); });
  earOne.peer().send("go");
  earOne.poll();
  earTwo.poll();
  REQUIRE(who == Log{"main 10", "main 01", "main 01"});
}

TEST_CASE("S: a giver speaks while the thread runs an endpoint of another bus") {
  tincan::Bus one, two;
  tincan::Renderer a = one.attach("a"), ear = one.attach("ear"), other = two.attach("other");
  Log who;
  ear.on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  tincan::Peer const fromA = *a.peer("ear");
  other.on("go", [&] { fromA.send("who?"); });
  other.peer().send("go");
  other.poll();
  ear.poll();
  REQUIRE(who == Log{"a"});
}

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

namespace {

/// Runs a function at the end of its thread.
struct AtThreadEnd {
  std::function<void()> function;
  ~AtThreadEnd() {
    if (function) function();
  }
};
thread_local AtThreadEnd speakingAtThreadEnd;

}  // namespace

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
    speakingAtThreadEnd.function = [&] {
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
    speakingAtThreadEnd.function = [&] { answer = worker.peer().sendSync<int>("ask"); };
    worker.peer().send("hello");
  }).join();
  REQUIRE(answer == 5);
}
