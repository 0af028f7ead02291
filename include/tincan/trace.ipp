// tincan/trace.ipp - notes what happens on a bus: the bodies
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <tincan/bus.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/trace/chrome_writer.hpp>
#include <tincan/detail/trace/mermaid_writer.hpp>
#include <tincan/detail/trace/page_writer.hpp>
#include <tincan/detail/trace/stats_gatherer.hpp>
#include <tincan/detail/trace/stats_table.hpp>
#include <tincan/detail/trace/thread_log.ipp>
#include <tincan/detail/trace/trace_tap.hpp>
#include <tincan/detail/trace/trace_tap.ipp>
#include <tincan/trace.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE Trace::Trace(Bus& bus, TraceOptions options)
    : bus_(detail::PeerAccess::core(bus.main().peer())->bus),
      tap_(std::make_shared<detail::TraceTap>(options.mostEvents)) {
  if (bus_->driver() != nullptr) {
    throw std::invalid_argument("tincan: a simulation has a log of its own, and takes no trace");
  }
  if (!bus_->tapBy(tap_)) {
    throw std::invalid_argument("tincan: the bus has a trace, or a recorder, already");
  }
}

TINCAN_INLINE Trace::~Trace() {
  stop();
  tap_->end();
}

TINCAN_INLINE TraceLog Trace::log() const { return tap_->log(); }

TINCAN_INLINE void Trace::stop() {
  bus_->untap(*tap_);
  tap_->stop();
}

TINCAN_INLINE std::string TraceLog::chrome() const { return detail::ChromeWriter(*this).text(); }
TINCAN_INLINE std::string TraceLog::mermaid(std::size_t most) const {
  return detail::MermaidWriter(*this).text(most);
}
TINCAN_INLINE std::string TraceLog::html() const { return detail::PageWriter(*this).text(); }

TINCAN_INLINE std::vector<TraceStats> TraceLog::stats() const {
  return detail::StatsGatherer(*this).finish();
}
TINCAN_INLINE std::string TraceLog::table() const {
  return detail::StatsTable(*this, stats()).text();
}

}  // namespace tincan::inline abi0
