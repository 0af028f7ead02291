// examples/plugin/upper.cpp - a plugin that writes everything in capitals
#include "plugin.hpp"

void tincanPlugin(tincan::Renderer& ipc) {
  ipc.handle(example::change, [](std::string text) {
    for (char& c : text) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
  });
  ipc.run();
}
