#include <tincan/scope.hpp>

// Not called: a scope is a main's. It is compiled and linked.
void useScope(tincan::Scope scope) {
  tincan::Listener const listener = scope.on("x", [](tincan::Event&, int) {});
  scope.once("x", [] {});
  scope.off(listener);
  scope.removeAllListeners();
  scope.handle("x", [](int value) { return value; });
  if (scope.hasHandler("x") && scope.listenerCount("x") > scope.channels().size()) return;
  scope.removeHandler("x");
}

int main() {}
