// tincan/detail/listen/listener_of.hpp - calls a listener
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/listen/event_parameters.hpp>
#include <tincan/detail/listen/listener_call.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/fitting.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

/// A listener that is an F.
///
///   Threads   The endpoint's.
template <class F>
class ListenerOf final : public ListenerNode {
 public:
  explicit ListenerOf(F&& function)
      : ListenerNode(detail::exactOps(Arguments{})), function_(own(std::move(function))) {}
  explicit ListenerOf(F const& function)
      : ListenerNode(detail::exactOps(Arguments{})), function_(own(F(function))) {}

  bool call(Event& event, ArgumentsView const& arguments) override {
    auto const before = [this] {
      if (isOnce) [[unlikely]]
        entry->table->disarm(*this);
    };
    return detail::callWith<Access::Look>(Arguments{}, arguments, before, caller(event));
  }

  void callExactly(Event& event, void* at) override {
    detail::callWithExact<Access::Look>(Arguments{}, at, caller(event));
  }

  void take(MessageCell& cell, MessageLane& lane) override {
    ArgumentsEnd const end{Exact::in(cell.storage)};
    if constexpr (Parameters::takesEvent || isLong) {
      Responder nobodyAsks(nullptr, *lane.receiver);
      Event event = EventAccess::make(lane.sender, *cell.name, nobodyAsks);
      detail::callWithExact<Access::Look>(Arguments{}, &end.arguments, caller(event));
    } else {
      detail::callWithExact<Access::Look>(Arguments{}, &end.arguments, [this](auto&&... values) {
        function_(std::forward<decltype(values)>(values)...);
      });
    }
  }

  std::string parameters() const override { return detail::describeParameters(Arguments{}); }

 private:
  using Signature = SignatureOf<F>;
  using Parameters = EventParameters<typename Signature::Parameters, Event>;
  using Arguments = typename Parameters::Arguments;
  using Exact = ExactArguments<Arguments>;
  static constexpr bool isLong = IsTask<typename Signature::Result>;

  /// Destroys the arguments of a message at its own end.
  struct ArgumentsEnd {
    explicit ArgumentsEnd(typename Exact::Tuple& whose) noexcept : arguments(whose) {}
    ~ArgumentsEnd() { Exact::destroy(&arguments); }
    ArgumentsEnd(ArgumentsEnd const&) = delete;
    ArgumentsEnd& operator=(ArgumentsEnd const&) = delete;
    typename Exact::Tuple& arguments;
  };
  // A Task uses the function also when the listener has been removed.
  using Function = std::conditional_t<isLong, std::shared_ptr<F>, F>;

  static Function own(F&& function) {
    refuseOtherCoroutines<typename Signature::Result>();
    if constexpr (isLong) return std::make_shared<F>(std::move(function));
    else return std::move(function);
  }

  auto caller(Event& event) noexcept {
    return [&event, this](auto&&... values) {
      if constexpr (isLong) this->callLong(event, values...);
      else this->callFunction(event, std::forward<decltype(values)>(values)...);
    };
  }

  template <class... A>
  void callFunction(Event& event, A&&... arguments) {
    if constexpr (Parameters::takesEvent) function_(event, std::forward<A>(arguments)...);
    else function_(std::forward<A>(arguments)...);
  }

  template <class... A>
  void callLong(Event& event, A&... arguments) {
    auto call = std::make_unique<ListenerCall<F>>(function_, event);
    call->hold(arguments...);
    ListenerCall<F>::begin(std::move(call), event);
  }

  Function function_;
};

}  // namespace tincan::inline abi0::detail
