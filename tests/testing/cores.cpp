// tests/testing/cores.cpp - explore on several threads, and from a file, finds what one thread finds
#include <tincan/testing.hpp>

#include <catch.hpp>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#if defined(__GLIBC__)
#include <pthread.h>
#endif

using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Result;
using tincan::testing::Simulation;

namespace {

/// Three renderers send main so many messages each; it replies to them.
void sendAndReply(Simulation& sim, int messages) {
  sim.bus().main().on("x", [](Event& event, int i) { event.reply("y", i); });
  for (char const* const name : {"a", "b", "c"}) {
    sim.spawn(name, [messages](Renderer& ipc) {
      ipc.on("y", [](int) {});
      for (int i = 0; i < messages; ++i) ipc.send("x", i);
      ipc.run();
    });
  }
}

/// Main breaks a claim when the last message of one renderer comes before the first one of another.
void breakLate(Simulation& sim) {
  auto const seen = std::make_shared<std::string>();
  for (char const* const name : {"a", "b", "c"}) {
    sim.bus().main().on(name, [seen, name] { *seen += name; });
    sim.spawn(name, [name](Renderer& ipc) {
      for (int i = 0; i < 3; ++i) ipc.send(name);
    });
  }
  sim.eventually("c is not first", [seen] { return seen->rfind("ccc", 0) != 0; });
}

Result exploreOn(unsigned cores, void (*body)(Simulation&), Options options = {}) {
  options.cores = cores;
  return explore(body, options);
}

/// What explore() says of a file that it cannot go on from.
std::string errorOf(void (*body)(Simulation&), Options const& options) {
  try {
    exploreOn(1, body, options);
  } catch (std::invalid_argument const& error) {
    return error.what();
  }
  return {};
}

void checkEqual(Result const& one, Result const& other) {
  CHECK(one.ok == other.ok);
  CHECK(one.complete == other.complete);
  CHECK(one.schedules == other.schedules);
  CHECK(one.failure == other.failure);
  CHECK(one.replay == other.replay);
  CHECK(one.minimal == other.minimal);
}

/// A file that is not there at the beginning, nor at the end.
class File {
 public:
  explicit File(std::string name) : name_(std::move(name)) { std::remove(name_.c_str()); }
  File(File const&) = delete;
  File& operator=(File const&) = delete;
  ~File() { std::remove(name_.c_str()); }

  std::string const& name() const { return name_; }
  bool isThere() const { return std::ifstream(name_).good(); }
  void write(std::string const& text) const { std::ofstream(name_) << text; }

 private:
  std::string name_;
};

}  // namespace

TEST_CASE("cores: several threads see as many schedules as one") {
  auto const body = [](Simulation& sim) { sendAndReply(sim, 3); };
  auto const alone = exploreOn(1, body);
  REQUIRE(alone.schedules == 1680);
  for (unsigned const cores : {2u, 3u, 5u}) checkEqual(exploreOn(cores, body), alone);
}

#if defined(__GLIBC__)
TEST_CASE("cores: where no thread can begin, the search goes on without") {
  /// No thread can have so large a stack.
  class LargeStacks {
   public:
    LargeStacks() {
      ::pthread_getattr_default_np(&usual_);
      pthread_attr_t large = usual_;
      ::pthread_attr_setstacksize(&large, std::size_t{1} << 50);
      ::pthread_setattr_default_np(&large);
    }
    LargeStacks(LargeStacks const&) = delete;
    LargeStacks& operator=(LargeStacks const&) = delete;
    ~LargeStacks() { ::pthread_setattr_default_np(&usual_); }

   private:
    pthread_attr_t usual_{};
  };
  auto const body = [](Simulation& sim) { sendAndReply(sim, 2); };
  auto const alone = exploreOn(1, body);
  LargeStacks const stacks;
  CHECK_THROWS_AS(std::thread([] {}).join(), std::system_error);
  checkEqual(exploreOn(3, body), alone);
}
#endif

