// tests/unit/bounded_calls.cpp - behaviour 21: calls and deadlines where there is no room
#include <algorithm>
#include <array>
#include <chrono>

#include "bounded_receiver.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Overflow;
using namespace std::chrono_literals;

namespace {

/// Exactly 40 bytes: they fit the cell of a send, and not that of a request.
struct Forty {
  explicit Forty(int number) : counted(number) { bytes.fill(static_cast<unsigned char>(number)); }
  bool isWhole() const {
    return std::all_of(bytes.begin(), bytes.end(), [&](unsigned char byte) {
      return byte == static_cast<unsigned char>(counted.number);
    });
  }
  Counted counted;
  std::array<unsigned char, 36> bytes{};
};
static_assert(sizeof(Forty) == 40);

}  // namespace

// ---- calls --------------------------------------------------------------------------------------

TEST_CASE("21: requests and invokes that are refused answer Full") {
  for (Overflow const overflow : Policies) {
    if (overflow == Overflow::DropOldest) continue;
    Receiver to(Kind::Attached, bounded(2, overflow));
    to.endpoint().poll();
    to.endpoint().on("x", [](tincan::Event& event, int n) { event.returnValue = n; });
    to.endpoint().handle("x", [](int n) { return n; });
    auto first = to.peer().request<int>("x", 1);
    auto second = to.peer().invoke<int>("x", 2);
    auto third = to.peer().request<int>("x", 3);
    auto fourth = to.peer().invoke<int>("x", 4);
    REQUIRE_FALSE(first.ready());
    REQUIRE_FALSE(second.ready());
    REQUIRE(third.ready());
    REQUIRE(codeOf([&] { third.get(); }) == Errc::Full);
    REQUIRE(codeOf([&] { fourth.get(); }) == Errc::Full);
    REQUIRE(codeOf([&] { to.peer().sendSync<int>("x", 5); }) == Errc::Full);
    REQUIRE(contains(whatOf([&] { to.peer().sendSync<int>("x", 5); }), "'window' is full"));
    REQUIRE(to.endpoint().poll() == 2);
    REQUIRE(first.get() == 1);
    REQUIRE(second.get() == 2);
    REQUIRE(to.bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::Full, 4}});
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: requests and invokes that are dropped answer Full") {
  for (Kind const kind : {Kind::Main, Kind::Attached}) {
    Receiver to(kind, bounded(2, Overflow::DropOldest));
    to.endpoint().on("x", [](tincan::Event& event, int n) { event.returnValue = n; });
    to.endpoint().handle("x", [](int n) { return n; });
    auto first = to.peer().request<int>("x", 1);
    auto second = to.peer().invoke<int>("x", 2);
    REQUIRE_FALSE(first.ready());
    auto third = to.peer().request<int>("x", 3);
    REQUIRE(first.ready());
    REQUIRE_FALSE(second.ready());
    auto fourth = to.peer().invoke<int>("x", 4);
    REQUIRE(codeOf([&] { first.get(); }) == Errc::Full);
    REQUIRE(codeOf([&] { second.get(); }) == Errc::Full);
    to.endpoint().poll();
    REQUIRE(third.get() == 3);
    REQUIRE(fourth.get() == 4);
    REQUIRE(to.bus.stats().handled == 2);
    REQUIRE(addsUp(to.bus.stats()));
  }
}

TEST_CASE("21: a request that was cancelled and one whose future is gone may be dropped") {
  Receiver to(Kind::Attached, bounded(2, Overflow::DropOldest));
  auto cancelled = to.peer().request<int>("x", Counted(1));
  cancelled.cancel();
  static_cast<void>(to.peer().invoke<int>("x", Counted(2)));
  for (int i = 0; i < 5; ++i) to.peer().send("number", i);
  REQUIRE(Counted::alive == 0);
  to.endpoint().poll();
  REQUIRE(to.got == range(3, 5));
  REQUIRE(codeOf([&] { cancelled.get(); }) == Errc::Cancelled);
  REQUIRE(to.bus.stats().sent == 7);
  REQUIRE(addsUp(to.bus.stats()));
  // The counts of those that have left are right again.
  auto fine = to.peer().request<int>("number", 9);
  to.endpoint().poll();
  REQUIRE(codeOf([&] { fine.get(); }) == Errc::NoReply);
}

