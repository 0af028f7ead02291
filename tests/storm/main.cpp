// tests/storm/main.cpp - all verbs on many threads and buses, passed around and ended at random
//
//   tincan_storm [SECONDS [SEED [THREADS]]]
//
// or by the environment: TINCAN_STORM_SECONDS (10), TINCAN_STORM_SEED (the clock), TINCAN_STORM_THREADS
// (4). An odd seed lets Tasks of handlers suspend, and every wait has a deadline; an even one does
// neither. Exits with 1 if something that must be so is not; aborts after 60 s without progress, and
// says who waits.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "worker.hpp"

namespace storm {
namespace {

using namespace std::chrono_literals;

std::uint64_t setting(int argc, char** argv, int at, char const* variable,
                      std::uint64_t otherwise) {
  char const* text = argc > at ? argv[at] : std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Lives one life after the other, each on a thread of its own, so that threads end, too.
void liveLives(World& world, std::uint64_t seed, Clock::time_point end) {
  std::mt19937_64 seeds(seed);
  while (Clock::now() < end) {
    std::thread([&] {
      Worker own(world, seeds());
      std::uint64_t const steps = 100 + below(4000);
      for (std::uint64_t i = 0; i < steps && Clock::now() < end; ++i) own.step();
    }).join();
  }
}

/// Gives deferred answers, and never waits: else all workers might wait for each other's.
void answerDeferred(World& world) {
  while (auto reply = world.replies.waitAndTake()) reply->first.set(reply->second * 2 + 1);
}

/// Main of the bus that lives longest: knows what each thread has told it.
void listen(tincan::Main& main) {
  auto const seen = std::make_shared<Seen>(false);
  main.on("data", [seen](Numbered const& message) { seen->note(message); });
  main.on("heard", [seen](std::uint64_t thread, std::uint64_t number) {
    if (!seen->knows(thread, number)) {
      complain("a message comes before its cause", thread, number);
    }
  });
  main.on("ask", [](tincan::Event& event, std::uint64_t question) {
    event.returnValue = question * 2 + 1;
  });
  main.handle("call", [](std::uint64_t question) { return question * 2 + 1; });
  main.on("dead letter", [] {});
}

void endEverything(World& world) {
  Doing const doing("ending what is left");
  // In an order that depends on the seed.
  switch (world.seed % 4) {
    case 0: world.questions.close(); break;
    case 1: world.tasks.close(); break;
    case 2: world.ports.close(); break;
    default: world.rendererThreads.close();
  }
  world.buses.close();
  world.rendererThreads.close();
  world.replies.close();
  world.questions.close();
  world.ports.close();
  world.listeners.close();
  world.tasks.close();
  world.pending.close();
  world.addresses.close();
}

void expectEverything() {
  if (ends.asked() != ends.ended()) {
    complain("requests do not end once", ends.asked(), ends.ended());
  }
  if (ends.answers() * 3 < ends.asked()) {
    complain("too few requests are answered for this to show anything", ends.answers(),
             ends.asked());
  }
  std::uint64_t const over = continuations.called + continuations.withdrawn;
  if (continuations.wanted != over) {
    complain("continuations are not called or withdrawn once", continuations.wanted, over);
  }
  if (continuations.begun != continuations.ended) {
    complain("coroutines do not end", continuations.begun, continuations.ended);
  }
  if (Traveller::alive != 0) {
    complain("objects are not destroyed once", static_cast<std::uint64_t>(Traveller::alive));
  }
}

int run(int argc, char** argv) {
  auto const clock = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
  auto const seconds = setting(argc, argv, 1, "TINCAN_STORM_SECONDS", 10);
  auto const seed = setting(argc, argv, 2, "TINCAN_STORM_SEED", clock % 1'000'000);
  auto const threads = setting(argc, argv, 3, "TINCAN_STORM_THREADS", 4);
  std::printf("storm: %llu s, seed %llu, %llu threads\n", static_cast<unsigned long long>(seconds),
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(threads));
  std::fflush(stdout);
  Watchdog const watchdog(60s);
  {
    World world(seed);
    auto bus = std::make_shared<tincan::Bus>();
    bus->onError([](tincan::ErrorReport const&) {});
    bus->onDeadLetter([](tincan::DeadLetter const&) {});
    bus->main().poll();
    listen(bus->main());
    world.witness = {bus->main().peer(), ++world.keys};
    world.addresses.put(world.witness);
    world.lasting = bus;
    // Holds the bus, and its main's thread is this one, which does nothing else until they are over.
    std::thread weather([&] {
      auto const end = Clock::now() + std::chrono::seconds(seconds);
      std::thread janitor([&] { answerDeferred(world); });
      std::vector<std::thread> workers;
      for (std::uint64_t i = 0; i < threads; ++i) {
        workers.emplace_back([&, i] { liveLives(world, seed * 1000 + i, end); });
      }
      for (auto& each : workers) each.join();
      world.isOver = true;
      endEverything(world);
      janitor.join();
      bus->main().quit();
    });
    bus->main().run();
    weather.join();
    bus->main().poll();
    expectAddsUp(*bus);
    std::printf("%llu steps, %llu threads; ", static_cast<unsigned long long>(world.steps),
                static_cast<unsigned long long>(world.threads));
  }
  expectEverything();
  ends.print();
  return complaints == 0 ? 0 : 1;
}

}  // namespace
}  // namespace storm

int main(int argc, char** argv) { return storm::run(argc, argv); }
