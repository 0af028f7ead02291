// tests/modules/plugin.cpp - the shared object of the tests of modules
#include "plugin.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using modules::Lost;
using modules::Point;

std::vector<tincan::Listener> listeners;
std::optional<tincan::ScopedListener> scoped;

void listen(tincan::Main& main, tincan::Peer helper) {
  listeners.push_back(
      main.on("plugin ask", [](tincan::Event& event, int n) { event.returnValue = n + 1; }));
  listeners.push_back(main.on("plugin say", [&main] { main.peer().send("said"); }));
  listeners.push_back(main.on("plugin throw", [] { throw Lost("in the plugin"); }));
  listeners.push_back(main.handle("plugin call", [helper](int n) -> tincan::Task<int> {
    co_return co_await helper.request<int>("ask", n) + 1;
  }));
  scoped.emplace(main.from(helper).on("plugin scoped", [&main] { main.peer().send("said"); }));
}

bool remove() {
  bool all = true;
  for (auto const& listener : listeners) all = listener.remove() && all;
  listeners.clear();
  listeners.shrink_to_fit();
  scoped.reset();
  return all;
}

void send(tincan::Peer const& to, char const* channel, Point point) { to.send(channel, point); }

int ask(tincan::Peer const& to, char const* channel, int n) { return to.sendSync<int>(channel, n); }

tincan::RendererThread spawn(tincan::Bus& bus, char const* name) {
  return bus.spawn(name, [](tincan::Renderer& ipc) {
    ipc.on("ask", [&ipc](tincan::Event& event, int n) {
      event.returnValue = ipc.sendSync<int>("ask", n) + 1;
    });
    ipc.on("relay a", [&ipc](tincan::Peer const& to) {
      ipc.send("first");
      to.send("relay b");
    });
    ipc.on("relay b", [&ipc] { ipc.send("second"); });
    ipc.run();
  });
}

std::string codeOfAsk(tincan::Peer const& to, char const* channel) {
  try {
    to.sendSync<int>(channel, 1);
    return "none";
  } catch (tincan::Error const& error) {
    return std::string(tincan::toString(error.code()));
  }
}

constexpr modules::Plugin plugin{listen,
                                 remove,
                                 send,
                                 ask,
                                 spawn,
                                 [] { return new tincan::Bus; },
                                 [](tincan::Bus* bus) { delete bus; },
                                 codeOfAsk};

}  // namespace

modules::Plugin const* tincanPlugin() { return &plugin; }
