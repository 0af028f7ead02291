#include <tincan/inbox_options.hpp>

int main() {
  tincan::InboxOptions const options{3, tincan::Overflow::Block};
  return options.capacity == 3 && options.overflow == tincan::Overflow::Block ? 0 : 1;
}
