// tincan/detail/listen/listener_of.hpp - calls a listener
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/detail/endpoint/core.hpp>
#include <tincan/detail/endpoint/responder.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/fitting.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/event.hpp>
#include <tincan/invoke_event.hpp>
#include <tincan/task.hpp>

namespace tincan::inline v0::detail {

template <class T>
concept AnyEvent = std::is_same_v<T, Event> || std::is_same_v<T, InvokeEvent>;

/// Splits the event off, if the callable takes it.
template <class List, AnyEvent Expected>
struct EventParameters {
  static constexpr bool takesEvent = false;
  using Arguments = List;
};
template <class First, class... Rest, AnyEvent Expected>
requires AnyEvent<std::remove_cvref_t<First>>
struct EventParameters<TypeList<First, Rest...>, Expected> {
  static_assert(std::is_lvalue_reference_v<First>,
                "tincan: a listener takes its event by reference: Event&.");
  static_assert(std::is_same_v<std::remove_cvref_t<First>, Expected>,
                "tincan: a listener (on, once) takes an Event&, a handler (handle) an "
                "InvokeEvent&.");
  static constexpr bool takesEvent = true;
  using Arguments = TypeList<Rest...>;
};

/// Arguments that outlive their message, for a Task.
template <class List>
struct HeldArguments;
template <class... P>
struct HeldArguments<TypeList<P...>> {
  template <class T>
  static constexpr bool isText =
      std::is_same_v<T, std::string_view> || std::is_same_v<T, std::optional<std::string_view>>;
  static constexpr bool areOwn = (!isText<std::remove_cvref_t<P>> && ...);
  using List = TypeList<std::remove_cvref_t<P>...>;
  using Tuple = std::tuple<std::remove_cvref_t<P>...>;
};

/// The call of a listener that returns a Task, with all that the Task uses: the function, the
/// arguments and the event are its own. Ends with the Task.
template <class F>
class ListenerCall final : public TaskHost<ListenerCall<F>, typename SignatureOf<F>::Result> {
 public:
  using Parameters = EventParameters<typename SignatureOf<F>::Parameters, Event>;
  using Arguments = typename Parameters::Arguments;
  using Held = HeldArguments<Arguments>;
  static_assert(
      Held::areOwn,
      "tincan: a listener that returns a Task outlives the message: take std::string, not "
      "std::string_view.");

  ListenerCall(std::shared_ptr<F> function, Event& event)
      : function_(std::move(function)),
        endpoint_(event.responder_.endpoint().shared_from_this()),
        sender_(event.sender),
        name_(makeRecord(event.name_.name(), false)),
        responder_(nullptr, *endpoint_),
        event_(sender_, *name_, responder_) {}
  ListenerCall(ListenerCall const&) = delete;
  ListenerCall& operator=(ListenerCall const&) = delete;

  /// What the call is to have for its own: copies, since other listeners see the message's arguments
  /// as well. What cannot be copied is moved, out of the message's own copy.
  template <class... A>
  void hold(A&&... arguments) {
    arguments_.emplace(copyOrMove(arguments)...);
  }

  /// Calls the listener. What it throws before it has had to wait, leaves.
  static void begin(std::unique_ptr<ListenerCall> call, Event& event) {
    Lent lent(*call, event);
    call->task_.emplace(call->callFunction(Arguments{}));
    if (call->task_->ready()) {
      TaskAccess::take(*call->task_);
      return;
    }
    lent.keep();
    // It may have ended meanwhile, and will have if it has not begun yet.
    ListenerCall* const kept = call.release();
    bool isWaiting = true;
    try {
      isWaiting = kept->waitForTask();
    } catch (...) {
      kept->report(std::current_exception());
      kept->letGoOfTask();
      return;
    }
    if (!isWaiting) kept->taskHasEnded();
  }

  void taskHasEnded() noexcept {
    std::exception_ptr thrown;
    try {
      TaskAccess::take(*this->task_);
    } catch (...) {
      thrown = std::current_exception();
    }
    reportAndEnd(std::move(thrown));
  }
  void taskHasGone() noexcept { delete this; }

