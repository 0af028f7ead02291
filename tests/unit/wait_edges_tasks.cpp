// tests/unit/wait_edges_tasks.cpp - behaviour 14: who waits for a Task waits for all it waits for
#include <chrono>
#include <optional>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

namespace {

/// Answers "name" with the renderer's own name.
void tellsName(tincan::Renderer& ipc) {
  ipc.on("name", [name = ipc.name()](tincan::Event& event) { event.returnValue = name; });
}
void servesName(tincan::Renderer& ipc) {
  tellsName(ipc);
  ipc.run();
}

/// What a Task waits for inside of it.
tincan::Task<std::string> nameOf(tincan::Peer peer) {
  co_return co_await peer.request<std::string>("name");
}

/// main has handlers that ask back, and is run by the test's thread until "over".
struct AskingBack {
  tincan::Bus bus;
  std::optional<Errc> code;
  std::string answer;

  AskingBack() {
    bus.main().handle("title", [](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
      co_return "title of " + co_await event.sender.request<std::string>("name");
    });
    bus.main().handle("patient title", [](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
      co_return "title of " + co_await event.sender.within(1h).request<std::string>("name");
    });
    bus.main().handle("worker's", [this] { return nameOf(*bus.main().renderer("worker")); });
    bus.main().on("over", [this] { bus.main().quit(); });
  }
  /// Runs main until the window's body says that it is over.
  template <class Body>
  void run(Body&& body) {
    auto const window = bus.spawn("window", std::forward<Body>(body));
    bus.main().run();
  }
  /// Runs main while the window asks it by the function, and notes how that ended.
  template <class Ask>
  void runAsking(Ask&& ask) {
    run([&](tincan::Renderer& ipc) {
      tellsName(ipc);
      code = codeOf([&] { answer = ask(ipc); });
      ipc.send("over");
      ipc.run();
    });
  }
  void runInvoking(std::string const& channel) {
    runAsking([&](tincan::Renderer& ipc) { return ipc.invoke<std::string>(channel).get(); });
  }
};

}  // namespace

TEST_CASE("14: a wait for a handler's Task that waits for who waits for it is a Deadlock") {
  Guard const guard;
  std::string const channel = GENERATE("title", "patient title");
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    asking.runInvoking(channel);
    REQUIRE(asking.code == Errc::Deadlock);
  }
}

TEST_CASE("14: a wait that begins when the Task is suspended already is a Deadlock, too") {
  Guard const guard;
  AskingBack asking;
  std::string what;
  Latch isSuspended(1);
  asking.bus.main().on("ready?", [&] { isSuspended.count_down(); });
  asking.run([&](tincan::Renderer& ipc) {
    tellsName(ipc);
    auto future = ipc.invoke<std::string>("title");
    ipc.send("ready?");
    isSuspended.wait();
    asking.code = codeOf([&] { future.wait(); });
    what = whatOf([&] { future.wait(); });
    // The future is still good: who polls meanwhile gets the answer.
    while (!future.ready()) ipc.poll();
    asking.answer = future.get();
    ipc.send("over");
  });
  REQUIRE(asking.code == Errc::Deadlock);
  REQUIRE(contains(what, "window > main > window"));
  REQUIRE(asking.answer == "title of window");
}

TEST_CASE("14: a wait with a deadline for such a Task is a Deadlock at once") {
  Guard const guard;
  AskingBack asking;
  asking.runAsking(
      [&](tincan::Renderer& ipc) { return ipc.invoke<std::string>("title").getFor(24h); });
  REQUIRE(asking.code == Errc::Deadlock);
}

TEST_CASE("14: a Task that waits for a Task that waits for who waits is a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    asking.bus.main().handle("nested", [](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
      co_return "nested " + co_await nameOf(event.sender);
    });
    asking.runInvoking("nested");
    REQUIRE(asking.code == Errc::Deadlock);
  }
}

TEST_CASE("14: two handlers' Tasks in a row that lead back to who waits are a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    auto const worker = asking.bus.spawn("worker", [&](tincan::Renderer& ipc) {
      ipc.handle("second", [&](std::string const& whom) -> tincan::Task<std::string> {
        co_return co_await ipc.peer(whom)->request<std::string>("name");
      });
      ipc.run();
    });
    asking.bus.main().handle(
        "first", [&asking](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
          co_return co_await asking.bus.main().renderer("worker")->invoke<std::string>(
              "second", event.sender.name());
        });
    asking.runInvoking("first");
    REQUIRE(asking.code == Errc::Deadlock);
  }
}

