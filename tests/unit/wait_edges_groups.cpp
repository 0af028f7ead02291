// tests/unit/wait_edges_groups.cpp - behaviour 14: what several Tasks, or one of several things, could end
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>

#include "../joining_thread.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Event;
using tincan::Future;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

/// A worker that answers "ask" at once.
void answers(tincan::Renderer& ipc) {
  ipc.on("ask", [](Event& event) { event.returnValue = 7; });
  ipc.run();
}
/// A worker that asks the window before it answers.
void asksWindow(tincan::Renderer& ipc) {
  ipc.on("ask", [&](Event& event) {
    auto const code = codeOf([&] { ipc.peer("window")->sendSync<int>("ask"); });
    event.returnValue = code == Errc::Deadlock ? -1 : -2;
  });
  ipc.run();
}

/// A window asks main, whose answer needs several things.
struct Groups {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  std::optional<Errc> code;
  std::string what;
  int answer = 0;

  Groups() { main.poll(); }

  Future<int> ask(char const* name) { return main.renderer(name)->request<int>("ask"); }
  /// Asks the window, which waits.
  Future<int> askBack() { return ask("window"); }
  Task<int> askBackByTask() { co_return co_await askBack(); }

  /// Runs main while the window makes that call.
  template <class Call>
  void run(Call&& call) {
    auto const window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      ipc.on("ask", [](Event& event) { event.returnValue = 1; });
      ipc.poll();
      try {
        answer = call(ipc);
      } catch (tincan::Error const& error) {
        code = error.code();
        what = error.what();
      }
      main.quit();
      ipc.run();
    });
    main.run();
  }
  void runInvoking() {
    run([](tincan::Renderer& ipc) { return ipc.invoke<int>("x").get(); });
  }
  void runAsking() {
    run([](tincan::Renderer& ipc) { return ipc.sendSync<int>("x"); });
  }
};

}  // namespace

TEST_CASE("14: any: a Task of which whatever would do waits for who waits for it is a Deadlock") {
  Guard const guard;
  Groups groups;
  int const way = GENERATE(0, 1, 2, 3, 4);
  CAPTURE(way);
  groups.main.handle("x", [&]() -> Task<int> {
    if (way == 1) co_await groups.main.sleep(3ms);  // the window sleeps by then
    if (way < 2) co_return co_await tincan::any(groups.askBack(), groups.askBack());
    if (way == 2) co_return co_await tincan::any(groups.askBack());
    if (way == 3) {
      static_cast<void>(co_await tincan::any(groups.askBackByTask(), groups.askBack()));
      co_return 3;
    }
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 100; ++i) tasks.push_back(groups.askBackByTask());
    co_return co_await tincan::any(std::move(tasks));
  });
  groups.runInvoking();
  REQUIRE(groups.code == Errc::Deadlock);
  REQUIRE(contains(groups.what, "window > main > window"));
}

TEST_CASE("14: any: a Task that somebody else, or time, lets go on is no Deadlock") {
  Guard const guard;
  Groups groups;
  int const way = GENERATE(0, 1, 2, 3);
  CAPTURE(way);
  auto const worker = groups.bus.spawn("worker", answers);
  groups.main.handle("x", [&]() -> Task<int> {
    if (way == 0) co_return co_await tincan::any(groups.askBack(), groups.ask("worker"));
    if (way == 1) co_return co_await tincan::any(groups.ask("worker"), groups.askBack());
    if (way == 2) {
      static_cast<void>(co_await tincan::any(groups.askBack(), groups.main.sleep(5ms)));
      co_return 7;
    }
    static_cast<void>(co_await tincan::any(groups.askBack(),
                                           [&]() -> Task<> { co_await groups.main.sleep(5ms); }()));
    co_return 7;
  });
  groups.runInvoking();
  REQUIRE_FALSE(groups.code.has_value());
  REQUIRE(groups.answer == 7);
}

TEST_CASE("14: any: if all who could answer wait for who waits, one of them is told") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    Groups groups;
    auto const b = groups.bus.spawn("b", asksWindow), c = groups.bus.spawn("c", asksWindow);
    groups.main.handle("x", [&]() -> Task<int> {
      if (round % 2 == 0) co_await groups.main.sleep(1ms);
      co_return co_await tincan::any(groups.ask("b"), groups.ask("c"));
    });
    groups.runInvoking();
    REQUIRE((groups.code == Errc::Deadlock || groups.answer == -1));
  }
}

