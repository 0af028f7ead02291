// tests/unit/handed_over.cpp - senders that nobody has polled: used by several threads in turn, and by handles
#include <string>
#include <thread>
#include <vector>

#include "child.hpp"
#include "support.hpp"

using namespace test;

namespace {

/// Main notes what it hears. The renderer "relay", whose thread has nothing else to do, passes on what it is
/// told, and answers.
struct Relayed {
  Relayed() {
    bus.main().on("x", [&](std::string const& text) { heard.push_back(text); });
  }

  std::vector<std::string> const& hear() {
    bus.main().poll();
    return heard;
  }
  /// Has the sender tell the relay, by a thread that may use it.
  void tellRelay(std::string const& text) const { sender.peer("relay")->sendSync("relay", text); }

  Guard guard;
  tincan::Bus bus;
  tincan::RendererThread relay = bus.spawn("relay", [](tincan::Renderer& ipc) {
    ipc.on("relay", [&](tincan::Event& event, std::string const& text) {
      ipc.send("x", text);
      event.returnValue = true;
    });
    ipc.run();
  });
  tincan::Renderer sender = bus.attach("sender");
  std::vector<std::string> heard;
};

template <class F>
void onAnotherThread(F&& f) {
  std::thread(std::forward<F>(f)).join();
}

constexpr tincan::ChannelName Who = "who?";
constexpr int Many = 300;  // more than a record is ahead, and more than a chunk

std::vector<std::string> firstMany(std::string last) {
  std::vector<std::string> all(Many, "first");
  all.push_back(std::move(last));
  return all;
}

}  // namespace

TEST_CASE("3: a sender that nobody has polled goes to another thread, by its verbs") {
  Relayed relayed;
  for (int i = 0; i < Many; ++i) relayed.sender.send("x", "first");
  onAnotherThread([&] {
    relayed.sender.on("z", [] {});  // makes it this thread's
    relayed.tellRelay("then");
  });
  REQUIRE(relayed.hear() == firstMany("then"));
}

TEST_CASE("3: a sender that nobody has polled goes to a thread that polls it") {
  Relayed relayed;
  for (int i = 0; i < Many; ++i) relayed.sender.send("x", "first");
  onAnotherThread([&] {
    relayed.sender.poll();
    relayed.tellRelay("then");
  });
  REQUIRE(relayed.hear() == firstMany("then"));
}

TEST_CASE(
    "3: a sender that nobody has polled goes to another thread after it was used by handles") {
  Relayed relayed;
  tincan::Peer const main = relayed.sender.main();
  for (int i = 0; i < Many; ++i) main.send("x", "first");
  onAnotherThread([&] {
    relayed.sender.poll();
    relayed.tellRelay("then");
  });
  REQUIRE(relayed.hear() == firstMany("then"));
}

TEST_CASE("3: a sender that nobody has polled goes to and fro between two threads") {
  Relayed relayed;
  std::vector<std::string> expected;
  for (int turn = 0; turn < 3; ++turn) {
    for (int i = 0; i < Many; ++i) {
      relayed.sender.send("x", "here");
      expected.push_back("here");
    }
    onAnotherThread([&] {
      relayed.sender.on("z", [] {});
      for (int i = 0; i < 3; ++i) relayed.tellRelay("there");
    });
    for (int i = 0; i < 3; ++i) expected.push_back("there");
  }
  REQUIRE(relayed.hear() == expected);
}

TEST_CASE("3: what an answer has told goes on with a sender that nobody has polled") {
  Relayed relayed;
  auto answerer = relayed.bus.spawn("answerer", [](tincan::Renderer& ipc) {
    ipc.on("ask", [&](tincan::Event& event, int times) {
      for (int i = 0; i < times; ++i) ipc.send("x", "first");
      event.returnValue = true;
    });
    ipc.run();
  });
  tincan::Peer const peer = relayed.sender.peer("answerer").value();
  for (int times : {0, 0, 0, Many}) peer.sendSync("ask", times);
  onAnotherThread([&] {
    relayed.sender.on("z", [] {});
    relayed.tellRelay("then");
  });
  REQUIRE(relayed.hear() == firstMany("then"));
}

TEST_CASE("27: a sender goes to the thread that polls it, and its verbs to nobody else") {
  Relayed relayed;
  for (int i = 0; i < 3; ++i) relayed.sender.send("x", "first");
  onAnotherThread([&] { relayed.sender.poll(); });
  REQUIRE(codeOf([&] { relayed.sender.send("x", "second"); }) == tincan::Errc::WrongThread);
}

TEST_CASE("S: a thread sends by one handle as whom it runs just then, again and again") {
  Relayed relayed;
  std::vector<std::string> who;
  relayed.bus.main().on(Who, [&](tincan::Event& event) {
    who.push_back(event.sender.id() == 0 ? "nobody" : event.sender.name());
  });
  relayed.bus.main().poll();
  tincan::Peer const main = relayed.bus.main().peer();
  onAnotherThread([&] {
    for (int i = 0; i < 3; ++i) main.send(Who);
    auto a = relayed.bus.attach("a");
    auto b = relayed.bus.attach("b");
    for (auto* const one : {&a, &b}) {
      one->on("ask", [&] {
        for (int i = 0; i < 3; ++i) main.send(Who);
      });
    }
    for (int i = 0; i < 3; ++i) main.send(Who);
    for (int i = 0; i < 2; ++i) {
      b.peer().send("ask");
      a.peer().send("ask");
      a.poll();
      b.poll();
    }
    a.close();
    for (int i = 0; i < 3; ++i) main.send(Who);
  });
  relayed.bus.main().poll();
  REQUIRE(who == std::vector<std::string>{
                     "nobody", "nobody", "nobody",                 // nothing is its own
                     "a",      "a",      "a",                      // the first that is
                     "a",      "a",      "a",      "b", "b", "b",  // in their listeners
                     "a",      "a",      "a",      "b", "b", "b", "b", "b", "b"});  // a is closed
}

TEST_CASE("2: names made at run time in one buffer, again and again") {
  tincan::Bus bus;
  std::string heard;
  for (auto const* name : {"a", "b", "ab", "ba", ""}) {
    bus.main().on(std::string(name), [&heard, name] { heard += std::string(name) + "."; });
  }
  auto window = bus.attach("window");
  std::string buffer;
  for (int i = 0; i < 3; ++i) {
    for (auto const* name : {"ab", "ba", "a", "b", "ab", ""}) {
      buffer.assign(name);
      window.send(buffer);
      window.send(std::string_view(buffer).substr(0, 1));
    }
    window.send("ab");
    window.send(std::string_view("ab"));
  }
  bus.main().poll();
  std::string const once = "ab.a.ba.b.a.a.b.b.ab.a...ab.ab.";
  REQUIRE(heard == once + once + once);
}
