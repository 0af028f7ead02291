// tests/unit/deadlines.cpp - within, nextDeadline and then: who keeps a deadline, and who goes on
//
// A deadline of 0s has passed when somebody looks; one of an hour has not.
#include <algorithm>
#include <chrono>
#include <memory>
#include <stop_token>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::InvokeEvent;
using tincan::Task;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct DeadlineFixture {
  tincan::Bus bus;
  Reports reports{bus};
  tincan::Main& main = bus.main();
  tincan::Renderer ipc = bus.attach("window");
  std::vector<tincan::Reply> gates;  // the answers to "gate", in the order of asking
  int calls = 0;
  Log log;

  DeadlineFixture() {
    main.on("x", [this](tincan::Event& event, int number) {
      ++calls;
      event.returnValue = number;
    });
    main.handle("x", [this](int number) {
      ++calls;
      return number;
    });
    main.on("gate", [this](tincan::Event& event) { gates.push_back(event.defer()); });
    main.handle("throws", []() -> int { throw 42; });
  }
  ~DeadlineFixture() { bus.close(); }  // while the reports are still there
  DeadlineFixture(DeadlineFixture const&) = delete;
  DeadlineFixture& operator=(DeadlineFixture const&) = delete;

  void pump() {
    while (main.poll() + ipc.poll() > 0) {
    }
  }

  /// Writes down what became of a future.
  auto logged(std::string name) {
    return [this, name](Future<int> future) { log.push_back(name + " " + outcome(future)); };
  }
  static std::string outcome(Future<int>& future) {
    if (!future.ready()) return "not ready";
    try {
      return std::to_string(future.get());
    } catch (tincan::Error const& error) {
      return std::string(tincan::toString(error.code()));
    } catch (int number) {
      return "thrown " + std::to_string(number);
    }
  }
};

template <class F>
std::optional<Errc> codeOfCall(F&& call) {
  return codeOf([&] {
    call();
    return 0;
  });
}

}  // namespace

// ---- within -------------------------------------------------------------------------------------

TEST_CASE_METHOD(DeadlineFixture,
                 "17: a deadline that passes throws Timeout, and what had not started never runs") {
  std::string what;
  // Nobody polls main, so there is no answer.
  SECTION("sendSync of a renderer") {
    what = whatOf([&] { return ipc.within(1ms).sendSync<int>("x", 1); });
    REQUIRE(codeOf([&] { return ipc.within(0s).sendSync<int>("x", 1); }) == Errc::Timeout);
  }
  SECTION("sendSync of a peer") {
    what = whatOf([&] { return main.peer().within(1ms).sendSync<int>("x", 1); });
    REQUIRE(codeOf([&] { return main.peer().within(-1h).sendSync<int>("x", 1); }) == Errc::Timeout);
  }
  SECTION("request") {
    auto a = ipc.within(1ms).request<int>("x", 1);
    auto b = main.peer().within(0s).request<int>("x", 1);
    what = whatOf([&] { return a.get(); });
    REQUIRE(codeOf([&] { return b.get(); }) == Errc::Timeout);
    REQUIRE(codeOf([&] { return b.get(); }) == Errc::AlreadyRetrieved);
  }
  SECTION("invoke") {
    auto a = ipc.within(1ms).invoke<int>("x", 1);
    auto b = main.peer().within(-1ns).invoke<int>("x", 1);
    what = whatOf([&] { return a.get(); });
    REQUIRE(codeOf([&] { return b.get(); }) == Errc::Timeout);
  }
  SECTION("invoke, and a wait that is longer") {
    auto a = ipc.within(1ms).invoke<int>("x", 1);
    auto b = ipc.within(0s).invoke<int>("x", 1);
    what = whatOf([&] { return a.getFor(1h); });
    REQUIRE(codeOf([&] { return b.getFor(1h); }) == Errc::Timeout);
  }
  REQUIRE(contains(what, "'x'"));
  REQUIRE(contains(what, "main"));
  REQUIRE(contains(what, "in time"));
  main.poll();
  REQUIRE(calls == 0);
  REQUIRE(reports.deadLetters().size() == 2);
  REQUIRE(bus.stats().deadLetters.at(Errc::Timeout) == 2);
  REQUIRE(bus.stats().lateAnswers == 0);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(DeadlineFixture,
                 "a wait that is shorter than the deadline ends first, and with it the request") {
  auto future = ipc.within(1h).invoke<int>("x", 1);
  REQUIRE_FALSE(future.ready());
  REQUIRE_FALSE(future.waitFor(0s));
  REQUIRE(codeOf([&] { return future.getFor(0s); }) == Errc::Timeout);
  main.poll();
  REQUIRE(calls == 0);
}

TEST_CASE_METHOD(DeadlineFixture,
                 "an answer in time is the answer, and one that is there beats the deadline") {
  auto asked = ipc.within(1h).request<int>("x", 1);
  auto called = main.peer().within(1h).invoke<int>("x", 2);
  auto passed = ipc.within(0s).invoke<int>("x", 3);
  auto untyped = ipc.within(1h).invoke("x", 4);
  main.poll();
  REQUIRE(asked.get() == 1);
  REQUIRE(called.get() == 2);
  REQUIRE(passed.get() == 3);
  REQUIRE(untyped.get().get<int>() == 4);
  REQUIRE(bus.stats().deadLetters.empty());
}

TEST_CASE_METHOD(DeadlineFixture,
                 "a future is ready once its deadline has passed, and waits for nothing") {
  auto future = ipc.within(0s).invoke<int>("x", 1);
  REQUIRE(future.ready());
  future.wait();
  REQUIRE(future.ready());
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Timeout);
}

