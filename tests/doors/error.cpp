#include <tincan/error.hpp>

#include <exception>
#include <string>

int main() {
  tincan::Error const error(tincan::Errc::Closed, "x", "'x' is closed");
  std::exception const& base = error;
  bool const isRight = error.code() == tincan::Errc::Closed && error.channel() == "x" &&
                       std::string(base.what()) == "'x' is closed" &&
                       tincan::toString(error.code()) == "Closed";
  return isRight ? 0 : 1;
}
