// tests/unit/on_close.cpp - Peer::onClose: who is gone
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Listener;
using tincan::Peer;
using tincan::Renderer;
using tincan::ScopedListener;
using tincan::Task;

namespace {

struct OnClose : MainAndWindow {
  std::optional<Renderer> disk = bus.attach("disk");
  Peer diskOfMain = *main.renderer("disk");

  auto logs(std::string what) {
    return [this, what] { log.push_back(what); };
  }
};

}  // namespace

TEST_CASE_METHOD(OnClose, "onClose calls its function once, in a poll, when the peer has ended") {
  diskOfMain.onClose(logs("gone"));
  main.poll();
  REQUIRE(log.empty());
  disk->close();
  REQUIRE(log.empty());
  main.poll();
  REQUIRE(log == Log{"gone"});
  disk.reset();
  pump();
  REQUIRE(log == Log{"gone"});
}

TEST_CASE_METHOD(OnClose, "onClose of a peer that has ended calls at the next poll, not inside") {
  disk.reset();
  diskOfMain.onClose(logs("gone"));
  REQUIRE(log.empty());
  main.poll();
  REQUIRE(log == Log{"gone"});
  Peer().onClose(logs("nobody"));
  REQUIRE(log == Log{"gone"});
  pump();
  REQUIRE(log == Log{"gone", "nobody"});
}

TEST_CASE_METHOD(OnClose, "onClose of a sender without an endpoint calls at the next poll") {
  main.on("x", [&](tincan::Event& event) {
    REQUIRE(event.sender == Peer());
    event.sender.onClose(logs("nobody"));
    log.push_back("x");
  });
  std::thread([toMain = main.peer()] { toMain.send("x"); }).join();
  pump();
  pump();
  REQUIRE(log == Log{"x", "nobody"});
}

TEST_CASE_METHOD(OnClose, "onClose inside a handler is not called inside of itself") {
  main.on("x", [&] {
    disk.reset();
    diskOfMain.onClose(logs("gone"));
    log.push_back("x");
  });
  ipc.send("x");
  main.poll();
  main.poll();
  REQUIRE(log == Log{"x", "gone"});
}

TEST_CASE_METHOD(OnClose, "onClose comes after everything that the peer had sent") {
  main.on("a", logs("a"));
  main.on("b", logs("b"));
  diskOfMain.onClose(logs("gone"));
  disk->send("a");
  disk->send("b");
  disk.reset();
  ipc.send("a");
  main.poll();
  REQUIRE(log == Log{"a", "b", "gone", "a"});
}

TEST_CASE_METHOD(OnClose, "onClose comes after what a peer sends in the handler that ends it") {
  main.on("a", logs("a"));
  main.on("b", logs("b"));
  diskOfMain.onClose(logs("gone"));
  disk->on("end", [&] {
    disk->send("a");
    Peer const toMain = ipc.main();
    disk->close();
    toMain.send("b");  // by disk's handler, in its name
  });
  diskOfMain.send("end");
  disk->poll();
  main.poll();
  REQUIRE(log == Log{"a", "b", "gone"});
}

TEST_CASE_METHOD(OnClose, "onClose comes after what a Task sends that a closing handler ends") {
  std::optional<tincan::Reply> reply;
  main.on("ask", [&](tincan::Event& event) { reply = event.defer(); });
  main.on("late", logs("late"));
  disk->on("ask", [&]() -> Task<> {
    Peer const toMain = disk->main();
    try {
      co_await toMain.request<int>("ask");
    } catch (tincan::Error const&) {
      main.peer().send("late");
    }
  });
  disk->on("end", [&] { disk->close(); });
  diskOfMain.onClose(logs("gone"));
  diskOfMain.send("ask");
  disk->poll();
  main.poll();
  diskOfMain.send("end");
  disk->poll();
  main.poll();
  REQUIRE(log == Log{"late", "gone"});
}

