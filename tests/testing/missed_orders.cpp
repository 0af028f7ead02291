// tests/testing/missed_orders.cpp - orders that the reduction once left out
#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "seen_in.hpp"

using namespace std::chrono_literals;
using test::Seen;
using test::seenIn;
using test::SeenOfAll;
using tincan::Future;
using tincan::Peer;
using tincan::Renderer;
using tincan::testing::Simulation;

TEST_CASE("explore: a function is called at an endpoint that has ended, or ends later") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const other = std::make_shared<Peer>();
          sim.spawn("a", [seen, other](Renderer& ipc) {
            ipc.poll();
            other->call([] {}).then(ipc, [](Future<void>) {});
            *seen += std::to_string(ipc.poll());
          });
          sim.spawn("b", [](Renderer&) {});
          *other = *sim.bus().main().renderer("b");
        }) == SeenOfAll{"0", "1"});
}

TEST_CASE("explore: a message comes to the poll before one that begins with a timer") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const other = std::make_shared<Peer>();
          sim.spawn("a", [other](Renderer& ipc) {
            ipc.poll();
            ipc.poll();
            other->send("x");
          });
          sim.spawn("b", [seen](Renderer& ipc) {
            ipc.on("x", [] {});
            *seen += std::to_string(ipc.poll());
            ipc.after(0ms, [] {});
            *seen += std::to_string(ipc.poll());
            ipc.run();
          });
          *other = *sim.bus().main().renderer("b");
        }) == SeenOfAll{"00", "01", "10"});
}

TEST_CASE("explore: an endpoint that is watched ends before a run, in it, or after it") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const other = std::make_shared<Peer>();
          sim.spawn("a", [seen, other](Renderer& ipc) {
            other->onClose([seen] { *seen += "gone "; });
            ipc.runFor(0ms);
            *seen += "| ";
            ipc.quit();
            ipc.run();
            *seen += "|";
          });
          sim.spawn("b", [](Renderer& ipc) { ipc.poll(); });
          *other = *sim.bus().main().renderer("b");
        }) == SeenOfAll{"gone | |", "| gone |", "| |"});
}

TEST_CASE(
    "explore: the end of a thread's handle rings before its hook is set, while it is, or not at "
    "all") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("a", [&sim, seen](Renderer&) {
            auto const thread = sim.bus().spawn("b", [seen](Renderer& ipc) {
              ipc.onWake([seen] { *seen += "!"; });
              ipc.poll();
              ipc.onWake({});
            });
          });
        }) == SeenOfAll{"", "!", "!!"});
}

TEST_CASE("explore: what was dropped from an inbox is in nobody's way") {
  auto const seen = seenIn([](Simulation& sim, Seen const& text) {
    tincan::InboxOptions const narrow{.capacity = 1, .overflow = tincan::Overflow::DropOldest};
    auto const other = std::make_shared<Peer>();
    sim.bus().onDeadLetter([](tincan::DeadLetter const&) {});
    sim.spawn("a", [text, other](Renderer& ipc) {
      other->request<int>("0").then(ipc, [text](Future<int> answer) {
        try {
          answer.get();
        } catch (tincan::Error const& error) {
          *text = std::string(toString(error.code())) + ": " + *text;  // in front, whenever that is
        }
      });
      other->send("2");
    });
    sim.spawn("b", [other](Renderer&) { other->send("0"); });
    sim.spawn("c", narrow, [text](Renderer& ipc) {
      ipc.on("0", [text, &ipc](tincan::Event& event) {
        *text += event.sender.name() + "0 ";
        ipc.peer("c")->send("2");
      });
      ipc.on("2", [text](tincan::Event& event) { *text += event.sender.name() + "2 "; });
      ipc.run();
    });
    *other = *sim.bus().main().renderer("c");
  });
  // The second message of c to itself has made room for itself, and need not come before the one of a.
  CHECK(seen.contains("NoReply: a0 b0 a2 c2 "));
  CHECK(seen.contains("NoReply: a0 b0 c2 a2 "));
}

TEST_CASE("explore: a poll of an endpoint beside finds nothing, though a message is sent to it") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const beside = std::make_shared<Renderer>(sim.bus().attach("beside"));
          beside->on("x", [] {});
          beside->release();
          sim.spawn("a", [to = beside->peer()](Renderer&) { to.send("x"); });
          sim.spawn("b", [seen, beside](Renderer& ipc) {
            *seen += std::to_string(beside->poll(1));
            ipc.run();
          });
        }) == SeenOfAll{"0", "1"});
}

