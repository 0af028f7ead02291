// examples/plugin/host.cpp - loads plugins, has each change a text, and unloads them
//
//   host PLUGIN...   shared objects, see plugin.hpp
#include <dlfcn.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "plugin.hpp"

namespace {

/// A shared object, while it is loaded.
using Library = std::unique_ptr<void, int (*)(void*)>;

Library load(char const* path) {
  Library library(dlopen(path, RTLD_NOW | RTLD_LOCAL), &dlclose);
  if (library == nullptr) throw std::runtime_error(dlerror());
  return library;
}

/// A plugin, and the thread that runs it. Members end in the order that matters: first the thread, and with
/// it all that the plugin has registered and sent, and then what the code lies in.
class Plugin {
 public:
  Plugin(tincan::Bus& bus, char const* path)
      : library_(load(path)), thread_(bus.spawn(path, body())) {}

  tincan::Peer peer() const { return thread_.peer(); }

 private:
  using Body = void (*)(tincan::Renderer&);

  Body body() const {
    void* const function = dlsym(library_.get(), "tincanPlugin");
    if (function == nullptr) throw std::runtime_error("it has no function tincanPlugin");
    return reinterpret_cast<Body>(function);
  }

  Library library_;
  tincan::RendererThread thread_;
};

}  // namespace

int main(int count, char** arguments) try {
  tincan::Bus bus;
  std::vector<std::unique_ptr<Plugin>> plugins;
  for (int i = 1; i < count; ++i) plugins.push_back(std::make_unique<Plugin>(bus, arguments[i]));

  std::string text = "a text";
  for (auto const& plugin : plugins) {
    text = plugin->peer().invoke(example::change, text).get();
    std::cout << text << '\n';
  }
  if (!plugins.empty()) plugins.erase(plugins.begin());  // is unloaded, while the others go on
  for (auto const& plugin : plugins) {
    std::cout << plugin->peer().invoke(example::change, "txet a").get() << '\n';
  }
} catch (std::exception const& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
