// tests/unit/send_latest.cpp - sendLatest: the newest only
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using namespace std::chrono_literals;
using tincan::Errc;
using tincan::Overflow;
using tincan::Peer;
using tincan::SendResult;

namespace {

struct SendLatest : MainAndWindow {
  SendLatest() {
    main.on("at", [this](int n) { log.push_back("at " + std::to_string(n)); });
    main.on("other", [this](int n) { log.push_back("other " + std::to_string(n)); });
    main.on("x", [this] { log.push_back("x"); });
  }
};

bool isSendingAgain = true;

/// Sends another one at its end.
struct Again {
  Again(tincan::Renderer& by, Log& to) : ipc(&by), log(&to) {}
  Again(Again&& other) noexcept : ipc(std::exchange(other.ipc, nullptr)), log(other.log) {}
  Again(Again const&) = delete;
  Again& operator=(Again const&) = delete;
  Again& operator=(Again&&) = delete;
  ~Again() {
    if (ipc == nullptr || !isSendingAgain) return;
    Again next(*ipc, *log);
    SendResult const result = ipc->sendLatest("again", std::move(next));
    next.ipc = nullptr;
    log->push_back(result == SendResult::Full ? "Full" : "Queued");
  }

  tincan::Renderer* ipc;
  Log* log;
};

constexpr tincan::Channel<void(double, std::string)> position("position");

}  // namespace

TEST_CASE_METHOD(SendLatest, "of what sendLatest sends on a channel only the newest is handled") {
  for (int i = 0; i < 1000; ++i) REQUIRE(ipc.sendLatest("at", i) == SendResult::Queued);
  REQUIRE(bus.stats().pending == 1);
  REQUIRE(main.poll() == 1);
  REQUIRE(log == Log{"at 999"});
  ipc.sendLatest("at", 1000);
  main.poll();
  REQUIRE(log == Log{"at 999", "at 1000"});
}

TEST_CASE_METHOD(SendLatest, "what sendLatest supersedes is a dead letter Superseded at once") {
  ipc.sendLatest("at", 1);
  REQUIRE(reports.deadLetters().empty());
  ipc.sendLatest("at", 2);
  REQUIRE(reports.deadLetters() == Log{"Superseded at window>main"});
  main.poll();
  auto const stats = bus.stats();
  REQUIRE(stats.sent == 2);
  REQUIRE(stats.handled == 1);
  REQUIRE(stats.pending == 0);
  REQUIRE(stats.deadLetters.at(Errc::Superseded) == 1);
}

TEST_CASE_METHOD(SendLatest, "the dead letter of sendLatest says why in a sentence") {
  std::string what;
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) { what = letter.what; });
  ipc.sendLatest("at", 1);
  ipc.sendLatest("at", 2);
  REQUIRE(what == "'at': a later one was sent to 'main' instead");
  REQUIRE(tincan::toString(Errc::Superseded) == "Superseded");
  bus.onDeadLetter({});
}

TEST_CASE_METHOD(SendLatest, "2: the later one is handled where it was sent") {
  ipc.sendLatest("at", 1);
  ipc.send("x");
  ipc.sendLatest("other", 1);
  ipc.sendLatest("at", 2);
  ipc.send("other", 2);
  main.poll();
  REQUIRE(log == Log{"x", "other 1", "at 2", "other 2"});
}

TEST_CASE_METHOD(SendLatest, "sendLatest does not touch what send has sent, nor other channels") {
  ipc.send("at", 1);
  ipc.sendLatest("other", 1);
  ipc.sendLatest("at", 2);
  ipc.send("at", 3);
  main.poll();
  REQUIRE(log == Log{"at 1", "other 1", "at 2", "at 3"});
  REQUIRE(reports.deadLetters().empty());
}

TEST_CASE_METHOD(SendLatest, "sender and channel decide what is superseded, whatever the handle") {
  std::string const channel = "at";
  Peer const toMain = ipc.main();
  ipc.sendLatest("at", 1);
  toMain.sendLatest(channel, 2);
  REQUIRE(bus.stats().pending == 1);
  auto other = bus.attach("other");
  other.sendLatest("at", 3);
  REQUIRE(bus.stats().pending == 2);
  main.poll();
  REQUIRE(log == Log{"at 2", "at 3"});
}

