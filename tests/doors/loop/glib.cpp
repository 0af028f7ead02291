#include <tincan/loop/glib.hpp>

// Not called: an endpoint is a bus's. It is compiled and linked.
void tieEndpoint(tincan::Endpoint& endpoint, GMainContext* context) {
  tincan::loop::Glib const mine(endpoint, context, G_PRIORITY_DEFAULT_IDLE);
  tincan::loop::Glib const ofDefault(endpoint);
}

int main() {}
