// benchmarks/strict_bus.hpp - a bus on which nothing may go wrong
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <tincan/tincan.hpp>

#include "harness.hpp"

namespace bench {

/// A dead letter or an exception ends the benchmark at once: whoever waits for that message would
/// wait for ever.
class StrictBus {
 public:
  explicit StrictBus(tincan::BusOptions const& options = {}) : bus_(options) {
    bus_.onError([](tincan::ErrorReport const& report) {
      guarded([&] { std::rethrow_exception(report.exception); });
    });
    bus_.onDeadLetter([](tincan::DeadLetter const& letter) {
      fail(fmt::format("a dead letter on channel {}, reason {}", letter.channel,
                       static_cast<int>(letter.reason)));
    });
  }

  tincan::Bus* operator->() { return &bus_; }

  /// At rest: the bus counted what the benchmark counted.
  void requireCount(std::uint64_t messages) const {
    auto const stats = bus_.stats();
    require(stats.sent == messages && stats.handled == messages && stats.pending == 0,
            fmt::format("the bus counted {} sent, {} handled, {} pending, and there were {}",
                        stats.sent, stats.handled, stats.pending, messages));
  }

 private:
  tincan::Bus bus_;
};

}  // namespace bench