TEST_CASE("14: a Task that waits for a blocked endpoint that waits for who waits is a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    std::optional<Errc> inner;
    auto const worker = asking.bus.spawn("worker", [&](tincan::Renderer& ipc) {
      ipc.on("name", [&](tincan::Event& event, std::string const& whom) {
        // It blocks, unlike a Task.
        inner = codeOf([&] { ipc.peer(whom)->sendSync<std::string>("name"); });
        event.returnValue = "worker";
      });
      ipc.run();
    });
    asking.bus.main().handle(
        "first", [&asking](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
          co_return co_await asking.bus.main().renderer("worker")->request<std::string>(
              "name", event.sender.name());
        });
    asking.runInvoking("first");
    // Whoever comes last.
    bool const isOutside = asking.code == Errc::Deadlock;
    bool const isInside = inner == Errc::Deadlock && asking.answer == "worker";
    REQUIRE((isOutside || isInside));
  }
}

TEST_CASE("14: a listener's Task that waits for who waits for it is a Deadlock") {
  Guard const guard;
  AskingBack asking;
  asking.bus.main().on("title", [](tincan::Event& event) -> tincan::Task<void> {
    event.returnValue = co_await event.sender.request<std::string>("name");
  });
  asking.runAsking([&](tincan::Renderer& ipc) { return ipc.sendSync<std::string>("title"); });
  REQUIRE(asking.code == Errc::Deadlock);
}

TEST_CASE("14: a Task that waits for somebody else is no Deadlock") {
  Guard const guard;
  for (int round = 0; round < 50; ++round) {
    AskingBack asking;
    auto const worker = asking.bus.spawn("worker", servesName);
    asking.runInvoking("worker's");
    REQUIRE_FALSE(asking.code.has_value());
    REQUIRE(asking.answer == "worker");
  }
}

TEST_CASE("14: somebody else's Task that waits for who waits is no Deadlock") {
  Guard const guard;
  AskingBack asking;
  std::string other;
  Latch isSuspended(1);
  asking.bus.main().on("ready?", [&] { isSuspended.count_down(); });
  asking.bus.main().handle("window's", [&asking]() -> tincan::Task<std::string> {
    co_return co_await asking.bus.main().renderer("window")->request<std::string>("name");
  });
  asking.bus.main().handle("plain", [] { return std::string("plain"); });
  auto const window = asking.bus.spawn("window", [&](tincan::Renderer& ipc) {
    tellsName(ipc);
    isSuspended.wait();
    // main's Task for the worker waits for this thread, which waits for main all the same.
    asking.code = codeOf([&] { asking.answer = ipc.invoke<std::string>("plain").get(); });
    ipc.run();
  });
  auto const worker = asking.bus.spawn("worker", [&](tincan::Renderer& ipc) {
    auto future = ipc.invoke<std::string>("window's");
    ipc.send("ready?");
    other = future.get();
    ipc.send("over");
  });
  asking.bus.main().run();
  REQUIRE_FALSE(asking.code.has_value());
  REQUIRE(asking.answer == "plain");
  REQUIRE(other == "window");
}

TEST_CASE("14: a Task that waits for who polls meanwhile is no Deadlock") {
  Guard const guard;
  AskingBack asking;
  asking.run([&](tincan::Renderer& ipc) {
    tellsName(ipc);
    auto future = ipc.invoke<std::string>("title");
    while (!future.ready()) ipc.poll();
    asking.answer = future.get();
    ipc.send("over");
  });
  REQUIRE(asking.answer == "title of window");
}

TEST_CASE("14: a request that continues elsewhere does not hide the Deadlock of a call") {
  Guard const guard;
  // b waits for main, whose handler has asked c and then calls c, which calls b.
  for (int round = 0; round < 50; ++round) {
    tincan::Bus bus;
    std::atomic<int> deadlocks{0};
    std::atomic<bool> isOver{false};
    auto const attempt = [&](auto const& call) {
      if (codeOf(call) == Errc::Deadlock) ++deadlocks;
    };
    auto const c = bus.spawn("c", [&](tincan::Renderer& ipc) {
      ipc.on("third", [&](tincan::Event& event) {
        attempt([&] { ipc.peer("b")->sendSync<int>("ask"); });
        event.returnValue = 1;
      });
      ipc.run();
    });
    bool called = false;
    bus.main().on("second", [&](tincan::Event& event) {
      c.peer().request<int>("third").then(bus.main(), [&](tincan::Future<int>) { called = true; });
      attempt([&] { c.peer().sendSync<int>("third"); });
      event.returnValue = 1;
    });
    bus.main().poll();
    auto const b = bus.spawn("b", [&](tincan::Renderer& ipc) {
      ipc.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
      ipc.sendSync<int>("second");
      isOver = true;
      ipc.run();
    });
    pollUntil(bus.main(), [&] { return isOver && called; });
    REQUIRE(deadlocks >= 1);
  }
}

