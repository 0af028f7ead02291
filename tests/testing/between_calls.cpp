// tests/testing/between_calls.cpp - what explore tries between two calls of one handler or body
//
// Each case names all outcomes that threads give: all of them have been seen there.
#include <tincan/testing.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../unit/support.hpp"
#include "seen_in.hpp"

using test::Seen;
using test::seenIn;
using test::SeenOfAll;
using tincan::DeadLetter;
using tincan::Errc;
using tincan::Error;
using tincan::Event;
using tincan::Overflow;
using tincan::Renderer;
using tincan::Reply;
using tincan::SendResult;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Result;
using tincan::testing::Simulation;

namespace {

std::string endOf(std::function<int()> const& act) {
  try {
    return std::to_string(act());
  } catch (Error const& error) {
    return std::string(tincan::toString(error.code()));
  }
}

}  // namespace

TEST_CASE("between calls: an answer is ready at once, or not yet") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().main().on("q", [](Event& event) { event.returnValue = 1; });
          sim.spawn("a", [seen](Renderer& ipc) {
            auto answer = ipc.request<int>("q");
            *seen += answer.ready() ? "ready" : "not yet";
            answer.get();
          });
        }) == SeenOfAll{"ready", "not yet"});
}

TEST_CASE("between calls: whoever looks at the answers that it awaits does not wait for others") {
  auto const all = seenIn([](Simulation& sim, Seen const& seen) {
    tincan::Main& main = sim.bus().main();
    main.on("p", [seen](int n) { *seen += "p" + std::to_string(n); });
    sim.spawn("c", [](Renderer& ipc) {
      ipc.on("q", [](Event& event) { event.returnValue = 1; });
      ipc.sendLatest("p", 1);
      ipc.sendLatest("p", 2);
      ipc.run();
    });
    auto const waits = [](tincan::Peer c, Seen log) -> tincan::Task<> {
      try {
        co_await tincan::any(c.request<int>("q"), c.request<int>("q"));
      } catch (Error const&) {
        *log += "cancelled";
      }
    };
    main.on("go", [=, &main, c = *main.renderer("c")] {
      auto const task = std::make_shared<tincan::Task<>>(waits(c, seen));
      main.post([task] { task->cancel(); });
    });
    sim.spawn("a", [](Renderer& ipc) { ipc.send("go"); });
  });
  CHECK(all == SeenOfAll{"p2", "p1p2", "cancelledp2", "p2cancelled", "cancelledp1p2",
                         "p1cancelledp2", "p1p2cancelled"});
}

TEST_CASE("between calls: a request that is dropped at once has run, or has not") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().main().on("q", [seen](Event& event) {
            *seen += "ran";
            event.returnValue = 1;
          });
          sim.bus().onDeadLetter([](DeadLetter const&) {});
          sim.spawn("a", [](Renderer& ipc) { auto const dropped = ipc.request<int>("q"); });
        }) == SeenOfAll{"ran", ""});
}

TEST_CASE("between calls: a request may be cancelled between two looks") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().main().on("q", [seen](Event& event) {
            *seen += event.cancelled() ? "yes " : "no ";
            *seen += event.cancelled() ? "yes" : "no";
          });
          sim.spawn("a", [](Renderer& ipc) {
            auto answer = ipc.request<int>("q");
            answer.cancel();
          });
        }) == SeenOfAll{"", "no no", "no yes", "yes yes"});
}

TEST_CASE("between calls: a small inbox is emptied between two messages, or not") {
  auto const sink = [](Simulation& sim, Seen const& seen, Overflow overflow) {
    sim.spawn("sink", {.capacity = 1, .overflow = overflow}, [seen](Renderer& ipc) {
      ipc.on("n", [seen](int n) { *seen += std::to_string(n); });
      ipc.run();
    });
  };
  auto const sends = [](Simulation& sim, int count) {
    sim.spawn("a", [count](Renderer& ipc) {
      auto const peer = *ipc.peer("sink");
      for (int n = 1; n <= count; ++n) peer.send("n", n);
    });
  };
  CHECK(seenIn([&](Simulation& sim, Seen const& seen) {
          sink(sim, seen, Overflow::DropOldest);
          sends(sim, 3);
        }) == SeenOfAll{"3", "13", "23", "123"});
  CHECK(seenIn([&](Simulation& sim, Seen const& seen) {
          sink(sim, seen, Overflow::Fail);
          sends(sim, 2);
        }) == SeenOfAll{"1", "12"});
}

