// tests/unit/exit.cpp - behaviour 19: static and thread_local objects that hold what is ours
//
// Each test is a small program: a child process whose static objects are those of a function, and
// which ends by std::exit().
#include <memory>
#include <optional>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

namespace {

/// The first static object of a program, and therefore the last one to end. Only then does the
/// program say "ok".
class LastOfAll {
 public:
  explicit LastOfAll(Verdict const& verdict, std::function<bool()> isRight = {})
      : verdict_(verdict), isRight_(std::move(isRight)) {}
  LastOfAll(LastOfAll const&) = delete;
  LastOfAll& operator=(LastOfAll const&) = delete;
  ~LastOfAll() {
    verdict_.say(!isRight_ || isRight_() ? "ok" : "wrong");
    verdict_.end();
  }

 private:
  Verdict verdict_;
  std::function<bool()> isRight_;
};

/// Runs a function at the end of the object.
struct AtExit {
  std::function<void()> function;
  ~AtExit() {
    if (function) function();
  }
};

void answerAndRun(tincan::Renderer& ipc) {
  ipc.on("ask", [](tincan::Event& event) { event.returnValue = 5; });
  ipc.run();
}

}  // namespace

TEST_CASE("19: at exit: a static bus alone") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static LastOfAll const last(verdict);
            static tincan::Bus bus;
            bus.main().on("x", [] {});
            bus.main().peer().send("x");
            bus.main().poll();
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: a static object removes its listener on main's thread") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static std::size_t left = 100;
            static LastOfAll const last(verdict, [] { return left == 0; });
            static tincan::Bus bus;
            static AtExit const look{[] { left = bus.main().listenerCount("x"); }};
            static tincan::Listener token;
            static AtExit const plugin{[] { token.remove(); }};
            token = bus.main().on("x", [] {});
            bus.main().poll();
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: a static ScopedListener, made before the first poll or after it") {
  for (bool const isPolled : {false, true}) {
    REQUIRE(inChild([&](Verdict const& verdict) {
              static std::size_t left = 100;
              static LastOfAll const last(verdict, [] { return left == 0; });
              static tincan::Bus bus;
              static AtExit const look{[] { left = bus.main().listenerCount("x"); }};
              if (isPolled) bus.main().poll();
              static tincan::ScopedListener const scoped{bus.main().on("x", [] {})};
              bus.main().poll();
              std::exit(0);
            }) == "ok");
  }
}

