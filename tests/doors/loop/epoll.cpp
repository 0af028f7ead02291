#include <tincan/loop/epoll.hpp>

// Not called: an endpoint is a bus's. It is compiled and linked.
void tieEndpoint(tincan::Endpoint& endpoint) {
  tincan::loop::Epoll tie(endpoint);
  if (tie.fd() < 0) return;
  tie.update();
  tie.ready();
}

int main() {}