TEST_CASE(
    "between calls: whoever sends and then ends is still there for the receiver, or is gone") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("b", [seen](Renderer& ipc) {
            ipc.on("bye",
                   [seen](Event& event) { *seen += event.sender.alive() ? "alive" : "gone"; });
            ipc.run();
          });
          sim.spawn("a", [](Renderer& ipc) {
            ipc.peer("b")->send("bye");
            ipc.close();
          });
        }) == SeenOfAll{"alive", "gone"});
}

TEST_CASE("between calls: what is made after a message is found by its receiver, or is not") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("b", [seen, &sim](Renderer& ipc) {
            ipc.on("look",
                   [seen, &sim] { *seen += sim.bus().main().renderer("new") ? "found" : "none"; });
            ipc.run();
          });
          sim.spawn("a", [&sim](Renderer& ipc) {
            ipc.peer("b")->send("look");
            auto const thread = sim.bus().spawn("new", [](Renderer& made) { made.run(); });
            ipc.run();
          });
        }) == SeenOfAll{"found", "none"});
}

TEST_CASE("between calls: the wait for an answer begins in get, so either of two gets Deadlock") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("b", [seen](Renderer& ipc) {
            ipc.handle("q", [seen, &ipc] {
              *seen += "b:" + endOf([&] { return ipc.peer("a")->sendSync<int>("r"); }) + " ";
              return 52;
            });
            ipc.run();
          });
          sim.spawn("a", [seen](Renderer& ipc) {
            ipc.on("r", [](Event& event) { event.returnValue = 1; });
            auto answer = ipc.peer("b")->invoke<int>("q");
            *seen += "a:" + endOf([&] { return answer.get(); }) + " ";
            ipc.run();
          });
        }) == SeenOfAll{"b:Deadlock a:52 ", "a:Deadlock b:1 "});
}

TEST_CASE("between calls: either of two that may answer is the first") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto& main = sim.bus().main();
          for (std::string const name : {"r1", "r2"}) {
            sim.spawn(name, [name](Renderer& ipc) {
              ipc.on("r", [name](Reply& reply) { reply.set(name); });
              ipc.run();
            });
          }
          main.on("q", [&main](Event& event) {
            main.renderer("r1")->send("r", event.defer());
            main.renderer("r2")->send("r", event.defer());
          });
          sim.spawn("a", [seen](Renderer& ipc) { *seen += ipc.sendSync<std::string>("q"); });
        }) == SeenOfAll{"r1", "r2"});
}

TEST_CASE("between calls: whoever has deferred an answer ends before it is given, or after that") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("clerk", [seen](Renderer& ipc) {
            ipc.on("r", [seen](Reply& reply) { *seen += reply.set(1) ? "in time" : "too late"; });
            ipc.run();
          });
          sim.spawn("server", [](Renderer& ipc) {
            ipc.on("q", [&ipc](Event& event) {
              ipc.peer("clerk")->send("r", event.defer());
              ipc.quit();
            });
            ipc.run();
          });
          sim.spawn("client", [](Renderer& ipc) {
            endOf([&] { return ipc.peer("server")->sendSync<int>("q"); });
          });
        }) == SeenOfAll{"in time", "too late"});
}

TEST_CASE("between calls: a poll may miss what was sent just before it") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const got = std::make_shared<std::pair<int, int>>();
          for (std::string const name : {"a", "b"}) {
            sim.spawn(name, [name, got](Renderer& ipc) {
              int& mine = name == "a" ? got->first : got->second;
              ipc.on("w", [] {});
              ipc.peer(name == "a" ? "b" : "a")->send("w");
              mine = static_cast<int>(ipc.poll());
              ipc.run();
            });
          }
          sim.eventually("got", [seen, got] {
            *seen = std::to_string(got->first) + std::to_string(got->second);
            return true;
          });
        }) == SeenOfAll{"00", "01", "10", "11"});
}

