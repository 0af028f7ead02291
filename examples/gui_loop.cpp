// examples/gui_loop.cpp - a loop that belongs to a toolkit, and a worker that tells how far it is
//
// The toolkit is poll(2) here, and its bell an eventfd.
#include <tincan/tincan.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <iostream>

#include "gui_loop.hpp"

namespace {

struct Bell {
  Bell() = default;
  Bell(Bell const&) = delete;
  Bell& operator=(Bell const&) = delete;
  ~Bell() { close(fd); }

  void ring() const { eventfd_write(fd, 1); }
  void wait() const {
    pollfd watched{fd, POLLIN, 0};
    ::poll(&watched, 1, -1);
  }
  void forget() const {
    eventfd_t rings = 0;
    eventfd_read(fd, &rings);
  }

  int const fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
};

}  // namespace

int main() {
  Bell bell;  // outlives the hook
  tincan::Bus bus;
  tincan::Main& gui = bus.main();
  gui.onWake([&] { bell.ring(); });

  bool isOpen = true;
  gui.on("progress", [](int percent) { std::cout << percent << " %\n"; });
  gui.on("done", [&] { isOpen = false; });
  auto const worker = bus.spawn("worker", example::work);

  example::runToolkit(gui, bell, isOpen);
  gui.onWake({});  // once this has returned nobody rings any more
}
