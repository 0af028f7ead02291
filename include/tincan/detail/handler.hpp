// tincan/detail/handler.hpp - layer 15 - calls a handler and answers with its result
#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/channel.hpp>
#include <tincan/detail/arguments.hpp>
#include <tincan/detail/invocation.hpp>
#include <tincan/detail/listener_table.hpp>
#include <tincan/invoke_event.hpp>
#include <tincan/listener.hpp>
#include <tincan/task.hpp>

namespace tincan::detail {

/// The answer is what the handler returns.
struct AsReturned {
  template <class T>
  static T&& convert(T&& value) noexcept {
    return std::forward<T>(value);
  }
};

template <class T>
struct TaskResult {
  using type = T;
};
template <class R>
struct TaskResult<Task<R>> {
  using type = R;
};

template <class T>
inline constexpr bool IsText =
    std::is_same_v<T, std::string_view> || std::is_same_v<T, std::optional<std::string_view>>;

/// What a call needs while its Task runs, long after the message is gone. Ends with the Task.
template <class F, class Answer>
struct LongCall final : TaskWaiter {
  using TaskType = typename SignatureOf<F>::Result;
  using Parameters = EventParameters<typename SignatureOf<F>::Parameters, InvokeEvent>;
  template <class List>
  struct Held;
  template <class... P>
  struct Held<TypeList<P...>> {
    static_assert((!IsText<std::remove_cvref_t<P>> && ...),
                  "tincan: a handler that returns a Task outlives the message: take std::string, "
                  "not std::string_view.");
    using List = TypeList<std::remove_cvref_t<P>...>;
    using Tuple = std::tuple<std::remove_cvref_t<P>...>;
  };
  using Arguments = Held<typename Parameters::Arguments>;

  LongCall(Invocation const& invocation, std::shared_ptr<HandlerNode> handler)
      : node(std::move(handler)),
        endpoint(invocation.endpoint.shared_from_this()),
        sender(invocation.sender),
        name(invocation.name.view()),
        giver(nullptr, *endpoint),
        event(sender, ChannelNameAccess::make(name, invocation.name.hash), giver) {}

  ~LongCall() { giver.fail(Errc::NoReply); }  // without memory to wait for the task

  /// The answer will be given when the task is done.
  static void begin(std::unique_ptr<LongCall> call) {
    // Whoever asked waits for no endpoint from now on.
    if (!call->task->ready()) call->giver.share();
    call->settleHere();
    if (TaskAccess::waitBy(*call->task, *call)) call.release();  // until taskIsDone()
    else call->answer();
  }

  std::coroutine_handle<> taskIsDone() noexcept override {
    std::unique_ptr<LongCall> const end(this);
    TaskAccess::waitIsOver(*task);
    answer();
    return std::noop_coroutine();
  }

  void answer() noexcept {
    using R = typename TaskResult<TaskType>::type;
    std::exception_ptr thrown;
    try {
      if constexpr (std::is_void_v<R>) {
        TaskAccess::take(*task);
        giver.giveNothing();
      } else {
        giver.give(Answer::convert(TaskAccess::take(*task)));
      }
    } catch (...) {
      thrown = std::current_exception();
    }
    if (thrown != nullptr) giver.fail(std::move(thrown));
  }

  std::shared_ptr<HandlerNode> const node;  // whose captures the coroutine uses
  std::shared_ptr<EndpointCore> const endpoint;
  Peer const sender;
  std::string const name;
  Giver giver;
  InvokeEvent event;
  std::optional<typename Arguments::Tuple> arguments;
  std::optional<TaskType> task;
};

template <class F, class Answer>
class HandlerOf final : public HandlerNode {
 public:
  explicit HandlerOf(F&& function) : function_(std::move(function)) {}

  bool call(Invocation const& invocation) override {
    if constexpr (IsTask<Result>) return callLong(invocation);
    else return callAtOnce(invocation);
  }

  std::string parameters() const override { return describeParameters(Arguments{}); }

 private:
  using Signature = SignatureOf<F>;
  using Result = typename Signature::Result;
  using Parameters = EventParameters<typename Signature::Parameters, InvokeEvent>;
  using Arguments = typename Parameters::Arguments;

  void before() {
    if (isOnce) entry->table->disarm(*this);
  }

  bool callAtOnce(Invocation const& invocation) {
    InvokeEvent event(invocation.sender, invocation.name.name(), invocation.giver);
    return callWith<Access::Own>(
        Arguments{}, invocation.arguments, [this] { before(); },
        [&](auto&&... values) {
          if constexpr (std::is_void_v<Result>) {
            callFunction(event, std::forward<decltype(values)>(values)...);
            invocation.giver.giveNothing();
          } else {
            invocation.giver.give(
                Answer::convert(callFunction(event, std::forward<decltype(values)>(values)...)));
          }
        });
  }

  bool callLong(Invocation const& invocation) {
    auto call = std::make_unique<LongCall<F, Answer>>(invocation, shared_from_this());
    bool const fits = callWith<Access::Own>(
        typename LongCall<F, Answer>::Arguments::List{}, invocation.arguments, [this] { before(); },
        [&](auto&&... values) {
          call->arguments.emplace(std::forward<decltype(values)>(values)...);
        });
    if (!fits) return false;
    call->giver.takeOver(invocation.giver);
    std::exception_ptr thrown;
    try {
      call->task.emplace(
          callWithHeld(*call, Arguments{}, std::make_index_sequence<Arguments::size>{}));
    } catch (...) {
      thrown = std::current_exception();  // by copying a parameter: else the Task has it
    }
    if (thrown != nullptr) {
      call->giver.fail(std::move(thrown));
      return true;
    }
    LongCall<F, Answer>::begin(std::move(call));
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

}  // namespace tincan::detail
