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

/// A coroutine of nobody: it destroys itself.
struct Detached {
  struct promise_type {
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

template <class T>
struct TaskResult {
  using type = T;
};
template <class R>
struct TaskResult<Task<R>> {
  using type = R;
};

/// What a call needs while its Task runs, long after the message is gone.
template <class F>
struct LongCall {
  using Parameters = EventParameters<typename SignatureOf<F>::Parameters, InvokeEvent>;
  template <class List>
  struct Held;
  template <class... P>
  struct Held<TypeList<P...>> {
    static_assert((!std::is_same_v<std::remove_cvref_t<P>, std::string_view> && ...),
                  "tincan: a handler that returns a Task outlives the message: take std::string, "
                  "not std::string_view.");
    using List = TypeList<std::remove_cvref_t<P>...>;
    using Tuple = std::tuple<std::remove_cvref_t<P>...>;
  };
  using Arguments = Held<typename Parameters::Arguments>;

  explicit LongCall(Invocation const& invocation, std::shared_ptr<HandlerNode> handler)
      : node(std::move(handler)),
        endpoint(invocation.endpoint.shared_from_this()),
        sender(invocation.sender),
        name(invocation.name.view()),
        giver(nullptr, *endpoint),
        event(sender, ChannelNameAccess::make(name, invocation.name.hash), giver) {}

  std::shared_ptr<HandlerNode> const node;  // whose captures the coroutine uses
  std::shared_ptr<EndpointCore> const endpoint;
  Peer const sender;
  std::string const name;
  Giver giver;
  InvokeEvent event;
  std::optional<typename Arguments::Tuple> arguments;
};

template <class Answer, class F, class R>
Detached answerLater(std::unique_ptr<LongCall<F>> call, Task<R> task) {
  try {
    if constexpr (std::is_void_v<R>) {
      co_await task;
      call->giver.giveNothing();
    } else {
      R result = co_await task;
      call->giver.give(Answer::convert(std::move(result)));
    }
  } catch (...) {
    call->giver.fail(std::current_exception());
  }
}

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
    auto long_ = std::make_unique<LongCall<F>>(invocation, shared_from_this());
    using Held = typename LongCall<F>::Arguments;
    bool const fits = callWith<Access::Own>(
        typename Held::List{}, invocation.arguments, [this] { before(); },
        [&](auto&&... values) {
          long_->arguments.emplace(std::forward<decltype(values)>(values)...);
        });
    if (!fits) return false;
    long_->giver.takeOver(invocation.giver);
    try {
      Result task = callWithHeld(*long_, Arguments{}, std::make_index_sequence<Arguments::size>{});
      // Whoever asked waits for no endpoint from now on.
      if (!task.ready()) long_->giver.share();
      answerLater<Answer, F>(std::move(long_), std::move(task));
    } catch (...) {
      long_->giver.fail(std::current_exception());
    }
    return true;
  }

  template <class... P, std::size_t... I>
  Result callWithHeld(LongCall<F>& call, TypeList<P...>, std::index_sequence<I...>) {
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
