// tests/unit/verbs_nested.cpp - verbs inside of one another: objects that end in their own methods, runs in runs
#include <tincan/tincan.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;

namespace {

/// A bus whose main and two renderers belong to this thread.
struct NestedVerbs {
  NestedVerbs() {
    main.poll();
    a.poll();
    b.poll();
  }

  tincan::Bus bus;
  tincan::Main& main = bus.main();
  tincan::Renderer a = bus.attach("a"), b = bus.attach("b");
};

/// Whose only owner lets it go while one of its methods runs.
struct EndsInItsMethod {
  explicit EndsInItsMethod(std::string& said) : log(said) {}
  ~EndsInItsMethod() { log += "end "; }

  void hear() {
    owner.reset();
    log += "heard ";
  }

  std::string& log;
  std::shared_ptr<EndsInItsMethod> owner;
};

/// Does something at its end, wherever that is.
struct DoesAtItsEnd {
  explicit DoesAtItsEnd(std::function<void()> what) : function(std::move(what)) {}
  DoesAtItsEnd(DoesAtItsEnd&& other) noexcept : function(std::exchange(other.function, nullptr)) {}
  ~DoesAtItsEnd() {
    if (function) function();
  }

  std::function<void()> function;
};

}  // namespace

TEST_CASE_METHOD(NestedVerbs,
                 "an object that loses its owner in its own method lives until that returns") {
  std::string log;
  auto object = std::make_shared<EndsInItsMethod>(log);
  object->owner = object;
  main.on("x", object, &EndsInItsMethod::hear);
  main.every(1ns, object, &EndsInItsMethod::hear);
  object.reset();
  a.send("x");
  main.poll();  // the timer goes first, and then there is nobody for the message
  CHECK(log == "heard end ");
  CHECK(main.listenerCount("x") == 0);
  CHECK(bus.stats().deadLetters.at(tincan::Errc::NoListener) == 1);
  main.poll();
  CHECK(log == "heard end ");
}

TEST_CASE_METHOD(
    NestedVerbs,
    "sendLatest: the end of what is superseded sends the latest on that channel, too") {
  std::vector<int> got;
  main.on("x", [&](DoesAtItsEnd const&, int n) { got.push_back(n); });
  a.sendLatest("x", DoesAtItsEnd([&] { a.sendLatest("x", DoesAtItsEnd(nullptr), 2); }), 1);
  a.sendLatest("x", DoesAtItsEnd(nullptr), 3);
  CHECK(main.poll() == 1);
  CHECK(got.size() == 1);
  tincan::Stats const stats = bus.stats();
  CHECK(stats.sent == 3);
  CHECK(stats.deadLetters.at(tincan::Errc::Superseded) == 2);
  CHECK(stats.pending == 0);
}

TEST_CASE_METHOD(NestedVerbs,
                 "runAll in a handler of runAll, of one endpoint twice, and of another bus") {
  int heard = 0;
  main.on("nested", [&] {
    ++heard;
    a.quit();
    tincan::runAll(a, main, a);
    main.quit();
  });
  main.on("x", [&] { ++heard; });
  a.send("nested");
  a.send("x");
  tincan::runAll(main, a);
  CHECK(heard == 2);

  tincan::Bus other;
  other.main().on("x", [&] { ++heard; });
  other.main().post([&] { main.quit(); });
  a.send("x");
  tincan::runAll(other.main(), main);
  CHECK(heard == 3);

  b.close();
  main.quit();
  tincan::runAll(b, main);  // one of them is closed already
  other.close();
  tincan::runAll(other.main(), b);  // all are
}

TEST_CASE_METHOD(
    NestedVerbs,
    "onClose in a function of onClose runs in a later round, until its endpoint closes") {
  std::string log;
  tincan::Peer const gone = a.peer("b").value();
  gone.onClose([&] {
    log += "first ";
    gone.onClose([&] {
      log += "second ";
      a.close();
      gone.onClose([] {});  // throws Closed
    });
    log += "still first ";
  });
  bus.onError([&](tincan::ErrorReport const& report) { log += report.to + " throws "; });
  b.close();
  for (int i = 0; i < 3; ++i) a.poll();
  CHECK(log == "first still first second a throws ");
}

TEST_CASE_METHOD(NestedVerbs,
                 "call gives what can only be moved, and copies of what is referred to") {
  int number = 5;
  auto const referred = [&]() -> int& { return number; };
  auto moved = a.main().call([] { return std::make_unique<int>(3); });
  auto ofTask = a.main().call(
      []() -> tincan::Task<std::unique_ptr<int>> { co_return std::make_unique<int>(4); });
  auto copied = a.main().call(referred);
  main.poll();
  number = 6;
  CHECK(*moved.get() == 3);
  CHECK(*ofTask.get() == 4);
  CHECK(copied.get() == 5);
}

TEST_CASE_METHOD(
    NestedVerbs,
    "any of all and a sleep: what is left over is cancelled, and its endpoint may close") {
  std::vector<tincan::Reply> kept;
  std::string log;
  main.on("kept", [&](tincan::Event& event) { kept.push_back(event.defer()); });
  main.handle("one", [] { return 1; });
  a.post([&]() -> tincan::Task<> {
    auto const first =
        co_await tincan::any(a.request<int>("kept"), a.sleep(1h),
                             tincan::all(a.invoke<int>("one"), a.invoke<int>("one")));
    log += std::to_string(first.index()) + " ";
    for (int i = 0; i < 2; ++i) {
      try {
        co_await tincan::all(a.request<int>("kept"), a.sleep(1h));
      } catch (tincan::Error const& error) {
        log += std::string(toString(error.code())) + " ";
      }
    }
  });
  for (int i = 0; i < 4; ++i) {
    a.poll();
    main.poll();
  }
  CHECK(log == "2 ");
  REQUIRE(kept.size() == 2);
  CHECK(kept.front().cancelled());
  CHECK_FALSE(kept.back().cancelled());
  a.close();
  CHECK(log == "2 Closed Closed ");
}
