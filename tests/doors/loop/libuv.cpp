#include <tincan/loop/libuv.hpp>

// Not called: an endpoint is a bus's. It is compiled and linked.
void tieEndpoint(tincan::Endpoint& endpoint, uv_loop_t* loop) {
  tincan::loop::Libuv const tie(endpoint, loop);
}

int main() {}
