// tincan/detail/thread/stand_ins.ipp - by whose lanes a thread sends that has not polled: the bodies
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/stand_ins.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE EndpointCore& StandIns::get(std::shared_ptr<BusCore> const& bus,
                                          std::shared_ptr<EndpointCore> const& named,
                                          std::shared_ptr<ThreadToken> const& thread) {
  Whose const whose(bus.get(), named.get());
  if (auto const at = all_.find(whose); at != all_.end()) return *at->second;
  if (all_.size() >= sweepAt_) sweep();
  auto const made = bus->addStandIn(bus, named, thread);
  all_.insert_or_assign(whose, made);
  return *made;
}

TINCAN_INLINE std::shared_ptr<EndpointCore> StandIns::take(EndpointCore const& named) noexcept {
  auto const at = all_.find({named.bus.get(), &named});
  if (at == all_.end()) return nullptr;
  auto taken = std::move(at->second);
  all_.erase(at);
  return taken;
}

TINCAN_INLINE void StandIns::sweep() noexcept {
  for (auto at = all_.begin(); at != all_.end();) {
    EndpointCore const& core = *at->second;
    if (!core.bus->isClosed() && (core.named == nullptr || core.named->belongsHere())) {
      ++at;
      continue;
    }
    Whose const whose = at->first;
    auto const gone = std::move(at->second);
    all_.erase(at);
    gone->leave();  // captures that end may come back here
    at = all_.upper_bound(whose);
  }
  sweepAt_ = (std::max)(FirstSweep, all_.size() * 2);
}

}  // namespace tincan::inline abi0::detail
