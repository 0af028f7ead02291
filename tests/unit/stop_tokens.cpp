// tests/unit/stop_tokens.cpp - loops of one's own learn of quit() and of the end
#include <signal.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InboxOptions;

TEST_CASE("stopToken: of an endpoint that nobody has told to quit it is not requested") {
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  for (std::stop_token const& stop : {bus.main().stopToken(), window.stopToken()}) {
    REQUIRE(stop.stop_possible());
    REQUIRE_FALSE(stop.stop_requested());
  }
}

TEST_CASE("stopToken: is requested once quit() has returned, by whomever it was called") {
  Guard const guard;
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  bool const isMain = GENERATE(false, true);
  tincan::Endpoint& endpoint = isMain ? static_cast<tincan::Endpoint&>(bus.main()) : window;
  std::stop_token const stop = endpoint.stopToken();
  bool before = true, after = false;
  SECTION("by its own thread") {
    before = stop.stop_requested();
    endpoint.quit();
    after = stop.stop_requested();
  }
  SECTION("by another thread") {
    std::thread([&] {
      before = stop.stop_requested();
      endpoint.quit();
      after = stop.stop_requested();
    }).join();
  }
  SECTION("by a handler") {
    endpoint.on("x", [&] {
      before = stop.stop_requested();
      endpoint.quit();
      after = stop.stop_requested();
    });
    endpoint.peer().send("x");
    endpoint.poll();
  }
  SECTION("by a posted function") {
    endpoint.post([&] {
      before = stop.stop_requested();
      endpoint.quit();
      after = stop.stop_requested();
    });
    endpoint.poll();
  }
  REQUIRE_FALSE(before);
  REQUIRE(after);
  REQUIRE(endpoint.stopToken().stop_requested());  // until a run has ended by it
  endpoint.run();
  REQUIRE(stop.stop_requested());
  REQUIRE_FALSE(endpoint.stopToken().stop_requested());
}

TEST_CASE("stopToken: a quit is no matter of other endpoints") {
  tincan::Bus bus;
  tincan::Renderer a = bus.attach("a"), b = bus.attach("b");
  a.quit();
  REQUIRE(a.stopToken().stop_requested());
  REQUIRE_FALSE(b.stopToken().stop_requested());
  REQUIRE_FALSE(bus.main().stopToken().stop_requested());
}

TEST_CASE("stopToken: polls keep the quit, and with it the request") {
  tincan::Bus bus;
  bus.main().quit();
  bus.main().poll();
  REQUIRE(bus.main().stopToken().stop_requested());
  bus.main().run();
  REQUIRE_FALSE(bus.main().stopToken().stop_requested());
}

TEST_CASE("stopToken: it is still the requested one while the run handles what was queued before") {
  Guard const guard;
  tincan::Bus bus;
  std::vector<bool> requested;
  bus.main().on("x", [&] { requested.push_back(bus.main().stopToken().stop_requested()); });
  for (int i = 0; i < 3; ++i) bus.main().peer().send("x");
  bus.main().quit();
  bus.main().run();
  REQUIRE(requested == std::vector{true, true, true});
}

TEST_CASE("stopToken: each run that a quit has ended is followed by a fresh one") {
  Guard const guard;
  tincan::Bus bus;
  std::vector<std::stop_token> stops;
  for (int i = 0; i < 5; ++i) {
    stops.push_back(bus.main().stopToken());
    REQUIRE_FALSE(stops.back().stop_requested());
    std::thread([&] { bus.main().quit(); }).join();
    REQUIRE(stops.back().stop_requested());
    bus.main().run();
  }
  for (std::stop_token const& stop : stops) REQUIRE(stop.stop_requested());
  REQUIRE_FALSE(bus.main().stopToken().stop_requested());
}

TEST_CASE("stopToken: after as many runs as there were quits it is a fresh one") {
  Guard const guard;
  tincan::Bus bus;
  for (int i = 0; i < 3; ++i) std::thread([&] { bus.main().quit(); }).join();
  REQUIRE(bus.main().stopToken().stop_requested());
  for (int i = 0; i < 3; ++i) bus.main().run();
  REQUIRE_FALSE(bus.main().stopToken().stop_requested());
}

TEST_CASE("stopToken: a run that ends by another token does not request it") {
  Guard const guard;
  tincan::Bus bus;
  std::stop_source other;
  other.request_stop();
  bus.main().run(other.get_token());
  REQUIRE_FALSE(bus.main().stopToken().stop_requested());
}

