// tests/loop/sdl.cpp - ties to a loop around SDL_WaitEventTimeout
#define SDL_MAIN_HANDLED
#include <tincan/loop/sdl.hpp>

#include <SDL.h>

#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace {

struct Loop {
  std::unique_ptr<tincan::loop::Sdl> tie;

  Loop() { SDL_Init(SDL_INIT_EVENTS); }
  Loop(Loop const&) = delete;
  Loop& operator=(Loop const&) = delete;
  ~Loop() {
    tie.reset();
    SDL_Quit();
  }

  void begin(tincan::Endpoint& endpoint) { tie = std::make_unique<tincan::loop::Sdl>(endpoint); }
  void soon(std::function<void()> function) {
    callbacks.push_back(std::move(function));
    SDL_Event event{};
    event.type = soonType;
    SDL_PushEvent(&event);
  }
  void update() {}
  template <class Condition>
  void runUntil(Condition&& isOver) {
    while (!isOver()) turn();
  }
  void turn() {
    SDL_Event event{};
    if (SDL_WaitEventTimeout(&event, tie ? tie->waitTimeout() : -1) == 0) return;
    if (tie && tie->handle(event)) return;
    if (event.type != soonType) return;
    auto const function = std::move(callbacks.front());
    callbacks.pop_front();
    function();
  }

  Uint32 const soonType = SDL_RegisterEvents(1);
  std::deque<std::function<void()>> callbacks;
};

}  // namespace

#include "cases.hpp"

TEST_CASE_METHOD(TiedWindow, "loop::Sdl: messages come through a full queue of events") {
  window->on("x", [&] { log = "x"; });
  SDL_Event event{};
  event.type = SDL_KEYDOWN;
  while (SDL_PushEvent(&event) == 1) {
  }
  window->peer().send("x");
  loop.turn();
  loop.turn();
  REQUIRE(log == "x");
  SDL_FlushEvent(SDL_KEYDOWN);
}
