#include <tincan/run_all.hpp>

// Not called: endpoints are a bus's. It is compiled and linked.
void runBoth(tincan::Endpoint& one, tincan::Endpoint& other) { tincan::runAll(one, other); }

int main() {}
