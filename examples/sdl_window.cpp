// examples/sdl_window.cpp - a window of SDL 2, and a worker that paints what it shows
//
// With an argument the window closes when the picture is complete.
#define SDL_MAIN_HANDLED
#include <tincan/loop/sdl.hpp>
#include <tincan/tincan.hpp>

#include <SDL.h>

#include <chrono>
#include <complex>
#include <cstdint>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr int Width = 640, Height = 480;
using Row = std::vector<std::uint32_t>;

Row mandelbrot(int y) {
  constexpr int Most = 250;
  Row row;
  for (int x = 0; x < Width; ++x) {
    std::complex<double> const c((x - 440) / 220.0, (y - 240) / 220.0);
    std::complex<double> z;
    int steps = 0;
    while (steps < Most && std::norm(z) < 4) {
      z = z * z + c;
      ++steps;
    }
    row.push_back(steps == Most ? 0 : 0x010205U * static_cast<std::uint32_t>(steps % 50));
  }
  return row;
}

/// Sends one row after the other, until it is told to stop.
void paint(tincan::Renderer& ipc, tincan::StopToken const& stop) {
  for (int y = 0; y < Height && !stop.stop_requested(); ++y) ipc.send("row", y, mandelbrot(y));
  ipc.send("complete");
}

struct Destroy {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
  void operator()(SDL_Renderer* canvas) const { SDL_DestroyRenderer(canvas); }
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
};
template <class T>
std::unique_ptr<T, Destroy> checked(T* made) {
  if (made == nullptr) throw std::runtime_error(SDL_GetError());
  return std::unique_ptr<T, Destroy>(made);
}

class Picture {
 public:
  void set(int y, Row const& row) {
    SDL_Rect const place{0, y, Width, 1};
    SDL_UpdateTexture(texture_.get(), &place, row.data(), Width * 4);
  }
  void show() {
    SDL_RenderCopy(canvas_.get(), texture_.get(), nullptr, nullptr);
    SDL_RenderPresent(canvas_.get());
  }

 private:
  std::unique_ptr<SDL_Window, Destroy> window_ = checked(SDL_CreateWindow(
      "tincan", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, Width, Height, 0));
  std::unique_ptr<SDL_Renderer, Destroy> canvas_ =
      checked(SDL_CreateRenderer(window_.get(), -1, 0));
  std::unique_ptr<SDL_Texture, Destroy> texture_ = checked(SDL_CreateTexture(
      canvas_.get(), SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STATIC, Width, Height));
};

void run(bool closesByItself) {
  Picture picture;
  bool isOpen = true;
  int rows = 0;
  tincan::Bus bus;
  tincan::Main& gui = bus.main();
  gui.on("row", [&](int y, Row const& row) {
    picture.set(y, row);
    ++rows;
  });
  gui.on("complete", [&] {
    std::cout << rows << " rows\n";
    if (closesByItself) isOpen = false;
  });
  gui.every(16ms, [&] { picture.show(); });
  tincan::loop::Sdl tie(gui);
  auto const painter = bus.spawn("painter", paint);
  while (isOpen) {
    SDL_Event event;
    if (SDL_WaitEventTimeout(&event, tie.waitTimeout()) == 0 || tie.handle(event)) continue;
    if (event.type == SDL_QUIT) isOpen = false;
  }
}

}  // namespace

int main(int count, char** /*arguments*/) {
  SDL_SetMainReady();
  if (SDL_Init(SDL_INIT_VIDEO) != 0) {
    std::cerr << SDL_GetError() << '\n';
    return 1;
  }
  run(count > 1);
  SDL_Quit();
}
