// tests/unit/sleeping_elsewhere.cpp - behaviour 23: other sleeps than that of run()
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "child.hpp"
#include "cpu_clock.hpp"
#include "support.hpp"

using namespace test;
using namespace std::chrono_literals;

TEST_CASE("23: a thread that sleeps in the bus uses no CPU, in whatever call") {
  Guard const guard;
  std::string const call = GENERATE("runFor", "runUntil", "run, with a timer", "run(stop_token)",
                                    "runAll", "sendSync", "within", "get", "wait for room", "join");
  CAPTURE(call);
  tincan::Bus bus;
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  Latch known(1);
  CpuClock clock;
  auto slow = bus.attach("slow", {1, tincan::Overflow::Block});
  tincan::Peer const toSlow = slow.peer();
  tincan::detail::StopSource stop;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    auto second = bus.attach("second");
    std::optional<tincan::RendererThread> other;
    if (call == "join") {
      other.emplace(bus.spawn("other", [](tincan::Renderer& inner) { inner.run(); }));
    }
    clock.takeThread();
    known.count_down();
    ipc.after(1h, [] {});
    if (call == "runFor") ipc.runFor(1h);
    if (call == "runUntil") ipc.runUntil(std::chrono::steady_clock::now() + 1h);
    if (call == "run, with a timer") ipc.run();
    if (call == "run(stop_token)") ipc.run(stop.get_token());
    if (call == "runAll") tincan::runAll(ipc, second);
    try {
      if (call == "sendSync") toSlow.sendSync<int>("x");
      if (call == "within") toSlow.within(1h).sendSync<int>("x");
      if (call == "get") toSlow.request<int>("x").get();
      if (call == "wait for room") {
        toSlow.send("x");
        toSlow.send("x");
      }
      if (call == "join") other->join();
    } catch (tincan::Error const&) {
    }
  });
  known.wait();
  CHECK(clock.standsAsleep(5'000));
  bus.close();
  stop.request_stop();
}
