#include <tincan/loop/sdl.hpp>

// Not called: an endpoint is a bus's. It is compiled and linked.
void tieEndpoint(tincan::Endpoint& endpoint, SDL_Event const& event) {
  tincan::loop::Sdl tie(endpoint);
  while (!tie.handle(event) && tie.waitTimeout() > 0) {
  }
}

int main() {}