 private:
  /// While the listener runs, the call has what the event had.
  class Lent {
   public:
    Lent(ListenerCall& to, Event& from) : call_(to), event_(from) {
      event_.responder_.reserve(requester());  // the rest cannot fail
      call_.responder_.takeOver(event_.responder_);
      call_.event_.ports = std::move(event_.ports);
    }
    ~Lent() {
      if (isKept_) return;
      event_.responder_.takeOver(call_.responder_);
      event_.ports = std::move(call_.event_.ports);
    }
    Lent(Lent const&) = delete;
    Lent& operator=(Lent const&) = delete;

    /// The Task goes on with it; other listeners may answer, too.
    void keep() {
      call_.responder_.share(requester(), TaskAccess::suspension(*call_.task_));
      event_.responder_.join(call_.responder_);
      isKept_ = true;
    }

   private:
    EndpointCore* requester() const noexcept { return PeerAccess::core(event_.sender); }

    ListenerCall& call_;
    Event& event_;
    bool isKept_ = false;
  };

  template <class T>
  static decltype(auto) copyOrMove(T& argument) noexcept {
    using Own = std::remove_const_t<T>;
    static_assert(std::is_copy_constructible_v<Own> || !std::is_const_v<T>,
                  "tincan: a listener that returns a Task keeps its arguments: take by T& what "
                  "cannot be copied, it is moved out of the message.");
    if constexpr (std::is_copy_constructible_v<Own>) return std::as_const(argument);
    else return std::move(argument);
  }

  template <class... P>
  auto callFunction(TypeList<P...>) {
    return std::apply(
        [this](auto&... held) {
          if constexpr (Parameters::takesEvent) {
            return (*function_)(event_, static_cast<Passed<Access::Own, P>>(held)...);
          } else {
            return (*function_)(static_cast<Passed<Access::Own, P>>(held)...);
          }
        },
        *arguments_);
  }

  void reportAndEnd(std::exception_ptr thrown) noexcept {
    std::unique_ptr<ListenerCall> const end(this);
    responder_.isTaskOver();
    this->task_.reset();
    if (thrown != nullptr) report(std::move(thrown));
  }
  void report(std::exception_ptr thrown) noexcept {
    if (!endpoint_->isClosed() || !isClosedError(thrown)) {
      endpoint_->bus->reportError(name_->view(), sender_.name(), endpoint_->name, thrown);
    }
    responder_.fail(std::move(thrown));
  }

  std::shared_ptr<F> const function_;
  std::shared_ptr<EndpointCore> const endpoint_;
  Peer const sender_;
  std::unique_ptr<NameRecord const, DeleteRecord> const name_;
  Responder responder_;
  Event event_;
  std::optional<typename Held::Tuple> arguments_;
};

template <class F>
class ListenerOf final : public ListenerNode {
 public:
  explicit ListenerOf(F&& function)
      : ListenerNode(exactOps(Arguments{})), function_(own(std::move(function))) {}
  explicit ListenerOf(F const& function)
      : ListenerNode(exactOps(Arguments{})), function_(own(F(function))) {}

  bool call(Event& event, ArgumentsView const& arguments) override {
    auto const before = [this] {
      if (isOnce) [[unlikely]]
        entry->table->disarm(*this);
    };
    return callWith<Access::Look>(Arguments{}, arguments, before, caller(event));
  }

  void callExactly(Event& event, void* at) override {
    callWithExact<Access::Look>(Arguments{}, at, caller(event));
  }

  std::string parameters() const override { return describeParameters(Arguments{}); }

 private:
  using Signature = SignatureOf<F>;
  using Parameters = EventParameters<typename Signature::Parameters, Event>;
  using Arguments = typename Parameters::Arguments;
  static constexpr bool isLong = IsTask<typename Signature::Result>;
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

}  // namespace tincan::inline v0::detail
