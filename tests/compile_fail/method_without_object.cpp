// expect: tincan: a method needs its object: on("x", object, &T::method).
#include <tincan/tincan.hpp>

struct Window {
  void show(int) {}
};

void test(tincan::Endpoint& ipc) { ipc.on("show", &Window::show); }
