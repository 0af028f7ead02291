// tests/testing/seeded_bugs_ends.cpp - bugs of closing and ending, which explore must find
#include "seeded_bugs.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using tincan::Errc;
using tincan::Error;
using tincan::Event;
using tincan::Future;
using tincan::MessageChannel;
using tincan::MessagePort;
using tincan::Peer;
using tincan::Renderer;
using tincan::testing::Simulation;

namespace {

/// One window edits a document that another one closes.
void useAfterClose(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const document = std::make_shared<std::optional<std::string>>("text");
  main.on("edit", [=, &sim](Event& event, std::string const& more) {
    if (fixed && !document->has_value()) {
      event.reply("refused");
      return;
    }
    sim.require(document->has_value(), "a document is edited after it was closed");
    **document += more;
  });
  main.on("close document", [document] { document->reset(); });
  sim.spawn("editor", [](Renderer& ipc) { ipc.send("edit", "!"); });
  sim.spawn("menu", [](Renderer& ipc) { ipc.send("close document"); });
}

/// Main looks whether the printer is there, and then asks it something that takes a while.
void checkThenAct(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const printed = std::make_shared<int>(0);
  auto const kept = std::make_shared<int>(0);
  sim.spawn("printer", [=](Renderer& ipc) {
    ipc.on("print", [printed](Event& event) {
      ++*printed;
      event.returnValue = true;
    });
    ipc.on("switch off", [&ipc] { ipc.close(); });
    ipc.run();
  });
  Peer const printer = *main.renderer("printer");
  main.on("print", [=] {
    if (!printer.alive()) {
      ++*kept;
    } else if (!fixed) {
      printer.sendSync("print");
    } else {
      try {
        printer.sendSync("print");
      } catch (Error const& error) {
        if (error.code() != Errc::Closed) throw;
        ++*kept;
      }
    }
  });
  sim.spawn("window", [](Renderer& ipc) { ipc.send("print"); });
  main.on("login", [](Event& event) { event.returnValue = true; });
  sim.spawn("user", [=](Renderer& ipc) {
    ipc.sendSync("login");
    printer.send("switch off");
  });
  sim.eventually("printed or kept", [=] { return *printed + *kept == 1; });
}

/// A producer says that it is done before its last line, which takes a while; main has the logger
/// stopped.
void quitBeforeTheLast(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const lines = std::make_shared<int>(0);
  sim.spawn("logger", [=](Renderer& ipc) {
    ipc.on("line", [lines] { ++*lines; });
    ipc.on("stop", [&ipc] { ipc.quit(); });
    ipc.run();
  });
  Peer const logger = *main.renderer("logger");
  sim.spawn("keeper", [=](Renderer& ipc) {
    ipc.on("producer is done", [logger] { logger.send("stop"); });
    ipc.run();
  });
  Peer const keeper = *main.renderer("keeper");
  main.on("done", [keeper] { keeper.send("producer is done"); });
  main.on("measure", [](Event& event) { event.returnValue = 20; });
  sim.spawn("producer", [=](Renderer& ipc) {
    logger.send("line");
    if (!fixed) ipc.send("done");
    logger.send("line", ipc.sendSync<int>("measure"));
    if (fixed) ipc.send("done");
  });
  sim.eventually("all lines are written", [lines] { return *lines == 2; });
}

/// Main closes the storage while the cache is still being written back to it.
void shutdownOrder(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const saved = std::make_shared<bool>(false);
  sim.spawn("storage", [=](Renderer& ipc) {
    ipc.on("save", [saved] { *saved = true; });
    ipc.on("end", [&ipc] { ipc.close(); });
    ipc.run();
  });
  Peer const storage = *main.renderer("storage");
  sim.spawn("cache", [=](Renderer& ipc) {
    ipc.on("flush", [=, &ipc] {
      storage.send("save");
      ipc.send("flushed");
    });
    ipc.run();
  });
  Peer const cache = *main.renderer("cache");
  main.on("shut down", [cache](Event& event) {
    cache.send("flush");
    event.returnValue = true;
  });
  main.on("flushed", [=] {
    if (fixed) storage.send("end");
  });
  main.on("good bye", [=] {
    if (!fixed) storage.send("end");
  });
  sim.spawn("menu", [](Renderer& ipc) {
    ipc.sendSync("shut down");
    ipc.send("good bye");
  });
  sim.eventually("the cache is saved", [saved] { return *saved; });
}

/// A plugin that is loaded a little late never hears which project is open.
void lostBeforeListener(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const project = std::make_shared<std::optional<std::string>>();
  auto const heard = std::make_shared<std::optional<std::string>>();
  main.on("open project", [=, &main](std::string const& name) {
    *project = name;
    main.broadcast("project", name);
  });
  main.on("get project", [=](Event& event) {
    if (project->has_value()) event.reply("project", **project);
  });
  sim.spawn("loader", [=, &sim](Renderer&) {
    Renderer plugin = sim.bus().attach("plugin");
    plugin.on("project", [heard](std::string const& name) { *heard = name; });
    if (fixed) plugin.send("get project");
    plugin.run();
  });
  sim.spawn("menu", [](Renderer& ipc) { ipc.send("open project", "tin"); });
  sim.eventually("the plugin knows the project", [=] { return *heard == *project; });
}

/// A worker that crashes takes the job along that it was sent.
void crashLosesJob(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const done = std::make_shared<std::set<int>>();
  auto const work = [done](Renderer& ipc) {
    ipc.handle("job", [done](int job) { done->insert(job); });
    ipc.on("crash", [&ipc] { ipc.close(); });
    ipc.run();
  };
  sim.spawn("worker 1", work);
  sim.spawn("worker 2", work);
  Peer const first = *main.renderer("worker 1"), second = *main.renderer("worker 2");
  main.on("job", [=, &main](int job) {
    if (!first.alive()) {
      second.invoke("job", job).then(main, [](auto const&) {});
      return;
    }
    first.invoke<void>("job", job).then(main, [=, &main](Future<void> answer) {
      try {
        answer.get();
      } catch (Error const&) {
        if (fixed) second.invoke("job", job).then(main, [](auto const&) {});
      }
    });
  });
  sim.spawn("user", [](Renderer& ipc) { ipc.send("job", 1); });
  main.on("memory", [](Event& event) { event.returnValue = 0; });
  sim.spawn("killer", [=](Renderer& ipc) {
    ipc.sendSync("memory");
    first.send("crash");
  });
  sim.eventually("the job is done", [done] { return done->contains(1); });
}

/// Main keeps a port for a tool, and closes it when its window goes; the tool gets it all the same.
void portAfterClose(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const port = std::make_shared<MessagePort>();
  auto const isOpen = std::make_shared<bool>(false);
  auto const told = std::make_shared<std::string>();
  main.on("here is a port", [=](Event& event) {
    *port = std::move(event.ports.at(0));
    *isOpen = true;
  });
  main.on("window goes", [=] {
    port->close();
    *isOpen = false;
  });
  main.on("connect", [=](Event& event) {
    if (fixed && !*isOpen) {
      event.reply("refused");
    } else {
      event.sender.postMessage("port", 0, std::move(*port));
    }
  });
  sim.spawn("window", [](Renderer& ipc) {
    MessageChannel channel;
    channel.port1.postMessage("welcome");
    ipc.postMessage("here is a port", 0, std::move(channel.port2));
    ipc.run();
  });
  sim.spawn("tool", [=](Renderer& ipc) {
    MessagePort mine;
    ipc.on("port", [&mine, told](Event& event) {
      mine = std::move(event.ports.at(0));
      mine.on("message", [told](std::string const& text) { *told = text; });
      mine.start();
    });
    ipc.on("refused", [told] { *told = "refused"; });
    ipc.send("connect");
    ipc.run();
  });
  sim.spawn("user", [](Renderer& ipc) { ipc.send("window goes"); });
  sim.eventually("the tool knows where it stands", [told] { return !told->empty(); });
}

}  // namespace

TEST_CASE("seeded bug: use after close") {
  seeded::finds(useAfterClose, "a document is edited after it was closed", 1);
}
TEST_CASE("seeded bug: check alive, then act") {
  seeded::finds(checkThenAct, "'print': 'printer', or the endpoint that asked it, is closed", 2);
}
TEST_CASE("seeded bug: quit before the last message is handled") {
  seeded::finds(quitBeforeTheLast, "eventually: all lines are written", 1);
}
TEST_CASE("seeded bug: the wrong order of shutdown") {
  seeded::finds(shutdownOrder, "eventually: the cache is saved", 2);
}
TEST_CASE("seeded bug: a message is lost before there is a listener") {
  seeded::finds(lostBeforeListener, "eventually: the plugin knows the project", 2);
}
TEST_CASE("seeded bug: the crash of a worker loses its job") {
  seeded::finds(crashLosesJob, "eventually: the job is done", 2);
}
TEST_CASE("seeded bug: a port is passed on after it was closed") {
  seeded::finds(portAfterClose, "eventually: the tool knows where it stands", 1);
}
