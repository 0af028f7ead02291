// tests/unit/keep_last.cpp - keepLast: late listeners
#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Arguments;
using tincan::Errc;
using tincan::Event;
using tincan::Renderer;
using tincan::Task;

namespace {

struct KeepLast : MainAndWindow {
  KeepLast() { main.keepLast("state"); }

  auto hears(std::string who) {
    return [this, who](Event& event, int n) {
      log.push_back(who + " " + std::to_string(n) + " of " + event.sender.name());
    };
  }
  void send(int n) {
    ipc.send("state", n);
    main.poll();
  }
};

}  // namespace

TEST_CASE_METHOD(KeepLast, "keepLast hands the last message to a listener that is added later") {
  main.on("state", hears("early"));
  send(1);
  send(2);
  main.on("state", hears("late"));
  REQUIRE(log == Log{"early 1 of window", "early 2 of window"});
  REQUIRE(main.poll() == 0);
  REQUIRE(log.back() == "late 2 of window");
  main.poll();
  REQUIRE(log.size() == 3);
  send(3);
  REQUIRE(log.size() == 5);
}

TEST_CASE_METHOD(KeepLast,
                 "5: keepLast keeps what nobody listens for, which is a dead letter all the same") {
  send(1);
  REQUIRE(reports.deadLetters() == Log{"NoListener state window>main"});
  main.on("state", hears("late"));
  main.poll();
  REQUIRE(log == Log{"late 1 of window"});
  REQUIRE(bus.stats().sent == 1);
  REQUIRE(bus.stats().handled == 0);
  REQUIRE(bus.stats().pending == 0);
}

TEST_CASE_METHOD(KeepLast, "keepLast is for messages of its channel that come from now on") {
  ipc.send("other", 1);
  main.poll();
  main.on("other", hears("other"));
  main.keepLast("other");
  main.on("state", hears("state"));
  main.poll();
  REQUIRE(log.empty());
  ipc.send("other", 2);
  main.poll();
  main.on("other", hears("late"));
  main.poll();
  REQUIRE(log == Log{"other 2 of window", "late 2 of window"});
}

TEST_CASE_METHOD(KeepLast, "each listener that is added gets it once") {
  send(1);
  main.on("state", hears("1"));
  main.once("state", hears("2"));
  main.addListener("state", hears("3"));
  main.poll();
  REQUIRE(log == Log{"1 1 of window", "2 1 of window", "3 1 of window"});
  REQUIRE(main.listenerCount("state") == 2);
  main.keepLast("state");
  main.poll();
  REQUIRE(log.size() == 3);
}

