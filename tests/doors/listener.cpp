#include <tincan/listener.hpp>

#include <utility>

int main() {
  tincan::Listener const listener;
  tincan::ScopedListener scoped = listener;
  tincan::ScopedListener other = std::move(scoped);
  scoped = std::move(other);
  return listener.remove() ? 1 : 0;
}
