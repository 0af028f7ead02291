// expect: tincan: then() needs the endpoint on whose thread its function runs: future.then(ipc, function).
#include <tincan/tincan.hpp>

void test(tincan::Future<int> future) {
  future.then([](tincan::Future<int>) {});
}
