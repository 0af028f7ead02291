#include <tincan/timer.hpp>

int main() {
  tincan::Timer const timer;
  tincan::Timer const copy = timer;
  return copy.cancel() ? 1 : 0;
}
