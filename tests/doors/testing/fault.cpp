#include <tincan/testing/fault.hpp>

// Not called: a fault is a simulation's, see simulation.cpp. It is compiled and linked.
bool useFault(tincan::testing::Fault const& fault) {
  fault.release();
  return fault.hasStruck();
}

int main() {}
