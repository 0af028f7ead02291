// expect: deleted
#include <tincan/tincan.hpp>

void test(tincan::Renderer& renderer) { tincan::Renderer const copy = renderer; }
