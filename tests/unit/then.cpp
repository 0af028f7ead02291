// tests/unit/then.cpp - then: who goes on with an answer, where and when
#include <algorithm>
#include <chrono>
#include <memory>

#include "deadline_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using namespace std::chrono_literals;

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
  REQUIRE(codeOf([&] { future.then(ipc, logged("x")); }) == Errc::Closed);
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
      code = codeOf([&] {
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
