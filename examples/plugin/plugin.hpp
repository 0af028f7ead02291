// examples/plugin/plugin.hpp - what a host and its plugins know of each other
//
// A plugin is a shared object with one function: the whole life of a renderer's thread. Host and plugins
// have tincan compiled in, each for itself, and are one program all the same.
#pragma once

#include <tincan/tincan.hpp>

#include <string>

/// Handles "change", a text, and returns what has become of it; runs until it is told to quit.
extern "C" __attribute__((visibility("default"))) void tincanPlugin(tincan::Renderer& ipc);

namespace example {

inline constexpr tincan::Channel<std::string(std::string)> change{"change"};

}  // namespace example