TEST_CASE("19: at exit: tokens and handles that end after their bus") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static LastOfAll const last(verdict);
            static std::optional<tincan::Renderer> window;
            static std::optional<tincan::ScopedListener> scoped;
            static std::optional<tincan::Peer> peer;
            static std::optional<tincan::RendererThread> worker;
            static std::optional<tincan::Future<int>> future;
            static tincan::MessageChannel channel;
            static std::optional<tincan::Reply> reply;
            static tincan::Listener token;
            static AtExit const use{[] {
              token.remove();
              peer->send("x");
              static_cast<void>(codeOf([] { return window->send("x"); }));
              static_cast<void>(codeOf([] { return future->get(); }));
              static_cast<void>(reply->set(5));
              channel.port2.postMessage(1);
            }};
            static tincan::Bus bus;
            bus.main().poll();
            window.emplace(bus.attach("window"));
            window->poll();
            peer = window->peer();
            token = bus.main().on("x", [] {});
            scoped.emplace(window->on("x", [] {}));
            worker.emplace(bus.spawn("worker", answerAndRun));
            future = worker->peer().request<int>("ask");
            channel.port1.on("message", [](int) {});
            channel.port1.start(*window);
            bus.main().on("ask", [](tincan::Event& event) { reply = event.defer(); });
            static std::optional<tincan::Future<int>> asking;
            asking = bus.main().peer().request<int>("ask");
            bus.main().poll();
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: a static RendererThread quits, and what was sent before is handled") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static int handled = 0;
            static LastOfAll const last(verdict, [] { return handled == 200; });
            static tincan::Bus bus;
            static Latch isExiting(1);
            static std::optional<tincan::RendererThread> worker;
            static AtExit const begin{[] { isExiting.count_down(); }};
            worker.emplace(bus.spawn("worker", [](tincan::Renderer& ipc) {
              ipc.on("x", [] {
                // Time enough for an end that does not wait.
                for (int i = 0; i < 200; ++i) std::this_thread::yield();
                ++handled;
              });
              isExiting.wait();
              ipc.run();
            }));
            for (int i = 0; i < 200; ++i) worker->peer().send("x");
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: a static RendererThread that ends after its bus") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static LastOfAll const last(verdict);
            static std::optional<tincan::RendererThread> worker;
            static tincan::Bus bus;
            worker.emplace(bus.spawn("worker", [](tincan::Renderer& ipc) { ipc.run(); }));
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: a static RendererThread whose renderer asks main gets an end") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static std::optional<Errc> code;
            static LastOfAll const last(verdict, [] { return code.has_value(); });
            static tincan::Bus bus;
            static std::optional<tincan::RendererThread> worker;
            bus.main().poll();
            worker.emplace(bus.spawn("worker", [](tincan::Renderer& ipc) {
              code = codeOf([&] { ipc.sendSync<int>("nobody will answer"); });
            }));
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: a static bus ends the waits of the threads that it has spawned") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static std::optional<Errc> code;
            static LastOfAll const last(verdict, [] { return code == Errc::Closed; });
            static std::optional<tincan::RendererThread> worker;
            static tincan::Bus bus;
            static Latch asking(1);
            worker.emplace(bus.spawn("worker", [](tincan::Renderer& ipc) {
              auto future = ipc.request<int>("nobody will answer");
              asking.count_down();
              code = codeOf([&] { future.get(); });
            }));
            asking.wait();
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: destructors of static objects speak for main, and may call any verb") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static std::string wrong;
            static LastOfAll const last(verdict, [] { return wrong.empty(); });
            static tincan::Bus bus;
            static std::optional<tincan::RendererThread> worker;
            static AtExit const use{[] {
              int got = 0;
              tincan::Main& main = bus.main();
              tincan::Peer const toWorker = worker->peer();
              main.on("x", [&] { ++got; });
              tincan::Listener const token = main.on("y", [] {});
              if (toWorker.send("nobody") != SendResult::Queued) wrong += "send ";
              if (toWorker.sendSync<int>("ask") != 5) wrong += "sendSync ";
              if (toWorker.sendSync<std::string>("who?") != "main") wrong += "speaker ";
              if (toWorker.request<int>("ask").get() != 5) wrong += "request ";
              main.peer().send("x");
              main.post([&] { ++got; });
              main.poll();
              if (got != 2) wrong += "poll ";
              main.quit();
              main.run();
              if (!main.off(token)) wrong += "off ";
              {
                tincan::Renderer window = bus.attach("window");
                window.send("x");
                window.poll();
              }
              main.poll();
              if (got != 3) wrong += "attach ";
              bus.spawn("late", [](tincan::Renderer& ipc) { ipc.send("x"); }).join();
              main.poll();
              if (got != 4) wrong += "spawn ";
              tincan::Bus another;
              another.main().peer().send("z");
              if (another.main().poll() != 1) wrong += "another bus ";
            }};
            bus.onDeadLetter([](tincan::DeadLetter const&) {});
            bus.main().poll();
            worker.emplace(bus.spawn("worker", [](tincan::Renderer& ipc) {
              ipc.on("who?", [](tincan::Event& event) { event.returnValue = event.sender.name(); });
              answerAndRun(ipc);
            }));
            // Not before its objects: worker is used by `use`, which ends first.
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: messages that still wait are dead letters, and their arguments end once") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static int letters = 0;
            static LastOfAll const last(verdict,
                                        [] { return letters == 10 && Counted::alive == 0; });
            static tincan::Bus bus;
            bus.onDeadLetter([](tincan::DeadLetter const& letter) {
              if (letter.reason == Errc::Closed) ++letters;
            });
            bus.main().poll();
            for (int i = 0; i < 10; ++i) bus.main().peer().send("x", Counted(i));
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: a suspended coroutine ends with Closed") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static std::optional<Errc> code;
            static LastOfAll const last(verdict, [] { return code == Errc::Closed; });
            static std::optional<tincan::Task<void>> task;
            static tincan::Bus bus;
            static tincan::Renderer window = bus.attach("window");
            window.poll();
            static auto const work = []() -> tincan::Task<void> {
              try {
                co_await window.invoke<int>("never answered");
              } catch (tincan::Error const& error) {
                code = error.code();
              }
            };
            window.post([] { task.emplace(work()); });
            window.poll();
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: std::exit() in a handler of main ends a static bus") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static LastOfAll const last(verdict);
            static tincan::Bus bus;
            static std::optional<tincan::RendererThread> worker;
            worker.emplace(bus.spawn("worker", answerAndRun));
            static tincan::ScopedListener const scoped{bus.main().on("exit", [] { std::exit(0); })};
            bus.main().peer().send("exit");
            bus.main().peer().send("more");
            bus.main().run();
          }) == "ok");
}

