// expect: tincan: a method needs its object: on(
#include <tincan/tincan.hpp>

struct Window {
  void show(int) {}
};

void test(tincan::Endpoint& ipc) { ipc.on("show", &Window::show); }
