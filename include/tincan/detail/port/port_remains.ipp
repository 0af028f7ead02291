// tincan/detail/port/port_remains.ipp - what closed ports leave behind: the bodies
#pragma once

#include <array>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/port/port_remains.hpp>
#include <tincan/detail/port/port_world.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void PortRemains::add(TwoEnds::Rest& rest) noexcept {
  add(std::move(rest.onMessage));
  add(std::move(rest.onClose));
  messages.append(std::move(rest.dropped));
}

TINCAN_INLINE void PortRemains::destroyAll() noexcept {
  while (listeners != nullptr || messages.first() != nullptr) {
    if (listeners == nullptr) {
      messages.pop();
    } else {
      auto const first = std::move(listeners);
      listeners = std::move(first->next);
    }
  }
}

TINCAN_INLINE void PortRemains::destroy(std::array<TwoEnds::Rest, 2>& rests) noexcept {
  PortRemains* const around = threadState().portRemains;
  if (around != nullptr && around->depth == MostInside) {
    for (TwoEnds::Rest& rest : rests) around->add(rest);
    return;
  }
  PortRemains remains{around == nullptr ? 1 : around->depth + 1};
  for (TwoEnds::Rest& rest : rests) remains.add(rest);
  threadState().portRemains = &remains;
  remains.destroyAll();
  threadState().portRemains = around;
}

TINCAN_INLINE void PortRemains::add(PortWorld::Listeners first) noexcept {
  if (first == nullptr) return;
  first->next = std::move(listeners);
  listeners = std::move(first);
}

}  // namespace tincan::inline abi0::detail
