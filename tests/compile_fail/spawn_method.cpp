// expect: tincan: the body of a renderer is one function: [&worker](tincan::Renderer& ipc) { worker.run(ipc)
#include <tincan/tincan.hpp>

struct Worker {
  void run(tincan::Renderer&) {}
};

void test(tincan::Bus& bus, Worker& worker) {
  auto const thread = bus.spawn("worker", &Worker::run, &worker);
}