TEST_CASE(
    "explore: whose request is dropped to make room for its own message knows nothing by that") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          tincan::InboxOptions const narrow{.capacity = 1,
                                            .overflow = tincan::Overflow::DropOldest};
          auto const a = std::make_shared<Peer>(), b = std::make_shared<Peer>();
          sim.bus().onDeadLetter([](tincan::DeadLetter const&) {});
          sim.bus().main().on("2", [seen](tincan::Event& event) { *seen += event.sender.name(); });
          sim.spawn("a", [b](Renderer& ipc) {
            auto const answer = std::make_shared<Future<int>>(b->request<int>("1"));
            ipc.on("1", [b, answer, &ipc] {
              b->send("2");
              if (answer->ready()) ipc.send("2");
            });
            ipc.run();
          });
          sim.spawn("b", narrow, [a](Renderer& ipc) {
            ipc.on("2", [] {});
            a->send("1");
            ipc.send("2");
            ipc.run();
          });
          *a = *sim.bus().main().renderer("a");
          *b = *sim.bus().main().renderer("b");
        }) == SeenOfAll{"ab", "b", "ba"});
}

TEST_CASE("explore: code that goes on after the end of a run finds whom it has found") {
  bool isFound = true;
  auto const result = tincan::testing::explore([&](Simulation& sim) {
    sim.spawn("a", [&isFound](Renderer& ipc) {
      ipc.on("x", [&] {
        ipc.send("y");
        isFound = isFound && ipc.peer("a").has_value();
      });
      ipc.run();
    });
    sim.bus().main().on("y", [] {});
    for (auto const* const name : {"b", "c"}) {
      sim.spawn(name, [peer = *sim.bus().main().renderer("a")](Renderer& ipc) {
        peer.send("x");
        ipc.send("y");
      });
    }
  });
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(isFound);
}

TEST_CASE("explore: an endpoint that ends answers the requests of several in any order") {
  SeenOfAll const all = seenIn([](Simulation& sim, Seen const& seen) {
    auto const gone = std::make_shared<Peer>();
    auto const clerk = std::make_shared<Peer>();
    sim.spawn("asks", [seen, gone, clerk](Renderer& ipc) {
      gone->request<int>("x").then(ipc, [seen](Future<int>) { *seen += "closed "; });
      clerk->invoke<int>("y").then(ipc, [seen](Future<int>) { *seen += "answered "; });
      ipc.run();
    });
    sim.spawn("clerk", [seen, gone](Renderer& ipc) {
      gone->request<int>("x").then(ipc, [seen](Future<int>) { *seen += "own "; });
      ipc.handle("y", [seen, gone]() -> tincan::Task<int> {
        *seen += "asked ";
        try {
          static_cast<void>(co_await gone->invoke<int>("z"));
        } catch (tincan::Error const&) {
          *seen += "goes on ";
        }
        co_return 1;
      });
      ipc.run();
    });
    sim.spawn("gone", [](Renderer&) {});
    *gone = *sim.bus().main().renderer("gone");
    *clerk = *sim.bus().main().renderer("clerk");
  });
  CHECK(all.size() == 13);
  // Only if the clerk is answered first, who then answers before the other one is.
  CHECK(all.count("asked own goes on answered closed ") == 1);
}

TEST_CASE("explore: a hook is told in any order of what several have sent to one that ends") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().onDeadLetter([seen](tincan::DeadLetter const& one) { *seen += one.from; });
          sim.spawn("gone", [](Renderer&) {});
          auto const gone = *sim.bus().main().renderer("gone");
          for (auto const* const name : {"a", "b"}) {
            sim.spawn(name, [gone](Renderer&) { gone.send("x"); });
          }
        }) == SeenOfAll{"ab", "ba"});
}

TEST_CASE("explore: what the messages of several hold ends in any order") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          tincan::Peer const main = sim.bus().main().peer();
          sim.bus().main().on("ended", [seen](std::string const& whose) { *seen += whose; });
          sim.spawn("gone", [](Renderer&) {});
          auto const gone = *sim.bus().main().renderer("gone");
          for (std::string const name : {"a", "b"}) {
            sim.spawn(name, [gone, main, name](Renderer&) {
              std::shared_ptr<void> held(nullptr, [=](void*) { main.send("ended", name); });
              if (name == "a") gone.send("x", std::move(held));
              else gone.post([held = std::move(held)] {});
            });
          }
          sim.spawn("c",
                    [gone](Renderer&) { gone.send("x", std::string("nobody sees this end")); });
        }) == SeenOfAll{"ab", "ba"});
}

