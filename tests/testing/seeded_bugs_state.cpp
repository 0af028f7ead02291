// tests/testing/seeded_bugs_state.cpp - bugs of state, which explore must find
#include "seeded_bugs.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

using tincan::Event;
using tincan::Future;
using tincan::Peer;
using tincan::Renderer;
using tincan::testing::Simulation;

namespace {

/// Two windows read a balance, add to it and write it back.
void lostUpdate(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const balance = std::make_shared<int>(0);
  main.on("login", [](Event& event) { event.returnValue = true; });
  main.handle("read", [balance] { return *balance; });
  main.on("write", [balance](int amount) { *balance = amount; });
  main.on("add", [balance](int amount) { *balance += amount; });
  auto const deposit = [fixed](Renderer& ipc) {
    if (fixed) {
      ipc.send("add", 10);
    } else {
      int const before = ipc.invoke<int>("read").get();
      ipc.send("write", before + 10);
    }
  };
  sim.spawn("clerk", deposit);
  sim.spawn("guest", [deposit](Renderer& ipc) {
    ipc.sendSync("login");
    deposit(ipc);
  });
  sim.eventually("both deposits count", [balance] { return *balance == 20; });
}

/// Main loads a configuration when somebody asks for the first time; another one asks meanwhile.
void doubleInitialisation(Simulation& sim, bool fixed) {
  struct Config {
    bool isLoading = false, isLoaded = false;
    int loads = 0, asked = 0, told = 0;
    std::vector<Peer> waiting;
  };
  auto& main = sim.bus().main();
  auto const config = std::make_shared<Config>();
  sim.spawn("disk", [](Renderer& ipc) {
    ipc.handle("load", [] { return 7; });
    ipc.run();
  });
  Peer const disk = *main.renderer("disk");
  main.on("login", [](Event& event) { event.returnValue = true; });
  main.on("get config", [=, &main](Event& event) {
    ++config->asked;
    config->waiting.push_back(event.sender);
    if (!config->isLoaded && !(fixed && config->isLoading)) {
      config->isLoading = true;
      ++config->loads;
      disk.invoke<int>("load").then(main, [=](Future<int> const&) {
        config->isLoaded = true;
        for (Peer const& window : config->waiting) window.send("config"), ++config->told;
        config->waiting.clear();
      });
    } else if (config->isLoaded) {
      ++config->told;
    }
  });
  sim.spawn("window", [](Renderer& ipc) { ipc.send("get config"); });
  sim.spawn("late", [](Renderer& ipc) {
    ipc.sendSync("login");
    ipc.send("get config");
  });
  sim.eventually("it is loaded once", [config] { return config->loads == 1; });
  sim.eventually("all are told", [config] { return config->told == config->asked; });
}

/// A window reads a theme and then subscribes to its changes.
void staleCache(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  struct Themes {
    std::string current = "light", shown;
    std::optional<Peer> subscriber;
  };
  auto const themes = std::make_shared<Themes>();
  main.on("login", [](Event& event) { event.returnValue = true; });
  main.on("set theme", [themes](std::string const& theme) {
    themes->current = theme;
    if (themes->subscriber) themes->subscriber->send("theme changed", theme);
  });
  main.on("subscribe", [themes](Event& event) { themes->subscriber = event.sender; });
  main.handle("theme", [themes] { return themes->current; });
  sim.spawn("window", [=](Renderer& ipc) {
    ipc.on("theme changed", [themes](std::string const& theme) { themes->shown = theme; });
    if (fixed) ipc.send("subscribe");
    themes->shown = ipc.invoke<std::string>("theme").get();
    if (!fixed) ipc.send("subscribe");
    ipc.run();
  });
  sim.spawn("settings", [](Renderer& ipc) {
    ipc.sendSync("login");
    ipc.send("set theme", "dark");
  });
  sim.eventually("the window shows the theme",
                 [themes] { return themes->shown == themes->current; });
}

/// A reporter asks for the sum as soon as it has started the workers, and hopes.
void counterReadEarly(Simulation& sim, bool fixed) {
  struct Count {
    int sum = 0, reports = 0;
    std::optional<int> shown;
    std::optional<Peer> asking;
  };
  auto& main = sim.bus().main();
  auto const count = std::make_shared<Count>();
  main.on("counted", [=](int words) {
    count->sum += words;
    ++count->reports;
    if (fixed && count->reports == 2 && count->asking) count->asking->send("sum", count->sum);
  });
  main.on("get sum", [=](Event& event) {
    count->asking = event.sender;
    if (!fixed || count->reports == 2) event.reply("sum", count->sum);
  });
  for (std::string const name : {"worker 1", "worker 2"}) {
    sim.spawn(name, [](Renderer& ipc) { ipc.send("counted", 5); });
  }
  sim.spawn("reporter", [=](Renderer& ipc) {
    ipc.on("sum", [count](int sum) { count->shown = sum; });
    ipc.send("get sum");
    ipc.run();
  });
  sim.eventually("the whole sum is shown", [count] { return count->shown == 10; });
}

/// A consumer that found nothing says that it sleeps; who brings something wakes it only then.
void missedWakeUp(Simulation& sim, bool fixed) {
  struct Queue {
    int waiting = 0, taken = 0;
    bool sleeps = false;
  };
  auto& main = sim.bus().main();
  auto const queue = std::make_shared<Queue>();
  sim.spawn("consumer", [=](Renderer& ipc) {
    auto const work = [&ipc, queue] {
      while (ipc.sendSync<bool>("take")) ++queue->taken;
      ipc.send("sleeps");
    };
    ipc.on("wake", work);
    work();
    ipc.run();
  });
  Peer const consumer = *main.renderer("consumer");
  main.on("take", [queue](Event& event) {
    bool const any = queue->waiting > 0;
    if (any) --queue->waiting;
    event.returnValue = any;
  });
  auto const wake = [=] {
    if (queue->waiting == 0) return;
    queue->sleeps = false;
    consumer.send("wake");
  };
  main.on("sleeps", [=] {
    queue->sleeps = true;
    if (fixed) wake();
  });
  main.on("put", [=] {
    ++queue->waiting;
    if (queue->sleeps) wake();
  });
  main.on("login", [](Event& event) { event.returnValue = true; });
  sim.spawn("producer", [](Renderer& ipc) {
    ipc.sendSync("login");
    ipc.send("put");
  });
  sim.eventually("everything is taken", [queue] { return queue->taken == 1; });
}

/// The logger keeps two lines of each sender and drops the oldest: an alarm, too.
void alarmDropped(Simulation& sim, bool fixed) {
  auto const alarms = std::make_shared<int>(0);
  auto& bus = sim.bus();
  auto const logger =
      std::make_shared<Renderer>(bus.attach("logger", {2, tincan::Overflow::DropOldest}));
  logger->on("line", [] {});
  logger->on("alarm", [alarms](Event& event) {
    ++*alarms;
    event.returnValue = true;
  });
  bus.main().on("measure", [](Event& event) { event.returnValue = 20; });
  sim.spawn("sensor", [=](Renderer& ipc) {
    if (fixed) {
      logger->peer().sendSync("alarm");
    } else {
      logger->peer().send("alarm");
    }
    for (int i = 0; i < 2; ++i) {
      logger->peer().send("line");
      ipc.sendSync("measure");
    }
  });
  sim.eventually("the alarm is logged", [alarms] { return *alarms == 1; });
}

}  // namespace

TEST_CASE("seeded bug: a lost update") {
  seeded::finds(lostUpdate, "eventually: both deposits count", 1);
}
TEST_CASE("seeded bug: double initialisation") {
  seeded::finds(doubleInitialisation, "eventually: it is loaded once", 1);
}
TEST_CASE("seeded bug: a stale cache") {
  seeded::finds(staleCache, "eventually: the window shows the theme", 1);
}
TEST_CASE("seeded bug: a counter is read before all workers reported") {
  seeded::finds(counterReadEarly, "eventually: the whole sum is shown", 1);
}
TEST_CASE("seeded bug: a missed wake-up") {
  seeded::finds(missedWakeUp, "eventually: everything is taken", 1);
}
TEST_CASE("seeded bug: a bounded inbox drops what is important") {
  seeded::finds(alarmDropped, "eventually: the alarm is logged", 2);
}