TEST_CASE("cores: the first failure is that of one thread") {
  auto const alone = exploreOn(1, breakLate);
  REQUIRE_FALSE(alone.ok);
  REQUIRE(alone.schedules > 10);
  for (int i = 0; i < 5; ++i) checkEqual(exploreOn(3, breakLate), alone);
}

TEST_CASE("cores: no more schedules than there may be") {
  Options options;
  options.maxSchedules = 1000;
  auto const body = [](Simulation& sim) { sendAndReply(sim, 3); };
  auto const alone = exploreOn(1, body, options);
  REQUIRE(alone.schedules == 1000);
  checkEqual(exploreOn(2, body, options), alone);
}

TEST_CASE("cores: what must hold sometimes may hold on any thread") {
  auto const body = [](Simulation& sim) {
    auto const last = std::make_shared<std::string>();
    sendAndReply(sim, 2);
    sim.bus().main().on("x", [last](Event& event) { *last = event.sender.name(); });
    for (char const* const name : {"a", "b", "c"}) {
      sim.sometimes(name, [last, name] { return *last == name; });
    }
    sim.sometimes("chosen", [value = sim.choose(3)] { return value == 2; });
  };
  checkEqual(exploreOn(3, body), exploreOn(1, body));
}

TEST_CASE("cores: cycles of waits are found as by one thread") {
  auto const body = [](Simulation& sim) {
    for (auto const& [name, other] : {std::pair("a", "b"), std::pair("b", "a")}) {
      sim.spawn(name, [other = std::string(other)](Renderer& ipc) {
        ipc.on("ask", [](Event& event) { event.returnValue = 1; });
        if (auto const peer = ipc.peer(other)) {
          try {
            peer->sendSync<int>("ask");
          } catch (tincan::Error const&) {
          }
        }
        ipc.poll();
      });
    }
  };
  checkEqual(exploreOn(2, body), exploreOn(1, body));
}

TEST_CASE("checkpoint: what was interrupted goes on from the file") {
  File const file("tincan_cores_test.checkpoint");
  Options options;
  options.checkpoint = file.name();
  std::uint64_t schedules = 0;
  for (std::uint64_t most = 200;; most += 500) {
    options.maxSchedules = most;
    auto const result = exploreOn(
        most % 1000 == 200 ? 1 : 2, [](Simulation& sim) { sendAndReply(sim, 3); }, options);
    REQUIRE(result.ok);
    CHECK(result.schedules > schedules);
    schedules = result.schedules;
    if (result.complete) break;
    REQUIRE(result.schedules == most);
    REQUIRE(file.isThere());
  }
  CHECK(schedules == 1680);
  CHECK_FALSE(file.isThere());
}

TEST_CASE("checkpoint: a failure is that of a search that was not interrupted") {
  File const file("tincan_cores_failing.checkpoint");
  auto const whole = exploreOn(1, breakLate);
  Options options;
  options.checkpoint = file.name();
  options.maxSchedules = whole.schedules / 2;
  REQUIRE(exploreOn(1, breakLate, options).ok);
  REQUIRE(file.isThere());
  options.maxSchedules = Options{}.maxSchedules;
  checkEqual(exploreOn(1, breakLate, options), whole);
  CHECK_FALSE(file.isThere());
}

TEST_CASE("checkpoint: a file that does not fit is an error") {
  File const file("tincan_cores_other.checkpoint");
  Options options;
  options.checkpoint = file.name();
  options.maxSchedules = 50;
  auto const three = [](Simulation& sim) { sendAndReply(sim, 3); };
  auto const two = [](Simulation& sim) { sendAndReply(sim, 2); };
  REQUIRE(exploreOn(1, three, options).schedules == 50);
  CHECK(errorOf(two, options).find("is of another test") != std::string::npos);
  Options others = options;
  others.maxSteps = 99;
  CHECK(errorOf(three, others).find("other options") != std::string::npos);
  others = options;
  others.strategy = Options::Strategy::Bounded;
  CHECK(errorOf(three, others).find("neither Bounded nor Replay") != std::string::npos);
  file.write("something else");
  CHECK(errorOf(three, options).find("is no checkpoint") != std::string::npos);
}
