// expect: tincan: from() takes a renderer, not its name: main.from(
#include <tincan/tincan.hpp>

void test(tincan::Main& main) {
  main.from("window").on("x", [] {});
}
