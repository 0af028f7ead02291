// tincan/timer.ipp - a token for a function that is called at a moment: the bodies
#pragma once

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/engine.hpp>
#include <tincan/timer.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE bool Timer::cancel() const {
  auto const core = core_.lock();
  if (core == nullptr) return false;
  core->checkThread("cancel");  // first: no other thread may hold the function
  auto const function = function_.lock();
  return function != nullptr && function->cancel();
}

}  // namespace tincan::inline abi0
