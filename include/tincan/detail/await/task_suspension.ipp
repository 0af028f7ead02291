// tincan/detail/await/task_suspension.ipp - says what a coroutine waits for: the bodies
#pragma once

#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void TaskSuspension::suspends(On const& on) noexcept {
  suspension_.publish(on);
  waitGraph().suspended();
}

}  // namespace tincan::inline abi0::detail