TEST_CASE_METHOD(OnClose, "S: onClose runs on the endpoint that gave the handle") {
  Peer const diskOfWindow = *ipc.peer("disk");
  diskOfWindow.onClose([&] { main.peer().send("who"); });
  main.on("who", [&](tincan::Event& event) { log.push_back(event.sender.name()); });
  disk.reset();
  main.poll();
  REQUIRE(log.empty());
  ipc.poll();
  main.poll();
  REQUIRE(log == Log{"window"});
}

TEST_CASE_METHOD(OnClose, "S: onClose by a handle of nobody runs where the thread is") {
  Peer const plain = disk->peer();
  ipc.on("x", [&] { plain.onClose([&] { main.peer().send("who"); }); });
  main.on("who", [&](tincan::Event& event) { log.push_back(event.sender.name()); });
  main.renderer("window")->send("x");
  ipc.poll();
  disk.reset();
  ipc.poll();
  main.poll();
  REQUIRE(log == Log{"window"});
}

TEST_CASE_METHOD(OnClose, "onClose without an endpoint is WrongThread, at a closed one Closed") {
  Peer const plain = disk->peer();
  std::optional<Errc> code;
  std::thread([&] { code = codeOf([&] { return plain.onClose([] {}), 0; }); }).join();
  REQUIRE(code == Errc::WrongThread);
  Peer const diskOfWindow = *ipc.peer("disk");
  ipc.close();
  REQUIRE(codeOf([&] { return diskOfWindow.onClose([] {}), 0; }) == Errc::Closed);
}