TEST_CASE("between calls: a poll does not miss what it knows of") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().main().on("q", [&sim](Event& event) {
            sim.bus().main().renderer("a")->send("w");
            event.returnValue = 1;
          });
          sim.spawn("a", [seen](Renderer& ipc) {
            ipc.on("w", [] {});
            ipc.sendSync<int>("q");
            *seen += std::to_string(ipc.poll());
          });
        }) == SeenOfAll{"1"});
}

TEST_CASE("between calls: a receiver ends before sendLatest, while that supersedes, or after it") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().onDeadLetter([](DeadLetter const&) {});
          sim.spawn("b", [](Renderer& ipc) { static_cast<void>(ipc.poll()); });
          tincan::Peer const b = *sim.bus().main().renderer("b");
          sim.bus().main().on("go", [b, seen] {
            *seen += b.sendLatest("x") == SendResult::Queued ? "sent " : "closed ";
          });
          sim.spawn("a", [](Renderer& ipc) {
            ipc.send("go");
            ipc.send("go");
          });
        }) == SeenOfAll{"sent sent ", "sent closed ", "closed closed "});
}

TEST_CASE("between calls: a receiver ends before something is posted to it, or after that") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("b", [](Renderer&) {});
          sim.bus().main().on("go", [b = *sim.bus().main().renderer("b"), seen] {
            *seen += b.post([] {}) == SendResult::Queued ? "sent" : "closed";
          });
          sim.spawn("a", [](Renderer& ipc) { ipc.send("go"); });
        }) == SeenOfAll{"sent", "closed"});
}

namespace {

/// An argument whose copies tell that they are made.
struct Telling {
  explicit Telling(tincan::Peer const& listener) : to(listener) {}
  Telling(Telling&&) = default;
  Telling(Telling const& other) : to(other.to) { to.send("copied"); }

  tincan::Peer to;
};

}  // namespace

TEST_CASE("between calls: a receiver ends before an argument is copied, or while it is") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().onDeadLetter([](DeadLetter const&) {});
          sim.bus().main().on("copied", [seen] { *seen += "copied "; });
          sim.bus().main().on("end", [seen](std::string const& end) { *seen += end; });
          sim.spawn("b", [](Renderer&) {});
          sim.spawn("a", [b = *sim.bus().main().renderer("b")](Renderer& ipc) {
            Telling const telling(ipc.main());
            bool const isSent = b.send("x", telling) == SendResult::Queued;
            ipc.send("end", isSent ? "sent" : "closed");
          });
        }) == SeenOfAll{"closed", "copied closed", "copied sent"});
}

TEST_CASE("between calls: whoever looks at the counts of the bus has not seen all that there are") {
  auto const result = explore([](Simulation& sim) {
    sim.bus().main().on("look", [&sim] { sim.bus().stats(); });
    sim.spawn("a", [](Renderer& ipc) { ipc.send("look"); });
  });
  CHECK(result.ok);
  CHECK_FALSE(result.complete);
  CHECK(test::contains(result.incomplete, "'main' looks at Bus::stats()"));
}

TEST_CASE("between calls: what nobody can tell apart is one outcome") {
  auto const result = explore([](Simulation& sim) {
    for (auto const* const name : {"a", "b"}) {
      sim.spawn(name, [](Renderer& ipc) {
        ipc.on("x", [] {});
        ipc.run();
      });
    }
    auto const a = *sim.bus().main().renderer("a"), b = *sim.bus().main().renderer("b");
    sim.spawn("c", [a, b](Renderer&) {
      a.send("x");
      b.send("x");
      a.send("x");
    });
  });
  CHECK(result.complete);
  CHECK(result.schedules == 1);
}

TEST_CASE("between calls: code that looks again and again lets the others go on") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().main().on("q", [](Event& event) { event.returnValue = 1; });
          sim.spawn("a", [seen](Renderer& ipc) {
            auto const answer = ipc.request<int>("q");
            while (!answer.ready()) {
            }
            *seen += "ready";
          });
        }) == SeenOfAll{"ready"});
}