TEST_CASE("14: any: who waits for one that waits for somebody else still is told nothing") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    Groups groups;
    auto const b = groups.bus.spawn("b", asksWindow);
    auto const slow = groups.bus.spawn("slow", [](tincan::Renderer& ipc) {
      ipc.on("ask", [](Event& event) {
        std::this_thread::sleep_for(1ms);
        event.returnValue = 7;
      });
      ipc.run();
    });
    groups.main.handle("x", [&]() -> Task<int> {
      co_return co_await tincan::any(groups.ask("b"), groups.ask("slow"));
    });
    groups.runInvoking();
    REQUIRE_FALSE(groups.code.has_value());
    REQUIRE(groups.answer == 7);
  }
}

TEST_CASE("14: all: one thing that is needed and waits for who waits is a Deadlock at once") {
  Guard const guard;
  Groups groups;
  int const way = GENERATE(0, 1, 2, 3, 4);
  CAPTURE(way);
  groups.main.handle("x", [&]() -> Task<int> {
    auto const hour = [&] { return groups.main.sleep(1h); };
    if (way == 0) static_cast<void>(co_await tincan::all(hour(), groups.askBack()));
    if (way == 1) static_cast<void>(co_await tincan::all(groups.askBack(), hour()));
    if (way == 2) {
      static_cast<void>(
          co_await tincan::all(hour(), tincan::any(groups.askBack(), groups.askBack()), hour()));
    }
    if (way == 3) {
      static_cast<void>(co_await tincan::any(tincan::all(hour(), groups.askBack()),
                                             tincan::all(groups.askBackByTask(), hour())));
    }
    if (way == 4) static_cast<void>(co_await tincan::all(groups.main.sleep(2ms), groups.askBack()));
    co_return 0;
  });
  groups.runInvoking();
  REQUIRE(groups.code == Errc::Deadlock);
}

TEST_CASE("14: two listeners' Tasks that both wait for who waits for them are a Deadlock") {
  Guard const guard;
  Groups groups;
  for (int i = 0; i < 2; ++i) {
    groups.main.on("x",
                   [&](Event& event) -> Task<> { event.returnValue = co_await groups.askBack(); });
  }
  groups.runAsking();
  REQUIRE(groups.code == Errc::Deadlock);
}

TEST_CASE("14: of two listeners' Tasks the other one may answer") {
  Guard const guard;
  Groups groups;
  auto const worker = groups.bus.spawn("worker", answers);
  char const* const first = GENERATE("worker", "window");
  char const* const second = first[1] == 'o' ? "window" : "worker";
  for (char const* const whom : {first, second}) {
    groups.main.on("x", [&groups, whom](Event& event) -> Task<> {
      co_await groups.main.sleep(1ms);
      event.returnValue = co_await groups.ask(whom);
    });
  }
  groups.runAsking();
  REQUIRE_FALSE(groups.code.has_value());
  REQUIRE(groups.answer == 7);
}

TEST_CASE("14: the Task that is left when others will not answer is waited for") {
  Guard const guard;
  Groups groups;
  int const way = GENERATE(0, 1, 2, 3, 4);
  CAPTURE(way);
  std::optional<tincan::Reply> reply;
  auto const other = [&](Event& event) -> Task<> {
    if (way == 0) co_return;
    if (way == 1) co_await groups.main.sleep(2ms);
    if (way == 2) static_cast<void>(event.defer());
    if (way == 3) reply = event.defer();
    if (way == 4) {
      auto const later = event.defer();
      co_await groups.main.sleep(2ms);
    }
  };
  auto const asksBack = [&](Event& event) -> Task<> {
    event.returnValue = co_await groups.askBack();
  };
  if (GENERATE(false, true)) {
    groups.main.on("x", other);
    groups.main.on("x", asksBack);
  } else {
    groups.main.on("x", asksBack);
    groups.main.on("x", other);
  }
  test::JoiningThread drop;
  if (way == 3) {
    groups.main.on("x", [&] {
      drop = test::JoiningThread([&] {
        std::this_thread::sleep_for(2ms);
        reply.reset();
      });
    });
  }
  groups.runAsking();
  REQUIRE(groups.code == Errc::Deadlock);
}