TEST_CASE("21: a dropped request goes on with Full in the coroutine that waits for it") {
  tincan::Bus bus({.main = bounded(1, Overflow::DropOldest)});
  auto window = bus.attach("window");
  std::optional<Errc> code;
  auto future = window.request<int>("x");
  std::move(future).then(window,
                         [&](tincan::Future<int> answer) { code = codeOf([&] { answer.get(); }); });
  window.send("y");
  REQUIRE_FALSE(code.has_value());  // inside poll only
  window.poll();
  REQUIRE(code == Errc::Full);
  REQUIRE(bus.main().poll() == 1);
}

TEST_CASE("21: requests with 33 to 40 bytes of arguments may be dropped like others") {
  int const before = Counted::alive;
  {
    Receiver to(Kind::Attached, bounded(3, Overflow::DropOldest));
    Numbers got;
    bool isWhole = true;
    to.endpoint().on("forty", [&](tincan::Event& event, Forty const& forty) {
      got.push_back(forty.counted.number);
      isWhole = isWhole && forty.isWhole();
      event.returnValue = forty.counted.number;
    });
    to.endpoint().handle("forty", [&](Forty const& forty) {
      got.push_back(forty.counted.number);
      isWhole = isWhole && forty.isWhole();
      return forty.counted.number;
    });
    std::vector<tincan::Future<int>> futures;
    for (int i = 0; i < 99; ++i) {  // more than a chunk
      switch (i % 3) {
        case 0: futures.push_back(to.peer().request<int>("forty", Forty(i))); break;
        case 1: futures.push_back(to.peer().invoke<int>("forty", Forty(i))); break;
        default: to.peer().send("forty", Forty(i)); break;
      }
      REQUIRE(Counted::alive == before + std::min(i + 1, 3));
    }
    to.endpoint().poll();
    REQUIRE(got == range(96, 99));
    REQUIRE(isWhole);
    REQUIRE(Counted::alive == before);
    std::size_t full = 0;
    for (std::size_t i = 0; i + 2 < futures.size(); ++i) {
      full += codeOf([&] { futures[i].get(); }) == Errc::Full ? 1 : 0;
    }
    REQUIRE(full == futures.size() - 2);
    REQUIRE(futures[futures.size() - 2].get() == 96);
    REQUIRE(futures.back().get() == 97);
    REQUIRE(addsUp(to.bus.stats()));
  }
  REQUIRE(Counted::alive == before);
}

// ---- deadlines ----------------------------------------------------------------------------------

TEST_CASE("21: within gives up with Timeout when there is no room") {
  Receiver to(Kind::Attached, bounded(1, Overflow::Block));
  to.endpoint().poll();
  std::vector<std::optional<Errc>> codes;
  std::atomic<bool> isDone{false};
  auto sender = to.bus.spawn("sender", [&, peer = to.peer()](tincan::Renderer&) {
    peer.send("number", 1);
    for (auto const most : {0ns, std::chrono::nanoseconds(1ms)}) {
      codes.push_back(codeOf([&] { peer.within(most).sendSync("number", 2); }));
      codes.push_back(codeOf([&] { return peer.within(most).request("number", 3).get(); }));
      codes.push_back(codeOf([&] { return peer.within(most).invoke("number", 4).get(); }));
    }
    isDone = true;
  });
  while (!isDone) std::this_thread::yield();  // a join would close a cycle
  sender.join();
  REQUIRE(codes == std::vector<std::optional<Errc>>(6, Errc::Timeout));
  REQUIRE(to.endpoint().poll() == 1);
  REQUIRE(to.got == Numbers{1});
  REQUIRE(to.bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::Timeout, 6}});
  REQUIRE(addsUp(to.bus.stats()));
}

TEST_CASE("21: with a deadline there is no waiting for room on the own thread either") {
  Receiver to(Kind::Attached, bounded(1, Overflow::Block));
  to.endpoint().poll();
  to.peer().send("number", 1);
  REQUIRE(codeOf([&] { to.peer().within(1h).request("number", 2).get(); }) == Errc::Full);
}
