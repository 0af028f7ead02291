// tincan/detail/loop/answer_sender.hpp - an answer as a sender of std::execution
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/loop/scheduler.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/future.hpp>
#include <tincan/peer.hpp>
#include <tincan/pending.hpp>

namespace tincan::inline abi0::loop::detail {

template <class R>
class AnswerSender {
 public:
  using sender_concept = execution::sender_t;
  template <class T>
  struct ValueOf {
    using type = execution::set_value_t(T);
  };
  using completion_signatures = execution::completion_signatures<
      typename std::conditional_t<std::is_void_v<R>, std::type_identity<execution::set_value_t()>,
                                  ValueOf<R>>::type,
      execution::set_stopped_t(), execution::set_error_t(std::exception_ptr)>;

  AnswerSender(Endpoint& at, Future<R> future)
      : at_(&at), scheduler_(at), future_(std::move(future)) {}

  EndsAt get_env() const noexcept { return {scheduler_}; }

  template <class Receiver>
  class Operation {
   public:
    using operation_state_concept = execution::operation_state_t;

    Operation(Endpoint* at, Scheduler const& on, Future<R> future, Receiver receiver)
        : at_(at), peer_(on.peer()), future_(std::move(future)), receiver_(std::move(receiver)) {}
    Operation(Operation const&) = delete;
    Operation& operator=(Operation const&) = delete;

    void start() noexcept { detail::arriveAt(peer_, *this); }

    /// On the endpoint's thread: begins to wait.
    void arrive() noexcept {
      auto token = execution::get_stop_token(execution::get_env(receiver_));
      isWaiting_ = isBeginning_ = true;
      try {
        pending_ = future_->then(*at_, Debt<Operation>(this));
        stop_.emplace(std::move(token), Stop{pending_});
      } catch (...) {
        pending_.cancel();
        failure_ = std::current_exception();
        isOver_ = true;
      }
      isBeginning_ = false;
      if (isOver_) end();
    }
    /// There, too: the answer has come.
    void arrive(Future<R> answer) noexcept {
      stop_.reset();
      try {
        if constexpr (std::is_void_v<R>) {
          answer.get();
          execution::set_value(std::move(receiver_));
        } else {
          R value = answer.get();
          execution::set_value(std::move(receiver_), std::move(value));
        }
      } catch (...) {
        execution::set_error(std::move(receiver_), std::current_exception());
      }
    }
    /// There, too: the request is withdrawn. Before it waits: wherever the endpoint has closed.
    void isDropped() noexcept {
      if (!isWaiting_) {
        failure_ = closed(
            "the endpoint that was to wait for an answer has closed, or there was no memory");
      }
      isOver_ = true;
      if (!isBeginning_) end();
    }

   private:
    struct Stop {
      Pending pending;
      void operator()() const noexcept {
        Pending const held = pending;  // the operation may end inside
        held.cancel();
      }
    };

    void end() noexcept {
      stop_.reset();
      if (failure_) return execution::set_error(std::move(receiver_), std::move(failure_));
      execution::set_stopped(std::move(receiver_));
    }

    Endpoint* const at_;
    Peer const peer_;
    std::optional<Future<R>> future_;
    Receiver receiver_;
    Pending pending_{};
    using Token = execution::stop_token_of_t<execution::env_of_t<Receiver>>;
    std::optional<execution::stop_callback_for_t<Token, Stop>> stop_{};
    std::exception_ptr failure_{};
    bool isWaiting_ = false, isBeginning_ = false, isOver_ = false;
  };
  template <class Receiver>
  Operation<Receiver> connect(Receiver receiver) && {
    return {at_, scheduler_, std::move(future_), std::move(receiver)};
  }

 private:
  Endpoint* at_;
  Scheduler scheduler_;
  Future<R> future_;
};

}  // namespace tincan::inline abi0::loop::detail