TEST_CASE("19: at exit: std::exit() in a hook ends a static bus") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static LastOfAll const last(verdict);
            static tincan::Bus bus;
            bus.onDeadLetter([](tincan::DeadLetter const&) { std::exit(0); });
            bus.main().peer().send("nobody");
            bus.main().run();
          }) == "ok");
}

// ---- thread_local objects ---------------------------------------------------------------------------

TEST_CASE("19: at exit: thread_local objects of main's thread") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static int got = 0;
            static std::string wrong;
            static LastOfAll const last(verdict, [] { return got == 2 && wrong.empty(); });
            static tincan::Bus bus;
            static AtExit const poll{[] { bus.main().poll(); }};
            static std::optional<tincan::RendererThread> worker;
            static thread_local AtExit older, younger;
            auto const use = [] {
              if (bus.main().peer().send("x") != SendResult::Queued) wrong += "send ";
              if (worker->peer().sendSync<int>("ask") != 5) wrong += "sendSync ";
            };
            older.function = use;
            worker.emplace(bus.spawn("worker", answerAndRun));
            bus.main().on("x", [] { ++got; });
            bus.main().poll();
            younger.function = use;
            std::exit(0);
          }) == "ok");
}

TEST_CASE("19: at exit: a thread_local bus, renderer, listener and thread") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static LastOfAll const last(verdict);
            static thread_local tincan::Bus bus;
            static thread_local tincan::Renderer window = bus.attach("window");
            static thread_local tincan::ScopedListener const scoped{window.on("x", [] {})};
            static thread_local tincan::ScopedListener const mains{bus.main().on("x", [] {})};
            static thread_local tincan::RendererThread const worker =
                bus.spawn("worker", answerAndRun);
            static_cast<void>(scoped);
            static_cast<void>(mains);
            bus.main().poll();
            window.poll();
            if (worker.peer().sendSync<int>("ask") != 5) verdict.say("no answer ");
            std::exit(0);
          }) == "ok");
}

namespace {

thread_local AtExit atEndOfThread;

}  // namespace

