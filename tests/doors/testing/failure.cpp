#include <tincan/testing/failure.hpp>

#include <stdexcept>
#include <string>

int main() {
  tincan::testing::Failure const failure("always: no");
  std::runtime_error const& base = failure;
  return std::string(base.what()) == "always: no" ? 0 : 1;
}
