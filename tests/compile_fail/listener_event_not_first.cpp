// expect: tincan: a listener, or a handler, takes its event first, and once.
#include <tincan/tincan.hpp>

void test(tincan::Main& main) {
  main.on("x", [](int, tincan::Event&) {});
}
