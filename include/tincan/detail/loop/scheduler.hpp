// tincan/detail/loop/scheduler.hpp - an endpoint as a scheduler of std::execution
#pragma once

#include <version>
#if __has_include(<stdexec/execution.hpp>)
#include <stdexec/execution.hpp>
#elif defined(__cpp_lib_senders)
#include <execution>
#else
#error "tincan/loop/execution.hpp needs std::execution, or stdexec in the include path"
#endif

#include <exception>
#include <utility>

#include <tincan/endpoint.hpp>
#include <tincan/error.hpp>
#include <tincan/peer.hpp>

namespace tincan::inline abi0::loop {

namespace detail {
#if __has_include(<stdexec/execution.hpp>)
namespace execution = ::stdexec;
#else
namespace execution = ::std::execution;
#endif

/// What a function that waits in an endpoint owes to an operation: a call of arrive(), or, when it ends uncalled, of
/// isDropped().
template <class Operation>
class Debt {
 public:
  explicit Debt(Operation* to) noexcept : to_(to) {}
  Debt(Debt&& other) noexcept : to_(std::exchange(other.to_, nullptr)) {}
  Debt(Debt const&) = delete;
  Debt& operator=(Debt const&) = delete;
  ~Debt() {
    if (to_ != nullptr) to_->isDropped();
  }
  template <class... What>
  void operator()(What... what) noexcept {
    std::exchange(to_, nullptr)->arrive(std::move(what)...);
  }

 private:
  Operation* to_;
};

/// Has the operation arrive on that endpoint's thread. It may have ended when this returns.
template <class Operation>
void arriveAt(Peer const peer, Operation& operation) noexcept {
  try {
    static_cast<void>(peer.post(Debt<Operation>(&operation)));
  } catch (...) {
    // There is no memory, and the debt has been paid.
  }
}

inline std::exception_ptr closed(char const* what) {
  return std::make_exception_ptr(Error(Errc::Closed, {}, what));
}

class ScheduleSender;
}  // namespace detail

/// Begins work on the thread of an endpoint, inside its poll, in the order of its messages, as Peer::post() does.
/// stdexec::schedule(scheduler) sends nothing, on that thread; stopped, if that was asked for until then; or an Error
/// with Closed, on the thread that started it or ends the endpoint. Keeps no endpoint open.
///
///   Threads   Any.
class Scheduler {
 public:
  using scheduler_concept = detail::execution::scheduler_t;

  explicit Scheduler(Peer peer) noexcept : peer_(std::move(peer)) {}
  explicit Scheduler(Endpoint const& endpoint) : peer_(endpoint.peer()) {}

  /// The endpoint.
  Peer const& peer() const noexcept { return peer_; }
  detail::ScheduleSender schedule() const noexcept;
  friend bool operator==(Scheduler const& a, Scheduler const& b) noexcept {
    return a.peer_ == b.peer_;
  }

 private:
  Peer peer_;
};

namespace detail {

/// Says where an operation ends.
struct EndsAt {
  Scheduler scheduler;

  template <class Tag>
  Scheduler query(execution::get_completion_scheduler_t<Tag>) const noexcept {
    return scheduler;
  }
};

class ScheduleSender {
 public:
  using sender_concept = execution::sender_t;
  using completion_signatures =
      execution::completion_signatures<execution::set_value_t(), execution::set_stopped_t(),
                                       execution::set_error_t(std::exception_ptr)>;

  explicit ScheduleSender(Scheduler on) noexcept : on_(std::move(on)) {}

  EndsAt get_env() const noexcept { return {on_}; }

  template <class Receiver>
  class Operation {
   public:
    using operation_state_concept = execution::operation_state_t;

    Operation(Scheduler on, Receiver receiver)
        : on_(std::move(on)), receiver_(std::move(receiver)) {}
    Operation(Operation const&) = delete;
    Operation& operator=(Operation const&) = delete;

    void start() noexcept { detail::arriveAt(on_.peer(), *this); }
    void arrive() noexcept {
      if (execution::get_stop_token(execution::get_env(receiver_)).stop_requested()) {
        return execution::set_stopped(std::move(receiver_));
      }
      execution::set_value(std::move(receiver_));
    }
    void isDropped() noexcept {
      execution::set_error(
          std::move(receiver_),
          closed("the endpoint on which work was to begin has closed, or there was no memory"));
    }

   private:
    Scheduler on_;
    Receiver receiver_;
  };
  template <class Receiver>
  Operation<Receiver> connect(Receiver receiver) const {
    return {on_, std::move(receiver)};
  }

 private:
  Scheduler on_;
};

}  // namespace detail

inline detail::ScheduleSender Scheduler::schedule() const noexcept {
  return detail::ScheduleSender(*this);
}

}  // namespace tincan::inline abi0::loop
