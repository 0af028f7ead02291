// tests/unit/own_stop_token.cpp - the stop tokens that stand in where the standard library has none
#include <atomic>
#include <optional>
#include <thread>
#include <tincan/detail/base/own_stop_token.hpp>
#include <tincan/tincan.hpp>
#include <type_traits>
#include <utility>

#include "catch.hpp"

namespace {

using tincan::detail::OwnNoStopState;
using tincan::detail::OwnStopCallback;
using tincan::detail::OwnStopSource;
using tincan::detail::OwnStopToken;

}  // namespace

TEST_CASE("own stop token: without a source a stop is not possible", "[own_stop_token]") {
  CHECK_FALSE(OwnStopToken().stop_possible());
  CHECK_FALSE(OwnStopToken().stop_requested());
  OwnStopSource none{OwnNoStopState()};
  CHECK_FALSE(none.stop_possible());
  CHECK_FALSE(none.request_stop());
  CHECK_FALSE(none.get_token().stop_possible());

  std::optional<OwnStopSource> source(std::in_place);
  OwnStopToken const token = source->get_token();
  CHECK(token.stop_possible());
  OwnStopSource const copy = *source;
  source.reset();
  CHECK(token.stop_possible());
  OwnStopSource moved = std::move(copy);  // of a const one: a copy
  CHECK(moved == copy);
  CHECK(token == moved.get_token());
}

TEST_CASE("own stop token: the last source takes the possibility along, but not a request",
          "[own_stop_token]") {
  OwnStopToken neverAsked, asked;
  {
    OwnStopSource first, second;
    neverAsked = first.get_token();
    asked = second.get_token();
    CHECK(second.request_stop());
    CHECK_FALSE(second.request_stop());
  }
  CHECK_FALSE(neverAsked.stop_possible());
  CHECK(asked.stop_possible());
  CHECK(asked.stop_requested());
}

TEST_CASE(
    "own stop token: a request calls each callback once, and a later callback is called at once",
    "[own_stop_token]") {
  OwnStopSource source;
  int calls = 0;
  OwnStopCallback const first(source.get_token(), [&] { calls += 1; });
  {
    OwnStopCallback const gone(source.get_token(), [&] { calls += 10; });
  }
  OwnStopCallback const second(source.get_token(), [&] { calls += 100; });
  CHECK(calls == 0);
  CHECK(source.request_stop());
  CHECK(calls == 101);
  OwnStopCallback const late(source.get_token(), [&] { calls += 1000; });
  CHECK(calls == 1101);
  CHECK_FALSE(source.request_stop());
  CHECK(calls == 1101);
}

TEST_CASE("own stop token: a callback may end itself, and another one", "[own_stop_token]") {
  OwnStopSource source;
  int calls = 0;
  struct End {
    std::optional<OwnStopCallback<End&>>* one;
    std::optional<OwnStopCallback<End&>>* other;
    int* calls;
    void operator()() {
      ++*calls;
      other->reset();
      one->reset();
    }
  };
  std::optional<OwnStopCallback<End&>> a, b;
  End endA{&a, &b, &calls}, endB{&b, &a, &calls};
  a.emplace(source.get_token(), endA);
  b.emplace(source.get_token(), endB);
  CHECK(source.request_stop());
  CHECK(calls == 1);
  CHECK_FALSE(a.has_value());
  CHECK_FALSE(b.has_value());
}

TEST_CASE("own stop token: whoever ends a callback waits while it runs elsewhere",
          "[own_stop_token][threads]") {
  OwnStopSource source;
  std::atomic<bool> isInside{false}, mayLeave{false}, hasEnded{false};
  std::atomic<bool> hasLeft{false};
  auto const slow = [&] {
    isInside = true;
    while (!mayLeave) std::this_thread::yield();
    hasLeft = true;
  };
  std::optional<OwnStopCallback<decltype(slow)&>> callback(std::in_place, source.get_token(), slow);
  std::thread asker([&] { source.request_stop(); });
  while (!isInside) std::this_thread::yield();
  bool sawItLeft = false;
  std::thread ender([&] {
    callback.reset();
    sawItLeft = hasLeft;
    hasEnded = true;
  });
  CHECK_FALSE(hasEnded);
  mayLeave = true;
  asker.join();
  ender.join();
  CHECK(sawItLeft);
}

TEST_CASE("own stop token: threads that ask, register and end at the same time",
          "[own_stop_token][threads]") {
  for (int round = 0; round < 200; ++round) {
    OwnStopSource source;
    std::atomic<int> calls{0};
    std::atomic<int> requests{0};
    auto const ask = [&, mine = source]() mutable {
      if (mine.request_stop()) ++requests;
    };
    int lasting = 0;
    std::thread first(ask), second(ask);
    std::thread third([&] {
      for (int i = 0; i < 20; ++i) {
        OwnStopCallback const brief(source.get_token(), [&] { ++calls; });
      }
      OwnStopCallback const kept(source.get_token(), [&] { ++lasting; });
      first.join();
      second.join();
    });
    third.join();
    CHECK(requests == 1);
    CHECK(lasting == 1);
    CHECK(calls <= 20);
  }
}
