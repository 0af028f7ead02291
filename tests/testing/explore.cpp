// tests/testing/explore.cpp - explore finds what depends on the order, and says how
#include <tincan/testing.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Simulation;

namespace {

/// Renderers that send main so many messages each, and what main makes of it.
void sendAll(Simulation& sim, int renderers, int messages) {
  for (int r = 0; r < renderers; ++r) {
    sim.spawn("r" + std::to_string(r), [messages](Renderer& ipc) {
      ipc.on("y", [](int) {});
      for (int m = 0; m < messages; ++m) ipc.send("x", m);
      ipc.run();
    });
  }
}

/// Starts at main the port that comes there. Logged are its "close", c, and the message "last", l.
std::shared_ptr<std::string> logOfPort(tincan::Main& main) {
  auto const log = std::make_shared<std::string>();
  auto const port = std::make_shared<tincan::MessagePort>();
  main.on("port", [=, &main](Event& event) {
    *port = std::move(event.ports.at(0));
    port->on("close", [log] { *log += "c"; });
    port->start(main);
  });
  main.on("last", [log] { *log += "l"; });
  return log;
}

}  // namespace

TEST_CASE("explore: three renderers with three messages each, and replies: 1,680 outcomes") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto log = std::make_shared<std::string>();
    sim.bus().main().on("x", [log](Event& event, int m) {
      *log += event.sender.name() + std::to_string(m) + " ";
      event.reply("y", m);
    });
    sendAll(sim, 3, 3);
    sim.eventually("all", [log] { return log->size() == 9 * 4; });
    sim.eventually("outcome", [log, &outcomes] {
      outcomes.insert(*log);
      return true;
    });
  });
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(result.schedules == 1680);
  CHECK(outcomes.size() == 1680);
}

TEST_CASE("explore: four renderers with two messages each: 2,520 outcomes") {
  auto const result = explore([&](Simulation& sim) {
    sim.bus().main().on("x", [](Event&) {});
    sendAll(sim, 4, 2);
  });
  CHECK(result.complete);
  CHECK(result.schedules == 2520);
}

TEST_CASE("explore: in which order renderers end is nothing that can be told apart") {
  auto const count = [](auto const& body) {
    auto const result = explore([&](Simulation& sim) {
      sim.bus().main().on("x", [](Event& event, int m) { event.returnValue = m; });
      for (char const* const name : {"a", "b", "c"}) sim.spawn(name, body);
    });
    CHECK(result.complete);
    return result.schedules;
  };
  CHECK(count([](Renderer& ipc) {
          for (int m = 0; m < 3; ++m) ipc.send("x", m);
        }) == 1680);
  CHECK(count([](Renderer& ipc) {
          for (int m = 0; m < 3; ++m) ipc.sendSync<int>("x", m);
        }) == 1680);
}

TEST_CASE("explore: who sees the list of endpoints sees who has ended") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto log = std::make_shared<std::string>();
    for (char const* const name : {"a", "b"}) sim.spawn(name, [](Renderer&) {});
    sim.spawn("sees", [log](Renderer& ipc) {
      for (char const* const name : {"a", "b"}) *log += ipc.peer(name) ? name : "-";
    });
    sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
  });
  CHECK(result.complete);
  CHECK(outcomes == std::set<std::string>{"ab", "a-", "-b", "--"});
}

TEST_CASE("explore: four pairs that have nothing to do with one another: 1 outcome") {
  auto const result = explore([&](Simulation& sim) {
    for (int p = 0; p < 4; ++p) {
      auto to = std::make_shared<Renderer>(sim.bus().attach("to" + std::to_string(p)));
      to->on("x", [](Event& event, int m) { event.reply("y", m); });
      sim.spawn("from" + std::to_string(p), [to](Renderer& ipc) {
        ipc.on("y", [](int) {});
        for (int m = 0; m < 4; ++m) to->peer().send("x", m);
        ipc.run();
      });
    }
  });
  CHECK(result.complete);
  CHECK(result.schedules == 1);
}

