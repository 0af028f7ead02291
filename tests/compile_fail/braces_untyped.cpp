// expect: tincan: braces alone have no type here: pass Move{1, 2}, or send by a Channel that names it.
#include <tincan/tincan.hpp>

struct Move {
  int x, y;
};

void test(tincan::Renderer& ipc) { ipc.send("move", {1, 2}); }
