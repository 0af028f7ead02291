#include <tincan/testing/recording.hpp>

int main() {
  using tincan::testing::Recording;
  Recording const recording({{"main", "window", 1, "x"}});
  Recording const parsed = Recording::parse(recording.text());
  bool const isRight = parsed == recording && parsed.entries().size() == 1 &&
                       recording.of("window").size() == 1 && recording.of("main").empty() &&
                       !(Recording() == recording);
  return isRight ? 0 : 1;
}
