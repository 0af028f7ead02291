// expect: a timer calls its function without arguments
#include <tincan/tincan.hpp>

#include <chrono>

int main() {
  tincan::Bus bus;
  bus.main().after(std::chrono::seconds(1), [](int number) { return number; });
}
