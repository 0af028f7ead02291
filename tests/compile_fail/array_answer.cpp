// expect: tincan: an array would arrive as a pointer to the sender's own: pass a std::array or a std::vector.
#include <tincan/tincan.hpp>

void test(tincan::Event& event) {
  int numbers[3] = {1, 2, 3};
  event.returnValue = numbers;
}