TEST_CASE("explore: a poll that looks twice takes what a handler has sent to its endpoint") {
  for (bool const hasOther : {false, true}) {
    SeenOfAll const all = seenIn([hasOther](Simulation& sim, Seen const& seen) {
      sim.spawn("polls", [seen](Renderer& ipc) {
        ipc.on("own", [seen] { *seen += "own "; });
        ipc.on("x", [seen, self = *ipc.peer("polls")](tincan::Event& event) {
          *seen += event.sender.name() + " ";
          if (event.sender.name() == "a") self.send("own");
        });
        for (int i = 0; i < 2; ++i) *seen += std::to_string(ipc.poll()) + " ";
      });
      auto const polls = *sim.bus().main().renderer("polls");
      sim.spawn("a", [polls](Renderer&) { polls.send("x"); });
      if (hasOther) sim.spawn("b", [polls](Renderer&) { polls.send("x"); });
    });
    CHECK(all.count("a 1 own 1 ") == 1);
    CHECK(all.count("a own 2 0 ") == (hasOther ? 1 : 0));
    CHECK(all.count("a own b 3 0 ") == (hasOther ? 1 : 0));
  }
}

TEST_CASE("explore: a poll takes what supersedes the message that it has found") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("polls", [seen](Renderer& ipc) {
            auto const self = *ipc.peer("polls");
            ipc.on("own", [seen](int n) { *seen += std::to_string(n) + " "; });
            ipc.on("x", [seen, self] {
              *seen += "x ";
              self.sendLatest("own", 2);
            });
            self.sendLatest("own", 1);
            for (int i = 0; i < 2; ++i) *seen += "took " + std::to_string(ipc.poll()) + " ";
          });
          auto const polls = *sim.bus().main().renderer("polls");
          sim.spawn("a", [polls](Renderer&) { polls.send("x"); });
        }) == SeenOfAll{"1 took 1 took 0 ", "1 took 1 x took 1 ", "1 x took 2 2 took 1 ",
                        "x 2 took 2 took 0 "});
}

TEST_CASE("explore: a poll need not take what one of its handlers learns of") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().main().on("asks", [](tincan::Event& event) {
            event.sender.send("more");
            event.returnValue = 1;
          });
          sim.spawn("polls", [seen](Renderer& ipc) {
            ipc.on("first", [&ipc] { ipc.sendSync<int>("asks"); });
            ipc.on("more", [seen] { *seen += "more "; });
            ipc.peer("polls")->send("first");
            ipc.poll();
            *seen += "| ";
            ipc.poll();
          });
        }) == SeenOfAll{"more | ", "| more "});
}

TEST_CASE(
    "explore: who answers for an endpoint that ends is too late, also if that ends its own first") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().main().on("answer", [seen](tincan::Reply& reply) {
            *seen += reply.set(1) ? "answered" : "too late";
          });
          sim.spawn("ends", [](Renderer& ipc) {
            ipc.on("x", [&ipc](tincan::Event& event) {
              ipc.peer("ends")->request<int>("own").then(ipc, [](Future<int>) {});
              ipc.send("answer", event.defer());
            });
            ipc.poll();
          });
          sim.spawn("asks", [ends = *sim.bus().main().renderer("ends")](Renderer& ipc) {
            auto const answer = ends.request<int>("x");
            ipc.run();
          });
        }) == SeenOfAll{"", "answered", "too late"});
}

TEST_CASE(
    "explore: an endpoint ends before the last Reply of its request is dropped, or after it") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const wasAsked = std::make_shared<bool>(false);
          sim.eventually("of both", [seen, wasAsked] {
            if (*wasAsked) *seen += " asked";
            return true;
          });
          sim.spawn("drops", [](Renderer&) {});
          sim.spawn("ends", [wasAsked, drops = *sim.bus().main().renderer("drops")](Renderer& ipc) {
            ipc.on("x", [wasAsked, drops](tincan::Event& event) {
              *wasAsked = true;
              drops.send("reply", event.defer());
            });
            ipc.poll();
          });
          sim.spawn("asks", [seen, ends = *sim.bus().main().renderer("ends")](Renderer& ipc) {
            auto const asks = [](Peer asked, Seen log) -> tincan::Task<void> {
              try {
                static_cast<void>(co_await asked.request<int>("x"));
              } catch (tincan::Error const& error) {
                *log += toString(error.code());
              }
            };
            auto const task = asks(ends, seen);
            if (!task.ready()) *seen += "later ";
            ipc.run();
          });
        }) == SeenOfAll{"Closed", "Closed asked", "NoReply asked", "later Closed",
                        "later Closed asked", "later NoReply asked"});
}