TEST_CASE("19: thread_local objects of a spawned thread may send, ask and register") {
  Guard const guard;
  tincan::Bus bus;
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  auto const worker = bus.spawn("worker", answerAndRun);
  int got = 0;
  std::string wrong;
  bus.main().on("x", [&] { ++got; });
  bool const isPolled = GENERATE(false, true);
  bus.spawn("ends",
            [&](tincan::Renderer& ipc) {
              tincan::Listener const token = ipc.on("y", [] {});
              if (isPolled) ipc.poll();
              atEndOfThread.function = [&, token, toMain = ipc.main(), toWorker = worker.peer()] {
                token.remove();
                if (toMain.send("x") != SendResult::Queued) wrong += "send ";
                if (toWorker.sendSync<int>("ask") != 5) wrong += "sendSync ";
                if (toWorker.request<int>("ask").get() != 5) wrong += "request ";
                if (toWorker.invoke("nobody").waitFor(std::chrono::hours(1)) != true) {
                  wrong += "invoke ";
                }
                tincan::Renderer window = bus.attach("window");
                window.send("x");
                window.on("y", [] {});
                window.peer().send("y");
                if (window.poll() != 1) wrong += "poll ";
                tincan::Bus another;
                another.main().peer().send("z");
                if (another.main().poll() != 1) wrong += "another bus ";
              };
            })
      .join();
  bus.main().poll();
  REQUIRE(wrong == "");
  REQUIRE(got == 2);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE(
    "19: thread_local objects that are older than a thread's first use of a bus may send and ask") {
  Guard const guard;
  tincan::Bus bus;
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  auto const worker = bus.spawn("worker", answerAndRun);
  bool const hasEndpoint = GENERATE(false, true);
  tincan::Renderer stays = bus.attach("stays");
  int got = 0;
  std::string wrong;
  bus.main().on("x", [&] { ++got; });
  std::thread([&] {
    atEndOfThread.function = [&, toWorker = worker.peer()] {
      if (bus.main().peer().send("x") != SendResult::Queued) wrong += "send ";
      if (toWorker.sendSync<int>("ask") != 5) wrong += "sendSync ";
      if (toWorker.request<int>("ask").get() != 5) wrong += "request ";
      tincan::Renderer window = bus.attach("window");
      window.send("x");
      window.peer().send("y");
      if (window.poll() != 1) wrong += "poll ";
      if (hasEndpoint) {
        stays.peer().send("y");
        if (stays.poll() != 1) wrong += "poll of what stays ";
      }
    };
    worker.peer().sendSync<int>("ask");
    if (hasEndpoint) stays.poll();
  }).join();
  bus.main().poll();
  REQUIRE(wrong == "");
  REQUIRE(got == 2);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("19: thread_local objects of a thread may remove the listeners of its endpoint") {
  Guard const guard;
  bool const isScoped = GENERATE(false, true);
  bool const isYounger = GENERATE(false, true);
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    tincan::Renderer stays = bus.attach("stays");
    int left = -1;
    std::thread([&] {
      if (!isYounger) atEndOfThread.function = [] {};
      stays.poll();
      tincan::Listener const token = stays.on("x", [counted = Counted(1)] {});
      atEndOfThread.function = [&, token,
                                scoped = isScoped ? std::make_shared<tincan::ScopedListener>(token)
                                                  : nullptr]() mutable {
        if (isScoped) scoped.reset();
        else token.remove();
        left = static_cast<int>(stays.listenerCount("x"));
      };
    }).join();
    REQUIRE(left == 0);
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("19: thread_local objects may own a renderer, and poll it at the end of their thread") {
  Guard const guard;
  tincan::Bus bus;
  int got = 0;
  bus.main().on("x", [&] { ++got; });
  std::thread([&] {
    auto window = std::make_shared<tincan::Renderer>(bus.attach("window"));
    window->on("x", [&, window = window.get()] { window->send("x"); });
    window->poll();
    window->peer().send("x");
    atEndOfThread.function = [window]() mutable {
      window->poll();
      window.reset();
    };
  }).join();
  bus.main().poll();
  REQUIRE(got == 1);
  REQUIRE(bus.main().renderers().empty());
}

TEST_CASE("19: thread_local objects may end a RendererThread, a bus and what waits for them") {
  Guard const guard;
  int handled = 0;
  std::thread([&] {
    auto bus = std::make_shared<tincan::Bus>();
    bus->main().poll();
    auto worker =
        std::make_shared<tincan::RendererThread>(bus->spawn("worker", [&](tincan::Renderer& ipc) {
          ipc.on("x", [&] { ++handled; });
          ipc.run();
        }));
    for (int i = 0; i < 100; ++i) worker->peer().send("x");
    atEndOfThread.function = [bus, worker]() mutable {
      worker.reset();
      bus.reset();
    };
  }).join();
  REQUIRE(handled == 100);
}