TEST_CASE("14: a Task whose loop waits for who waits for the Task is a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    AskingBack asking;
    std::optional<Errc> inner;
    auto const worker = asking.bus.spawn("worker", servesName);
    asking.bus.main().on("block", [&](tincan::Event& event) {
      inner = codeOf([&] { event.sender.sendSync<std::string>("name"); });
    });
    asking.runAsking([&](tincan::Renderer& ipc) {
      auto future = ipc.invoke<std::string>("worker's");
      ipc.send("block");
      return future.get();
    });
    // Unless the worker has answered before main blocked, whoever comes last is told.
    bool const isInside = inner == Errc::Deadlock && asking.answer == "worker";
    bool const isAnswered = !inner.has_value() && asking.answer == "worker";
    REQUIRE((asking.code == Errc::Deadlock || isInside || isAnswered));
  }
}

TEST_CASE("14: a Task that goes on and then blocks for who waits for it is a Deadlock") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    AskingBack asking;
    std::optional<Errc> inner;
    auto const worker = asking.bus.spawn("worker", servesName);
    asking.bus.main().handle("both", [&](tincan::InvokeEvent& event) -> tincan::Task<std::string> {
      std::string both =
          co_await asking.bus.main().renderer("worker")->request<std::string>("name");
      inner = codeOf([&] { both += event.sender.sendSync<std::string>("name"); });
      co_return both;
    });
    asking.runInvoking("both");
    bool const isInside = inner == Errc::Deadlock && asking.answer == "worker";
    REQUIRE((asking.code == Errc::Deadlock || isInside));
  }
}

TEST_CASE("14: a Task that waits for who waits, while another listener answers, is no Deadlock") {
  Guard const guard;
  bool const isLater = GENERATE(false, true);
  for (int round = 0; round < 20; ++round) {
    AskingBack asking;
    asking.bus.main().on("title", [](tincan::Event& event) -> tincan::Task<void> {
      static_cast<void>(co_await event.sender.request<std::string>("name"));
    });
    std::optional<tincan::Reply> reply;
    if (isLater) {
      asking.bus.main().on("title", [&](tincan::Event& event) {
        reply = event.defer();
        asking.bus.main().post([&] { reply->set(std::string("later")); });
      });
    } else {
      asking.bus.main().on("title", [](tincan::Event& event) { event.returnValue = "at once"; });
    }
    asking.runAsking([&](tincan::Renderer& ipc) { return ipc.sendSync<std::string>("title"); });
    REQUIRE_FALSE(asking.code.has_value());
    REQUIRE(asking.answer == (isLater ? "later" : "at once"));
  }
}

namespace {

/// Resumes a coroutine on a thread of its own, which knows nothing of a bus.
struct OnAnotherThread {
  std::thread& thread;
  Latch& mayGoOn;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) const {
    thread = std::thread([this, coroutine] {
      mayGoOn.wait();
      coroutine.resume();
    });
  }
  void await_resume() const noexcept {}
};

}  // namespace

TEST_CASE("14: a Task that goes on by somebody else's means answers in its endpoint's loop") {
  Guard const guard;
  AskingBack asking;
  std::optional<Errc> inner;
  std::thread other;
  Latch mayGoOn(1);
  asking.bus.main().handle("elsewhere", [&]() -> tincan::Task<std::string> {
    co_await OnAnotherThread{other, mayGoOn};
    co_return "from elsewhere";
  });
  bool const mustBlock = GENERATE(false, true);
  asking.bus.main().on("block", [&](tincan::Event& event) {
    if (mustBlock) inner = codeOf([&] { event.sender.sendSync<std::string>("name"); });
    mayGoOn.count_down();
  });
  asking.runAsking([&](tincan::Renderer& ipc) {
    auto future = ipc.invoke<std::string>("elsewhere");
    ipc.send("block");
    return future.get();
  });
  other.join();
  // Whoever comes last is told.
  REQUIRE((asking.code == Errc::Deadlock || asking.answer == "from elsewhere"));
  REQUIRE((asking.code == Errc::Deadlock || inner == Errc::Deadlock) == mustBlock);
}
