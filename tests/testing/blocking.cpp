// tests/testing/blocking.cpp - what blocks in a simulation
#include <tincan/testing.hpp>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../unit/child.hpp"
#include "../unit/support.hpp"

#if defined(TINCAN_DETAIL_OWN_STACKS)
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <iterator>
#endif

using namespace std::chrono_literals;
using tincan::Errc;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::Failure;
using tincan::testing::Simulation;

TEST_CASE("simulation: a body asks main and gets its answer") {
  Simulation sim;
  int got = 0;
  sim.bus().main().on("twice", [](Event& event, int n) { event.returnValue = 2 * n; });
  sim.spawn("window", [&](Renderer& ipc) { got = ipc.sendSync<int>("twice", 21); });
  REQUIRE(got == 0);
  REQUIRE(sim.runUntilIdle() == 1);
  REQUIRE(got == 42);
}

TEST_CASE("simulation: bodies that block at once go on in any order") {
  Simulation sim;
  test::Log log;
  std::vector<tincan::Reply> replies;
  sim.bus().main().on("x", [&](Event& event) { replies.push_back(event.defer()); });
  for (std::string const name : {"a", "b", "c"}) {
    sim.spawn(name, [&, name](Renderer& ipc) {
      log.push_back(name + std::to_string(ipc.sendSync<int>("x")));
    });
  }
  sim.runUntilIdle();
  REQUIRE(log.empty());
  REQUIRE(replies.size() == 3);
  replies[0].set(0);  // first in, first out
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"a0"});
  replies[2].set(2);
  replies[1].set(1);
  sim.runUntilIdle();
  REQUIRE(log.size() == 3);
}

TEST_CASE("simulation: bodies ask one another") {
  Simulation sim;
  test::Log log;
  sim.spawn("server", [&](Renderer& ipc) {
    ipc.on("ask", [](Event& event, int n) { event.returnValue = n + 1; });
    ipc.run();
    log.push_back("server ends");
  });
  sim.spawn("client", [&](Renderer& ipc) {
    auto server = ipc.peer("server");
    int const one = server->sendSync<int>("ask", 0);
    auto more = server->request<int>("ask", one);
    log.push_back(std::to_string(more.get()));
    sim.bus().close();
  });
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"2", "server ends"});
}

TEST_CASE("simulation: the test itself may block") {
  Simulation sim;
  sim.spawn("window", [](Renderer& ipc) {
    ipc.on("name", [](Event& event) { event.returnValue = "w"; });
    ipc.on("bye", [&ipc] { ipc.quit(); });
    ipc.run();
    ipc.send("gone");
  });
  auto tool = sim.bus().attach("tool");
  sim.bus().main().on("gone", [&] { sim.bus().main().quit(); });
  sim.runUntilIdle();
  auto const window = *tool.peer("window");
  sim.bus().main().handle("len", [](std::string const& s) { return static_cast<int>(s.size()); });
  REQUIRE(window.sendSync<std::string>("name") == "w");
  REQUIRE(tool.invoke<int>("len", "four").get() == 4);
  window.send("bye");
  sim.bus().main().run();
  REQUIRE_FALSE(window.alive());
}

