// tests/testing/last_words.cpp - a test that hangs or crashes says where, in which order, and how to run it again
#include <tincan/testing.hpp>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

#include "../unit/child.hpp"
#include "../unit/support.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TEST_SANITIZED 1
#endif
#endif

using namespace std::chrono_literals;
using test::contains;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Simulation;

namespace {

using Body = std::function<void(Simulation&)>;

/// What a process says on stderr that explores the body, with its end.
std::string said(Body const& body, Options const& options = {}) {
  return test::inChild([&](test::Verdict const& verdict) {
    verdict.saysStderr();
    auto const result = explore(body, options);
    verdict.say(result.ok ? "passes" : "fails");
  });
}

std::string tokenIn(std::string const& text) {
  std::string const mark = "TINCAN_SIM_REPLAY='";
  auto const at = text.find(mark);
  REQUIRE(at != std::string::npos);
  return text.substr(at + mark.size(), text.find('\'', at + mark.size()) - at - mark.size());
}

}  // namespace

#if defined(__linux__) && defined(__GLIBC__)  // elsewhere there are none

namespace {

/// In the order in which b comes first `end` is called, in the handler.
Body whenBIsFirst(std::function<void()> const& end) {
  return [end](Simulation& sim) {
    auto const first = std::make_shared<std::string>();
    sim.bus().main().on("x", [first, end](Event& event, int) {
      if (first->empty()) *first = event.sender.name();
      if (*first == "b") end();
    });
    for (char const* const name : {"a", "b"}) {
      sim.spawn(name, [](Renderer& ipc) { ipc.send("x", 7); });
    }
  };
}

/// It says that, with the order, and the token leads there again.
void leadsThereAgain(Body const& body, std::string const& sentence, std::string const& end) {
  std::string const text = said(body);
  INFO(text);
  CHECK(contains(text, sentence));
  CHECK(contains(text, "1  b > main: x 7\n"));
  CHECK(contains(text, end));
  Options again;
  again.strategy = Options::Strategy::Replay;
  again.replay = tokenIn(text);
  CHECK(again.replay != "-");
  std::string const repeated = said(body, again);
  INFO(repeated);
  CHECK(contains(repeated, sentence));
  CHECK(contains(repeated, end));
  again.replay = "-";
  CHECK(said(body, again) == "passes");
}

[[maybe_unused]] int descend(int depth) {  // NOLINT(misc-no-recursion): it is to overflow
  volatile char room[4096];
  room[depth % 4096] = 1;
  return depth == 0 ? room[0] : descend(depth - 1) + room[1];
}

void spin() {
  static bool volatile isOver = false;
  while (!isOver) {
  }
}

Options briefly() {
  Options options;
  options.hang = 1s;
  return options;
}

}  // namespace

TEST_CASE("last words: a handler that aborts") {
  leadsThereAgain(whenBIsFirst([] { std::abort(); }),
                  "SIGABRT: abort, assert, std::terminate) in a handler of 'x' at 'main'",
                  "signal " + std::to_string(SIGABRT));
}

TEST_CASE("last words: a handler that throws where nothing may be thrown") {
  std::function<void()> const throwing = [] { throw std::runtime_error("oh"); };
  leadsThereAgain(whenBIsFirst([throwing]() noexcept { throwing(); }),
                  "std::terminate) in a handler of 'x' at 'main'",
                  "signal " + std::to_string(SIGABRT));
}

#if !defined(TEST_SANITIZED)  // a sanitizer ends the process its own way

TEST_CASE("last words: a handler that writes where nothing is") {
  leadsThereAgain(whenBIsFirst([] { *static_cast<int volatile*>(nullptr) = 1; }),
                  "SIGSEGV) in a handler of 'x' at 'main'", "signal " + std::to_string(SIGSEGV));
}

TEST_CASE("last words: a handler that divides by zero") {
  leadsThereAgain(whenBIsFirst([] { ::raise(SIGFPE); }), "SIGFPE) in a handler of 'x' at 'main'",
                  "signal " + std::to_string(SIGFPE));
}

TEST_CASE("last words: a stack that is too small, and one that is large enough") {
  Body const body = [](Simulation& sim) {
    sim.spawn("deep", [](Renderer&) { descend(1000); });  // 4 MiB
  };
  std::string const text = said(body);
  INFO(text);
  CHECK(contains(text,
                 "a stack overflows (see Options::stack) in the body of 'deep', in schedule 1"));
  CHECK(tokenIn(text) == "-");
  CHECK(contains(text, "signal " + std::to_string(SIGSEGV)));
  Options large;
  large.stack = 8 << 20;
  CHECK(said(body, large) == "passes");
  CHECK(said([](Simulation& sim) { sim.spawn("flat", [](Renderer&) { descend(100); }); }) ==
        "passes");
}

#endif