TEST_CASE("explore: it finds an order that a test has not thought of") {
  auto const buggy = [](Simulation& sim) {
    auto& main = sim.bus().main();
    auto loaded = std::make_shared<bool>(false);
    main.on("load", [loaded] { *loaded = true; });
    main.on("show", [&sim, loaded] { sim.require(*loaded, "shown before it was loaded"); });
    sim.spawn("loader", [](Renderer& ipc) { ipc.send("load"); });
    sim.spawn("viewer", [](Renderer& ipc) { ipc.send("show"); });
  };
  auto const result = explore(buggy);
  CHECK_FALSE(result.ok);
  CHECK(result.failure == "shown before it was loaded");
  CHECK(test::contains(result.mermaid, "show"));
  Options again;
  again.strategy = Options::Strategy::Replay;
  again.replay = result.minimal;
  CHECK(explore(buggy, again).failure == result.failure);
}

TEST_CASE("explore: causal order is kept, and nothing but that") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto log = std::make_shared<std::string>();
    for (char const* const name : {"a", "c"})
      sim.bus().main().on(name, [log, name] { *log += name; });
    sim.spawn("b", [](Renderer& ipc) {
      ipc.on("b", [&ipc] { ipc.send("c"); });
      ipc.run();
    });
    sim.spawn("a", [](Renderer& ipc) {
      ipc.send("a");
      ipc.peer("b")->send("b");
    });
    sim.bus().main().on("d", [log] { *log += "d"; });
    sim.spawn("d", [](Renderer& ipc) { ipc.send("d"); });
    sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
  });
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(outcomes == std::set<std::string>{"acd", "adc", "dac"});
}

TEST_CASE("explore: what is sent after an answer races with what the answer leads to") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto log = std::make_shared<std::string>();
    auto store = std::make_shared<Renderer>(sim.bus().attach("store"));
    for (char const* const name : {"1", "2", "3"}) store->on(name, [log, name] { *log += name; });
    sim.bus().main().on("x", [store](Event& event) {
      store->peer().send("1");
      event.returnValue = 0;
      store->peer().send("2");
    });
    sim.spawn("window", [store](Renderer& ipc) {
      ipc.sendSync<int>("x");
      store->peer().send("3");
    });
    sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
  });
  CHECK(result.ok);
  CHECK(outcomes == std::set<std::string>{"123", "132"});
}

TEST_CASE("explore: bodies that block") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto log = std::make_shared<std::string>();
    auto value = std::make_shared<int>(0);
    sim.bus().main().on("get", [value](Event& event) { event.returnValue = *value; });
    sim.bus().main().on("set", [value](int v) { *value = v; });
    for (char const* const name : {"a", "b"}) {
      sim.spawn(name, [](Renderer& ipc) {
        int const seen = ipc.sendSync<int>("get");
        ipc.send("set", seen + 1);
      });
    }
    sim.eventually("",
                   [value, &outcomes] { return outcomes.insert(std::to_string(*value)), true; });
  });
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(outcomes == std::set<std::string>{"1", "2"});  // a lost update
}

TEST_CASE("explore: a message that comes while its receiver waits could have come before") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto log = std::make_shared<std::string>();
    tincan::Main& main = sim.bus().main();
    main.on("price", [](Event& event) { event.returnValue = 1; });
    sim.spawn("asker", [&main](Renderer& ipc) {
      ipc.poll();
      main.renderer("shop")->within(1s).sendSync("order");
    });
    sim.spawn("shop", [log](Renderer& ipc) {
      ipc.on("order", [log, &ipc](Event& event) {
        *log += event.sender.name() + " ";
        event.returnValue = ipc.within(1s).sendSync<int>("price");
      });
      ipc.peer("shop")->send("order");
      ipc.run();
    });
    sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
  });
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(outcomes == std::set<std::string>{"asker shop ", "shop asker "});
}