TEST_CASE("14: a Task that ends by an exception answers, whoever else is stuck") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    Groups groups;
    std::string thrown;
    groups.bus.onError([](tincan::ErrorReport const&) {});
    groups.main.on("x",
                   [&](Event& event) -> Task<> { event.returnValue = co_await groups.askBack(); });
    groups.main.on("x", [&]() -> Task<> {
      co_await groups.main.sleep(1ms);
      throw std::runtime_error("an answer");
    });
    groups.run([&](tincan::Renderer& ipc) {
      try {
        return ipc.sendSync<int>("x");
      } catch (std::runtime_error const& error) {
        if (dynamic_cast<tincan::Error const*>(&error) != nullptr) throw;
        thrown = error.what();
        return 0;
      }
    });
    REQUIRE_FALSE(groups.code.has_value());
    REQUIRE(thrown == "an answer");
  }
}

TEST_CASE("14: all: who waits for the Task is told, so that two go on who wait for that one") {
  Guard const guard;
  for (int round = 0; round < 5; ++round) {
    Groups groups;
    Latch isAsked(1), areWaiting(2);
    std::atomic<int> told{0};
    auto const waits = [&](tincan::Renderer& ipc) {
      ipc.on("ask", [](Event& event) { event.returnValue = 1; });
      ipc.poll();
      isAsked.wait();
      for (int i = 0; i < 200; ++i) ipc.peer("other")->sendSync<int>("ask");  // so that it is later
      areWaiting.count_down();
      auto const call = [&] { ipc.peer("window")->sendSync<int>("ask"); };
      told += codeOf(call) == Errc::Deadlock ? 1 : 0;
      ipc.run();
    };
    auto const other = groups.bus.spawn("other", answers);
    auto const b = groups.bus.spawn("b", waits), c = groups.bus.spawn("c", waits);
    groups.main.handle("x", [&]() -> Task<int> {
      isAsked.count_down();
      areWaiting.wait();
      co_await groups.main.sleep(10ms);
      auto const [one, two] = co_await tincan::all(groups.ask("b"), groups.ask("c"));
      co_return one + two;
    });
    groups.runInvoking();
    CHECK(groups.code == Errc::Deadlock);
    CHECK(told == 0);
  }
}

TEST_CASE("14: all: two who wait for Tasks of which each needs both are both told") {
  Guard const guard;
  for (int round = 0; round < 5; ++round) {
    Groups groups;
    std::atomic<int> told{0}, over{0};
    auto const waits = [&](tincan::Renderer& ipc) {
      ipc.on("ask", [](Event& event) { event.returnValue = 1; });
      ipc.poll();
      auto const call = [&] { ipc.invoke<int>("x").get(); };
      told += codeOf(call) == Errc::Deadlock ? 1 : 0;
      if (++over == 2) groups.main.quit();
      ipc.run();
    };
    auto const b = groups.bus.spawn("b", waits), c = groups.bus.spawn("c", waits);
    groups.main.handle("x", [&]() -> Task<int> {
      auto const [one, two] = co_await tincan::all(groups.ask("b"), groups.ask("c"));
      co_return one + two;
    });
    groups.main.run();
    CHECK(told == 2);
  }
}

TEST_CASE("14: a listener that waits for the caller, beside another one's Task, is told") {
  Guard const guard;
  Groups groups;
  std::optional<Errc> inner;
  groups.main.on("x", [&]() -> Task<> { co_await groups.main.sleep(1h); });
  bool const isNested = GENERATE(false, true);
  auto const block = [&] {
    inner = codeOf([&] { groups.main.renderer("window")->sendSync<int>("ask"); });
  };
  groups.main.on("x", [&](Event& event) {
    if (isNested) {
      groups.main.post(block);
      groups.main.poll();
    } else {
      block();
    }
    event.returnValue = 3;
  });
  groups.runAsking();
  REQUIRE(groups.answer == 3);
  REQUIRE(inner == Errc::Deadlock);
}

