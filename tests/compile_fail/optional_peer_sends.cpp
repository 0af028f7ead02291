// expect: tincan: there may be no renderer of that name: if (auto window
#include <tincan/tincan.hpp>

void test(tincan::Renderer& ipc) { ipc.peer("window").send("x", 1); }
