// expect: tincan: there may be no renderer of that name: if (auto window = ipc.peer("window")) window->send(...).
#include <tincan/tincan.hpp>

void test(tincan::Renderer& ipc) { ipc.peer("window").send("x", 1); }