TEST_CASE("explore: a deadlock that only some orders have") {
  auto const result = explore([](Simulation& sim) {
    for (int i = 0; i < 2; ++i) {
      sim.spawn(i == 0 ? "a" : "b", [i](Renderer& ipc) {
        ipc.on("ask", [&ipc, i](Event& event) {
          event.returnValue = ipc.peer(i == 0 ? "b" : "a")->sendSync<int>("leaf");
        });
        ipc.on("leaf", [](Event& event) { event.returnValue = 1; });
        ipc.run();
      });
    }
    sim.spawn("c", [](Renderer& ipc) { ipc.peer("a")->send("ask"); });
    sim.spawn("d", [](Renderer& ipc) { ipc.peer("b")->send("ask"); });
  });
  CHECK_FALSE(result.ok);
  CHECK(test::contains(result.failure, "> "));
}

TEST_CASE("explore: choices") {
  std::set<std::uint64_t> chosen;
  auto const result =
      explore([&](Simulation& sim) { chosen.insert(sim.choose(3) * 10 + sim.choose(2)); });
  CHECK(result.complete);
  CHECK(result.schedules == 6);
  CHECK(chosen == std::set<std::uint64_t>{0, 1, 10, 11, 20, 21});
}

TEST_CASE("explore: what must hold sometimes") {
  auto const program = [](bool canHappen) {
    return [canHappen](Simulation& sim) {
      auto last = std::make_shared<std::string>();
      sim.bus().main().on("x", [last](Event& event) { *last = event.sender.name(); });
      sim.spawn("a", [](Renderer& ipc) { ipc.send("x"); });
      if (canHappen) sim.spawn("b", [](Renderer& ipc) { ipc.send("x"); });
      sim.sometimes("b first", [last] { return *last == "b"; });
    };
  };
  CHECK(explore(program(true)).ok);
  auto const result = explore(program(false));
  CHECK_FALSE(result.ok);
  CHECK(test::contains(result.failure, "vacuous"));
}

TEST_CASE("explore: an assertion of the test ends it, as what was thrown") {
  struct Assertion {};
  int runs = 0;
  auto const program = [&](Simulation& sim) {
    ++runs;
    auto count = std::make_shared<int>(0);
    sim.bus().main().on("x", [count](Event& event) {
      if (++*count == 1 && event.sender.name() == "b") throw Assertion{};
    });
    for (char const* const name : {"a", "b"}) {
      sim.spawn(name, [](Renderer& ipc) { ipc.send("x"); });
    }
  };
  CHECK_THROWS_AS(explore(program), Assertion);
  CHECK(runs == 4);  // the first one three times
}

TEST_CASE("explore: an exception that reaches nobody fails the test") {
  auto const program = [](bool isHooked) {
    return [isHooked](Simulation& sim) {
      if (isHooked) sim.bus().onError([](tincan::ErrorReport const&) {});
      sim.bus().main().on("x", [] { throw std::runtime_error("oh"); });
      sim.spawn("a", [](Renderer& ipc) { ipc.send("x"); });
    };
  };
  CHECK(explore(program(true)).ok);
  CHECK(explore(program(false)).failure == "oh");
}

TEST_CASE("explore: a test that does something else each time is told") {
  int runs = 0;
  auto const result = explore([&](Simulation& sim) {
    ++runs;
    sim.bus().main().on("x", [](Event&) {});
    sim.bus().main().peer().send("x", runs);
  });
  CHECK_FALSE(result.ok);
  CHECK(test::contains(result.failure, "not deterministic"));
}

TEST_CASE("explore: of a test that goes another way later on, the run is told in which it does") {
  int runs = 0;
  auto const result = explore([&](Simulation& sim) {
    sim.bus().main().on("x", [isLate = ++runs > 60, count = 0, &sim](Event&) mutable {
      if (isLate && ++count == 4) sim.bus().main().peer().post([] {});
    });
    sendAll(sim, 3, 2);
  });
  CHECK_FALSE(result.ok);
  CHECK(test::contains(result.failure, "The same choices led elsewhere"));
  CHECK(result.replay != "-");
  CHECK(result.minimal == result.replay);
}