TEST_CASE("simulation: who waits for whom for ever is said") {
  Simulation sim;
  test::Reports const reports(sim.bus());
  std::optional<Errc> codes[2];
  SECTION("a cycle is Deadlock at once") {
    sim.bus().main().on("x", [&](Event& event) {
      codes[0] = test::codeOf([&] { event.sender.sendSync("back"); });
    });
    sim.spawn("window", [&](Renderer& ipc) { ipc.sendSync("x"); });
    REQUIRE_NOTHROW(sim.runUntilIdle());
    REQUIRE(codes[0] == Errc::Deadlock);
  }
  SECTION("nobody answers, for two at once") {
    sim.spawn("b", [&](Renderer& ipc) {  // never polls
      codes[1] = test::codeOf([&] { ipc.peer("c")->sendSync("y"); });
    });
    sim.spawn("c", [&](Renderer& ipc) { ipc.run(); });
    auto c = sim.bus().attach("x");
    sim.runUntilIdle();
    codes[1].reset();
    sim.spawn("d", [&](Renderer& ipc) {
      sim.spawn("e", [&](Renderer& other) {
        codes[1] = test::codeOf([&] { other.peer("d")->sendSync("y"); });
      });
      ipc.on("never", [] {});
      std::optional<tincan::Peer> e;
      codes[0] = test::codeOf([&] { ipc.peer("e")->sendSync("z"); });
    });
    std::string const what = test::whatOf([&] { sim.runUntilIdle(); });
    CHECK((codes[0] == Errc::Deadlock || codes[1] == Errc::Deadlock));
  }
  SECTION("somebody who runs for another one only") {
    sim.spawn("idle", [&](Renderer& ipc) {
      auto other = sim.bus().attach("other");
      other.on("bye", [&] { other.quit(); });
      other.run();
      ipc.poll();
    });
    sim.spawn("window", [&](Renderer& ipc) {
      codes[0] = test::codeOf([&] { ipc.peer("idle")->sendSync("x"); });
    });
    sim.spawn("tool", [&](Renderer& ipc) {
      auto answer = ipc.peer("window")->request("y");
      codes[1] = test::codeOf([&] { answer.get(); });
    });
    std::string const what = test::whatOf([&] { sim.runUntilIdle(); });
    CHECK(test::contains(what, "'window' waits for 'idle' (sendSync 'x')"));
    CHECK(test::contains(what, "'tool' waits for 'window' (Future of 'y')"));
    CHECK(codes[0] == Errc::Deadlock);
    CHECK(codes[1].has_value());  // Closed, if the window has ended meanwhile
  }
  SECTION("but not if the test can help") {
    std::vector<tincan::Reply> kept;
    sim.bus().main().on("later", [&](Event& event) { kept.push_back(event.defer()); });
    sim.spawn("idle", [&](Renderer& ipc) {
      ipc.on("x", [](Event& event) { event.returnValue = 1; });
      ipc.sendSync("later");
      ipc.run();
    });
    int got = 0;
    sim.spawn("window", [&](Renderer& ipc) { got = ipc.peer("idle")->sendSync<int>("x"); });
    sim.runUntilIdle();
    REQUIRE(kept.size() == 1);
    kept[0].set(0);
    sim.runUntilIdle();
    REQUIRE(got == 1);
  }
  SECTION("the test itself") {
    std::string const what = test::whatOf([&] { sim.bus().main().run(); });
    CHECK(test::contains(what, "'main' waits for messages"));
  }
}

TEST_CASE("simulation: deadlines of those who block") {
  std::optional<Errc> code;
  std::vector<tincan::Reply> kept;
  Simulation sim;
  sim.bus().main().on("x", [&](Event& event) { kept.push_back(event.defer()); });
  sim.spawn("window",
            [&](Renderer& ipc) { code = test::codeOf([&] { ipc.within(50ms).sendSync("x"); }); });
  SECTION("time stands still") {
    sim.runUntilIdle();
    REQUIRE_FALSE(code.has_value());
    sim.advance(49ms);
    REQUIRE_FALSE(code.has_value());
    sim.advance(1ms);
    REQUIRE(code == Errc::Timeout);
  }
  SECTION("but passes when the test blocks") {
    auto tool = sim.bus().attach("tool");
    REQUIRE(test::codeOf([&] { tool.within(1h).sendSync("x"); }) == Errc::Timeout);
    REQUIRE(code == Errc::Timeout);
  }
}

TEST_CASE("simulation: none of the listeners of one who waits run") {
  Simulation sim;
  test::Log log;
  std::optional<tincan::Reply> kept;
  sim.bus().main().on("x", [&](Event& event) {
    event.sender.send("note");
    kept = event.defer();
  });
  sim.spawn("window", [&](Renderer& ipc) {
    ipc.on("note", [&] { log.push_back("note"); });
    ipc.sendSync("x");
    log.push_back("answer");
    REQUIRE(ipc.poll() == 1);
  });
  sim.runUntilIdle();
  REQUIRE(log.empty());
  kept->set(1);
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"answer", "note"});
}

TEST_CASE("simulation: a body that polls") {
  Simulation sim;
  int handled = 0;
  bool done = false;
  sim.spawn("window", [&](Renderer& ipc) {
    ipc.on("x", [&](int n) { handled += n; });
    while (handled < 3) ipc.poll();
    done = true;
  });
  REQUIRE(sim.runUntilIdle() == 0);
  auto window = *sim.bus().main().renderer("window");
  window.send("x", 1);
  sim.runUntilIdle();
  REQUIRE(handled == 1);
  window.send("x", 2);
  sim.runUntilIdle();
  REQUIRE(done);
}

TEST_CASE("simulation: a test that polls in vain for ever is told") {
  Simulation sim;
  REQUIRE(test::codeOf([&] {
            for (;;) sim.bus().main().poll();
          }) == Errc::Deadlock);
}

