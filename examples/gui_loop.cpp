// examples/gui_loop.cpp - a loop that belongs to a toolkit, and a worker that tells how far it is
//
// The toolkit is poll(2) here, and its bell an eventfd.
#include <tincan/tincan.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <iostream>

int main() {
  tincan::Bus bus;
  tincan::Main& gui = bus.main();
  int const bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  gui.onWake([bell] { eventfd_write(bell, 1); });

  bool isOpen = true;
  gui.on("progress", [](int percent) { std::cout << percent << " %\n"; });
  gui.on("done", [&] { isOpen = false; });
  auto const worker = bus.spawn("worker", [](tincan::Renderer& ipc) {
    for (int const percent : {50, 100}) ipc.send("progress", percent);
    ipc.send("done");
  });

  while (isOpen) {  // the toolkit's loop
    pollfd watched{bell, POLLIN, 0};
    ::poll(&watched, 1, -1);  // sleeps until the bell rings
    eventfd_t rings = 0;
    eventfd_read(bell, &rings);  // first forget the ring,
    gui.poll();                  // then handle what is there
  }
  gui.onWake({});  // once this has returned nobody rings any more
  close(bell);
}
