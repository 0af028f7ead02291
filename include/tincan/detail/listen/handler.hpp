// tincan/detail/listen/handler.hpp - calls a handler and answers with its result
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/future.hpp>
#include <tincan/detail/api/invoke_event.hpp>
#include <tincan/detail/api/task_answer.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/base/called_result.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/dispatch/invocation.hpp>
#include <tincan/detail/listen/event_parameters.hpp>
#include <tincan/detail/message/fitting.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/node_call.hpp>
#include <tincan/detail/message/node_memory.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

/// One call of a handler that returns a Task, with all that the Task uses, long after the message is gone.
///
///   Threads   The endpoint's.
///   Lifetime  Ends with the Task.
template <class F, class Answer>
struct LongCall final : TaskHost<LongCall<F, Answer>, typename SignatureOf<F>::Result> {
  using TaskType = typename SignatureOf<F>::Result;
  using Parameters = EventParameters<typename SignatureOf<F>::Parameters, InvokeEvent>;
  using Held = HeldArguments<typename Parameters::Arguments>;
  static_assert(Held::areOwn,
                "tincan: a handler that returns a Task outlives the message: take std::string, not "
                "std::string_view.");

  LongCall(Invocation const& invocation, std::shared_ptr<HandlerNode> handler)
      : node(std::move(handler)),
        endpoint(invocation.responder.endpoint().shared_from_this()),
        sender(invocation.sender),
        name(invocation.name.view()),
        responder(nullptr, *endpoint),
        event(InvokeEventAccess::make(sender, ChannelNameAccess::make(name, invocation.name.hash),
                                      responder)) {}

  /// Calls the handler by `function`, and answers when its Task is done.
  template <class Function>
  static void begin(Owned<LongCall> call, Function&& function) {
    std::exception_ptr thrown;
    bool isWaiting = false;
    try {
      call->task_.emplace(function());
      // The requester waits for no endpoint from now on, but for the Task.
      if (!call->task_->ready()) {
        call->responder.handOn(nullptr, TaskAccess::suspension(*call->task_));
        call->responder.noteAllCalled();  // nobody else will be called
      }
      isWaiting = call->waitForTask();
    } catch (...) {
      thrown = std::current_exception();  // by copying a parameter: else the Task has it
    }
    if (isWaiting) static_cast<void>(call.release());  // it has gone, or will with the Task
    else if (thrown == nullptr) call->answer();
    else fail(std::move(call), std::move(thrown));
  }

  void taskHasEnded() noexcept {
    Owned<LongCall> const end(this);
    answer();
  }

  void taskHasGone() noexcept { delete this; }

  /// Answers with what the function has thrown; or with why the Task that it has returned, which goes
  /// on, cannot be waited for.
  static void fail(Owned<LongCall> call, std::exception_ptr thrown) noexcept {
    call->responder.fail(std::move(thrown));
    if (call->task_.has_value()) call.release()->letGoOfTask();
  }

  /// Answers with the result of the Task, or with what it has thrown.
  void answer() noexcept {
    detail::answerByTask(responder, this->task_, [](auto&& result) {
      return Answer::convert(static_cast<decltype(result)&&>(result));
    });
  }

  std::shared_ptr<HandlerNode> const node;  // whose captures the coroutine uses
  std::shared_ptr<EndpointCore> const endpoint;
  Peer const sender;
  std::string const name;
  TaskResponder responder;
  InvokeEvent event;
  std::optional<typename Held::Tuple> arguments;
};

template <class F, class Answer, class Arguments, class Indices>
struct HandlerShims;

/// Calls a handler that is an F, with the event or without, whose other parameters are P. `Answer` converts
/// its result.
///
///   Threads   The endpoint's.
template <class F, class Answer, class... P, std::size_t... I>
struct HandlerShims<F, Answer, TypeList<P...>, std::index_sequence<I...>> {
  using Result = typename SignatureOf<F>::Result;
  using Parameters = EventParameters<typename SignatureOf<F>::Parameters, InvokeEvent>;

  static_assert(
      !IsFuture<Result>,
      "tincan: a handler returns the answer, or a Task of it: co_return co_await future.");
  static_assert(refuseOtherCoroutines<Result>());
  static_assert(assertTakesAll<Access::Own>(TypeList<P...>{}));

