// benchmarks/peers/tincan.hpp - tincan itself: a renderer of A's and main on B, which polls
#pragma once

#include <cstdint>
#include <string>
#include <tincan/tincan.hpp>

#include "../strict_bus.hpp"
#include "desk.hpp"

namespace bench {

inline constexpr tincan::Channel<void(Reading)> readings{"reading"};
inline constexpr tincan::Channel<std::uint64_t(std::uint64_t)> questions{"question"};

enum class By { Name, Channel };

template <By by>
class Tincan {
 public:
  static constexpr auto key = by == By::Name ? "tincan" : "tincan-typed";
  static std::string title() {
    return by == By::Name ? "tincan by literal name" : "tincan by typed channel";
  }

  explicit Tincan(Desk& desk) : sender_(bus_->attach("sender")) {
    bus_->main().on("reading", [&desk](Reading const& reading) { desk.take(reading); });
    bus_->main().on("question", [&desk](tincan::Event& event, std::uint64_t question) {
      event.returnValue = desk.answer(question);
    });
  }

  void send(Reading const& reading) {
    if constexpr (by == By::Name) {
      sender_.send("reading", reading);
    } else {
      sender_.send(readings, reading);
    }
  }

  std::uint64_t ask(std::uint64_t question) {
    if constexpr (by == By::Name) {
      return sender_.sendSync<std::uint64_t>("question", question);
    } else {
      return sender_.sendSync(questions, question);
    }
  }

  void poll() { bus_->main().poll(); }

 private:
  StrictBus bus_;
  tincan::Renderer sender_;
};

}  // namespace bench