TEST_CASE_METHOD(DeadlineFixture,
                 "waitFor agrees with ready when the future's own deadline has passed") {
  auto future = ipc.within(0s).invoke<int>("x", 1);
  REQUIRE(future.ready());
  REQUIRE(future.waitFor(0s));
  REQUIRE(future.waitFor(1h));
}

TEST_CASE_METHOD(DeadlineFixture, "deadlines of every size are deadlines") {
  using std::chrono::nanoseconds;
  REQUIRE(codeOf([&] { return ipc.within(nanoseconds::min()).sendSync<int>("x", 1); }) ==
          Errc::Timeout);
  auto future = ipc.within(nanoseconds::max()).invoke<int>("x", 1);
  REQUIRE_FALSE(future.ready());
  std::move(future).then(ipc, logged("max"));
  pump();
  REQUIRE(log == Log{"max 1"});
}

TEST_CASE_METHOD(DeadlineFixture, "a deadline changes nothing about those who are closed") {
  tincan::Peer const peer = ipc.peer();
  auto const within = ipc.within(1h);
  ipc.close();
  REQUIRE(codeOf([&] { return peer.within(1h).sendSync<int>("x"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return peer.within(0s).invoke<int>("x").get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return tincan::Peer().within(1h).request<int>("x").get(); }) ==
          Errc::Closed);
  REQUIRE(codeOf([&] { return within.sendSync<int>("x", 1); }) == Errc::Closed);  // one's own
  REQUIRE(codeOf([&] { return within.invoke<int>("x", 1).ready(); }) == Errc::Closed);
}

TEST_CASE("14: a call that could never end throws Deadlock at once, with a deadline, too") {
  tincan::Bus bus;
  auto ipc = bus.attach("window");
  bus.main().poll();
  ipc.poll();
  REQUIRE(codeOf([&] { return ipc.within(1h).sendSync<int>("x"); }) == Errc::Deadlock);
  REQUIRE(codeOf([&] { return ipc.peer().within(1h).sendSync<int>("x"); }) == Errc::Deadlock);
  auto future = ipc.within(1h).invoke<int>("x");
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Deadlock);
  REQUIRE(codeOf([&] { return future.getFor(1h); }) == Errc::Deadlock);
}