  [[gnu::always_inline]] static Result callFunction(HandlerNode& node,
                                                    [[maybe_unused]] InvokeEvent* event,
                                                    Passed<Access::Own, P>... values) {
    F& function = functionBehind<F>(node);
    if constexpr (Parameters::takesEvent) {
      return function(*event, static_cast<Passed<Access::Own, P>>(values)...);
    } else {
      return function(static_cast<Passed<Access::Own, P>>(values)...);
    }
  }
  [[gnu::always_inline]] static void answer(HandlerNode& node, Invocation const& invocation,
                                            InvokeEvent* event, Passed<Access::Own, P>... values) {
    if constexpr (std::is_void_v<Result>) {
      callFunction(node, event, static_cast<Passed<Access::Own, P>>(values)...);
      invocation.responder.giveNothing();
    } else {
      invocation.responder.give(Answer::convert(
          callFunction(node, event, static_cast<Passed<Access::Own, P>>(values)...)));
    }
  }
  [[gnu::always_inline]] static void answerWithEvent(HandlerNode& node,
                                                     Invocation const& invocation,
                                                     Passed<Access::Own, P>... values) {
    if constexpr (Parameters::takesEvent) {
      InvokeEvent event =
          InvokeEventAccess::make(invocation.sender, invocation.name.name(), invocation.responder);
      answer(node, invocation, &event, static_cast<Passed<Access::Own, P>>(values)...);
    } else {
      answer(node, invocation, nullptr, static_cast<Passed<Access::Own, P>>(values)...);
    }
  }

  template <std::size_t Index, class T>
  [[gnu::always_inline]] static T& argument(void* at, void* const* fitted) noexcept {
    if (fitted != nullptr) [[unlikely]]
      return *static_cast<T*>(fitted[Index]);
    using Tuple = typename ArgumentsOf<std::remove_cvref_t<P>...>::Tuple;
    return static_cast<ValueAt<Index, T>&>(*static_cast<Tuple*>(at)).value;
  }

  // ---- see HandlerOps ----

  static void run(HandlerNode& node, Invocation const& invocation, [[maybe_unused]] void* at,
                  [[maybe_unused]] void* const* fitted) {
    answerWithEvent(
        node, invocation,
        static_cast<Passed<Access::Own, P>>(argument<I, std::remove_cvref_t<P>>(at, fitted))...);
  }
  static bool fitAndRun(HandlerNode& node, Invocation const& invocation,
                        ArgumentsView const& arguments) {
    if constexpr (IsTask<Result>) {
      return runLong(node, invocation, arguments);
    } else {
      return detail::callWith<Access::Own>(
          TypeList<P...>{}, arguments, [&] { disarmIfOnce(node); },
          [&](auto&&... values) {
            answerWithEvent(node, invocation, static_cast<decltype(values)&&>(values)...);
          });
    }
  }
  static bool runLong(HandlerNode& node, Invocation const& invocation,
                      ArgumentsView const& arguments) {
    using Call = LongCall<F, Answer>;
    auto call = Owned<Call>::make(invocation, node.shared_from_this());
    invocation.responder.reserve(PeerAccess::core(invocation.sender));
    bool const fits = detail::callWith<Access::Own>(
        typename Call::Held::List{}, arguments, [&] { disarmIfOnce(node); },
        [&](auto&&... values) {
          call->arguments.emplace(std::forward<decltype(values)>(values)...);
        });
    if (!fits) return false;
    call->responder.takeOver(invocation.responder);
    Call& held = *call;
    Call::begin(std::move(call), [&] {
      return callFunction(*held.node, &held.event,
                          static_cast<Passed<Access::Own, P>>(std::get<I>(*held.arguments))...);
    });
    return true;
  }

  static constexpr HandlerOps make() noexcept {
    HandlerOps made{FunctionOpsOf<F, P...>::make(), nullptr, nullptr};
    if constexpr (MustFitThere<P...> || IsTask<Result>) made.fitAndRun = &fitAndRun;
    else made.run = &run;
    return made;
  }
  static constexpr HandlerOps ops = make();
};

/// The operations of a handler that is an F. `Answer` converts its result.
template <class F, class Answer>
struct HandlerOf {
  using Arguments =
      typename EventParameters<typename SignatureOf<F>::Parameters, InvokeEvent>::Arguments;
  using Shims = HandlerShims<F, Answer, Arguments, std::make_index_sequence<Arguments::size>>;
};

}  // namespace tincan::inline abi0::detail
