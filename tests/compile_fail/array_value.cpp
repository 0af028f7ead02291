// expect: tincan: an array would arrive as a pointer to the sender's own: pass a std::array or a std::vector.
#include <tincan/tincan.hpp>

void test() {
  double numbers[2] = {1, 2};
  tincan::Value const value(numbers);
}
