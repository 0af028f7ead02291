// tincan/detail/port/port_ticket.ipp - the turn of a port's message in an inbox: the bodies
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/port/port_ticket.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::uint64_t drawStamp(std::uint64_t after) noexcept {
  raiseClock(after);
  return ++threadState().clock;
}

TINCAN_INLINE void PortTicket::serve(std::shared_ptr<PortPair> pair, unsigned end,
                                     std::uint64_t epoch) noexcept {
  pair_ = std::move(pair);
  end_ = end;
  epoch_ = epoch;
}

}  // namespace tincan::inline abi0::detail
