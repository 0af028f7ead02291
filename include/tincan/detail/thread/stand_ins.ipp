// tincan/detail/thread/stand_ins.ipp - by whose lanes a thread sends that has not polled: the bodies
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/stand_ins.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE EndpointCore& StandIns::get(std::shared_ptr<EndpointCore> const& named,
                                          std::shared_ptr<ThreadToken> const& thread) {
  if (auto* const known = all_.find(named.get()); known != nullptr) return **known;
  return make(named.get(), named->bus, named, thread);
}

TINCAN_INLINE EndpointCore& StandIns::getNobody(std::shared_ptr<BusCore> const& bus,
                                                std::shared_ptr<ThreadToken> const& thread) {
  void const* whose = bus.get();
  if (Driver const* const driver = bus->driver()) {
    if (void const* const runs = driver->ownership.whoRuns()) whose = runs;
  }
  if (auto* const known = all_.find(whose); known != nullptr) {
    if ((*known)->bus == bus) return **known;
    all_.take(whose)->leave();  // of an earlier bus, whose driver ran somebody else there
  }
  return make(whose, bus, nullptr, thread);
}

TINCAN_INLINE EndpointCore& StandIns::make(void const* whose, std::shared_ptr<BusCore> const& bus,
                                           std::shared_ptr<EndpointCore> const& named,
                                           std::shared_ptr<ThreadToken> const& thread) {
  if (all_.size() >= sweepAt_) sweep();
  all_.makeRoom();
  auto const made = bus->addStandIn(bus, named, thread);
  all_.insert(whose, made);
  return *made;
}

TINCAN_INLINE std::shared_ptr<EndpointCore> StandIns::take(EndpointCore const& named) noexcept {
  return all_.take(&named);
}

TINCAN_INLINE void StandIns::sweep() noexcept {
  auto const isOver = [](std::shared_ptr<EndpointCore> const& core) {
    return core->bus->isClosed() || (core->named != nullptr && !core->named->belongsHere());
  };
  for (std::size_t places = all_.sizeOfRoom(); places > 0; --places) {
    std::shared_ptr<EndpointCore> gone;
    all_.lookAtSome(1, isOver, [&](std::shared_ptr<EndpointCore> one) { gone = std::move(one); });
    if (gone != nullptr) gone->leave();  // captures that end may come back here
  }
  sweepAt_ = largerOf(FirstSweep, all_.size() * 2);
}

}  // namespace tincan::inline abi0::detail
