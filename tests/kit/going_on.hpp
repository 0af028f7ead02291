// tests/kit/going_on.hpp - what the endpoints of a program do later: timers, and Tasks that await answers
#pragma once

#include "performance.hpp"

namespace kit {

/// Lets a timer go on as soon as may be, and after it so many more as there are channels above that one.
inline void Performance::setTimer(std::size_t a, unsigned channel) {
  own_[a].endpoint->after(std::chrono::milliseconds(0), [this, a, channel] {
    Activity::Doing const doing(activity_);
    pause();
    say(a, "timer" + std::to_string(channel));
    if (channel + 1 < Channels) setTimer(a, channel + 1);
  });
}

inline void Performance::goesOn(std::size_t a, std::string const& what) {
  Activity::Doing const doing(activity_);
  pause();
  say(a, "awaited:" + what);
}
// Both take copies: they go on when the calling code is over.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
inline tincan::Task<void> Performance::awaitTwo(std::size_t a, tincan::Peer to,
                                                std::string channel) {
  for (int i = 0; i < 2; ++i) {
    std::string end;
    try {
      end = std::to_string(co_await to.request<int>(channel));
    } catch (std::exception const&) {
      end = nameOf(std::current_exception());
    }
    goesOn(a, end);
  }
}
// NOLINTNEXTLINE(performance-unnecessary-value-param)
inline tincan::Task<void> Performance::awaitAny(std::size_t a, tincan::Peer to,
                                                std::string channel) {
  std::string end;
  try {
    auto const first =
        co_await tincan::any(to.request<int>(channel), peers_.front().request<int>(channel));
    end = "any " + std::to_string(first);
  } catch (std::exception const&) {
    end = nameOf(std::current_exception());
  }
  goesOn(a, end);
}

}  // namespace kit
