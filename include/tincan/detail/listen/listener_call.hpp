// tincan/detail/listen/listener_call.hpp - one call of a listener that returns a Task
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/listen/event_parameters.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/request/responder.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// One call of a listener that returns a Task, with all that the Task uses: the function, the arguments
/// and the event are its own.
///
///   Threads   The endpoint's.
///   Lifetime  Ends with the Task.
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

  /// Gives the call arguments of its own: copies, since other listeners see the message's arguments as
  /// well. What cannot be copied is moved out of the message.
  template <class... A>
  void hold(A&&... arguments) {
    arguments_.emplace(copyOrMove(arguments)...);
  }

  /// Calls the listener. What it throws before it has had to wait leaves here; afterwards it goes to
  /// onError, and to the requester.
  static void begin(Owned<ListenerCall> call, Event& event) {
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
  /// While the listener runs, gives the call the responder and the ports that the message's event has.
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

    /// Leaves them with the call, whose Task goes on; other listeners may answer, too.
    void keep() {
      call_.responder_.handOn(requester(), TaskAccess::suspension(*call_.task_));
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
    Owned<ListenerCall> const end(this);
    responder_.noteTaskOver();
    this->task_.reset();
    if (thrown != nullptr) report(std::move(thrown));
  }
  void report(std::exception_ptr thrown) noexcept {
    if (!endpoint_->isClosed() || !isError(thrown, Errc::Closed)) {
      endpoint_->bus->reportError(name_->view(), sender_.name(), endpoint_->name, thrown);
    }
    responder_.fail(std::move(thrown));
  }

  std::shared_ptr<F> const function_;
  std::shared_ptr<EndpointCore> const endpoint_;
  Peer const sender_;
  Owned<NameRecord const, DeleteRecord> const name_;
  TaskResponder responder_;
  Event event_;
  std::optional<typename Held::Tuple> arguments_;
};

}  // namespace tincan::inline abi0::detail
