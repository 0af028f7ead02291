// expect: tincan: from() takes a renderer, not its name: main.from(*main.renderer("window")).
#include <tincan/tincan.hpp>

void test(tincan::Main& main) {
  main.from("window").on("x", [] {});
}