TEST_CASE("last words: a loop without an end") {
  std::string const text = said(whenBIsFirst([] { spin(); }), briefly());
  INFO(text);
  CHECK(contains(text, "there is an endless loop in a handler of 'x' at 'main', in schedule 2\n"));
  CHECK(contains(text, "1  b > main: x 7\n"));
  CHECK(tokenIn(text) != "-");
  CHECK(contains(text, "exit 1"));
}

TEST_CASE("last words: what blocks the only thread") {
  std::string const text = said(
      [](Simulation& sim) {
        auto const mutex = std::make_shared<std::timed_mutex>();
        for (char const* const name : {"a", "b"}) {
          sim.spawn(name, [mutex](Renderer& ipc) {
            mutex->lock();
            ipc.poll();  // the other one goes on
            ipc.sendSync("never");
            mutex->unlock();
          });
        }
      },
      briefly());
  INFO(text);
  CHECK(contains(text, "blocks the only thread in the body of 'b'"));
  CHECK(contains(text, "exit 1"));
}

TEST_CASE("last words: a simulation by itself has them, too, without a token") {
  std::string const text = test::inChild([](test::Verdict const& verdict) {
    verdict.saysStderr();
    Simulation sim;
    sim.bus().main().on("x", [] { std::abort(); });
    sim.bus().main().peer().send("x");
    sim.runUntilIdle();
  });
  INFO(text);
  CHECK(contains(text, "SIGABRT: abort, assert, std::terminate) in a handler of 'x' at 'main'\n"));
  CHECK_FALSE(contains(text, "REPLAY"));
}

TEST_CASE("last words: signals are given back") {
  struct sigaction before {};
  struct sigaction after {};
  sigaction(SIGSEGV, nullptr, &before);
  explore([](Simulation& sim) {
    struct sigaction inside {};
    sigaction(SIGSEGV, nullptr, &inside);
    sim.require((inside.sa_flags & SA_ONSTACK) != 0, "there is a handler");
  });
  sigaction(SIGSEGV, nullptr, &after);
  CHECK(before.sa_handler == after.sa_handler);
  CHECK(before.sa_flags == after.sa_flags);
}

TEST_CASE("last words: a token that does not fit is not given back as one that does") {
  Options options;
  options.strategy = Options::Strategy::Replay;
  options.replay = "99:7";
  std::string const text = said([](Simulation&) {}, options);
  INFO(text);
  CHECK(contains(text, "the test has changed: the replay does not fit it\n"));
  CHECK(contains(text, "fails"));
  CHECK_FALSE(contains(text, "REPLAY"));
}

#endif

TEST_CASE("last words: a body that polls for what never comes") {
  auto const result = explore([](Simulation& sim) {
    sim.spawn("a", [](Renderer& ipc) {
      bool flag = false;
      ipc.on("x", [&] { flag = true; });
      while (!flag) ipc.poll();
    });
  });
  CHECK_FALSE(result.ok);
  CHECK(contains(result.failure, "'a' polls again and again"));
}

TEST_CASE("last words: loops that others end") {
  auto const ready = explore([](Simulation& sim) {
    sim.bus().main().on("x", [](Event& event) { event.returnValue = 1; });
    sim.spawn("a", [](Renderer& ipc) {
      auto future = ipc.request<int>("x");
      while (!future.ready()) {
      }
    });
  });
  CHECK(ready.failure == "");
  auto const cancelled = explore([](Simulation& sim) {
    sim.bus().main().on("x", [](Event& event) {
      while (!event.cancelled()) {
      }
    });
    sim.spawn("a", [](Renderer& ipc) {
      auto future = ipc.request("x");
      ipc.poll();
      future.cancel();
    });
  });
  CHECK(cancelled.failure == "");
  auto const gone = explore([](Simulation& sim) {
    sim.spawn("ends", [](Renderer&) {});
    auto const peer = *sim.bus().main().renderer("ends");
    sim.spawn("looks", [peer](Renderer&) {
      while (peer.alive()) {
      }
    });
  });
  CHECK(gone.failure == "");
}

TEST_CASE(
    "last words: a loop that looks for what never comes is a failure, a long calculation is none") {
  auto const never = explore([](Simulation& sim) {
    sim.bus().main().on("x", [](Event& event) {
      while (!event.cancelled()) {
      }
    });
    sim.spawn("a", [](Renderer& ipc) { ipc.sendSync("x"); });
  });
  CHECK_FALSE(never.ok);
  CHECK(contains(never.failure, "'main' looks again and again whether a request is cancelled"));
  auto const calculates = explore([](Simulation& sim) {
    sim.bus().main().on("x", [](Event& event) {
      for (int i = 0; i < 50'000 && !event.cancelled(); ++i) {
      }
      event.returnValue = 1;
    });
    sim.spawn("a", [](Renderer& ipc) { ipc.sendSync("x"); });
  });
  CHECK(calculates.failure == "");
}
