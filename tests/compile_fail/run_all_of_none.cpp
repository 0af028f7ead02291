// expect: runAll
#include <tincan/tincan.hpp>

int main() { tincan::runAll(); }