TEST_CASE("explore: the run of a token that is ok has that token") {
  Options options;
  options.replay = "4:1";
  auto const body = [](Simulation& sim) {
    sim.bus().main().on("x", [](int) {});
    sendAll(sim, 2, 2);
  };
  auto const result = explore(body, options);
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(result.schedules == 1);
  CHECK(result.replay == "4:1");
}

TEST_CASE("explore: what never ends") {
  Options options;
  options.maxSteps = 100;
  auto const result = explore(
      [](Simulation& sim) {
        sim.bus().main().on("ping", [](Event& event) { event.reply("pong"); });
        sim.spawn("window", [](Renderer& ipc) {
          ipc.on("pong", [&ipc] { ipc.send("ping"); });
          ipc.send("ping");
          ipc.run();
        });
      },
      options);
  CHECK_FALSE(result.ok);
  CHECK(test::contains(result.failure, "'pong' (main > window)"));
}

TEST_CASE("explore: what is lost when a handler closes its endpoint could have come first") {
  std::set<std::string> first;
  auto const result = explore([&](Simulation& sim) {
    auto log = std::make_shared<std::string>();
    auto threads = std::make_shared<std::vector<tincan::RendererThread>>();
    sim.spawn("b", [log](Renderer& ipc) {
      ipc.on("x", [log, &ipc](Event& event) {
        *log += event.sender.name();
        ipc.close();
      });
      ipc.run();
    });
    auto const b = *sim.bus().main().renderer("b");
    sim.spawn("a", [b](Renderer& ipc) {
      b.request<int>("x").then(ipc, [](tincan::Future<int>) {});
      ipc.run();
    });
    sim.spawn("c", [b, threads, &sim](Renderer&) {
      threads->push_back(sim.bus().spawn("late", [b](Renderer&) { b.send("x"); }));
    });
    sim.eventually("", [log, &first] { return first.insert(*log), true; });
  });
  CHECK(result.complete);
  CHECK(first == std::set<std::string>{"a", "late"});
}

TEST_CASE("explore: crashes at any point") {
  std::set<std::string> outcomes;
  Options options;
  options.crashes = 1;
  auto const result = explore(
      [&](Simulation& sim) {
        auto log = std::make_shared<std::string>(), got = std::make_shared<std::string>();
        sim.bus().main().on("x", [log](Event& event, int n) {
          *log += std::to_string(n);
          if (event.reply("y") == tincan::SendResult::Closed) *log += "!";
        });
        sim.spawn("window", [got](Renderer& ipc) {
          ipc.on("y", [got] { *got += "y"; });
          ipc.send("x", 1);
          ipc.send("x", 2);
          ipc.run();
        });
        sim.eventually("", [=, &outcomes] { return outcomes.insert(*log + "/" + *got), true; });
      },
      options);
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(outcomes == std::set<std::string>{"/", "1!2!/", "12!/", "12!/y", "12/", "12/y", "12/yy"});
}

TEST_CASE("explore: deadlines that pass at any point") {
  auto const outcomesWith = [](unsigned timeouts) {
    std::set<std::string> outcomes;
    Options options;
    options.timeouts = timeouts;
    auto const result = explore(
        [&](Simulation& sim) {
          auto log = std::make_shared<std::string>();
          sim.bus().main().on("x", [log](Event& event) {
            *log += "x";
            event.returnValue = 1;
          });
          sim.spawn("window", [log](Renderer& ipc) {
            auto const code = test::codeOf([&] { ipc.within(50ms).sendSync<int>("x"); });
            *log += code.has_value() ? tincan::toString(*code) : "ok";
          });
          sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
        },
        options);
    CHECK(result.ok);
    CHECK(result.complete);
    return outcomes;
  };
  CHECK(outcomesWith(0) == std::set<std::string>{"xok"});
  CHECK(outcomesWith(1) == std::set<std::string>{"xok", "xTimeout", "Timeout"});
}

