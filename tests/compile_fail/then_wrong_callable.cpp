// expect: tincan: then() calls its function with the Future<R>, which is ready.
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc, tincan::Future<int> future) {
  future.then(ipc, [](int) {});
}
