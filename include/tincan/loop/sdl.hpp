// tincan/loop/sdl.hpp - an endpoint in a loop of SDL 2
#pragma once

#include <SDL_events.h>

#include <atomic>
#include <stdexcept>

#include <tincan/detail/loop/loop_tie.hpp>
#include <tincan/endpoint.hpp>

namespace tincan::inline abi0::loop {

/// Ties an endpoint to a loop that waits for events of SDL:
///
///   while (isOpen) {
///     if (SDL_WaitEventTimeout(&event, tie.waitTimeout()) && !tie.handle(event)) ...  // the program's own events
///   }
///
///   Threads   Made, used and ended on the endpoint's thread, which is the one of SDL's events.
///   Order     As poll() of the endpoint. At most a hundred messages for an event, and then another one comes.
///   Lifetime  Made after SDL_Init(SDL_INIT_EVENTS), ends before SDL_Quit(). The endpoint has one tie at a time,
///             and is not moved meanwhile. It, or its bus, may be closed or end before. A listener may end this.
///             The program registers the types of its own events, by SDL_RegisterEvents(), as the tie does.
///   Errors    WrongThread, Closed; std::runtime_error if SDL has no type of event left. If SDL's queue is full,
///             waitTimeout() sees to the messages.
class Sdl {
 public:
  /// Takes the endpoint's onWake(). The first tie of a program registers a type of event, which all of them use.
  explicit Sdl(Endpoint& endpoint) : tie_(endpoint, [this] { wake(); }) {}
  Sdl(Sdl const&) = delete;
  Sdl& operator=(Sdl const&) = delete;

  /// True if the event is the tie's own: it has handled messages, and there is nothing else to do with it.
  bool handle(::SDL_Event const& event) {
    if (event.type != type_) return false;
    static_cast<void>(tie_.poll());
    return true;
  }

  /// Returns how many milliseconds SDL_WaitEventTimeout() may wait; -1: for ever. If something is due, handles
  /// that first, and returns 0, so that the loop can see what came of it. To be called for each wait: then
  /// timers may be made anywhere.
  int waitTimeout() {
    bool const mustLook = isLost_.exchange(false, std::memory_order_relaxed);
    int const left = mustLook ? 0 : tie_.millisecondsLeft();
    if (left == 0) static_cast<void>(tie_.poll());
    return left;
  }

 private:
  static ::Uint32 registeredType() {
    static ::Uint32 const type = ::SDL_RegisterEvents(1);
    if (type == static_cast<::Uint32>(-1)) {
      throw std::runtime_error("tincan: loop::Sdl: SDL has no type of event left");
    }
    return type;
  }
  void wake() {
    ::SDL_Event event{};
    event.type = type_;
    // relaxed: a full queue does not let the loop sleep, and the inbox orders what is found there.
    if (::SDL_PushEvent(&event) != 1) isLost_.store(true, std::memory_order_relaxed);
  }

  ::Uint32 const type_ = registeredType();
  std::atomic<bool> isLost_{false};
  detail::LoopTie tie_;
};

}  // namespace tincan::inline abi0::loop