TEST_CASE_METHOD(DeadlineFixture, "17: an answer after the deadline is dropped and counted") {
  int const before = Counted::alive;
  bool cancelled = false;
  main.handle("task", [&](InvokeEvent& event) -> Task<Counted> {
    co_await main.peer().request("gate");
    cancelled = event.cancelled();
    co_return Counted(1);
  });
  auto asked = ipc.within(0s).request<Counted>("gate");
  auto called = ipc.within(0s).invoke<Counted>("task");
  pump();  // both are under way
  REQUIRE(gates.size() == 2);
  REQUIRE(asked.ready());
  REQUIRE(codeOf([&] { return asked.get().number; }) == Errc::Timeout);
  REQUIRE(codeOf([&] { return called.get().number; }) == Errc::Timeout);
  REQUIRE(bus.stats().lateAnswers == 0);
  REQUIRE_FALSE(gates[0].set(Counted(1)));
  REQUIRE(bus.stats().lateAnswers == 1);
  gates[1].set(0);
  pump();
  REQUIRE(cancelled);
  REQUIRE(bus.stats().lateAnswers == 2);
  REQUIRE(bus.stats().deadLetters.empty());
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("17: a listener that has started when its caller leaves answers too late") {
  tincan::Bus bus;
  std::latch gaveUp(1);
  bus.main().on("x", [&](tincan::Event& event) {
    gaveUp.wait();
    event.returnValue = 1;
  });
  std::optional<Errc> code;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    code = codeOf([&] { return ipc.within(20ms).sendSync<int>("x"); });
    gaveUp.count_down();
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(code == Errc::Timeout);
  tincan::Stats const stats = bus.stats();
  // Or, on a slow machine, it had not started.
  REQUIRE(stats.lateAnswers + deadLettersOf(stats) == 1);
  REQUIRE(addsUp(stats));
}

TEST_CASE("calls with deadlines between threads are answered") {
  tincan::Bus bus;
  bus.main().on("x", [](tincan::Event& event, int number) { event.returnValue = number; });
  bus.main().handle("x", [](int number) { return -number; });
  bool right = true;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 200; ++i) {
      if (ipc.within(1h).sendSync<int>("x", i) != i) right = false;
      if (ipc.main().within(1h).invoke<int>("x", i).get() != -i) right = false;
    }
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(right);
  REQUIRE(bus.stats().lateAnswers == 0);
}

// ---- deadlines of what goes on in a loop --------------------------------------------------------

TEST_CASE_METHOD(DeadlineFixture,
                 "nextDeadline is the earliest of those that wait to go on, and none without") {
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
  auto future = ipc.within(2h).invoke<int>("x", 1);
  REQUIRE_FALSE(ipc.nextDeadline().has_value());  // the one who has the future keeps it
  ipc.invoke<int>("x", 2).then(ipc, logged("for ever"));
  REQUIRE_FALSE(ipc.nextDeadline().has_value());

  auto const before = Clock::now();
  auto sooner = ipc.within(1h).invoke<int>("x", 3);
  auto const after = Clock::now();
  std::move(future).then(ipc, logged("later"));
  auto const later = ipc.nextDeadline();
  REQUIRE(later.has_value());
  std::move(sooner).then(ipc, logged("sooner"));
  auto const next = ipc.nextDeadline();
  REQUIRE(next.has_value());
  REQUIRE(*next < *later);
  REQUIRE(*next >= before + 1h);
  REQUIRE(*next <= after + 1h);
  REQUIRE_FALSE(main.nextDeadline().has_value());

  main.poll();
  REQUIRE(ipc.nextDeadline() == next);  // until it has gone on
  ipc.poll();
  REQUIRE(log == Log{"later 1", "for ever 2", "sooner 3"});
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
}

TEST_CASE_METHOD(DeadlineFixture,
                 "nextDeadline is gone after a timeout, and after the end of the one who waits") {
  auto gate = ipc.within(0s).request<int>("gate");
  std::move(gate).then(ipc, logged("gate"));
  REQUIRE(ipc.nextDeadline().has_value());
  REQUIRE(*ipc.nextDeadline() <= Clock::now());
  ipc.poll();
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
  REQUIRE(log == Log{"gate Timeout"});
}

TEST_CASE_METHOD(DeadlineFixture, "nextDeadline is of the endpoint's thread") {
  ipc.poll();
  std::optional<Errc> code;
  std::thread([&] { code = codeOf([&] { return ipc.nextDeadline().has_value(); }); }).join();
  REQUIRE(code == Errc::WrongThread);
}

TEST_CASE_METHOD(DeadlineFixture, "a coroutine that waits gives its endpoint a deadline") {
  ipc.handle("wait", [this](InvokeEvent&) -> Task<int> {
    co_return co_await main.peer().within(1h).request<int>("gate");
  });
  auto future = ipc.peer().invoke<int>("wait");
  ipc.poll();
  REQUIRE(ipc.nextDeadline().has_value());
  pump();
  REQUIRE(ipc.nextDeadline().has_value());
  gates.at(0).set(5);
  pump();
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
  REQUIRE(future.get() == 5);
}