TEST_CASE("between calls: a call that looks at one thing twice looks at it once") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("a", [](Renderer& ipc) {
            ipc.peer("b")->request<int>("q").cancel();
            ipc.run();
          });
          sim.spawn("b", [seen](Renderer& ipc) {
            ipc.on("q", [seen](Event& event) {
              *seen += event.sender.name();
              *seen += event.cancelled() ? "-" : "+";
              *seen += event.cancelled() ? "- " : "+ ";
              event.returnValue = 1;
            });
            auto const own = ipc.peer("b")->request<int>("q");
            ipc.run();
          });
        }) ==
        SeenOfAll{"b++ ", "a++ b++ ", "a+- b++ ", "a-- b++ ", "b++ a++ ", "b++ a+- ", "b++ a-- "});
}

TEST_CASE("between calls: a thread that was never begun can be joined when its bus is gone") {
  auto const result = explore([](Simulation& sim) {
    struct Kept {
      std::optional<tincan::RendererThread> thread;
    };
    auto const kept = std::make_shared<Kept>();
    sim.bus().main().on("x", [] {});
    sim.spawn("a", [&sim, kept](Renderer& ipc) {
      kept->thread = sim.bus().spawn("late", [](Renderer&) {});
      ipc.send("x");
    });
    sim.spawn("b", [](Renderer& ipc) { ipc.send("x"); });
    sim.spawn("c", [](Renderer& ipc) { ipc.send("x"); });
    sim.eventually("kept to the end", [kept] { return kept->thread.has_value(); });
  });
  CHECK(result.ok);
}

TEST_CASE("between calls: of a cycle that a handler's Task closes, either of two gets Deadlock") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("a", [seen](Renderer& ipc) {
            ipc.handle("two", [] { return 2; });
            *seen += "a:" + endOf([&] { return ipc.peer("c")->sendSync<int>("three"); }) + " ";
            ipc.run();
          });
          sim.spawn("b", [](Renderer& ipc) {
            auto const a = *ipc.peer("a");
            ipc.handle("one", [a](tincan::InvokeEvent&) -> tincan::Task<int> {
              co_return co_await a.invoke<int>("two");
            });
            ipc.run();
          });
          auto const b = *sim.bus().main().renderer("b");
          sim.spawn("c", [seen, b](Renderer& ipc) {
            ipc.on("three", [](Event& event) { event.returnValue = 3; });
            *seen += "c:" + endOf([&] { return b.invoke<int>("one").get(); }) + " ";
            ipc.run();
          });
        }) == SeenOfAll{"c:Deadlock a:3 ", "a:Deadlock c:2 "});
}

TEST_CASE("between calls: what is posted on a port that was sent away comes in time, or late") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const ports = std::make_shared<std::vector<tincan::MessagePort>>();
          sim.spawn("b", [seen, ports](Renderer& ipc) {
            ipc.on("port", [seen, ports, &ipc](Event& event) {
              ports->push_back(std::move(event.ports.at(0)));
              ports->back().on("message", [seen](int) { *seen += "p"; });
              ports->back().start();
              ipc.peer("b")->send("x");
            });
            ipc.on("x", [seen] { *seen += "x"; });
            ipc.run();
          });
          sim.spawn("c", [](Renderer& ipc) {
            tincan::MessageChannel channel;
            ipc.peer("b")->postMessage("port", 0, std::move(channel.port2));
            channel.port1.postMessage(1);
            ipc.run();
          });
        }) == SeenOfAll{"px", "xp"});
}

TEST_CASE("between calls: a port is closed before or after what somebody else sends") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const ports = std::make_shared<std::vector<tincan::MessagePort>>();
          sim.bus().main().on("port", [seen, ports](Event& event) {
            *seen += "port ";
            ports->push_back(std::move(event.ports.at(0)));
            ports->back().on("close", [seen] { *seen += "close "; });
            ports->back().start();
          });
          sim.bus().main().on("x", [seen] { *seen += "x "; });
          sim.spawn("a", [](Renderer& ipc) {
            tincan::MessageChannel channel;
            ipc.postMessage("port", 0, std::move(channel.port2));
          });
          sim.spawn("b", [](Renderer& ipc) { ipc.send("x"); });
        }) == SeenOfAll{"port close x ", "port x close ", "x port close "});
}