TEST_CASE("stopToken: closing requests it, and afterwards there are requested ones only") {
  Guard const guard;
  auto bus = std::make_unique<tincan::Bus>();
  auto window = std::make_unique<tincan::Renderer>(bus->attach("window"));
  std::stop_token const stop = window->stopToken(), mainStop = bus->main().stopToken();
  SECTION("by close()") {
    window->close();
    REQUIRE(stop.stop_requested());
    REQUIRE(window->stopToken().stop_requested());
    REQUIRE_FALSE(mainStop.stop_requested());
  }
  SECTION("by the end of the renderer") {
    window.reset();
    REQUIRE(stop.stop_requested());
    REQUIRE_FALSE(mainStop.stop_requested());
  }
  SECTION("by bus.close()") {
    bus->close();
    REQUIRE(stop.stop_requested());
    REQUIRE(mainStop.stop_requested());
    REQUIRE(window->stopToken().stop_requested());
    REQUIRE(bus->main().stopToken().stop_requested());
  }
  SECTION("by bus.close() on another thread") {
    std::thread([&] { bus->close(); }).join();
    REQUIRE(stop.stop_requested());
    REQUIRE(mainStop.stop_requested());
    REQUIRE(window->stopToken().stop_requested());
  }
  SECTION("by bus.close(), and a run that has returned does not make a fresh one") {
    bus->main().quit();
    bus->close();
    bus->main().run();
    REQUIRE(bus->main().stopToken().stop_requested());
  }
  SECTION("by the end of the bus") {
    bus.reset();
    REQUIRE(stop.stop_requested());
    REQUIRE(mainStop.stop_requested());
  }
}

TEST_CASE("stopToken: it is the endpoint's, not the object's that is moved") {
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  std::stop_token const stop = window.stopToken();
  tincan::Renderer moved = std::move(window);
  moved.quit();
  REQUIRE(stop.stop_requested());
  REQUIRE(moved.stopToken().stop_requested());
}

TEST_CASE("stopToken: a quit from a signal handler requests it") {
  REQUIRE(inChild([](Verdict const& verdict) {
            static tincan::Main* main = nullptr;
            tincan::Bus bus;
            main = &bus.main();
            ::signal(SIGUSR1, [](int) { main->quit(); });
            std::stop_token const stop = bus.main().stopToken();
            ::raise(SIGUSR1);
            verdict.expect(stop.stop_requested(), "not requested");
            bus.main().run();
            verdict.expect(!bus.main().stopToken().stop_requested(), "not a fresh one");
          }) == "");
}

TEST_CASE("stopToken: a callback of it may use the bus") {
  Guard const guard;
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  int got = 0;
  bus.main().on("x", [&] { ++got; });
  {
    std::stop_callback const callback(window.stopToken(),
                                      [main = bus.main().peer()] { main.send("x"); });
    window.quit();
  }
  window.run();
  {
    std::stop_callback const callback(window.stopToken(),
                                      [main = bus.main().peer()] { main.send("x"); });
    window.close();
  }
  bus.main().poll();
  REQUIRE(got == 2);
}

// ---- bodies -----------------------------------------------------------------------------------------

TEST_CASE("a body may have a stop token, which is not requested before its quit") {
  Guard const guard;
  tincan::Bus bus;
  Latch begun(1);
  bool before = true, after = false;
  {
    auto const worker = bus.spawn("worker", [&](tincan::Renderer& ipc, std::stop_token stop) {
      before = stop.stop_requested();
      begun.count_down();
      ipc.run();
      after = stop.stop_requested();
    });
    begun.wait();
  }
  REQUIRE_FALSE(before);
  REQUIRE(after);
}