namespace {

/// Main takes payments; the customer gives up in time, and pays again.
void payTwice(Simulation& sim, std::function<void(tincan::Main&, int&)> const& takePayments) {
  auto const paid = std::make_shared<int>(0);
  takePayments(sim.bus().main(), *paid);
  sim.spawn("customer", [paid](Renderer& ipc) {
    ipc.on("paid", [] {});
    for (int i = 0; i < 2; ++i) {
      if (!test::codeOf([&] { ipc.within(50ms).invoke<int>("pay").get(); }).has_value()) break;
    }
    ipc.poll();
  });
  sim.eventually("paid once at most", [paid] { return *paid <= 1; });
}

}  // namespace

TEST_CASE("explore: a deadline passes between what a handler does and its answer") {
  auto const fails = [](std::function<void(tincan::Main&, int&)> const& takePayments) {
    auto const body = [&](Simulation& sim) { payTwice(sim, takePayments); };
    CHECK_THAT(explore(body), tincan::testing::Explored());
    auto const result = explore(body, {.timeouts = 1});
    CHECK(result.failure == "eventually: paid once at most");
    return result;
  };
  auto const result =
      fails([](tincan::Main& main, int& paid) { main.handle("pay", [&paid] { return ++paid; }); });
  CHECK(result.mermaid ==
        "sequenceDiagram\n"
        "  participant p0 as customer\n"
        "  participant p1 as main\n"
        "  p0->>p1: 1. pay\n"
        "  Note over p0: a deadline passes\n"
        "  p0->>p1: 2. pay\n"
        "  Note over p0,p1: eventually#58; paid once at most\n");
  fails([](tincan::Main& main, int& paid) {
    main.handle("pay", [&paid](tincan::InvokeEvent& event) {
      ++paid;
      event.sender.send("paid");
      return 1;
    });
  });
}

TEST_CASE("explore: what a deadline ends continues after the handler in which it has passed") {
  std::set<std::string> outcomes;
  auto const body = [&](Simulation& sim) {
    auto const log = std::make_shared<std::string>();
    sim.spawn("window", [log](Renderer& ipc) {
      ipc.on("x", [log](Event& event) {
        *log += "(";
        event.sender.send("y");
        event.sender.send("y");
        *log += ")";
      });
      ipc.within(50ms).request<int>("late").then(ipc, [log](tincan::Future<int> answer) {
        auto const code = test::codeOf([&] { answer.get(); });
        *log += code.has_value() ? tincan::toString(*code) : "ok";
      });
      ipc.run();
    });
    sim.spawn("other", [](Renderer& ipc) {
      ipc.on("y", [] {});
      if (auto const window = ipc.peer("window")) window->send("x");
      ipc.run();
    });
    auto const kept = std::make_shared<std::vector<tincan::Reply>>();
    sim.bus().main().on("late", [kept](Event& event) { kept->push_back(event.defer()); });
    sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
  };
  CHECK_THAT(explore(body, {.timeouts = 1}), tincan::testing::Explored());
  CHECK(outcomes == std::set<std::string>{"()Timeout", "Timeout()"});
}

TEST_CASE("explore: no deadline passes in a handler beside crashes, and the exploration says so") {
  auto const result = explore(
      [](Simulation& sim) {
        payTwice(sim, [](tincan::Main& main, int& paid) {
          main.handle("pay", [&paid] { return ++paid; });
        });
      },
      {.crashes = 1, .timeouts = 1});
  CHECK(result.ok);
  CHECK_FALSE(result.complete);
  CHECK(result.incomplete ==
        "beside crashes no deadline passes while a handler or a body runs, so no answer comes late "
        "that it gives; explore timeouts without crashes for that");
}

TEST_CASE("explore: what has waited at a port comes in the same place, whatever ran before") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto& main = sim.bus().main();
    auto const log = std::make_shared<std::string>();
    auto const channel = std::make_shared<tincan::MessageChannel>();
    channel->port1.postMessage(0);  // stamped by the test's own thread
    channel->port2.on("message", [log] { *log += "p"; });
    main.on("start", [channel, &main] { channel->port2.start(main); });
    main.on("x", [log] { *log += "x"; });
    sim.spawn("window", [](Renderer& ipc) { ipc.send("start"); });
    sim.spawn("other", [](Renderer& ipc) { ipc.send("x"); });
    sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
  });
  CHECK(result.failure.empty());
  CHECK(result.complete);
  CHECK(outcomes == std::set<std::string>{"px", "xp"});
}