TEST_CASE("between calls: what has waited at a port comes in its place, or after what was there") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const ports = std::make_shared<std::vector<tincan::MessagePort>>();
          sim.bus().main().on("port", [seen, ports](Event& event) {
            ports->push_back(std::move(event.ports.at(0)));
            ports->back().on("message", [seen] { *seen += "message "; });
            ports->back().start();
          });
          sim.bus().main().on("x", [seen] { *seen += "x "; });
          sim.spawn("a", [](Renderer& ipc) {
            tincan::MessageChannel channel;
            ipc.postMessage("port", 0, std::move(channel.port2));
            channel.port1.postMessage(1);
            channel.port1.postMessage(2);
            ipc.send("x");
            ipc.run();
          });
        }) == SeenOfAll{"message message x ", "x message message "});
}

TEST_CASE("between calls: what waits at a port may come before what others send to its receiver") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const ports = std::make_shared<std::vector<tincan::MessagePort>>();
          sim.bus().main().on("port", [seen, ports](Event& event) {
            ports->push_back(std::move(event.ports.at(0)));
            ports->back().on("message", [seen] { *seen += "message "; });
            ports->back().start();
          });
          sim.bus().main().on("x", [seen] { *seen += "x "; });
          sim.spawn("b", [](Renderer& ipc) { ipc.send("x"); });
          sim.spawn("a", [](Renderer& ipc) {
            tincan::MessageChannel channel;
            channel.port1.postMessage(1);
            ipc.postMessage("port", 0, std::move(channel.port2));
            ipc.run();
          });
        }) == SeenOfAll{"message x ", "x message "});
}

TEST_CASE(
    "between calls: a port that ends with what its endpoint left behind closes before or after "
    "others") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const ports = std::make_shared<std::vector<tincan::MessagePort>>();
          sim.spawn("a", [](Renderer& ipc) {
            tincan::MessageChannel channel;
            ipc.peer("b")->postMessage("port", 0, std::move(channel.port2));
            ipc.peer("a")->postMessage("port", 0, std::move(channel.port1));
          });
          sim.spawn("b", [seen, ports](Renderer& ipc) {
            ipc.on("port", [seen, ports](Event& event) {
              *seen += "port ";
              ports->push_back(std::move(event.ports.at(0)));
              ports->back().on("close", [seen] { *seen += "close "; });
              ports->back().start();
            });
            ipc.on("x", [seen] { *seen += "x "; });
            ipc.run();
          });
          auto const b = *sim.bus().main().renderer("b");
          sim.spawn("c", [b](Renderer&) { b.send("x"); });
        }) == SeenOfAll{"port close x ", "port x close ", "x port close "});
}

TEST_CASE("between calls: whoever ends what it does not handle comes after all that led to it") {
  Options options;  // all orders
  options.strategy = Options::Strategy::Bounded;
  options.bound = 1000;
  auto const ended = [](Simulation& sim, Seen const& seen) {
    sim.spawn("a", [](Renderer&) {});
    sim.spawn("b", [seen](Renderer& ipc) {
      tincan::MessageChannel channel;
      channel.port1.on("close", [seen] { *seen += "close "; });
      channel.port1.start(ipc);
      ipc.on("x", [seen] { *seen += "x "; });
      ipc.peer("b")->send("x");
      if (auto const a = ipc.peer("a")) a->postMessage("port", 0, std::move(channel.port2));
      channel.port2.close();
      ipc.run();
    });
  };
  CHECK(seenIn(ended, options) == SeenOfAll{"x close "});
}

TEST_CASE(
    "between calls: an answer that is there when then() is called comes after what was sent before "
    "it") {
  Options options;  // all orders
  options.strategy = Options::Strategy::Bounded;
  options.bound = 1000;
  auto const ended = [](Simulation& sim, Seen const& seen) {
    sim.bus().main().on("q", [](Event& event) {
      event.reply("x");
      event.returnValue = 1;
    });
    sim.spawn("a", [seen](Renderer& ipc) {
      ipc.on("x", [seen] { *seen += "x "; });
      auto answer = ipc.request<int>("q");
      std::move(answer).then(ipc, [seen](auto) { *seen += "then"; });
      ipc.run();
    });
  };
  CHECK(seenIn(ended, options) == SeenOfAll{"x then"});
}