TEST_CASE("the end of a RendererThread ends a body that has a loop of its own") {
  Guard const guard;
  std::atomic<int> over{0};
  std::size_t handled = 0;
  std::function<void(tincan::Renderer&, std::stop_token)> body;
  SECTION("one that polls") {
    body = [&](tincan::Renderer& ipc, std::stop_token stop) {
      ipc.on("x", [] {});
      while (!stop.stop_requested()) handled += ipc.poll();
      handled += ipc.poll();
      ++over;
    };
  }
  SECTION("one that never polls") {
    handled = 1000;
    body = [&](tincan::Renderer&, std::stop_token const& stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
      ++over;
    };
  }
  SECTION("one that sleeps until the token wakes it") {
    handled = 1000;
    body = [&](tincan::Renderer&, std::stop_token stop) {
      std::mutex mutex;
      std::condition_variable_any never;
      std::unique_lock lock(mutex);
      never.wait(lock, stop, [] { return false; });
      ++over;
    };
  }
  for (int round = 1; round <= 50; ++round) {
    tincan::Bus bus;
    bus.onDeadLetter([](tincan::DeadLetter const&) {});
    {
      auto const worker = bus.spawn("worker", InboxOptions{100}, body);
      for (int i = 0; i < 20; ++i) worker.peer().send("x");
    }
    REQUIRE(over == round);
  }
  REQUIRE(handled == 1000);
}

TEST_CASE("closing the bus ends a body that has a loop of its own") {
  Guard const guard;
  std::atomic<int> over{0};
  auto const body = [&](tincan::Renderer&, std::stop_token const& stop) {
    while (!stop.stop_requested()) std::this_thread::yield();
    ++over;
  };
  for (int round = 0; round < 50; ++round) {
    over = 0;
    {
      tincan::Bus bus;
      auto one = bus.spawn("one", body);
      auto two = bus.spawn("two", body);
      bus.close();
      one.join();
      two.join();
      REQUIRE(over == 2);
    }
    {
      std::optional<tincan::RendererThread> outlivesItsBus;
      tincan::Bus bus;
      outlivesItsBus.emplace(bus.spawn("one", body));
    }
    REQUIRE(over == 3);
  }
}

TEST_CASE("closing its own renderer requests the body's token") {
  Guard const guard;
  tincan::Bus bus;
  bool after = false;
  bus.spawn("worker",
            [&](tincan::Renderer& ipc, std::stop_token stop) {
              ipc.close();
              after = stop.stop_requested();
            })
      .join();
  REQUIRE(after);
}

TEST_CASE("the body's token is the first one, also after the run that its quit has ended") {
  Guard const guard;
  tincan::Bus bus;
  bool first = false, fresh = true, isTheFirst = false;
  auto worker = bus.spawn("worker", [&](tincan::Renderer& ipc, std::stop_token stop) {
    isTheFirst = stop == ipc.stopToken();
    ipc.on("quit", [&] { ipc.quit(); });
    ipc.run();
    first = stop.stop_requested();
    fresh = ipc.stopToken().stop_requested();
  });
  worker.peer().send("quit");
  worker.join();
  REQUIRE(isTheFirst);
  REQUIRE(first);
  REQUIRE_FALSE(fresh);
}

TEST_CASE("a body with a token that was told to quit before it began ends at once") {
  Guard const guard;
  for (int round = 0; round < 200; ++round) {
    tincan::Bus bus;
    auto const end = bus.spawn("worker", [](tincan::Renderer&, std::stop_token const& stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
    });
  }
}

TEST_CASE("a body with a token may be move-only, and what leaves it is an error") {
  Guard const guard;
  tincan::Bus bus;
  Reports const reports(bus);
  bus.spawn("worker",
            [number = std::make_unique<int>(5)](tincan::Renderer&, std::stop_token) {
              throw std::runtime_error(std::to_string(*number));
            })
      .join();
  REQUIRE(reports.errors().size() == 1);
  REQUIRE(contains(reports.errors()[0], "5"));
}

// ---- causal order -----------------------------------------------------------------------------------

TEST_CASE("3: a stop token that is requested tells what was sent before the quit, or the closing") {
  Guard const guard;
  bool const byClose = GENERATE(false, true);
  for (int round = 0; round < 20; ++round) {
    std::string got;
    std::thread([&] {  // one that nothing has happened on
      tincan::Bus bus, other;
      tincan::Renderer c = bus.attach("c");
      c.on("noise", [] {});
      c.on("x", [&] { got += "x"; });
      c.on("m", [&] { got += "m"; });
      auto b = other.spawn("b", [toC = c.peer()](tincan::Renderer&, std::stop_token const& stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
        toC.send("m");
      });
      for (int i = 0; i < 100; ++i) c.peer().send("noise");
      c.peer().send("x");
      if (byClose) {
        other.close();
        b.join();
      } else {
        auto const end = std::move(b);
      }
      c.poll();
    })
        .join();
    REQUIRE(got == "xm");
  }
}