TEST_CASE("explore: who ends has closed a port that waits after all that it has sent") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto& main = sim.bus().main();
    auto const log = logOfPort(main);
    main.on("after", [log] { *log += "a"; });
    sim.spawn("window", [](Renderer& ipc) {
      {
        tincan::MessageChannel channel;
        ipc.postMessage("port", 0, std::move(channel.port2));
        ipc.send("last");
      }
      ipc.send("after");
    });
    sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
  });
  CHECK(result.failure.empty());
  CHECK(result.complete);
  // What was there when the port was started may come before its "close".
  CHECK(outcomes == std::set<std::string>{"lca", "lac"});
}

TEST_CASE("explore: who crashes has closed its ports after all that it has sent") {
  Options options;
  options.crashes = 1;
  std::set<std::string> outcomes;
  auto const result = explore(
      [&](Simulation& sim) {
        auto const log = logOfPort(sim.bus().main());
        sim.spawn("window", [](Renderer& ipc) {
          tincan::MessageChannel channel;
          channel.port1.start(ipc);
          ipc.postMessage("port", 0, std::move(channel.port2));
          ipc.send("last");
          ipc.run();
        });
        sim.eventually("", [log, &outcomes] { return outcomes.insert(*log), true; });
      },
      options);
  CHECK(result.failure.empty());
  CHECK(result.complete);
  // Before it has begun, later, never.
  CHECK(outcomes == std::set<std::string>{"", "lc", "l"});
}

namespace {

/// In which orders main has "a" and "b".
template <class Body>
std::set<std::string> ordersOf(Body body) {
  std::set<std::string> orders;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<std::string>();
    for (char const* const name : {"a", "b"}) {
      sim.bus().main().on(name, [log, name] { *log += name; });
    }
    sim.eventually("", [log, &orders] { return orders.insert(*log), true; });
    body(sim);
  });
  CHECK(result.complete);
  return orders;
}

tincan::Peer spawnAsked(Simulation& sim) {
  sim.spawn("asked", [](Renderer& ipc) {
    ipc.on("x", [&ipc](Event& event) {
      ipc.send("a");
      event.returnValue = 1;
    });
    ipc.run();
  });
  return *sim.bus().main().renderer("asked");
}

}  // namespace

TEST_CASE("explore: what the test sends after an answer comes after what led to the answer") {
  CHECK(ordersOf([](Simulation& sim) {
          spawnAsked(sim).sendSync<int>("x");
          sim.bus().main().peer().send("b");
        }) == std::set<std::string>{"ab"});
}

TEST_CASE("explore: so it does after an answer that is taken long after its time") {
  CHECK(ordersOf([](Simulation& sim) {
          auto answer = spawnAsked(sim).within(1ms).request<int>("x");
          sim.step("asked");
          sim.advance(1s);
          CHECK(answer.get() == 1);
          sim.bus().main().peer().send("b");
        }) == std::set<std::string>{"ab"});
}

TEST_CASE("explore: an answer that the test gives comes after what the test has sent") {
  CHECK(ordersOf([](Simulation& sim) {
          std::vector<tincan::Reply> replies;
          sim.spawn("asked", [&](Renderer& ipc) {
            ipc.on("x", [&](Event& event) { replies.push_back(event.defer()); });
            ipc.run();
          });
          sim.spawn("asking", [](Renderer& ipc) {
            ipc.peer("asked")->sendSync<int>("x");
            ipc.send("b");
          });
          sim.step("asked");
          sim.bus().main().peer().send("a");
          replies.at(0).set(1);
          sim.runUntilIdle();
        }) == std::set<std::string>{"ab"});
}

TEST_CASE("explore: what the test sends comes after what led to what it has handled in a run()") {
  CHECK(ordersOf([](Simulation& sim) {
          auto tool = sim.bus().attach("tool");
          tool.on("x", [&tool] { tool.quit(); });
          sim.spawn("window", [to = tool.peer()](Renderer& ipc) {
            ipc.send("a");
            to.send("x");
          });
          tool.run();
          sim.bus().main().peer().send("b");
        }) == std::set<std::string>{"ab"});
}

