#include <tincan/pending.hpp>

#include <utility>

int main() {
  tincan::Pending none;
  tincan::Pending copy = none;
  copy = std::move(none);
  copy.cancel();
  return 0;
}
