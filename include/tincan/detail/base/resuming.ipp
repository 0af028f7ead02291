// tincan/detail/base/resuming.ipp - lets coroutines go on one after another, not one inside another: the bodies
#pragma once

#include <coroutine>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/resuming.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void ResumeLoop::run(std::coroutine_handle<> first) {
  ResumeLoop loop;
  loop.next_ = first;
  while (loop.next_ != nullptr) {
    std::coroutine_handle<> const now = std::exchange(loop.next_, nullptr);
    loop.running_ = now.address();
    now.resume();
  }
}

TINCAN_INLINE void ResumeLoop::handOver(std::coroutine_handle<> from,
                                        std::coroutine_handle<> next) {
  ResumeLoop* const loop = coroutineState().loop;
  if (loop == nullptr || loop->running_ != from.address()) return run(next);
  loop->running_ = nullptr;  // once: the memory of `from` may be another coroutine's soon
  loop->next_ = next;
}

}  // namespace tincan::inline abi0::detail
