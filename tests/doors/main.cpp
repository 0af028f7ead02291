#include <tincan/main.hpp>

#include <string>

constexpr tincan::Channel<void(std::string)> typed("typed");

// Not called: main is a bus's. It is compiled and linked.
void useMain(tincan::Main& main) {
  main.from(main.peer()).on("x", [] {});
  if (main.renderer("window").has_value() && main.renderers().empty()) return;
  main.broadcast("x", 1);
  main.broadcast(typed, "text");
  main.broadcast(typed, {'a', 'b'});
  main.poll();
}

int main() {}
