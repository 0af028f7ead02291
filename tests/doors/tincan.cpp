#include <tincan/tincan.hpp>

#include <string>

static_assert(TINCAN_VERSION > 0);

int main() {
  tincan::Bus bus;
  std::string got;
  bus.main().on("x", [&](std::string const& text) { got = text; });
  bus.main().peer().send("x", "text");
  bus.main().poll();
  return got == "text" ? 0 : 1;
}