TEST_CASE("explore: two that end answer a third in either order") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          for (auto const* const name : {"a", "b"}) sim.spawn(name, [](Renderer&) {});
          auto const a = *sim.bus().main().renderer("a");
          auto const b = *sim.bus().main().renderer("b");
          sim.spawn("asks", [seen, a, b](Renderer& ipc) {
            auto const asksA = [](Peer asked, Seen log) -> tincan::Task<void> {
              try {
                static_cast<void>(co_await asked.request<int>("x"));
              } catch (tincan::Error const&) {
                *log += "a ";
              }
            };
            ipc.on("ask", [seen, a, asksA] {
              if (asksA(a, seen).ready()) *seen += "at once ";
            });
            ipc.peer("asks")->send("ask");
            b.invoke<int>("x").then(ipc, [seen](Future<int>) { *seen += "b "; });
            ipc.run();
          });
        }) == SeenOfAll{"a at once b ", "a b ", "b a "});
}

TEST_CASE("explore: what comes behind a superseded message could not have come before that") {
  SeenOfAll const all = seenIn([](Simulation& sim, Seen const& seen) {
    struct World {
      Peer a, b, c;
      std::string seenBy[3];
    };
    auto const world = std::make_shared<World>();
    auto const sees = [world](int i, std::string const& what) { world->seenBy[i] += what + " "; };
    sim.spawn("a", [world, sees](Renderer& ipc) {
      ipc.on("x", [=] {
        sees(0, "x");
        world->b.send("z");
      });
      ipc.on("y", [sees] { sees(0, "y"); });
      world->b.send("begin");
      ipc.run();
    });
    sim.spawn("b", [world, sees](Renderer& ipc) {
      ipc.on("begin", [=, &ipc] {
        world->c.sendLatest("now");
        ipc.poll();
        sees(1, "polled");
      });
      ipc.on("z", [sees] { sees(1, "z"); });
      world->c.sendLatest("now");
      ipc.run();
    });
    sim.spawn("c", [world, sees](Renderer& ipc) {
      ipc.on("now", [=, &ipc] {
        sees(2, "now");
        ipc.poll();
        world->a.sendLatest("y");
      });
      ipc.poll();
      sees(2, "polled");
      world->a.send("x");
      ipc.run();
    });
    tincan::Main const& main = sim.bus().main();
    *world = {*main.renderer("a"), *main.renderer("b"), *main.renderer("c"), {}};
    sim.eventually("over", [world, seen] {
      for (auto const& one : world->seenBy) *seen += one + "| ";
      return true;
    });
  });
  CHECK(all.size() == 16);
  CHECK(all.count("x y | z polled | now polled now | ") == 1);
}

TEST_CASE("explore: who may answer for an endpoint is gone just before that is closed, or after") {
  SeenOfAll const all = seenIn([](Simulation& sim, Seen const& seen) {
    struct World {
      Peer a, b;
      std::string seenByA, seenByC;
    };
    auto const world = std::make_shared<World>();
    auto const failure = [](auto ask) -> std::string {
      try {
        return std::to_string(ask());
      } catch (tincan::Error const& error) {
        return std::string(tincan::toString(error.code()));
      }
    };
    sim.spawn("a", [world, failure](Renderer&) {
      world->seenByA = failure([&] { return world->b.invoke<int>("not handled").get(); });
    });
    sim.spawn("b", [world](Renderer& ipc) {
      ipc.on("ask", [world](tincan::Event& event) { world->a.send("yours", event.defer()); });
      ipc.poll();
    });
    sim.spawn("c", [world, failure](Renderer&) {
      world->seenByC = failure([&] { return world->b.sendSync<int>("ask"); });
    });
    tincan::Main const& main = sim.bus().main();
    *world = {*main.renderer("a"), *main.renderer("b"), {}, {}};
    sim.eventually("over", [world, seen] {
      *seen = world->seenByA + ", " + world->seenByC;
      return true;
    });
  });
  CHECK(all ==
        SeenOfAll{"Closed, Closed", "Closed, NoReply", "NoHandler, Closed", "NoHandler, NoReply"});
}
