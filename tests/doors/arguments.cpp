#include <tincan/arguments.hpp>

#include <string>

namespace {

// Only the library makes them.
std::string firstOf(tincan::Arguments const& arguments) {
  if (arguments.size() == 0) return {};
  return arguments.holds<std::string>(0) ? arguments.get<std::string>(0) : arguments.typeName(0);
}

}  // namespace

int main() {
  std::string (*volatile first)(tincan::Arguments const&) = firstOf;
  return first != nullptr ? 0 : 1;
}
