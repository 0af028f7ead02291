// examples/frame_loop.cpp - a loop that draws frames and never waits, and threads that load for it
#include <tincan/tincan.hpp>

#include <chrono>
#include <iostream>
#include <stop_token>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr std::size_t files = 10;

/// What each thread of the pool does.
void load(tincan::Renderer& ipc) {
  ipc.handle("load", [](std::string const& file) { return "pixels of " + file; });  // may be slow
  ipc.run();
}

}  // namespace

int main() {
  // Declared before the bus: the end of the bus may call `keep` once more, with the error Closed.
  std::vector<std::string> textures;
  std::size_t missing = files;

  tincan::Bus bus;
  tincan::Main& game = bus.main();
  std::vector<tincan::RendererThread> pool;  // its end tells the threads to quit, and joins them
  for (int i = 0; i < 3; ++i) pool.push_back(bus.spawn("loader", load));

  auto const keep = [&](tincan::Future<std::string> loaded) {  // called by pollFor
    if (--missing == 0) game.quit();
    textures.push_back(loaded.get());  // throws what the loader threw: onError is told
  };
  for (std::size_t i = 0; i < files; ++i) {
    tincan::Peer const loader = pool[i % pool.size()].peer();  // each in turn
    loader.invoke<std::string>("load", "file " + std::to_string(i)).then(game, keep);
  }
  std::stop_token const stop = game.stopToken();  // says when quit() or bus.close() was called
  while (!stop.stop_requested()) {
    game.pollFor(2ms);
    // draw a frame
  }
  std::cout << textures.size() << " textures\n";
}
