// tincan/detail/process/mutex.ipp - a mutex that no thread holds while another one forks: the bodies
#pragma once

#include <cstdint>

#include <tincan/detail/base/fork_gate.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE ForkGate::Sections& findSections() noexcept {
  ForkGate::Sections& own = process().makers.sections();
  // Fibonacci hashing: threads have their own storage at distances that are round numbers.
  auto const address = narrowed<std::uint64_t>(reinterpret_cast<std::uintptr_t>(&own));
  process().forks.begin(own, narrowed<std::size_t>((address * 0x9E3779B97F4A7C15u) >> 60));
  return *(SectionsHere::mine() = &own);
}

}  // namespace tincan::inline abi0::detail