TEST_CASE("between calls: a poll takes or misses what follows from a message that it has taken") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          auto const got = std::make_shared<std::pair<std::size_t, std::size_t>>();
          sim.spawn("a", [got](Renderer& ipc) {
            ipc.on("go", [&ipc] { ipc.peer("c")->send("one"); });
            ipc.on("two", [] {});
            ipc.peer("a")->send("go");
            got->first = ipc.poll();
            ipc.run();
          });
          sim.spawn("c", [got](Renderer& ipc) {
            ipc.on("one", [] {});
            got->second = ipc.poll();
            ipc.peer("a")->send("two");
            ipc.run();
          });
          sim.eventually("got", [seen, got] {
            *seen = std::to_string(got->first) + std::to_string(got->second);
            return true;
          });
        }) == SeenOfAll{"10", "20", "11", "21"});
}

TEST_CASE(
    "between calls: what comes before a handler that blocks may be in conflict with its wait") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().onError([](auto const&) {});  // its calls are in conflict
          sim.bus().main().on("q", [](Event&) { throw std::runtime_error("thrown"); });
          sim.spawn("a", [seen](Renderer& ipc) {
            ipc.on("x", [seen, &ipc] {
              *seen += "x ";
              CHECK_THROWS_AS(ipc.sendSync<int>("q"), std::runtime_error);
            });
            ipc.on("y", [seen] {
              *seen += "y ";
              throw std::runtime_error("thrown");
            });
            ipc.run();
          });
          auto const a = *sim.bus().main().renderer("a");
          sim.spawn("b", [a](Renderer&) { a.send("x"); });
          sim.bus().main().on("go", [a] { a.send("y"); });
          sim.spawn("c", [](Renderer& ipc) { ipc.send("go"); });
        }) == SeenOfAll{"x y ", "y x "});
}

TEST_CASE("between calls: not every moment is seen at which a stop is requested") {
  auto const result = explore([](Simulation& sim) {
    auto const thread = std::make_shared<std::optional<tincan::RendererThread>>();
    sim.bus().main().on("x", [thread] { thread->reset(); });
    sim.spawn("a", [&sim, thread](Renderer& ipc) {
      *thread = sim.bus().spawn("b", [](Renderer& other, tincan::StopToken const& stop) {
        other.send("x");
        if (stop.stop_requested()) other.send("x");
      });
      ipc.run();
    });
  });
  CHECK(result.ok);
  CHECK_FALSE(result.complete);
  CHECK(test::contains(result.incomplete, "'b' has a std::stop_token"));
}

TEST_CASE("between calls: not every order is seen in which something is handled after a quit") {
  auto const isComplete = [](std::function<void(Renderer&)> const& afterQuit) {
    auto const result = explore([&](Simulation& sim) {
      sim.bus().main().on("y", [](Event& event) { event.sender.send("x"); });
      sim.spawn("a", [afterQuit](Renderer& ipc) {
        ipc.on("x", [] {});
        ipc.quit();
        afterQuit(ipc);
        ipc.run();
      });
      auto const a = *sim.bus().main().renderer("a");
      sim.spawn("b", [a](Renderer&) { a.send("x"); });
    });
    CHECK(result.ok);
    CHECK(result.complete == result.incomplete.empty());
    return result.complete;
  };
  CHECK(isComplete([](Renderer&) {}));
  CHECK_FALSE(isComplete([](Renderer& ipc) { ipc.peer("a")->send("x"); }));
  CHECK_FALSE(isComplete([](Renderer& ipc) { ipc.send("y"); }));
}

TEST_CASE("between calls: not every order is seen of those that run beside one that quits") {
  auto const isComplete = [](std::function<void(Renderer&)> const& beside) {
    auto const result = explore([&](Simulation& sim) {
      sim.spawn("a", [&sim, beside](Renderer& one) {
        Renderer two = sim.bus().attach("two");
        one.on("x", [] {});
        beside(one);
        two.quit();
        tincan::runAll(one, two);
      });
    });
    CHECK(result.ok);
    CHECK(result.complete == result.incomplete.empty());
    return result.complete;
  };
  CHECK(isComplete([](Renderer&) {}));
  CHECK_FALSE(isComplete([](Renderer& ipc) { ipc.peer().send("x"); }));
  CHECK_FALSE(isComplete([](Renderer& ipc) { ipc.after(std::chrono::nanoseconds(0), [] {}); }));
}