TEST_CASE_METHOD(
    DeadlineFixture,
    "17: a coroutine whose deadline has passed gets Timeout, and what had not started never runs") {
  ipc.handle("wait", [this](InvokeEvent&) -> Task<int> {
    auto future = main.peer().within(0s).invoke<int>("x", 1);
    co_return co_await std::move(future);
  });
  auto future = ipc.peer().invoke<int>("wait");
  SECTION("main was never polled") {}
  SECTION("main is another endpoint of the thread, for which it could not block") { main.poll(); }
  ipc.poll();
  ipc.poll();
  REQUIRE(future.ready());
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Timeout);
  main.poll();
  REQUIRE(calls == 0);
  REQUIRE(bus.stats().deadLetters.at(Errc::Timeout) == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(DeadlineFixture, "23: a loop that goes on with an answer wakes for its deadline") {
  std::optional<Errc> code;
  SECTION("of a function, in run") {
    ipc.within(5ms).invoke<int>("x", 1).then(ipc, [&](Future<int> future) {
      code = codeOf([&] { return future.get(); });
      ipc.quit();
    });
    ipc.run();
  }
  SECTION("of a function, in run with a stop token") {
    std::stop_source stop;
    ipc.within(5ms).invoke<int>("x", 1).then(ipc, [&](Future<int> future) {
      code = codeOf([&] { return future.get(); });
      stop.request_stop();
    });
    ipc.run(stop.get_token());
  }
  SECTION("of a coroutine") {
    ipc.handle("wait", [&](InvokeEvent&) -> Task<void> {
      try {
        co_await main.peer().within(5ms).invoke<int>("x", 1);
      } catch (tincan::Error const& error) {
        code = error.code();
      }
      ipc.quit();
    });
    auto future = ipc.peer().invoke<void>("wait");
    ipc.run();
    future.get();
  }
  REQUIRE(code == Errc::Timeout);
  main.poll();
  REQUIRE(calls == 0);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(DeadlineFixture, "deadlines pass in their order, each once") {
  auto late = ipc.within(1ns).request<int>("gate");
  auto early = ipc.within(0s).request<int>("gate");
  std::move(late).then(ipc, logged("late"));
  std::move(early).then(ipc, logged("early"));
  ipc.within(1h).request<int>("gate").then(ipc, logged("in an hour"));
  while (log.size() < 2) ipc.poll();
  REQUIRE(log == Log{"early Timeout", "late Timeout"});
  pump();
  REQUIRE(gates.size() == 1);  // of those that are over none was handled
  REQUIRE(bus.stats().deadLetters.at(Errc::Timeout) == 2);
  gates[0].set(5);
  pump();
  REQUIRE(log.size() == 3);
  REQUIRE(log.back() == "in an hour 5");
}

TEST_CASE_METHOD(DeadlineFixture,
                 "an answer that is in the inbox goes before a deadline that has passed") {
  ipc.within(0s).invoke<int>("x", 5).then(ipc, logged("x"));
  main.poll();
  REQUIRE(log.empty());
  ipc.poll();
  REQUIRE(log == Log{"x 5"});
  REQUIRE(bus.stats().lateAnswers == 0);
}

TEST_CASE_METHOD(DeadlineFixture,
                 "17: a Task whose caller's loop has kept the deadline is asked to stop") {
  main.handle("task", [&](InvokeEvent& event) -> Task<int> {
    std::stop_callback const callback(event.stopToken(), [&] { log.push_back("stop"); });
    co_return co_await main.peer().request<int>("gate");
  });
  ipc.within(0s).invoke<int>("task").then(ipc, logged("task"));
  while (main.poll() > 0) {
  }
  REQUIRE(gates.size() == 1);
  REQUIRE(log.empty());
  ipc.poll();
  REQUIRE(log == Log{"stop", "task Timeout"});
  gates.at(0).set(1);
  pump();
  REQUIRE(log.size() == 2);
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(addsUp(bus.stats()));
}

// ---- then ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(DeadlineFixture, "then calls its function inside the poll of its endpoint, once") {
  ipc.invoke<int>("x", 5).then(ipc, logged("x"));
  REQUIRE(ipc.poll() == 0);
  main.poll();
  REQUIRE(log.empty());
  REQUIRE(ipc.poll() == 1);
  REQUIRE(log == Log{"x 5"});
  pump();
  REQUIRE(log.size() == 1);
}

TEST_CASE_METHOD(
    DeadlineFixture,
    "then calls its function inside poll, not at once, also when the future is ready") {
  auto answered = ipc.invoke<int>("x", 5);
  auto failed = tincan::Peer().invoke<int>("x");
  auto cancelled = ipc.invoke<int>("x", 6);
  Future<int> none;
  main.poll(1);
  cancelled.cancel();
  REQUIRE(answered.ready());
  std::move(answered).then(ipc, logged("answered"));
  std::move(failed).then(ipc, logged("failed"));
  cancelled.then(ipc, logged("cancelled"));
  none.then(ipc, logged("none"));
  REQUIRE(log.empty());
  ipc.poll();
  REQUIRE(log ==
          Log{"answered 5", "failed Closed", "cancelled Cancelled", "none AlreadyRetrieved"});
}

TEST_CASE_METHOD(DeadlineFixture,
                 "then goes on, on the endpoint that is given, not on the one that asked") {
  std::string who;
  main.on("who", [&](tincan::Event& event) { who = event.sender.name(); });
  auto other = bus.attach("other");
  ipc.invoke<int>("x", 5).then(other, [&](Future<int> future) {
    log.push_back(outcome(future));
    main.peer().send("who");
  });
  pump();
  REQUIRE(log.empty());
  other.poll();
  REQUIRE(log == Log{"5"});
  main.poll();
  REQUIRE(who == "other");
}

TEST_CASE_METHOD(DeadlineFixture,
                 "2: a ready future's function runs in its place among the messages") {
  auto other = bus.attach("other");
  other.on("a", [&] { log.push_back("a"); });
  other.on("b", [&] { log.push_back("b"); });
  auto future = ipc.invoke<int>("x", 5);
  main.poll();
  ipc.post([&] {
    other.peer().send("a");
    std::move(future).then(other, logged("x"));
    other.peer().send("b");
  });
  ipc.poll();
  other.poll();
  REQUIRE(log == Log{"a", "x 5", "b"});
}

TEST_CASE_METHOD(DeadlineFixture, "then hands over what was thrown, and every kind of answer") {
  ipc.invoke<int>("throws").then(ipc, logged("throws"));
  ipc.invoke<int>("nobody").then(ipc, logged("nobody"));
  ipc.request<int>("x").then(ipc, logged("mismatch"));
  ipc.invoke<void>("x", 1).then(ipc, [&](Future<void> future) {
    future.get();
    log.push_back("void");
  });
  ipc.invoke("x", 2).then(
      ipc, [&](auto future) { log.push_back(std::to_string(future.get().template get<int>())); });
  ipc.invoke<int>("x", 3).then(ipc, [&](Future<int>&& future) { log.push_back(outcome(future)); });
  ipc.invoke<int>("x", 4).then(ipc, [&](auto&&) { log.push_back("dropped"); });
  pump();
  REQUIRE(log == Log{"throws thrown 42", "nobody NoHandler", "mismatch TypeMismatch", "void", "2",
                     "3", "dropped"});
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(DeadlineFixture,
                 "what a function of then captured may be move-only, and ends with it") {
  int const before = Counted::alive;
  int got = 0;
  ipc.invoke<int>("x", 5).then(
      ipc, [&, held = std::make_unique<Counted>(1)](Future<int> future) mutable {
        got = future.get() + held->number;
      });
  REQUIRE(Counted::alive == before + 1);
  pump();
  REQUIRE(got == 6);
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(DeadlineFixture,
                 "what a function of then throws goes to onError, and the loop goes on") {
  auto ready = ipc.invoke<int>("x", 1);
  main.poll();
  std::move(ready).then(ipc, [](auto) { throw std::runtime_error("ready"); });
  ipc.invoke<int>("x", 2).then(ipc, [](auto) { throw std::runtime_error("answered"); });
  ipc.invoke<int>("throws").then(ipc, [](Future<int> future) {
    try {
      future.get();
    } catch (int) {
      throw std::runtime_error("passed on");
    }
  });
  ipc.within(0s).request<int>("gate").then(ipc, [](Future<int> future) { future.get(); });
  ipc.invoke<int>("x", 3).then(ipc, logged("last"));
  main.poll(3);
  ipc.poll();
  pump();
  Log const errors = reports.errors();
  REQUIRE(errors.size() == 4);
  REQUIRE(contains(errors[0], ">window: ready"));
  REQUIRE(contains(errors[1], ">window: answered"));
  REQUIRE(contains(errors[2], ">window: passed on"));
  REQUIRE(contains(errors[3], "in time"));
  REQUIRE(log == Log{"last 3"});
}

TEST_CASE_METHOD(DeadlineFixture, "a function of then may ask again, and wait again") {
  std::function<void(Future<int>)> next = [&](Future<int> future) {
    int const number = future.get();
    log.push_back(std::to_string(number));
    if (number < 5) ipc.within(1h).invoke<int>("x", number + 1).then(ipc, next);
  };
  ipc.within(1h).invoke<int>("x", 1).then(ipc, next);
  pump();
  REQUIRE(log == Log{"1", "2", "3", "4", "5"});
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
}

TEST_CASE_METHOD(DeadlineFixture, "the one who was asked is closed, and then hands over Closed") {
  auto other = bus.attach("other");
  other.on("never", [replies = std::make_shared<std::vector<tincan::Reply>>()](
                        tincan::Event& event) { replies->push_back(event.defer()); });
  other.peer().request<int>("never").then(ipc, logged("deferred"));
  other.poll();
  other.peer().within(1h).invoke<int>("x").then(ipc, logged("waiting"));
  other.close();
  pump();
  std::sort(log.begin(), log.end());  // in any order
  REQUIRE(log == Log{"deferred Closed", "waiting Closed"});
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
}

TEST_CASE(
    "19: the endpoint where an answer continues is closed, and the function gets a future that "
    "throws") {
  int const before = Counted::alive;
  {
    Log log;
    auto const logged = [&](std::string name) {
      return [&log, name, held = Counted(1)](Future<int> future) {
        log.push_back(name + " " + DeadlineFixture::outcome(future));
      };
    };
    tincan::Bus bus;
    auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
    std::vector<tincan::Reply> gates;
    bus.main().on("gate", [&](tincan::Event& event) { gates.push_back(event.defer()); });
    window->within(1h).request<int>("gate").then(*window, logged("under way"));
    bus.main().poll();
    window->request<int>("gate").then(*window, logged("not handled"));
    SECTION("by close()") {
      window->close();
      window.reset();
    }
    SECTION("by close() inside a poll") {
      window->post([&] { window->close(); });
      window->poll();
      REQUIRE(log.size() == 2);
      window.reset();
    }
    SECTION("by its destructor") { window.reset(); }
    SECTION("by its destructor inside a poll") {
      window->post([&] { window.reset(); });
      window->poll();
    }
    SECTION("by the bus") {
      bus.close();
      window.reset();
    }
    SECTION("with the answer in its inbox") {
      gates[0].set(5);
      window.reset();
    }
    REQUIRE(log.size() == 2);
    bool const first = log[0] == "under way Closed" || log[0] == "under way 5";
    REQUIRE(first);
    REQUIRE(log[1] == "not handled Closed");
    REQUIRE(Counted::alive == before);
    bus.main().poll();
    REQUIRE(addsUp(bus.stats()));
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE(
    "19: a ready future's function is called even if its endpoint is closed before it polls") {
  Log log;
  {
    tincan::Bus bus;
    auto window = bus.attach("window");
    bus.main().handle("x", [] { return 5; });
    auto future = window.invoke<int>("x");
    bus.main().poll();
    std::move(future).then(
        window, [&](Future<int> ready) { log.push_back(DeadlineFixture::outcome(ready)); });
    window.close();
  }
  REQUIRE(log.size() == 1);
}

TEST_CASE_METHOD(
    DeadlineFixture,
    "then on an endpoint that is closed throws Closed, and the future keeps its answer") {
  auto future = main.peer().invoke<int>("x", 5);
  ipc.close();
  REQUIRE(codeOfCall([&] { future.then(ipc, logged("x")); }) == Errc::Closed);
  main.poll();
  REQUIRE(future.get() == 5);
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(DeadlineFixture,
                 "a function of then may close its endpoint, with others waiting") {
  int calledAfter = 0;
  ipc.invoke<int>("x", 1).then(ipc, [&](auto) { ipc.close(); });
  ipc.within(1h).request<int>("gate").then(ipc, [&](Future<int> future) {
    calledAfter += codeOf([&] { return future.get(); }) == Errc::Closed ? 1 : 100;
  });
  main.poll();
  ipc.poll();
  REQUIRE(calledAfter == 1);
}

TEST_CASE("then from another thread than the endpoint's runs on the endpoint's thread") {
  tincan::Bus bus;
  bus.main().handle("x", [](int number) { return number; });
  auto window = bus.attach("window");
  window.poll();
  std::vector<std::thread::id> threads;
  std::vector<int> numbers;
  auto const onReady = [&](Future<int> future) {
    threads.push_back(std::this_thread::get_id());
    numbers.push_back(future.get());
  };
  SECTION("asked by a thread that ends before the answer comes") {
    std::thread([&, peer = bus.main().peer()] {
      for (int i = 0; i < 3; ++i) {
        peer.invoke<int>("x", i).then(window, onReady);
        peer.within(1h).invoke<int>("x", i).then(window, onReady);
      }
    }).join();
    window.poll();
    REQUIRE(window.nextDeadline().has_value());
    bus.main().poll();
    window.poll();
    REQUIRE(numbers == std::vector<int>{0, 0, 1, 1, 2, 2});
  }
  SECTION("answered before then is called, or before the endpoint knows") {
    auto ready = window.invoke<int>("x", 1);
    auto later = window.invoke<int>("x", 2);
    bus.main().poll(1);
    std::thread([&] {
      std::move(ready).then(window, onReady);
      std::move(later).then(window, onReady);
    }).join();
    bus.main().poll();
    REQUIRE(numbers.empty());
    while (window.poll() > 0) {
    }
    REQUIRE(numbers == std::vector<int>{1, 2});
  }
  SECTION("its deadline passes") {
    std::optional<Errc> code;
    std::thread([&, peer = bus.main().peer()] {
      peer.within(0s).invoke<int>("x", 1).then(window, [&](Future<int> future) {
        threads.push_back(std::this_thread::get_id());
        code = codeOf([&] { return future.get(); });
      });
    }).join();
    while (window.poll() > 0) {
    }
    REQUIRE(code == Errc::Timeout);
  }
  SECTION("both threads at the same time") {
    auto requester = bus.spawn("asker", [&](tincan::Renderer& ipc) {
      for (int i = 0; i < 200; ++i) ipc.invoke<int>("x", i).then(window, onReady);
    });
    pollUntil(window, [&] {
      bus.main().poll();
      return numbers.size() == 200;
    });
    int sum = 0;
    for (int const number : numbers) sum += number;
    REQUIRE(sum == 199 * 200 / 2);
  }
  for (auto const& thread : threads) REQUIRE(thread == std::this_thread::get_id());
  REQUIRE_FALSE(threads.empty());
}

TEST_CASE("19: then from another thread, and the endpoint is closed before it knows") {
  Log log;
  std::optional<Errc> code;
  {
    tincan::Bus bus;
    auto window = bus.attach("window");
    window.poll();
    std::thread([&, peer = bus.main().peer()] {
      auto future = peer.invoke<int>("x", 1);
      code = codeOfCall([&] {
        std::move(future).then(
            window, [&](Future<int> ready) { log.push_back(DeadlineFixture::outcome(ready)); });
      });
    }).join();
    window.close();
  }
  REQUIRE_FALSE(code.has_value());
  REQUIRE(log == Log{"Closed"});
}

TEST_CASE_METHOD(DeadlineFixture,
                 "a future without an answer is abandoned by the function that drops it") {
  auto future = ipc.invoke<int>("x", 1);
  std::move(future).then(ipc, [](auto&&) {});
  REQUIRE(codeOf([&] { return future.get(); }) ==
          Errc::AlreadyRetrieved);  // NOLINT: that is the point
  pump();
  REQUIRE(calls == 1);
}
