#include <tincan/loop/qt.hpp>

// Not called: an endpoint is a bus's. It is compiled and linked.
void tieEndpoint(tincan::Endpoint& endpoint, QObject* parent) {
  tincan::loop::Qt const tie(endpoint);
  new tincan::loop::Qt(endpoint, parent);
}

int main() {}