TEST_CASE("simulation: a full inbox makes its sender wait") {
  Simulation sim;
  test::Log log;
  auto slow = sim.bus().attach("slow", {1, tincan::Overflow::Block});
  slow.on("x", [&](int n) { log.push_back("handled " + std::to_string(n)); });
  sim.spawn("fast", [&](Renderer& ipc) {
    for (int n = 0; n < 3; ++n) {
      ipc.peer("slow")->send("x", n);
      log.push_back("sent " + std::to_string(n));
    }
  });
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"sent 0", "handled 0", "sent 1", "handled 1", "sent 2", "handled 2"});
}

TEST_CASE("simulation: an inbox that drops the oldest") {
  Simulation sim;
  test::Log log;
  auto last = sim.bus().attach("last", {2, tincan::Overflow::DropOldest});
  last.on("x", [&](int n) { log.push_back(std::to_string(n)); });
  for (int n = 0; n < 5; ++n) last.peer().send("x", n);
  REQUIRE(sim.pending("last") == 2);
  REQUIRE(sim.runUntilIdle() == 2);
  REQUIRE(log == test::Log{"3", "4"});
  REQUIRE(test::addsUp(sim.bus().stats()));
}

TEST_CASE("simulation: handlers quit and close") {
  Simulation sim;
  test::Log log;
  sim.spawn("window", [&](Renderer& ipc) {
    ipc.on("quit", [&] { ipc.quit(); });
    ipc.on("close", [&] { ipc.close(); });
    ipc.run();
    log.push_back("quit");
    ipc.run();
    log.push_back("closed");
  });
  sim.runUntilIdle();
  auto const window = *sim.bus().main().renderer("window");
  window.send("quit");
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"quit"});
  window.send("close");
  window.send("close");
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"quit", "closed"});
  REQUIRE_FALSE(window.alive());
  REQUIRE(test::addsUp(sim.bus().stats()));
}

TEST_CASE("simulation: its end ends those who block") {
  std::optional<Errc> sync, future;
  bool hasRun = false, began = false;
  {
    std::vector<tincan::Reply> kept;
    Simulation sim;
    sim.bus().main().on("x", [&](Event& event) { kept.push_back(event.defer()); });
    sim.spawn("a", [&](Renderer& ipc) { sync = test::codeOf([&] { ipc.sendSync("x"); }); });
    sim.spawn("b", [&](Renderer& ipc) {
      auto answer = ipc.request("x");
      future = test::codeOf([&] { answer.get(); });
    });
    sim.spawn("c", [&](Renderer& ipc) {
      ipc.run();
      hasRun = true;
    });
    sim.runUntilIdle();
    REQUIRE(kept.size() == 2);
    sim.spawn("d", [&](Renderer&) { began = true; });
  }
  REQUIRE(sync == Errc::Closed);
  REQUIRE(future == Errc::Closed);
  REQUIRE(hasRun);
  REQUIRE_FALSE(began);
}

TEST_CASE("simulation: what a body throws") {
  Simulation sim;
  test::Reports const reports(sim.bus());
  struct Assertion {};
  sim.spawn("window", [](Renderer&) { throw std::runtime_error("oh"); });
  sim.runUntilIdle();
  REQUIRE(reports.errors() == test::Log{" window>window: oh"});
  sim.spawn("other", [](Renderer&) { throw Assertion{}; });
  REQUIRE_THROWS_AS(sim.runUntilIdle(), Assertion);
}

TEST_CASE("simulation: an assertion that fails while others wait ends all") {
  struct Assertion {};
  Simulation sim;
  sim.bus().main().on("x", [] { throw Assertion{}; });
  sim.bus().main().on("y", [](Event& event) { event.sender.send("z"); });
  SECTION("in a body") {
    sim.spawn("window", [&](Renderer& ipc) { ipc.sendSync("x"); });
    REQUIRE_THROWS_AS(sim.runUntilIdle(), Assertion);
  }
  SECTION("in the test") {
    auto tool = sim.bus().attach("tool");
    REQUIRE_THROWS_AS(tool.sendSync("x"), Assertion);
  }
  SECTION("in run()") {
    sim.bus().attach("tool").send("x");
    REQUIRE_THROWS_AS(sim.bus().main().run(), Assertion);
  }
}

