// examples/plugin/reverse.cpp - a plugin that writes everything from right to left
#include "plugin.hpp"

void tincanPlugin(tincan::Renderer& ipc) {
  ipc.handle(example::change,
             [](std::string const& text) { return std::string(text.rbegin(), text.rend()); });
  ipc.run();
}
