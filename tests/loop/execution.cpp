// tests/loop/execution.cpp - endpoints as schedulers, and answers as senders, of std::execution
#include <tincan/loop/execution.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>

#include <tincan/tincan.hpp>

#include "catch.hpp"

namespace {

namespace ex = tincan::loop::detail::execution;
using namespace std::chrono_literals;
using tincan::Errc;
using tincan::loop::answer;
using tincan::loop::Scheduler;

static_assert(ex::scheduler<Scheduler>);
static_assert(ex::sender<decltype(ex::schedule(std::declval<Scheduler&>()))>);
static_assert(ex::sender<decltype(answer(std::declval<tincan::Endpoint&>(),
                                         std::declval<tincan::Future<int>>()))>);

/// What an operation has ended with, and where.
struct Outcome {
  int completions = 0;
  bool isStopped = false;
  std::optional<Errc> error{};
  std::string value{};
  std::thread::id thread{};
  ex::inplace_stop_source stop{};
};

struct Note {
  using receiver_concept = ex::receiver_t;
  struct Env {
    ex::inplace_stop_token token;
    auto query(ex::get_stop_token_t) const noexcept { return token; }
  };
  Env get_env() const noexcept { return {outcome->stop.get_token()}; }

  template <class... Values>
  void set_value(Values... values) noexcept {
    ends();
    if constexpr (sizeof...(Values) == 1) outcome->value = std::string(values...);
  }
  void set_stopped() noexcept {
    ends();
    outcome->isStopped = true;
  }
  void set_error(std::exception_ptr error) noexcept {
    ends();
    try {
      std::rethrow_exception(std::move(error));
    } catch (tincan::Error const& what) {
      outcome->error = what.code();
    } catch (...) {
      outcome->value = "another";
    }
  }
  void ends() noexcept {
    ++outcome->completions;
    outcome->thread = std::this_thread::get_id();
  }
  Outcome* outcome;
};

/// A bus of one thread, on which main answers, and a window waits.
struct Asked {
  Asked() {
    main.poll();
    window->poll();
    main.on("name", [](tincan::Event& event) { event.returnValue = std::string("answer"); });
    main.on("never", [this](tincan::Event& event) { replies.push_back(event.defer()); });
  }
  auto ask(char const* channel = "name") {
    return answer(*window, main.peer().request<std::string>(channel));
  }
  void pollAll() {
    for (int i = 0; i < 4; ++i) {
      main.poll();
      if (window) window->poll();
    }
  }

  std::vector<tincan::Reply> replies{};
  tincan::Bus bus{};
  tincan::Main& main = bus.main();
  std::optional<tincan::Renderer> window = bus.attach("window");
  Outcome outcome{};
  Note note{&outcome};
};

}  // namespace

TEST_CASE("execution: work begins on the thread of an endpoint") {
  tincan::Bus bus;
  auto const window = bus.spawn("window", [](tincan::Renderer& ipc) { ipc.run(); });
  Scheduler const on(window.peer());
  CHECK(on == Scheduler(window.peer()));
  CHECK(on != Scheduler(bus.main()));
  auto const [there] =
      ex::sync_wait(ex::schedule(on) | ex::then([] { return std::this_thread::get_id(); })).value();
  CHECK(there != std::this_thread::get_id());
  auto const [again] =
      ex::sync_wait(
          ex::starts_on(on, ex::just() | ex::then([] { return std::this_thread::get_id(); })))
          .value();
  CHECK(again == there);
  auto const [back] = ex::sync_wait(ex::just(1) | ex::continues_on(on) |
                                    ex::then([](int) { return std::this_thread::get_id(); }))
                          .value();
  CHECK(back == there);
}

TEST_CASE_METHOD(Asked, "execution: what is scheduled keeps its place among the messages") {
  std::string order;
  window->on("x", [&](char which) { order += which; });
  window->peer().send("x", 'a');
  auto work = ex::schedule(Scheduler(*window)) | ex::then([&] { order += 'b'; });
  auto operation = ex::connect(std::move(work), note);
  ex::start(operation);
  window->peer().send("x", 'c');
  CHECK(order.empty());
  window->poll();
  CHECK(order == "abc");
  CHECK(outcome.completions == 1);
}

