// expect: tincan: main is its bus's and cannot be copied: auto& main = bus.main().
#include <tincan/tincan.hpp>

void test(tincan::Bus& bus) {
  auto main = bus.main();
  main.poll();
}
