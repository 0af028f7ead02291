// expect: tincan: a function that is posted or called elsewhere takes no arguments: capture what it needs.
#include <tincan/tincan.hpp>

void test(tincan::Peer const& window) {
  window.post([](int) {});
}
