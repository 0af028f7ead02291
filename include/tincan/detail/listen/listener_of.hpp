// tincan/detail/listen/listener_of.hpp - calls a listener
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/listen/event_parameters.hpp>
#include <tincan/detail/listen/listener_call.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/fitting.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/node_call.hpp>
#include <tincan/detail/message/node_memory.hpp>
#include <tincan/detail/message/registration.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

template <class F, class Arguments, class Indices>
struct ListenerShims;

/// Calls a listener that is an F, with the event or without, whose other parameters are P.
///
///   Threads   The endpoint's.
template <class F, class... P, std::size_t... I>
struct ListenerShims<F, TypeList<P...>, std::index_sequence<I...>> {
  using Result = typename SignatureOf<F>::Result;
  using Parameters = EventParameters<typename SignatureOf<F>::Parameters, Event>;
  using Exact = ArgumentsOf<std::remove_cvref_t<P>...>;

  static_assert(refuseOtherCoroutines<Result>());
  static_assert(assertTakesAll<Access::Look>(TypeList<P...>{}));

  /// What is kept: a Task uses the function also when the listener has been removed.
  using Function = std::conditional_t<IsTask<Result>, std::shared_ptr<F>, F>;

  [[gnu::always_inline]] static void callWith(ListenerNode& node, [[maybe_unused]] Event* event,
                                              Passed<Access::Look, P>... values) {
    auto& function = functionBehind<Function>(node);
    if constexpr (IsTask<Result>) {
      auto call = Owned<ListenerCall<F>>::make(function, *event);
      call->hold(values...);
      ListenerCall<F>::begin(std::move(call), *event);
    } else if constexpr (Parameters::takesEvent) {
      function(*event, static_cast<Passed<Access::Look, P>>(values)...);
    } else {
      function(static_cast<Passed<Access::Look, P>>(values)...);
    }
  }
  [[gnu::always_inline]] static void callExactly(ListenerNode& node, Event* event,
                                                 [[maybe_unused]] void* at) {
    [[maybe_unused]] auto& values = *static_cast<typename Exact::Tuple*>(at);
    callWith(node, event,
             static_cast<Passed<Access::Look, P>>(
                 static_cast<ValueAt<I, std::remove_cvref_t<P>>&>(values).value)...);
  }

  // ---- see ListenerOps ----

  static void run(ListenerNode& node, Event& event, void* at) { callExactly(node, &event, at); }
  static void runFitted(ListenerNode& node, Event& event, [[maybe_unused]] FittedArgument* fitted) {
    callWith(node, &event,
             static_cast<Passed<Access::Look, P>>(
                 *static_cast<std::remove_cvref_t<P>*>(fitted[I].at()))...);
  }
  static bool fitAndRun(ListenerNode& node, Event& event, ArgumentsView const& arguments) {
    return detail::callWith<Access::Look>(
        TypeList<P...>{}, arguments, [&] { disarmIfOnce(node); },
        [&](auto&&... values) {
          callWith(node, &event, static_cast<decltype(values)&&>(values)...);
        });
  }
  static void take(ListenerNode& node, MessageCell& cell, [[maybe_unused]] MessageLane& lane) {
    void* const at = &Exact::in(cell.storage);
    if constexpr (Parameters::takesEvent || IsTask<Result>) {
      ArgumentsEnd const end({&Exact::ops, at});
      Responder nobodyAsks(nullptr, *lane.receiver);
      Event event = EventAccess::make(lane.sender, *cell.name, nobodyAsks);
      callExactly(node, &event, at);
    } else if constexpr (Exact::isTrivial) {
      callExactly(node, nullptr, at);
    } else {
      ArgumentsEnd const end({&Exact::ops, at});
      callExactly(node, nullptr, at);
    }
  }
  static void share(void* from, void* to) {
    ::new (to) Function(std::make_shared<F>(static_cast<F&&>(*static_cast<F*>(from))));
  }

  static constexpr ListenerOps make() noexcept {
    ListenerOps made{FunctionOpsOf<Function, P...>::make(), &run, &take, nullptr, nullptr};
    if constexpr (IsTask<Result>) made.function.move = &share;
    if constexpr (MustFitThere<P...>) made.fitAndRun = &fitAndRun;
    else made.runFitted = &runFitted;
    return made;
  }
  static constexpr ListenerOps ops = make();
};

/// The operations of a listener that is an F.
template <class F>
struct ListenerOf {
  using Arguments = typename EventParameters<typename SignatureOf<F>::Parameters, Event>::Arguments;
  using Shims = ListenerShims<F, Arguments, std::make_index_sequence<Arguments::size>>;
};

}  // namespace tincan::inline abi0::detail