TEST_CASE_METHOD(KeepLast, "a listener that is removed before the next poll gets nothing") {
  send(1);
  auto const listener = main.on("state", hears("late"));
  listener.remove();
  main.poll();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(KeepLast, "a listener that has got a later message does not get an older one") {
  send(1);
  ipc.send("state", 2);
  main.on("state", hears("late"));
  main.poll();
  REQUIRE(log.back() == "late 2 of window");
  std::size_t const before = log.size();
  main.poll();
  REQUIRE(log.size() == before);
}

TEST_CASE_METHOD(KeepLast, "what keepLast hands over needs no answer, and onAny does not see it") {
  int seen = 0;
  auto asked = ipc.request<int>("state", 1);
  main.poll();
  main.onAny([&](Event&, Arguments const&) { ++seen; });
  main.on("state", [&](Event& event, int n) {
    log.push_back(std::to_string(n) + std::string(event.channel().name()));
    REQUIRE_FALSE(event.returnValue.set(5));
    auto reply = event.defer();
    REQUIRE_FALSE(reply.set(6));
  });
  main.poll();
  REQUIRE(log == Log{"1state"});
  REQUIRE(seen == 0);
  REQUIRE(codeOf([&] { return asked.get(); }) == Errc::NoListener);
}

TEST_CASE_METHOD(KeepLast, "what is Denied is not kept") {
  main.allow("state", {"nobody"});
  send(1);
  main.on("state", hears("late"));
  main.poll();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(KeepLast, "a Scope gets the last message of its own sender") {
  auto disk = bus.attach("disk");
  ipc.send("state", 1);
  disk.send("state", 2);
  main.poll();
  main.from(ipc.peer()).on("state", hears("window's"));
  main.from(disk.peer()).on("state", hears("disk's"));
  auto other = bus.attach("other");
  main.from(other.peer()).on("state", hears("other's"));
  main.on("state", hears("all"));
  main.poll();
  REQUIRE(log == Log{"window's 1 of window", "disk's 2 of disk", "all 2 of disk"});
}

TEST_CASE_METHOD(KeepLast,
                 "keepLast keeps arguments of any size, and those that cannot be copied") {
  main.keepLast("moved");
  main.keepLast("large");
  main.keepLast("text");
  main.on("text", [&](std::string const& text) { log.push_back("early " + text); });
  ipc.send("moved", std::make_unique<int>(7));
  ipc.send("large", std::array<int, 1000>{5}, std::string("and a text that is a long one"));
  ipc.send("text", "kept");
  auto asked = ipc.request<int>("text", "asked, with a text that is longer than others are");
  main.poll();
  main.on("moved", [&](std::unique_ptr<int> const& n) { log.push_back(std::to_string(*n)); });
  main.on("large", [&](std::array<int, 1000> const& all, std::string const& text) {
    log.push_back(std::to_string(all[0]) + " " + text);
  });
  main.on("text", [&](std::string const& text) { log.push_back("late " + text); });
  main.on("moved",
          [&](std::unique_ptr<int> const& n) { log.push_back("again " + std::to_string(*n)); });
  main.poll();
  REQUIRE(log == Log{"early kept", "early asked, with a text that is longer than others are", "7",
                     "5 and a text that is a long one",
                     "late asked, with a text that is longer than others are", "again 7"});
}

TEST_CASE_METHOD(KeepLast, "what keepLast keeps ends with the next one, or with its endpoint") {
  int const before = Counted::alive;
  main.keepLast("counted");
  for (int i = 0; i < 3; ++i) {
    ipc.send("counted", Counted(i));
    main.poll();
    REQUIRE(Counted::alive == before + 1);
  }
  main.on("counted", [](Counted const&) {});
  bus.close();
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(KeepLast, "keepLast forgets senders that have ended, but for the last one") {
  int const before = Counted::alive;
  main.keepLast("counted");
  main.on("counted", [](Counted const&) {});
  for (int i = 0; i < 200; ++i) {
    auto renderer = bus.attach("renderer");
    renderer.send("counted", Counted(i));
    main.poll();
  }
  REQUIRE(Counted::alive <= before + 40);
  int got = 0;
  main.on("counted", [&](Counted const& counted) { got = counted.number; });
  main.poll();
  REQUIRE(got == 199);
}

TEST_CASE_METHOD(KeepLast, "a late listener that throws, or does not take the arguments: onError") {
  send(1);
  main.on("state", [](int) { throw std::runtime_error("late"); });
  main.on("state", [](std::string const&) {});
  main.poll();
  REQUIRE(reports.errors().size() == 2);
  REQUIRE(reports.errors()[0] == "state window>main: late");
  REQUIRE(contains(reports.errors()[1], "expected (std::string), got (int)"));
}

TEST_CASE_METHOD(KeepLast, "a late listener may be a coroutine") {
  main.handle("ask", [](int n) { return n + 1; });
  send(1);
  main.on("state", [&](int n) -> Task<> {
    log.push_back(std::to_string(co_await main.peer().invoke<int>("ask", n)));
  });
  main.poll();
  main.poll();
  main.poll();
  REQUIRE(log == Log{"2"});
}

TEST_CASE_METHOD(KeepLast, "keepLast at an endpoint that is closed throws Closed") {
  ipc.close();
  REQUIRE(codeOf([&] { return ipc.keepLast("state"), 0; }) == Errc::Closed);
}

TEST_CASE_METHOD(KeepLast, "keepLast wakes a foreign loop for a late listener") {
  send(1);
  int rings = 0;
  main.onWake([&] { ++rings; });
  main.on("state", hears("late"));
  REQUIRE(rings == 1);
  main.onWake({});  // the bus lives longer than `rings`
  main.poll();
  REQUIRE(log == Log{"late 1 of window"});
}

TEST_CASE_METHOD(KeepLast, "ports are not kept") {
  tincan::MessageChannel channel;
  bool isClosed = false;
  channel.port1.on("close", [&] { isClosed = true; });
  channel.port1.start(ipc);
  ipc.postMessage("state", 1, std::move(channel.port2));
  main.poll();
  std::optional<std::size_t> ports;
  main.on("state", [&](Event& event, int n) {
    log.push_back(std::to_string(n));
    ports = event.ports.size();
  });
  pump();
  REQUIRE(log == Log{"1"});
  REQUIRE(ports == 0);
  REQUIRE(isClosed);  // nobody has taken the other end
}

TEST_CASE_METHOD(KeepLast, "nobody waits for the answer to what keepLast hands over") {
  send(1);
  std::optional<bool> isCancelled;
  main.on("state", [&](Event& event) { isCancelled = event.cancelled(); });
  main.poll();
  REQUIRE(isCancelled == true);
}

TEST_CASE_METHOD(KeepLast, "keepLast keeps what every verb sends that listeners hear") {
  main.on("state", [](Event& event) { event.returnValue = 1; });
  ipc.sendLatest("state", 1);
  ipc.sendLatest("state", 2);
  main.poll();
  main.on("state", hears("first"));
  main.poll();
  ipc.postMessage("state", 3);
  main.poll();
  main.on("state", hears("second"));
  main.poll();
  auto asked = ipc.request<int>("state", 4);
  main.poll();
  main.on("state", hears("third"));
  main.poll();
  REQUIRE(log == Log{"first 2 of window", "first 3 of window", "second 3 of window",
                     "first 4 of window", "second 4 of window", "third 4 of window"});
  REQUIRE(asked.get() == 1);
}

TEST_CASE_METHOD(KeepLast,
                 "7: a listener that is added during a dispatch gets that message later") {
  bool isAdded = false;
  bool const isFirst = GENERATE(true, false);
  if (!isFirst) send(0);
  main.on("state", [&](int n) {
    if (n == 1 && !std::exchange(isAdded, true)) main.on("state", hears("late"));
  });
  main.poll();
  send(1);
  REQUIRE(log.empty());
  main.poll();
  REQUIRE(log == Log{"late 1 of window"});
  main.poll();
  REQUIRE(log.size() == 1);
}

TEST_CASE_METHOD(KeepLast, "the last message is the one that came last, in a nested poll, too") {
  main.on("state", [&](int n) {
    if (n == 1) main.poll();
  });
  ipc.send("state", 1);
  ipc.send("state", 2);
  main.poll();
  main.on("state", hears("late"));
  main.poll();
  REQUIRE(log == Log{"late 2 of window"});
}

TEST_CASE_METHOD(KeepLast, "28: what was kept may send and poll at its end") {
  int const before = Counted::alive;
  main.keepLast("ends");
  ipc.send("ends", AtEnd([&] {
             ipc.send("ends", Counted(2));
             main.poll();
           }));
  main.poll();
  ipc.send("ends", Counted(1));
  main.poll();
  main.on("ends", [&](Counted const& counted) { log.push_back(std::to_string(counted.number)); });
  main.poll();
  REQUIRE(log == Log{"2"});
  REQUIRE(Counted::alive == before + 1);
  bus.close();
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(KeepLast, "28: what was kept of many that have ended may send and poll, too") {
  int const before = Counted::alive;
  main.keepLast("ends");
  for (int i = 0; i < 100; ++i) {
    auto renderer = bus.attach("renderer");
    renderer.send("ends", AtEnd([&] {
                    main.peer().send("ends", Counted(2));
                    main.poll();
                  }));
    main.poll();
  }
  bus.close();
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(KeepLast, "keepLast keeps the last one that threads without an endpoint send") {
  int const before = Counted::alive;
  main.keepLast("counted");
  for (int i = 0; i < 50; ++i) {
    std::thread([i, peer = main.peer()] {
      peer.send("state", i);
      peer.send("counted", Counted(i));
    }).join();
    main.poll();
  }
  REQUIRE(Counted::alive == before + 1);
  main.on("state", hears("late"));
  main.on("state", [](std::string const&) {});
  main.poll();
  REQUIRE(log == Log{"late 49 of "});
  REQUIRE(reports.errors().size() == 1);
}

TEST_CASE_METHOD(KeepLast, "a Scope that is made during a dispatch gets that message later") {
  main.on("state", [&](Event& event, int n) {
    if (n == 1) main.from(event.sender).on("state", hears("scope's"));
  });
  main.poll();
  send(1);
  main.poll();
  REQUIRE(log == Log{"scope's 1 of window"});
  send(2);
  REQUIRE(log == Log{"scope's 1 of window", "scope's 2 of window"});
}

TEST_CASE_METHOD(KeepLast, "a method gets what was kept, unless its object has ended") {
  struct Hears {
    void hear(int n) { log.push_back(std::to_string(n)); }
    Log& log;
  };
  send(1);
  auto const object = std::make_shared<Hears>(Hears{log});
  auto ended = std::make_shared<Hears>(Hears{log});
  main.on("state", object, &Hears::hear);
  main.on("state", ended, &Hears::hear);
  ended.reset();
  main.poll();
  REQUIRE(log == Log{"1"});
}
