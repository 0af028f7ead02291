// examples/frame_loop.cpp - 60 frames per second, and threads that load for them; Ctrl-C ends it within a frame
//
//   frame_loop [FILES]   ends by itself once so many are loaded
#include <tincan/tincan.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "ctrl_c.hpp"
#include "pool.hpp"

namespace {

using namespace std::chrono_literals;

/// Takes a while, and looks often enough whether it still should.
std::string load(std::string const& file, example::Progress const& goOn) {
  std::string pixels;
  for (int percent = 0; percent < 100; ++percent) {
    if (!goOn(percent)) return "";
    unsigned pixel = 0;
    for (int i = 0; i < 5000; ++i) pixel = pixel * 31 + static_cast<unsigned char>(file.back());
    pixels.push_back(static_cast<char>(pixel));
  }
  return pixels;
}

void serve(tincan::Renderer& ipc) { example::serveJobs(ipc, load); }

}  // namespace

int main(int count, char** arguments) {
  std::size_t const files = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 10;
  tincan::Bus bus;
  tincan::Main& game = bus.main();
  example::CtrlC const ctrlC(game);
  std::vector<tincan::RendererThread> loaders;
  for (int i = 0; i < 3; ++i) loaders.push_back(bus.spawn("loader", serve));

  std::vector<std::string> textures;
  example::Pool pool(game);  // ends first, and cancels what is under way
  for (std::size_t i = 0; i < files; ++i) {
    pool.submit("file " + std::to_string(i), [&](tincan::Future<std::string> loaded) {
      textures.push_back(loaded.get());  // throws what the loader threw: onError is told
      if (textures.size() == files) game.quit();
    });
  }

  int bar = 0;  // of the file of which it was heard last
  game.on("progress", [&](std::uint64_t, int percent) { bar = percent; });

  tincan::StopToken const stop = game.stopToken();  // says when quit() or bus.close() was called
  auto next = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    next += 16'667us;
    game.runUntil(next);  // handles messages until the frame is due, or somebody says quit
    // draw a frame, with the textures that are there and the bar
  }
  std::cout << textures.size() << " textures\n";
}