TEST_CASE("14: what ends with a Task that has not answered, and waits for the caller, is told") {
  struct AsksAtItsEnd {
    AsksAtItsEnd(Groups& of, std::optional<Errc>& to) : groups(&of), code(&to) {}
    AsksAtItsEnd(AsksAtItsEnd&& other) noexcept
        : groups(std::exchange(other.groups, nullptr)), code(other.code) {}
    ~AsksAtItsEnd() {
      if (groups == nullptr) return;
      *code = codeOf([&] { groups->main.renderer("window")->sendSync<int>("ask"); });
    }
    Groups* groups;
    std::optional<Errc>* code;
  };
  Guard const guard;
  Groups groups;
  std::optional<Errc> inner;
  auto const kept = std::make_shared<std::optional<AsksAtItsEnd>>();
  kept->emplace(groups, inner);
  groups.main.on("x", [&](Event&) -> Task<> {
    AsksAtItsEnd const asks = std::move(**kept);
    co_await groups.main.sleep(1ms);
  });
  groups.runAsking();
  REQUIRE(groups.code == Errc::NoReply);
  REQUIRE(inner == Errc::Deadlock);
}

namespace {

/// A renderer whose thread ends while its Tasks are suspended.
struct Deserted {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  tincan::Renderer late = bus.attach("late");

  Deserted() {
    main.poll();
    late.handle("sleeps", [this]() -> Task<int> {
      co_await late.sleep(1ms);
      co_return 1;
    });
    late.handle("never", [this]() -> Task<int> {
      co_await late.sleep(1h);
      co_return 1;
    });
  }
  template <class Wait>
  void beginAndEnd(Wait&& whenBegun) {
    std::thread([&] {
      late.poll();
      whenBegun();
    }).join();
  }
};

}  // namespace

TEST_CASE(
    "14: a Task whose thread has ended is waited for in vain: a Deadlock, as for a plain handler") {
  Guard const guard;
  Deserted deserted;
  Future<int> future;
  SECTION("a handler's") { future = deserted.main.renderer("late")->invoke<int>("sleeps"); }
  SECTION("a call's") {
    future = deserted.main.renderer("late")->call([&]() -> Task<int> {
      co_await deserted.late.sleep(1ms);
      co_return 1;
    });
  }
  SECTION("a listener's") {
    deserted.late.on("sleeps", [&](Event& event) -> Task<> {
      co_await deserted.late.sleep(1ms);
      event.returnValue = 1;
    });
    future = deserted.main.renderer("late")->request<int>("sleeps");
  }
  deserted.beginAndEnd([] {});
  std::string const what = whatOf([&] { future.wait(); });
  REQUIRE(contains(what, "main > late, whose thread has ended"));
  REQUIRE(codeOf([&] { future.get(); }) == Errc::Deadlock);
}

TEST_CASE("14: who waits for a Task when its thread ends is told") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    Deserted deserted;
    Latch isAsked(1), isWaiting(1);
    std::thread late([&] {
      isAsked.wait();
      deserted.late.poll();
      isWaiting.wait();
      if (round % 2 == 0) std::this_thread::sleep_for(2ms);
    });
    auto future = deserted.main.renderer("late")->invoke<int>("never");
    isAsked.count_down();
    isWaiting.count_down();
    REQUIRE(codeOf([&] { future.get(); }) == Errc::Deadlock);
    late.join();
  }
}

TEST_CASE("14: a Task elsewhere that needs one whose thread has ended is waited for in vain, too") {
  Guard const guard;
  Deserted deserted;
  auto const window = deserted.bus.spawn("window", [&](tincan::Renderer& ipc) {
    auto const late = [&] { return ipc.peer("late")->invoke<int>("never"); };
    ipc.handle("one", [=]() -> Task<int> { co_return co_await late(); });
    ipc.handle("any", [=]() -> Task<int> { co_return co_await tincan::any(late(), late()); });
    ipc.handle("all", [&, late]() -> Task<int> {
      static_cast<void>(co_await tincan::all(ipc.sleep(1h), late()));
      co_return 1;
    });
    ipc.handle("or main", [=](tincan::InvokeEvent& event) -> Task<int> {
      co_return co_await tincan::any(late(), event.sender.request<int>("ask"));
    });
    ipc.handle("or time", [&, late]() -> Task<int> {
      static_cast<void>(co_await tincan::any(late(), ipc.sleep(2ms)));
      co_return 5;
    });
    ipc.run();
  });
  deserted.beginAndEnd([] {});
  auto const ask = [&](char const* channel) { return window.peer().invoke<int>(channel).get(); };
  for (char const* const channel : {"one", "any", "all", "or main"}) {
    CAPTURE(channel);
    REQUIRE(codeOf([&] { ask(channel); }) == Errc::Deadlock);
  }
  REQUIRE(ask("or time") == 5);
  deserted.bus.close();
}
