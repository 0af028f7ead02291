#include <tincan/loop/asio.hpp>

// Not called: an endpoint is a bus's. It is compiled and linked.
void tieEndpoint(tincan::Endpoint& endpoint, asio::any_io_executor const& executor) {
  tincan::loop::Asio tie(endpoint, executor);
  tie.update();
  tie.asyncGet(endpoint.peer().invoke<int>("x"), [](std::exception_ptr const&, int) {});
}

int main() {}