TEST_CASE_METHOD(SendLatest, "what is superseded is destroyed before sendLatest returns") {
  int const before = Counted::alive;
  main.on("counted",
          [&](Counted const& counted) { log.push_back(std::to_string(counted.number)); });
  ipc.sendLatest("counted", Counted(1));
  ipc.sendLatest("counted", Counted(2));
  REQUIRE(Counted::alive == before + 1);
  main.poll();
  REQUIRE(Counted::alive == before);
  REQUIRE(log == Log{"2"});
  ipc.sendLatest("counted", Counted(3));
  main.peer();
  bus.close();
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(SendLatest, "sendLatest by a typed channel, with any arguments that fit") {
  double x = 0;
  std::string name;
  main.on(position, [&](double at, std::string const& who) {
    x = at;
    name = who;
  });
  ipc.sendLatest(position, 1, "one");
  ipc.main().sendLatest(position, 2.5F, std::string("two"));
  ipc.sendLatest(position, 3, {'t', 'h', 'r', 'e', 'e'});
  REQUIRE(main.poll() == 1);
  REQUIRE(x == 3);
  REQUIRE(name == "three");
}

TEST_CASE_METHOD(SendLatest, "sendLatest carries move-only and large arguments, and none") {
  std::array<char, 5000> large{};
  large[4999] = 'e';
  int got = 0;
  main.on("moved", [&](std::unique_ptr<int> const& number) { got = *number; });
  main.on("large", [&](std::array<char, 5000> const& all) { got = all[4999]; });
  ipc.sendLatest("moved", std::make_unique<int>(1));
  ipc.sendLatest("moved", std::make_unique<int>(2));
  main.poll();
  REQUIRE(got == 2);
  ipc.sendLatest("large", std::array<char, 5000>{});
  ipc.sendLatest("large", large);
  main.poll();
  REQUIRE(got == 'e');
  ipc.sendLatest("x");
  ipc.sendLatest("x");
  main.poll();
  REQUIRE(log == Log{"x"});
}

TEST_CASE_METHOD(SendLatest, "4: if capturing throws, sendLatest has superseded nothing") {
  Fragile fragile;
  main.on("fragile", [&](Fragile const&) { log.push_back("fragile"); });
  ipc.sendLatest("fragile", fragile);
  Fragile::armed = true;
  REQUIRE_THROWS_AS(ipc.sendLatest("fragile", fragile), std::runtime_error);
  Fragile::armed = false;
  REQUIRE(reports.deadLetters().empty());
  main.poll();
  REQUIRE(log == Log{"fragile"});
}

TEST_CASE_METHOD(SendLatest,
                 "28: an argument of sendLatest may send on its channel while it is captured") {
  main.on("copied", [&](OnCopy const&) { log.push_back("outer"); });
  OnCopy const outer([&] { ipc.sendLatest("copied", OnCopy(nullptr)); });
  ipc.sendLatest("copied", outer);
  REQUIRE(bus.stats().pending == 1);
  main.poll();
  REQUIRE(log == Log{"outer"});
}

TEST_CASE_METHOD(SendLatest,
                 "28: an argument that sends another one when it is superseded ends as Full") {
  ipc.sendLatest("again", Again(ipc, log));
  ipc.sendLatest("again", Again(ipc, log));
  REQUIRE(log.front() == "Full");
  REQUIRE(log.size() < 100);
  isSendingAgain = false;
  bus.close();
}

TEST_CASE_METHOD(SendLatest, "sendLatest to an endpoint that is closed returns Closed") {
  Peer const toWindow = *main.renderer("window");
  toWindow.sendLatest("x");
  ipc.close();
  REQUIRE(reports.deadLetters() == Log{"Closed x main>window"});
  REQUIRE(toWindow.sendLatest("x") == SendResult::Closed);
  REQUIRE(Peer().sendLatest("x") == SendResult::Closed);
  REQUIRE(codeOf([&] { return ipc.sendLatest("x"); }) == Errc::Closed);
}

TEST_CASE("21: what sendLatest supersedes makes its room first") {
  for (Overflow const overflow :
       {Overflow::Fail, Overflow::DropNewest, Overflow::DropOldest, Overflow::Block}) {
    tincan::Bus bus(tincan::BusOptions{.main = {.capacity = 2, .overflow = overflow}});
    Reports const reports(bus);
    Log log;
    auto ipc = bus.attach("window");
    bus.main().on("at", [&](int n) { log.push_back("at " + std::to_string(n)); });
    bus.main().on("x", [&] { log.push_back("x"); });
    ipc.sendLatest("at", 1);
    ipc.send("x");
    REQUIRE(ipc.sendLatest("at", 2) == SendResult::Queued);
    REQUIRE(ipc.sendLatest("at", 3) == SendResult::Queued);
    REQUIRE(bus.stats().pending == 2);
    bus.main().poll();
    REQUIRE(log == Log{"x", "at 3"});
    REQUIRE(reports.deadLetters().size() == 2);
    REQUIRE(bus.stats().deadLetters.at(Errc::Superseded) == 2);
    bus.close();
  }
}

TEST_CASE("21: a full inbox takes or refuses sendLatest as it does send") {
  tincan::Bus bus(tincan::BusOptions{.main = {.capacity = 1}});
  auto ipc = bus.attach("window");
  ipc.send("x");
  REQUIRE(ipc.sendLatest("at", 1) == SendResult::Full);
  tincan::Bus dropping(
      tincan::BusOptions{.main = {.capacity = 1, .overflow = Overflow::DropOldest}});
  Reports const reports(dropping);
  auto own = dropping.attach("window");
  own.sendLatest("at", 1);
  own.send("x");
  own.sendLatest("at", 2);
  REQUIRE(reports.deadLetters() == Log{"Full at window>main", "Full x window>main"});
  int got = 0;
  dropping.main().on("at", [&](int n) { got = n; });
  dropping.main().poll();
  REQUIRE(got == 2);
  dropping.close();
}

TEST_CASE("S: sendLatest by a thread that has no endpoint, and by one that is polled later") {
  tincan::Bus bus;
  Log log;
  bus.main().on("at", [&](int n) { log.push_back(std::to_string(n)); });
  auto ipc = bus.attach("window");
  ipc.sendLatest("at", 1);
  ipc.poll();
  ipc.sendLatest("at", 2);
  std::thread([&] {
    Peer const toMain = bus.main().peer();
    toMain.sendLatest("at", 3);
    toMain.sendLatest("at", 4);
  }).join();
  bus.main().poll();
  std::sort(log.begin(), log.end());
  REQUIRE(log == Log{"2", "4"});
}

TEST_CASE(
    "S: sendLatest by a handle is superseded by own verbs from the first poll on, and the other "
    "way") {
  bool const isOwnFirst = GENERATE(false, true);
  tincan::Bus bus;
  Log log;
  Reports const reports(bus);
  bus.main().on("at", [&](int n) { log.push_back(std::to_string(n)); });
  bus.main().on("before", [] {});
  auto ipc = bus.attach("window");
  Peer const toMain = ipc.main();
  ipc.send("before");
  toMain.send("before");
  if (isOwnFirst) ipc.sendLatest("at", 1);
  else toMain.sendLatest("at", 1);
  ipc.poll();
  ipc.sendLatest("at", 2);
  toMain.sendLatest("at", 3);
  bus.main().poll();
  REQUIRE(log == Log{"3"});
  REQUIRE(reports.deadLetters().size() == 2);
  ipc.sendLatest("at", 4);
  bus.main().poll();
  REQUIRE(log == Log{"3", "4"});
  auto const stats = bus.stats();
  REQUIRE(stats.sent == 6);
  REQUIRE(stats.handled + stats.deadLetters.at(Errc::Superseded) == 6);
  REQUIRE(stats.pending == 0);
}

TEST_CASE("sendLatest from a thread: what is handled only grows, and the last one comes") {
  constexpr int Last = 20000;
  tincan::Bus bus;
  int last = 0;
  bool onlyGrows = true;
  bus.main().on("at", [&](int n, std::string const& text) {
    onlyGrows = onlyGrows && n > last && text == std::to_string(n);
    last = n;
    if (n == Last) bus.main().quit();
  });
  auto const sender = bus.spawn("sender", [](tincan::Renderer& ipc) {
    for (int i = 1; i <= Last; ++i) ipc.sendLatest("at", i, std::to_string(i));
  });
  bus.main().run();
  REQUIRE(last == Last);
  REQUIRE(onlyGrows);
  auto const stats = bus.stats();
  REQUIRE(stats.sent == Last);
  REQUIRE(stats.handled + stats.deadLetters.at(Errc::Superseded) == Last);
}

TEST_CASE_METHOD(SendLatest, "a poll handles what supersedes a message that it has found") {
  main.on("go", [&] { ipc.sendLatest("at", 2); });
  ipc.send("go");
  ipc.sendLatest("at", 1);
  CHECK(main.poll() == 2);
  CHECK(log == Log{"at 2"});
}

TEST_CASE("a poll handles a newest one, however often it is superseded meanwhile", "[threads]") {
  auto const given =
      GENERATE(std::tuple(Overflow::Fail, false, 1), std::tuple(Overflow::Fail, true, 1),
               std::tuple(Overflow::Fail, false, 2), std::tuple(Overflow::DropOldest, false, 1),
               std::tuple(Overflow::DropOldest, true, 1));
  Overflow const overflow = std::get<0>(given);
  bool const hasOthers = std::get<1>(given);
  int const channels = std::get<2>(given);
  bool const isLatest = overflow == Overflow::Fail;
  tincan::Bus bus(tincan::BusOptions{{isLatest ? 0u : 1u, overflow}});
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  std::uint64_t handled = 0;
  auto const take = [&](std::uint64_t) { ++handled; };
  bus.main().on("a", take);
  bus.main().on("b", take);
  bus.main().on("other", [] {});
  auto const other = bus.attach("other");
  std::atomic<std::uint64_t> sent{0};
  std::atomic<bool> isOver{false};
  auto const sender = bus.spawn("sender", [&](tincan::Renderer& ipc) {
    for (std::uint64_t i = 1; !isOver.load(); ++i) {
      char const* const channel = channels == 2 && i % 2 == 0 ? "b" : "a";
      isLatest ? ipc.sendLatest(channel, i) : ipc.send(channel, i);
      sent.store(i);
    }
  });
  int missed = 0;
  for (int i = 0; i < 200; ++i) {
    if (hasOthers) other.send("other");
    // As a frame loop does; then the sender has the lane in its cache.
    std::this_thread::sleep_for(100us);
    std::uint64_t const sentBefore = sent.load();
    while (sent.load() < sentBefore + 2) std::this_thread::yield();
    // The first of these two may have been handled; the second one waits, or a newer one.
    std::uint64_t const before = handled;
    bus.main().poll();
    missed += handled > before ? 0 : 1;
  }
  isOver = true;
  // A sender that loses its core while it supersedes has neither message in the lane.
  CHECK(missed <= (isLatest ? 20 : 0));
}

TEST_CASE_METHOD(SendLatest,
                 "sendLatest does not touch what its sender has sent to another receiver") {
  auto other = bus.attach("other");
  other.on("at", [&](int n) { log.push_back("other's at " + std::to_string(n)); });
  ipc.sendLatest("at", 1);
  ipc.peer("other")->sendLatest("at", 2);
  main.poll();
  other.poll();
  REQUIRE(log == Log{"at 1", "other's at 2"});
  REQUIRE(reports.deadLetters().empty());
}

TEST_CASE_METHOD(SendLatest, "what is being handled does not wait, and is not superseded") {
  main.on("again and again", [&](int n) {
    log.push_back(std::to_string(n));
    if (n < 3) ipc.sendLatest("again and again", n + 1);
  });
  ipc.sendLatest("again and again", 1);
  while (main.poll() > 0) {
  }
  REQUIRE(log == Log{"1", "2", "3"});
  REQUIRE(reports.deadLetters().empty());
}

TEST_CASE_METHOD(SendLatest, "sendLatest does not touch requests and calls of its channel") {
  main.on("ask", [](tincan::Event& event, int n) { event.returnValue = n; });
  main.handle("ask", [](int n) { return -n; });
  auto asked = ipc.request<int>("ask", 1);
  auto called = ipc.invoke<int>("ask", 2);
  ipc.sendLatest("ask", 3);
  ipc.sendLatest("ask", 4);
  REQUIRE(main.poll() == 3);
  REQUIRE(asked.get() == 1);
  REQUIRE(called.get() == -2);
}

TEST_CASE_METHOD(
    SendLatest,
    "S: sendLatest by event.sender supersedes what its endpoint has sent by its verbs") {
  ipc.sendLatest("at", 1);
  ipc.on("go", [](tincan::Event& event) { event.sender.sendLatest("at", 2); });
  main.renderer("window")->send("go");
  ipc.poll();
  REQUIRE(bus.stats().pending == 1);
  main.poll();
  REQUIRE(log == Log{"at 2"});
}

TEST_CASE_METHOD(SendLatest,
                 "a poll leaves what its handlers send to itself, also beside sendLatest") {
  main.on("again", [&] { log.push_back("again"); });
  main.on("to", [&](int n) {
    log.push_back("to " + std::to_string(n));
    if (n == 1) main.peer().send("again");
  });
  main.peer().sendLatest("to", 1);
  ipc.send("to", 2);
  REQUIRE(main.poll() == 2);
  REQUIRE(log == Log{"to 1", "to 2"});
  REQUIRE(main.poll() == 1);
  REQUIRE(log == Log{"to 1", "to 2", "again"});
}
