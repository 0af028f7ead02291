// tincan/detail/listen/any_listener.hpp - calls a listener that looks at every message
#pragma once

#include <type_traits>

#include <tincan/detail/api/arguments.hpp>
#include <tincan/detail/api/event.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/message/node_memory.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

/// The operations of a listener of onAny() that is an F.
template <class F>
struct AnyListenerOf {
  static constexpr bool isCallable = std::is_invocable_v<F&, Event&, Arguments const&>;
  static_assert(isCallable, "tincan: onAny calls its function with (Event&, Arguments const&).");

  static void run(ListenerNode& node, Event& event, void* at) {
    if constexpr (isCallable) {
      using Result = std::invoke_result_t<F&, Event&, Arguments const&>;
      static_assert(!IsTask<Result> && !OtherCoroutine<Result>,
                    "tincan: a function of onAny only looks, while the message is there: it is no "
                    "coroutine.");
      functionBehind<F>(node)(event, *static_cast<Arguments const*>(at));
    }
  }
  static constexpr ListenerOps make() noexcept {
    ListenerOps made{FunctionOpsOf<F>::make(), &run, nullptr, nullptr, nullptr};
    made.function.exact = nullptr;
    return made;
  }
  static constexpr ListenerOps ops = make();
};

}  // namespace tincan::inline abi0::detail
