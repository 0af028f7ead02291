// expect: tincan: onAny calls its function with (Event&, Arguments const&).
#include <tincan/tincan.hpp>

void test(tincan::Main& main) {
  main.onAny([](int) {});
}
