// tests/unit/speaking.cpp - rule S: in whose name a handle sends
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
  Latch given(1), over(1);
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
