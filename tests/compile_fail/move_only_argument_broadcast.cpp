// expect: tincan: an argument is copied or moved into the message, and this type cannot be
#include <tincan/tincan.hpp>

#include <memory>

void test(tincan::Main& main) { main.broadcast("x", std::make_unique<int>(1)); }
