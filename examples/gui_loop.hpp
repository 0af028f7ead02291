// examples/gui_loop.hpp - a loop that belongs to a toolkit, and knows of an endpoint only that a bell rings for it
#pragma once

#include <tincan/tincan.hpp>

namespace example {

/// Runs until `isOpen` is false. `bell` has wait(), which sleeps until it has rung, and forget().
template <class Bell>
void runToolkit(tincan::Endpoint& gui, Bell& bell, bool const& isOpen) {
  while (isOpen) {
    bell.wait();
    bell.forget();  // first forget the ring,
    gui.poll();     // then handle what is there
  }
}

/// Tells main how far it is.
inline void work(tincan::Renderer& ipc) {
  for (int const percent : {50, 100}) ipc.send("progress", percent);
  ipc.send("done");
}

}  // namespace example
