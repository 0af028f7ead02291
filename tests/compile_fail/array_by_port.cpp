// expect: tincan: an array would arrive as a pointer to the sender's own: pass a std::array or a std::vector.
#include <tincan/tincan.hpp>

void test(tincan::MessagePort& port) {
  int numbers[3] = {1, 2, 3};
  port.postMessage(numbers);
}