TEST_CASE("simulation: handlers that block at once go on in any order") {
  test::Log log;
  std::vector<tincan::Reply> kept;
  Simulation sim;
  sim.bus().main().on("later", [&](Event& event) { kept.push_back(event.defer()); });
  std::vector<Renderer> renderers;
  for (std::string const name : {"a", "b", "c"}) {
    Renderer& renderer = renderers.emplace_back(sim.bus().attach(name));
    renderer.on("go", [&, name] {
      log.push_back(name + std::to_string(sim.bus().main().peer().sendSync<int>("later")));
    });
  }
  sim.bus().main().broadcast("go");
  sim.runUntilIdle();
  REQUIRE(kept.size() == 3);
  kept[1].set(1);
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"b1"});
  kept[0].set(0);
  kept[2].set(2);
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"b1", "a0", "c2"});
}

TEST_CASE("simulation: whoever blocks while it handles an exception, finds it again") {
  test::Log log;
  Simulation sim;
  sim.bus().main().on("x", [&](Event& event, int n) { event.returnValue = n; });
  for (int const number : {1, 2}) {
    sim.spawn(std::to_string(number), [&, number](Renderer& ipc) {
      try {
        throw number;
      } catch (int) {
        try {
          ipc.sendSync<int>("x", number);
          throw;
        } catch (int same) {
          log.push_back(std::to_string(number) + std::to_string(same));
        }
      }
    });
  }
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"11", "22"});
}

TEST_CASE("simulation: a handler that asks while a body waits for it") {
  Simulation sim;
  test::Log log;
  sim.spawn("store", [&](Renderer& ipc) {
    ipc.on("get", [](Event& event) { event.returnValue = 7; });
    ipc.run();
  });
  sim.bus().main().on("ask", [&](Event& event) {
    event.returnValue = sim.bus().main().renderer("store")->sendSync<int>("get") + 1;
  });
  sim.spawn("window",
            [&](Renderer& ipc) { log.push_back(std::to_string(ipc.sendSync<int>("ask"))); });
  sim.runUntilIdle();
  REQUIRE(log == test::Log{"8"});
}

TEST_CASE("simulation: threads are joined") {
  Simulation sim;
  test::Log log;
  {
    auto window = sim.bus().spawn("window", [&](Renderer& ipc) {
      ipc.run();
      log.push_back("ends");
    });
    window.peer().send("x");
  }
  REQUIRE(log == test::Log{"ends"});
  auto other = sim.bus().spawn("other", [&](Renderer&) { log.push_back("other"); });
  other.join();
  other.join();
  REQUIRE(log == test::Log{"ends", "other"});
}

TEST_CASE("simulation: a handler that waits for ever ends the poll of the test around it") {
  Simulation sim;
  auto& main = sim.bus().main();
  test::Reports const reports(sim.bus());
  main.on("x", [&] { main.run(); });
  main.peer().send("x");
  REQUIRE(test::codeOf([&] { return main.poll(); }) == Errc::Deadlock);
  REQUIRE(reports.errors().size() == 1);
  REQUIRE(test::contains(reports.errors().front(), "'main' waits for messages"));
}

TEST_CASE("simulation: polls that end one inside another are not in vain") {
  Simulation sim;
  int handled = 0;
  sim.bus().main().on("done", [] {});
  sim.spawn("window", [&](Renderer& ipc) {
    ipc.on("x", [&] {
      ipc.poll();
      ++handled;
    });
    for (int i = 0; i < 40; ++i) ipc.peer().send("x");
    ipc.poll();
    ipc.send("done");
  });
  sim.runUntilIdle();
  REQUIRE(handled == 40);
  REQUIRE(sim.log().back().channel == "done");
}

#if defined(TINCAN_DETAIL_OWN_STACKS)
namespace {

/// From now on the kernel makes no memory inaccessible. False if it is not to be told so.
bool forbidGuards() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROT_NONE, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog const program{static_cast<unsigned short>(std::size(code)), code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

TEST_CASE("simulation: a stack that can have no guard is an error that says so") {
  if (!test::CanForkThreads) return;
  std::string const said = test::inChild([](test::Verdict const& verdict) {
    // A thread of its own has no stacks from simulations before.
    std::thread([&] {
      if (!forbidGuards()) return verdict.say("not here");
      verdict.say(test::whatOf([] {
        Simulation sim;
        sim.bus().main().on("x", [](Event& event) { event.returnValue = 1; });
        sim.spawn("window", [](Renderer& ipc) { ipc.sendSync<int>("x"); });
        sim.runUntilIdle();
      }));
    }).join();
  });
  if (said == "not here") return;
  INFO(said);
  REQUIRE(test::contains(said, "tincan: a stack of a simulation can have no guard"));
}
#endif
