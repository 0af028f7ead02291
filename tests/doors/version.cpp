#include <tincan/version.hpp>

// The build says which version the project has.
static_assert(tincan::version == tincan::Version{TINCAN_PROJECT_VERSION});
static_assert(TINCAN_VERSION ==
              tincan::version.major * 10000 + tincan::version.minor * 100 + tincan::version.patch);

int main() {}
