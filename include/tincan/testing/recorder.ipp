// tincan/testing/recorder.ipp - records a real run, with threads: the bodies
#pragma once

#include <memory>
#include <stdexcept>

#include <tincan/bus.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/testing/detail/record/recording_tap.hpp>
#include <tincan/testing/recorder.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing {

TINCAN_INLINE Recorder::Recorder(Bus& bus)
    : bus_(tincan::detail::PeerAccess::core(bus.main().peer())->bus),
      tap_(std::make_shared<detail::RecordingTap>()) {
  if (!bus_->tapBy(tap_)) throw std::invalid_argument("tincan: the bus has a recorder, or a trace");
}

TINCAN_INLINE Recorder::~Recorder() {
  bus_->untap(*tap_);
  tap_->end();
}

TINCAN_INLINE Recording Recorder::recording() const { return tap_->recording(); }

TINCAN_INLINE void Recorder::stop() { tap_->stop(); }

}  // namespace tincan::inline abi0::testing