namespace {

struct Victims {
  std::set<std::string> names;  // who gets Deadlock, in one order or another
  std::uint64_t schedules;
};

/// Each asks the next one, and the last one the first; but not those named in `silent`.
Victims victimsOf(std::string const& names, std::string const& silent = {}) {
  Victims victims{};
  auto const result = explore([&](Simulation& sim) {
    auto const told = std::make_shared<std::string>();
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::string const next(1, names[(i + 1) % names.size()]);
      bool const asks = !test::contains(silent, std::string(1, names[i]));
      sim.spawn(std::string(1, names[i]), [=](Renderer& ipc) {
        ipc.on("x", [](Event& event) { event.returnValue = 1; });
        auto const peer = ipc.peer(next);
        if (asks && test::codeOf([&] { return peer->sendSync<int>("x"); })) *told += ipc.name();
        ipc.run();
      });
    }
    sim.eventually("", [told, &victims] { return victims.names.insert(*told), true; });
  });
  CHECK(result.failure.empty());
  CHECK(result.complete);
  victims.schedules = result.schedules;
  return victims;
}

}  // namespace

TEST_CASE("explore: of two that ask each other each one gets Deadlock in some order") {
  auto const victims = victimsOf("ab");
  CHECK(victims.names == std::set<std::string>{"a", "b"});
  CHECK(victims.schedules == 2);
}

TEST_CASE(
    "explore: of four that ask one another in a circle each one gets Deadlock in some order") {
  CHECK(victimsOf("abcd").names == std::set<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("explore: waits that are no circle make for no more orders") {
  auto const victims = victimsOf("abcd", "a");
  CHECK(victims.names == std::set<std::string>{""});
  CHECK(victims.schedules == 1);
}

TEST_CASE("explore: a handler of main that waits, under priorities that change") {
  Options options;
  options.strategy = Options::Strategy::Pct;
  options.maxSchedules = 50;
  auto const result = explore(
      [](Simulation& sim) {
        tincan::Main& main = sim.bus().main();
        main.on("go", [&main] { CHECK(main.renderer("a")->sendSync<int>("x") == 7); });
        sim.spawn("a", [](Renderer& ipc) {
          ipc.on("x", [](Event& event) { event.returnValue = 7; });
          ipc.send("go");
          ipc.run();
        });
      },
      options);
  CHECK(result.ok);
  CHECK(result.schedules == 50);
}

TEST_CASE(
    "explore: a run that fails shows what a full inbox has refused, and what one that has ended "
    "never got") {
  auto const lost = [](tincan::InboxOptions const& inbox, std::string const& first) {
    return explore([&](Simulation& sim) {
             auto const sum = std::make_shared<int>(0);
             sim.spawn("w", inbox, [sum](Renderer& ipc) {
               ipc.on("add", [sum](int n) { *sum += n; });
               ipc.on("stop", [&ipc] { ipc.close(); });
               ipc.run();
             });
             sim.spawn("s", [first](Renderer& ipc) {
               auto const w = ipc.peer("w");
               w->send(first, 1);
               w->send("add", 2);
             });
             sim.eventually("both", [sum] { return *sum == 3; });
           })
        .mermaid;
  };
  CHECK(lost({.capacity = 1}, "add") ==
        "sequenceDiagram\n"
        "  participant p0 as s\n"
        "  participant p1 as w\n"
        "  Note over p1: loses 'add' from 's' (Full)\n"
        "  p0->>p1: 1. add 1\n"
        "  Note over p0,p1: eventually#58; both\n");
  CHECK(lost({}, "stop") ==
        "sequenceDiagram\n"
        "  participant p0 as s\n"
        "  participant p1 as w\n"
        "  p0->>p1: 1. stop 1\n"
        "  Note over p1: loses 'add' from 's' (Closed)\n"
        "  Note over p0,p1: eventually#58; both\n");
}
