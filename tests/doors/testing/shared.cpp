#include <tincan/testing/shared.hpp>

int main() {
  tincan::testing::Shared<int> count(1);
  count.store(count.load() + 1);
  bool const wasTwo = count.write([](int& value) { return value++ == 2; });
  return wasTwo && count.read([](int const& value) { return value == 3; }) ? 0 : 1;
}
