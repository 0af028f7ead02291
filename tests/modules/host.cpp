// tests/modules/host.cpp - an executable that loads a shared object
//
// An executable and a shared object, each with a tincan of its own, are one program: who belongs to
// which thread, order, Deadlock, exceptions, removal, and what is left when the object is unloaded.
//
//   host PLUGIN   loads the shared object, and unloads it at the end
//   host          is linked with it (TINCAN_MODULES_LINKED)
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "plugin.hpp"

namespace {

using modules::Lost;
using modules::Plugin;
using modules::Point;

using OwnedBus = std::unique_ptr<tincan::Bus, void (*)(tincan::Bus*)>;

std::atomic<int> failures{0};
void expect(bool holds, char const* sentence) {
  if (holds) return;
  ++failures;
  std::printf("failed: %s\n", sentence);
  std::fflush(stdout);
}

constexpr unsigned MostSeconds = 30;

/// Runs one part in a process of its own: a crash or a hang is a failure and not the end.
template <class F>
void part(char const* name, F&& run) {
  std::fflush(stdout);
  pid_t const child = fork();
  if (child == 0) {
    failures = 0;
    alarm(MostSeconds);
    try {
      run();
    } catch (std::exception const& error) {
      expect(false, error.what());
    }
    std::fflush(stdout);
    _exit(failures == 0 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  ++failures;
  std::printf("failed: part '%s'%s%s\n", name, WIFSIGNALED(status) ? ": " : "",
              WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
}

/// Polls main until the condition holds; other threads make it hold.
template <class Condition>
void pollUntil(tincan::Main& main, Condition&& condition) {
  while (!condition()) {
    if (main.poll() == 0) std::this_thread::yield();
  }
}

void identity(Plugin const& plugin) {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  main.poll();
  int fromMain = 0, fromOthers = 0, sum = 0;
  main.on("said",
          [&](tincan::Event& event) { ++(event.sender == main.peer() ? fromMain : fromOthers); });
  auto renderer = bus.attach("renderer");
  renderer.on("ask", [](tincan::Event& event, int n) { event.returnValue = n * 10; });
  renderer.poll();
  plugin.listen(main, renderer.peer());
  renderer.main().send("plugin say");
  renderer.send("plugin scoped");
  main.poll();
  main.poll();
  expect(fromMain == 2, "what the plugin sends in main's listener comes from main");
  expect(fromOthers == 0, "it comes from nobody else");
  auto called = renderer.invoke<int>("plugin call", 4);
  for (int i = 0; i < 3; ++i) {
    main.poll();
    renderer.poll();
  }
  expect(called.ready() && called.get() == 41, "a Task of the plugin goes on, and answers");
  renderer.on("point", [&](tincan::Event& event, Point const& point) {
    expect(event.sender == main.peer(), "the plugin sends on main's thread, as main");
    sum = point.x + point.y;
  });
  plugin.send(renderer.peer(), "point", Point{1, 2});
  renderer.poll();
  expect(sum == 3, "an argument of the plugin arrives as its type");
  expect(plugin.remove(), "the plugin removes on main's thread what it has registered there");
  expect(main.listenerCount("plugin ask") == 0, "its listener has gone");
  expect(!main.hasHandler("plugin call"), "its handler has gone");
}

void otherThreadsAreTold(Plugin const& plugin) {
  tincan::Bus bus;
  bus.main().poll();
  std::string code;
  std::thread([&] {
    try {
      plugin.listen(bus.main(), bus.main().peer());
      code = "none";
    } catch (tincan::Error const& error) {
      code = tincan::toString(error.code());
    }
  }).join();
  plugin.remove();
  expect(code == "WrongThread", "on() by the plugin on another thread is WrongThread");
}

void answersAndExceptions(Plugin const& plugin) {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  main.on("ask", [](tincan::Event& event, int n) { event.returnValue = n + 1; });
  main.poll();
  auto const helper = plugin.spawn(bus, "helper");
  plugin.listen(main, helper.peer());
  std::atomic<bool> isOver{false};
  auto const asker = bus.spawn("asker", [&](tincan::Renderer& ipc) {
    try {
      expect(plugin.ask(ipc.main(), "plugin ask", 1) == 2, "the plugin asks the plugin");
      expect(ipc.sendSync<int>("plugin ask", 2) == 3, "the host asks the plugin");
      expect(plugin.ask(ipc.main(), "ask", 3) == 4, "the plugin asks the host");
      expect(plugin.ask(helper.peer(), "ask", 4) == 6, "a thread of the plugin asks the host");
      expect(ipc.invoke<int>("plugin call", 5).get() == 8, "a Task of the plugin asks its thread");
    } catch (std::exception const& error) {
      expect(false, error.what());
    }
    bool isLost = false;
    try {
      ipc.sendSync("plugin throw");
    } catch (Lost const& lost) {
      isLost = std::string_view(lost.what()) == "in the plugin";
    } catch (...) {
    }
    expect(isLost, "an exception of the plugin is caught as its type");
    expect(plugin.codeOfAsk(ipc.main(), "nobody") == "NoListener",
           "an Error is caught in the plugin as its type");
    isOver = true;
  });
  pollUntil(main, [&] { return isOver.load(); });
  plugin.remove();
}

/// The helper, of the plugin, tells main "first", then another one, who tells main "second".
void causalOrder(Plugin const& plugin) {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  int firsts = 0, seconds = 0;
  bool isCausal = true;
  main.on("first", [&] { ++firsts; });
  main.on("second", [&] {
    if (++seconds > firsts) isCausal = false;
  });
  main.poll();
  auto const plugins = plugin.spawn(bus, "the plugin's");
  auto const own = bus.spawn("the host's", [](tincan::Renderer& ipc) {
    ipc.on("relay a", [&ipc](tincan::Peer const& to) {
      ipc.send("first");
      to.send("relay b");
    });
    ipc.on("relay b", [&ipc] { ipc.send("second"); });
    ipc.run();
  });
  constexpr int Rounds = 500;
  for (int i = 0; i < Rounds; ++i) {
    plugins.peer().send("relay a", own.peer());
    own.peer().send("relay a", plugins.peer());
  }
  pollUntil(main, [&] { return seconds == 2 * Rounds; });
  expect(isCausal, "messages come after their causes, whichever module has sent them");
}

/// The helper asks main, which waits for the helper: half of the cycle is in each module.
void deadlock(Plugin const& plugin, tincan::Bus& bus) {
  tincan::Main& main = bus.main();
  main.on("ask", [](tincan::Event& event, int n) { event.returnValue = n + 1; });
  main.poll();
  auto const helper = plugin.spawn(bus, "helper");
  auto const codeOfHost = [&] {
    try {
      helper.peer().sendSync<int>("ask", 1);
      return std::string("none");
    } catch (tincan::Error const& error) {
      return std::string(tincan::toString(error.code()));
    }
  };
  expect(codeOfHost() == "Deadlock", "a cycle: the host waits for the plugin, which asks the host");
  expect(plugin.codeOfAsk(helper.peer(), "ask") == "Deadlock",
         "a cycle: the plugin waits on main's thread for its own thread, which asks main");
  expect(plugin.codeOfAsk(main.peer(), "ask") == "Deadlock",
         "the plugin asks the endpoint of the calling thread");
}

/// On the one bus the host's thread waits for the plugin's, which waits for it on the other bus.
void deadlockOfTwoBuses(Plugin const& plugin, tincan::Bus& first, tincan::Bus& second) {
  first.main().poll();
  second.main().on("ask", [](tincan::Event& event, int n) { event.returnValue = n; });
  second.main().poll();
  tincan::Peer const there = second.main().peer();
  auto const between = first.spawn("between", [&, there](tincan::Renderer& ipc) {
    ipc.on("cross", [&, there](tincan::Event& event, int n) {
      event.returnValue = plugin.ask(there, "ask", n);
    });
    ipc.run();
  });
  std::string code = "none";
  try {
    between.peer().sendSync<int>("cross", 1);
  } catch (tincan::Error const& error) {
    code = tincan::toString(error.code());
  }
  expect(code == "Deadlock", "a cycle across two buses that different modules have made");
}

/// Everything that the plugin's code has made goes on without it: lanes, what waits, endpoints.
template <class Unload>
void unloaded(Plugin const& plugin, Unload&& unload) {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  int said = 0, counted = 0;
  main.on("said", [&] { ++said; });
  main.on("count", [&](int) { ++counted; });
  main.on("ask", [](tincan::Event& event, int n) { event.returnValue = n + 1; });
  main.poll();
  auto renderer = bus.attach("renderer");
  renderer.poll();
  {
    plugin.listen(main, renderer.peer());
    auto const helper = plugin.spawn(bus, "helper");
    helper.peer().send("relay b");
    renderer.send("plugin say");
    renderer.send("plugin scoped");
    // The first contact of main and the renderer is made by the plugin's code.
    plugin.send(renderer.peer(), "point", Point{});
  }
  for (int i = 0; i < 3; ++i) {
    main.poll();
    renderer.poll();
  }
  expect(plugin.remove(), "the plugin removes what it has registered");
  main.poll();
  renderer.poll();
  unload();
  for (int i = 0; i < 300; ++i) renderer.send("count", i);
  main.peer().send("count", 1);
  renderer.peer().send("nobody");
  auto asked = renderer.request<int>("ask", 1);
  main.poll();
  renderer.poll();
  expect(counted == 301, "messages go on when the plugin is unloaded");
  expect(asked.ready() && asked.get() == 2, "requests go on when the plugin is unloaded");
  std::thread([&] { main.peer().send("count", 2); }).join();
  main.poll();
  expect(counted == 302, "another thread sends when the plugin is unloaded");
  auto const stats = bus.stats();
  std::uint64_t dead = 0;
  for (auto const& [reason, count] : stats.deadLetters) dead += count;
  expect(stats.sent == stats.handled + dead + stats.pending, "the counters add up");
}

template <class Unload>
void runAll(Plugin const& plugin, Unload&& unload) {
  part("identity", [&] { identity(plugin); });
  part("other threads", [&] { otherThreadsAreTold(plugin); });
  part("answers and exceptions", [&] { answersAndExceptions(plugin); });
  part("causal order", [&] { causalOrder(plugin); });
  part("Deadlock", [&] {
    tincan::Bus own;
    deadlock(plugin, own);
  });
  part("Deadlock on a bus of the plugin", [&] {
    OwnedBus const others(plugin.makeBus(), plugin.endBus);
    deadlock(plugin, *others);
  });
  part("Deadlock of two buses", [&] {
    tincan::Bus own;
    OwnedBus const others(plugin.makeBus(), plugin.endBus);
    deadlockOfTwoBuses(plugin, own, *others);
    deadlockOfTwoBuses(plugin, *others, own);
  });
  part("unloaded", [&] { unloaded(plugin, unload); });
}

}  // namespace

#ifdef TINCAN_MODULES_LINKED
int main() {
  runAll(*tincanPlugin(), [] {});
  return failures == 0 ? 0 : 1;
}
#else
int main(int argc, char** argv) {
  void* const library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (library == nullptr) {
    std::printf("failed: %s\n", argc > 1 ? dlerror() : "host PLUGIN");
    return 2;
  }
  auto const get = reinterpret_cast<modules::Plugin const* (*)()>(dlsym(library, "tincanPlugin"));
  runAll(*get(), [library] { expect(dlclose(library) == 0, "the plugin is unloaded"); });
  return failures == 0 ? 0 : 1;
}
#endif
