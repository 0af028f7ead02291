// expect: no member named 'defer'
#include <tincan/tincan.hpp>

void test(tincan::InvokeEvent& event) { auto reply = event.defer(); }
