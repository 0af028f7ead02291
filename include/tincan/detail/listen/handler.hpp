// tincan/detail/listen/handler.hpp - calls a handler and answers with its result
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/invoke_event.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/dispatch/invocation.hpp>
#include <tincan/detail/listen/event_parameters.hpp>
#include <tincan/detail/message/fitting.hpp>

namespace tincan::inline abi0::detail {

/// Gives the answer of a handler on a channel without signature: what it returns.
struct AsReturned {
  template <class T>
  static T&& convert(T&& value) noexcept {
    return std::forward<T>(value);
  }
};

/// The result of a handler: of a Task, what that returns.
template <class T>
struct TaskResult {
  using type = T;
};
template <class R>
struct TaskResult<Task<R>> {
  using type = R;
};

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
        endpoint(invocation.endpoint.shared_from_this()),
        sender(invocation.sender),
        name(invocation.name.view()),
        responder(nullptr, *endpoint),
        event(sender, ChannelNameAccess::make(name, invocation.name.hash), responder) {}

  /// Calls the handler by `function`, and answers when its Task is done.
  template <class Function>
  static void begin(std::unique_ptr<LongCall> call, Function&& function) {
    std::exception_ptr thrown;
    bool isWaiting = false;
    try {
      call->task_.emplace(function());
      // The requester waits for no endpoint from now on, but for the Task.
      if (!call->task_->ready()) {
        call->responder.share(nullptr, TaskAccess::suspension(*call->task_));
        call->responder.noteAllCalled();  // nobody else will be called
      }
      isWaiting = call->waitForTask();
    } catch (...) {
      thrown = std::current_exception();  // by copying a parameter: else the Task has it
    }
    if (isWaiting) call.release();  // it has gone, or will with the Task
    else if (thrown == nullptr) call->answer();
    else fail(std::move(call), std::move(thrown));
  }

  void taskHasEnded() noexcept {
    std::unique_ptr<LongCall> const end(this);
    answer();
  }

  void taskHasGone() noexcept { delete this; }

  /// Answers with what the function has thrown; or with why the Task that it has returned, which goes
  /// on, cannot be waited for.
  static void fail(std::unique_ptr<LongCall> call, std::exception_ptr thrown) noexcept {
    call->responder.fail(std::move(thrown));
    if (call->task_.has_value()) call.release()->letGoOfTask();
  }

  /// Answers with the result of the Task, or with what it has thrown.
  void answer() noexcept {
    responder.noteTaskOver();
    using R = typename TaskResult<TaskType>::type;
    std::exception_ptr thrown;
    try {
      if constexpr (std::is_void_v<R>) {
        TaskAccess::take(*this->task_);
        responder.giveNothing();
      } else {
        responder.give(Answer::convert(TaskAccess::take(*this->task_)));
      }
    } catch (...) {
      thrown = std::current_exception();
    }
    this->task_.reset();
    if (thrown != nullptr) responder.fail(std::move(thrown));
  }

  std::shared_ptr<HandlerNode> const node;  // whose captures the coroutine uses
  std::shared_ptr<EndpointCore> const endpoint;
  Peer const sender;
  std::string const name;
  Responder responder;
  InvokeEvent event;
  std::optional<typename Held::Tuple> arguments;
};

/// A handler that is an F. `Answer` converts its result.
///
///   Threads   The endpoint's.
template <class F, class Answer>
class HandlerOf final : public HandlerNode {
 public:
  explicit HandlerOf(F&& function) : function_(std::move(function)) {
    refuseOtherCoroutines<Result>();
  }

  bool call(Invocation const& invocation) override {
    if constexpr (IsTask<Result>) return callLong(invocation);
    else return callAtOnce(invocation);
  }

  std::string parameters() const override { return detail::describeParameters(Arguments{}); }

 private:
  using Signature = SignatureOf<F>;
  using Result = typename Signature::Result;
  using Parameters = EventParameters<typename Signature::Parameters, InvokeEvent>;
  using Arguments = typename Parameters::Arguments;

  void before() {
    if (isOnce) entry->table->disarm(*this);
  }

  bool callAtOnce(Invocation const& invocation) {
    InvokeEvent event(invocation.sender, invocation.name.name(), invocation.responder);
    return detail::callWith<Access::Own>(
        Arguments{}, invocation.arguments, [this] { before(); },
        [&](auto&&... values) {
          if constexpr (std::is_void_v<Result>) {
            callFunction(event, std::forward<decltype(values)>(values)...);
            invocation.responder.giveNothing();
          } else {
            invocation.responder.give(
                Answer::convert(callFunction(event, std::forward<decltype(values)>(values)...)));
          }
        });
  }

  bool callLong(Invocation const& invocation) {
    using Call = LongCall<F, Answer>;
    auto call = std::make_unique<Call>(invocation, shared_from_this());
    invocation.responder.reserve(PeerAccess::core(invocation.sender));
    bool const fits = detail::callWith<Access::Own>(
        typename Call::Held::List{}, invocation.arguments, [this] { before(); },
        [&](auto&&... values) {
          call->arguments.emplace(std::forward<decltype(values)>(values)...);
        });
    if (!fits) return false;
    call->responder.takeOver(invocation.responder);
    Call& held = *call;
    Call::begin(std::move(call), [&] {
      return callWithHeld(held, Arguments{}, std::make_index_sequence<Arguments::size>{});
    });
    return true;
  }

  template <class... P, std::size_t... I>
  Result callWithHeld(LongCall<F, Answer>& call, TypeList<P...>, std::index_sequence<I...>) {
    return callFunction(call.event,
                        static_cast<Passed<Access::Own, P>>(std::get<I>(*call.arguments))...);
  }

  template <class... A>
  Result callFunction(InvokeEvent& event, A&&... arguments) {
    if constexpr (Parameters::takesEvent) return function_(event, std::forward<A>(arguments)...);
    else return function_(std::forward<A>(arguments)...);
  }

  F function_;
};

}  // namespace tincan::inline abi0::detail
