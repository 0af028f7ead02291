#include <tincan/renderer_thread.hpp>

#include <utility>

// Not called: a thread is a bus's. It is compiled and linked.
void useThread(tincan::RendererThread thread) {
  tincan::RendererThread other = std::move(thread);
  thread = std::move(other);
  thread.peer().send("x");
  thread.join();
}

int main() {}