TEST_CASE_METHOD(Asked, "execution: at an endpoint that closes, work ends with Closed") {
  auto operation = ex::connect(ex::schedule(Scheduler(*window)), note);
  SECTION("before it begins") {
    ex::start(operation);
    CHECK(outcome.completions == 0);
    window->close();
  }
  SECTION("before it is started") {
    window->close();
    ex::start(operation);
  }
  SECTION("and has ended") {
    ex::start(operation);
    window.reset();
  }
  CHECK(outcome.completions == 1);
  CHECK(outcome.error == Errc::Closed);
}

TEST_CASE_METHOD(Asked, "execution: work that is stopped before it begins does not") {
  auto operation = ex::connect(ex::schedule(Scheduler(*window)), note);
  ex::start(operation);
  outcome.stop.request_stop();
  window->poll();
  CHECK(outcome.completions == 1);
  CHECK(outcome.isStopped);
}

TEST_CASE_METHOD(Asked, "execution: an answer comes on the thread of the endpoint that waits") {
  auto operation = ex::connect(ask(), note);
  CHECK(outcome.completions == 0);
  ex::start(operation);
  pollAll();
  CHECK(outcome.completions == 1);
  CHECK(outcome.value == "answer");
}

TEST_CASE_METHOD(Asked, "execution: an answer without a value, and one that does not come") {
  main.handle("void", [] {});
  auto nothing = ex::connect(answer(*window, main.peer().invoke<void>("void")), note);
  ex::start(nothing);
  pollAll();
  CHECK(outcome.completions == 1);
  CHECK(!outcome.error);
  Outcome missing;
  auto operation = ex::connect(ask("nobody"), Note{&missing});
  ex::start(operation);
  pollAll();
  CHECK(missing.completions == 1);
  CHECK(missing.error == Errc::NoListener);
}

TEST_CASE_METHOD(Asked, "execution: an answer is not waited for any more, once that is stopped") {
  auto operation = ex::connect(ask("never"), note);
  SECTION("before") {
    outcome.stop.request_stop();
    ex::start(operation);
    window->poll();
  }
  SECTION("while the answer is under way") {
    ex::start(operation);
    pollAll();
    REQUIRE(replies.size() == 1);
    CHECK(outcome.completions == 0);
    outcome.stop.request_stop();
    CHECK(replies[0].cancelled());
  }
  SECTION("by another thread") {
    ex::start(operation);
    pollAll();
    std::thread([&] { outcome.stop.request_stop(); }).join();
    window->poll();
  }
  CHECK(outcome.completions == 1);
  CHECK(outcome.isStopped);
  pollAll();
  CHECK(outcome.completions == 1);
}

TEST_CASE_METHOD(Asked, "execution: an endpoint that closes while it waits gets Closed") {
  auto operation = ex::connect(ask("never"), note);
  SECTION("before it is started") {
    window->close();
    ex::start(operation);
  }
  SECTION("before it waits") {
    ex::start(operation);
    window->close();
  }
  SECTION("while it waits") {
    ex::start(operation);
    pollAll();
    window->close();
  }
  SECTION("because its bus closes") {
    ex::start(operation);
    pollAll();
    bus.close();
    pollAll();
  }
  CHECK(outcome.completions == 1);
  CHECK(outcome.error == Errc::Closed);
}

TEST_CASE("execution: many answers at once, from another thread, and then back") {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  auto const worker = bus.spawn("worker", [](tincan::Renderer& ipc) {
    ipc.handle("square", [](int n) { return n * n; });
    ipc.run();
  });
  auto window = bus.attach("window");
  window.poll();
  static_cast<void>(main);
  int sum = 0;
  std::thread::id const here = std::this_thread::get_id();
  bool isOver = false;
  auto const square = [&](int n) { return answer(window, worker.peer().invoke<int>("square", n)); };
  auto all = ex::when_all(square(1), square(2), square(3)) | ex::then([&](int a, int b, int c) {
               sum = a + b + c;
               isOver = std::this_thread::get_id() == here;
             });
  Outcome outcome;
  auto operation = ex::connect(std::move(all), Note{&outcome});
  ex::start(operation);
  while (outcome.completions == 0) window.pollFor(1s);
  CHECK(sum == 14);
  CHECK(isOver);
}