TEST_CASE_METHOD(OnClose, "onClose is never called on an endpoint that has closed itself") {
  int const before = Counted::alive;
  ipc.peer("disk")->onClose([this, held = Counted(1)] { log.push_back("called"); });
  disk.reset();
  ipc.peer("disk");
  REQUIRE(Counted::alive == before + 1);
  ipc.close();
  REQUIRE(Counted::alive == before);
  ipc.poll();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(OnClose, "functions of onClose that were not called end with their endpoint") {
  int const before = Counted::alive;
  for (int i = 0; i < 1000; ++i) diskOfMain.onClose([held = Counted(1)] {});
  for (int i = 0; i < 1000; ++i) ipc.peer("disk")->onClose([held = Counted(1)] {});
  REQUIRE(Counted::alive == before + 2000);
  ipc.close();
  REQUIRE(Counted::alive == before + 1000);
  bus.close();
  REQUIRE(Counted::alive == before);
  disk.reset();
}

TEST_CASE_METHOD(OnClose, "the Listener of onClose removes it") {
  int const before = Counted::alive;
  Listener const first = diskOfMain.onClose([this, held = Counted(1)] { log.push_back("first"); });
  Listener const second = diskOfMain.onClose(logs("second"));
  Listener const third = diskOfMain.onClose(logs("third"));
  REQUIRE(first.remove());
  REQUIRE(Counted::alive == before);
  REQUIRE_FALSE(first.remove());
  disk.reset();
  REQUIRE(main.off(third));  // on its way by now
  REQUIRE_FALSE(main.off(third));
  REQUIRE_FALSE(ipc.off(second));
  pump();
  REQUIRE(log == Log{"second"});
  REQUIRE_FALSE(second.remove());
}

TEST_CASE_METHOD(OnClose, "a ScopedListener removes an onClose, on another thread too") {
  int const before = Counted::alive;
  {
    ScopedListener const scoped = diskOfMain.onClose([held = Counted(1)] {});
    REQUIRE(Counted::alive == before + 1);
  }
  REQUIRE(Counted::alive == before);
  main.poll();
  ScopedListener other = diskOfMain.onClose(logs("gone"));
  std::thread([moved = std::move(other)]() mutable {
    ScopedListener const end = std::move(moved);
  }).join();
  disk.reset();
  pump();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(OnClose, "a function of onClose may remove itself, and watch again") {
  Listener own;
  own = diskOfMain.onClose([&] {
    log.push_back(own.remove() ? "removed" : "over");
    diskOfMain.onClose(logs("again"));
  });
  disk.reset();
  pump();
  pump();
  REQUIRE(log == Log{"over", "again"});
}

TEST_CASE_METHOD(OnClose, "onClose does not count, in poll nor in Stats") {
  diskOfMain.onClose(logs("gone"));
  main.on("x", [] {});
  disk.reset();
  REQUIRE(main.poll() == 0);
  REQUIRE(log == Log{"gone"});
  REQUIRE(bus.stats().sent == 0);
  REQUIRE(bus.stats().pending == 0);
}

TEST_CASE_METHOD(OnClose, "what a function of onClose throws goes to onError") {
  diskOfMain.onClose([] { throw std::runtime_error("thrown"); });
  diskOfMain.onClose([]() -> Task<> {
    throw std::runtime_error("by a Task");
    co_return;
  });
  disk.reset();
  pump();
  REQUIRE(reports.errors().size() == 2);
}

TEST_CASE_METHOD(OnClose, "a null function of onClose is std::invalid_argument at once") {
  void (*const none)() = nullptr;
  REQUIRE_THROWS_AS(diskOfMain.onClose(none), std::invalid_argument);
  REQUIRE_THROWS_AS(diskOfMain.onClose(std::function<void()>()), std::invalid_argument);
}

TEST_CASE_METHOD(OnClose, "removeAllListeners leaves onClose") {
  diskOfMain.onClose(logs("gone"));
  main.removeAllListeners();
  disk.reset();
  main.poll();
  REQUIRE(log == Log{"gone"});
}

TEST_CASE_METHOD(OnClose, "onClose wakes a foreign loop") {
  int rings = 0;
  main.onWake([&] { ++rings; });
  diskOfMain.onClose(logs("gone"));
  REQUIRE(rings == 0);
  disk.reset();
  REQUIRE(rings == 1);
  main.onWake({});  // the bus lives longer than `rings`
  main.poll();
  REQUIRE(log == Log{"gone"});
}

TEST_CASE("onClose wakes a loop that sleeps, after all that the thread has sent") {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  Log log;
  Latch isWatched(1);
  main.on("x", [&](int n) { log.push_back(std::to_string(n)); });
  auto thread = bus.spawn("disk", [&](Renderer& ipc) {
    isWatched.wait();
    for (int i = 0; i < 3; ++i) ipc.send("x", i);
  });
  main.renderer("disk")->onClose([&] {
    log.push_back("gone");
    main.quit();
  });
  isWatched.count_down();
  main.run();
  REQUIRE(log == Log{"0", "1", "2", "gone"});
}

TEST_CASE("onClose comes after what a body still sends when it has closed its renderer") {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  Log log;
  Latch isWatched(1);
  main.on("x", [&](int n) { log.push_back(std::to_string(n)); });
  tincan::Peer const toMain = main.peer();
  auto thread = bus.spawn("disk", [&](Renderer& ipc) {
    isWatched.wait();
    ipc.send("x", 1);
    ipc.close();
    toMain.send("x", 2);
  });
  main.renderer("disk")->onClose([&] {
    log.push_back("gone");
    main.quit();
  });
  isWatched.count_down();
  main.run();
  REQUIRE(log == Log{"1", "2", "gone"});
}

TEST_CASE(
    "onClose comes after what a body sends that goes on after a handler has closed its renderer") {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  Log log;
  Latch isWatched(1);
  main.on("x", [&](int n) { log.push_back(std::to_string(n)); });
  auto thread = bus.spawn("disk", [&](Renderer& ipc) {
    isWatched.wait();
    auto other = bus.attach("other");
    other.on("end", [&] { ipc.close(); });
    ipc.peer("other")->send("end");
    other.poll();
    main.peer().send("x", 1);
  });
  main.renderer("disk")->onClose([&] {
    log.push_back("gone");
    main.quit();
  });
  isWatched.count_down();
  main.run();
  REQUIRE(log == Log{"1", "gone"});
}

TEST_CASE("onClose works between buses") {
  tincan::Bus bus, other;
  auto disk = std::make_optional(bus.attach("disk"));
  auto own = other.attach("own");
  int calls = 0;
  own.on("watch", [&] { disk->peer().onClose([&] { ++calls; }); });
  other.main().renderer("own")->send("watch");
  own.poll();
  disk.reset();
  own.poll();
  REQUIRE(calls == 1);
}

TEST_CASE_METHOD(OnClose, "onClose of the endpoint itself is never called") {
  int const before = Counted::alive;
  ipc.peer("window")->onClose([this, held = Counted(1)] { log.push_back("called"); });
  REQUIRE(Counted::alive == before + 1);
  ipc.close();
  REQUIRE(Counted::alive == before);
  pump();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(OnClose, "onClose comes after what the peer had sent by every verb") {
  main.on("latest", logs("latest"));
  main.on("message", logs("message"));
  diskOfMain.onClose(logs("gone"));
  disk->sendLatest("latest");
  disk->main().post(logs("posted"));
  disk->postMessage("message", 1);
  disk->main().post(logs("posted again"));
  disk.reset();
  main.poll();
  REQUIRE(log == Log{"latest", "posted", "message", "posted again", "gone"});
}

TEST_CASE_METHOD(OnClose, "functions of onClose are called in the order of registration") {
  for (int i = 0; i < 5; ++i) diskOfMain.onClose(logs(std::to_string(i)));
  disk.reset();
  main.poll();
  REQUIRE(log == Log{"0", "1", "2", "3", "4"});
}

TEST_CASE_METHOD(OnClose, "a coroutine that onClose calls lives until it has ended") {
  using namespace std::chrono_literals;
  int const before = Counted::alive;
  diskOfMain.onClose([this, held = Counted(5)]() -> Task<> {
    log.push_back("begins");
    co_await main.sleep(0s);
    log.push_back("ends " + std::to_string(held.number));
  });
  disk.reset();
  main.poll();
  REQUIRE(log == Log{"begins"});
  REQUIRE(Counted::alive == before + 1);
  main.poll();
  REQUIRE(log == Log{"begins", "ends 5"});
  REQUIRE(Counted::alive == before);
}

TEST_CASE("the Listener of onClose is harmless after the end of its endpoint, and of the bus") {
  Listener ofWindow, ofMain;
  {
    tincan::Bus bus;
    auto const disk = bus.attach("disk");
    {
      auto const window = bus.attach("window");
      ofWindow = window.peer("disk")->onClose([] {});
    }
    REQUIRE_FALSE(ofWindow.remove());
    ofMain = bus.main().renderer("disk")->onClose([] {});
  }
  REQUIRE_FALSE(ofMain.remove());
}

TEST_CASE("onClose is called for an idle endpoint whose bus its own thread has closed") {
  tincan::Bus bus, other;
  auto disk = bus.attach("disk");
  auto const unpolled = bus.attach("unpolled");
  auto own = other.attach("own");
  disk.poll();
  Log log;
  own.on("watch", [&](std::string const& when) {
    for (Peer const& peer : {disk.peer(), unpolled.peer(), bus.main().peer()}) {
      peer.onClose([&, when, peer] { log.push_back(peer.name() + " " + when); });
    }
  });
  auto const watch = [&](std::string const& when) {
    other.main().renderer("own")->send("watch", when);
    own.poll();
  };
  watch("before");
  REQUIRE(log.empty());
  bus.close();
  own.poll();
  REQUIRE(log.size() == 3);
  watch("after");
  own.poll();
  REQUIRE(log.size() == 6);
}

TEST_CASE(
    "onClose is called for an endpoint whose bus one of its handlers has closed, after the poll") {
  tincan::Bus bus, other;
  auto disk = bus.attach("disk");
  auto own = other.attach("own");
  Log log;
  own.on("watch", [&] { disk.peer().onClose([&] { log.push_back("gone"); }); });
  other.main().renderer("own")->send("watch");
  own.poll();
  disk.on("end", [&] {
    bus.close();
    own.poll();
    log.push_back("end");
  });
  bus.main().renderer("disk")->send("end");
  disk.poll();
  own.poll();
  REQUIRE(log == Log{"end", "gone"});
}
