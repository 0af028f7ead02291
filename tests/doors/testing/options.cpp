#include <tincan/testing/options.hpp>

int main() {
  tincan::testing::Options options;
  options.strategy = tincan::testing::Options::Strategy::Bounded;
  tincan::testing::Result const result;
  tincan::testing::Delivery const delivery{1, "main", "window", "x", "1"};
  return result && delivery.number == options.seed ? 0 : 1;
}
