// tests/unit/moves.cpp - RAII of what can be moved: an assignment ends what was there
#include <atomic>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

static_assert(std::is_move_assignable_v<tincan::Renderer>);
static_assert(std::is_move_assignable_v<tincan::RendererThread>);
static_assert(!std::is_copy_constructible_v<tincan::RendererThread>);
static_assert(!std::is_copy_assignable_v<tincan::RendererThread>);
static_assert(!std::is_copy_constructible_v<tincan::MessagePort>);
static_assert(!std::is_copy_assignable_v<tincan::MessagePort>);

TEST_CASE("19: a renderer that is assigned to another one closes that, and goes on as itself") {
  tincan::Bus bus;
  Reports const reports(bus);
  Log log;
  auto one = bus.attach("one");
  auto other = bus.attach("other");
  one.on("x", [] {});
  other.on("x", [&] { log.push_back("other"); });
  tincan::Peer const toOne = *bus.main().renderer("one"), toOther = *bus.main().renderer("other");
  toOne.send("x");
  toOther.send("x");
  one = std::move(other);
  CHECK_FALSE(toOne.alive());
  CHECK(toOther.alive());
  CHECK(toOne.send("x") == SendResult::Closed);
  CHECK(toOther.send("x") == SendResult::Queued);
  CHECK(one.name() == "other");
  CHECK(one.poll() == 2);
  CHECK(log == Log{"other", "other"});
  CHECK(reports.deadLetters() == Log{"Closed x main>one", "Closed x main>one"});
  CHECK(bus.main().renderers().size() == 1);
}

TEST_CASE("a RendererThread that is assigned to quits, and is joined") {
  Guard const guard;
  tincan::Bus bus;
  std::atomic<int> handled{0};
  std::atomic<bool> hasEnded{false};
  auto thread = bus.spawn("one", [&](tincan::Renderer& ipc) {
    ipc.on("x", [&] { ++handled; });
    ipc.run();
    hasEnded = true;
  });
  tincan::Peer const one = thread.peer();
  for (int i = 0; i < 3; ++i) one.send("x");
  thread = bus.spawn("other", servesAsk);
  CHECK(hasEnded);  // joined
  CHECK(handled == 3);
  CHECK_FALSE(one.alive());
  CHECK(thread.peer().sendSync<int>("ask") == 5);
}

TEST_CASE("a RendererThread that is moved does not end, but the last one that has it") {
  Guard const guard;
  tincan::Bus bus;
  std::atomic<bool> hasEnded{false};
  std::optional<tincan::RendererThread> holder;
  {
    auto thread = bus.spawn("window", [&](tincan::Renderer& ipc) {
      servesAsk(ipc);
      hasEnded = true;
    });
    holder.emplace(std::move(thread));
  }
  CHECK_FALSE(hasEnded);
  CHECK(holder->peer().sendSync<int>("ask") == 5);
  holder.reset();
  CHECK(hasEnded);
}

TEST_CASE("11: a Reply that is assigned to dies, and answers NoReply") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::vector<tincan::Reply> replies;
  bus.main().on("x", [&](tincan::Event& event) { replies.push_back(event.defer()); });
  auto first = window.request<int>("x");
  auto second = window.request<int>("x");
  bus.main().poll();
  replies[0] = std::move(replies[1]);
  CHECK(codeOf([&] { return first.get(); }) == Errc::NoReply);
  CHECK(replies[0].set(7));
  CHECK(second.get() == 7);
}
