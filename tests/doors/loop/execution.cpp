#include <tincan/loop/execution.hpp>

// Not called: an endpoint is a bus's. It is compiled and linked.
auto work(tincan::Endpoint const& endpoint) { return tincan::loop::Scheduler(endpoint).schedule(); }
auto answerOf(tincan::Endpoint& endpoint, tincan::Future<int> future) {
  return tincan::loop::answer(endpoint, std::move(future));
}

int main() {}
