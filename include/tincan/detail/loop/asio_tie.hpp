// tincan/detail/loop/asio_tie.hpp - an endpoint in a loop of asio, be it the standalone one or Boost's
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/shares_itself.hpp>
#include <tincan/detail/loop/loop_tie.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/error.hpp>
#include <tincan/future.hpp>
#include <tincan/pending.hpp>

namespace tincan::inline abi0::detail {

/// How a function is called that is given an answer.
template <class R>
struct AnswerHandler {
  using Signature = void(std::exception_ptr, R);
};
template <>
struct AnswerHandler<void> {
  using Signature = void(std::exception_ptr);
};

/// Ties an endpoint to an executor of asio. See loop::Asio. `Net` names what is taken from asio.
template <class Net>
class AsioTie {
 public:
  /// The type of asio that stands for any executor.
  using Executor = typename Net::Executor;

  AsioTie(Endpoint& endpoint, Executor executor)
      : loop_(std::make_shared<Loop>(std::move(executor))) {
    loop_->begin(endpoint);
  }
  AsioTie(AsioTie const&) = delete;
  AsioTie& operator=(AsioTie const&) = delete;
  ~AsioTie() { loop_->end(); }

  /// Has the loop woken when the next timer is due. To be called where a timer was made outside of the
  /// endpoint's listeners; it costs little.
  void update() { loop_->update(); }

  /// Waits for the answer as asio's own operations wait, by a completion token: a function
  /// (std::exception_ptr, R), or (std::exception_ptr) if R is void; asio::use_future; asio::use_awaitable;
  /// ... It completes by a post to the token's executor, else to the tie's, never inside of this call. What
  /// get() of the future throws is the exception. If the operation is cancelled (with asio 1.19 or newer), so
  /// is the request, and the exception is an Error Cancelled.
  template <class R, class Token>
  auto asyncGet(Future<R> future, Token&& token) {
    static_assert(
        std::is_void_v<R> || std::is_default_constructible_v<R>,
        "tincan: asyncGet() needs a value for the case of an error: an answer of a type that "
        "can be default-constructed.");
    return Net::template initiate<Token, typename AnswerHandler<R>::Signature>(
        [loop = loop_](auto handler, Future<R> asked) {
          Operation<R, decltype(handler)>::start(*loop, std::move(handler), std::move(asked));
        },
        token, std::move(future));
  }

 private:
  /// Held by the tie and, for the time of a call, by what the executor calls.
  struct Loop : SharesItself<Loop> {
    explicit Loop(Executor on) : executor(on), alarm(on), work(on) {}

    void begin(Endpoint& endpoint) {
      tie.emplace(endpoint, [weak = this->weak_from_this(), on = executor] {
        Net::post(on, [weak] {
          if (auto const loop = weak.lock()) loop->ready();
        });
      });
      update();
    }
    void end() {
      tie.reset();
      update();
    }
    void ready() {
      if (tie && tie->poll()) update();
    }
    void update() {
      if (!tie || !tie->isOpen()) work.reset();
      auto const deadline = tie ? tie->nextDeadline() : std::nullopt;
      if (deadline == armed) return;
      armed = deadline;
      if (!deadline) {
        alarm.cancel();
        return;
      }
      alarm.expires_at(*deadline);
      alarm.async_wait([weak = this->weak_from_this()](typename Net::ErrorCode const& failure) {
        if (failure) return;
        if (auto const loop = weak.lock()) loop->due();
      });
    }
    void due() {
      armed.reset();
      ready();
    }

    Executor const executor;
    typename Net::Timer alarm;
    std::optional<LoopTie::TimePoint> armed{};
    typename Net::WorkGuard work;
    std::optional<LoopTie> tie{};
  };

  /// What waits for one answer. Completes once: with the answer, or because it was cancelled.
  template <class R, class Handler>
  class Operation : public SharesItself<Operation<R, Handler>> {
   public:
    Operation(Handler handler, Executor const& fallback)
        : executor_(Net::executorOf(handler, fallback)),
          work_(executor_),
          handler_(std::move(handler)) {}

    static void start(Loop& loop, Handler handler, Future<R> future) {
      auto const self = std::make_shared<Operation>(std::move(handler), loop.executor);
      try {
        if (!loop.tie || loop.tie->isGone()) {
          throw Error(Errc::Closed, {}, "the endpoint of this loop has ended");
        }
        Net::onCancel(self->handler_, [weak = self->weak_from_this()] {
          if (auto const operation = weak.lock()) operation->cancel();
        });
        self->pending_ = future.then(loop.tie->endpoint(),
                                     [self](Future<R> answer) { self->finish(std::move(answer)); });
        loop.update();  // it may have a deadline
      } catch (...) {
        self->fail(std::current_exception());
      }
    }

   private:
    void finish(Future<R> answer) {
      std::exception_ptr failure;
      try {
        if constexpr (std::is_void_v<R>) {
          answer.get();
          return complete(nullptr);
        } else {
          std::optional<R> value(answer.get());
          return complete(nullptr, std::move(*value));
        }
      } catch (...) {
        failure = std::current_exception();
      }
      fail(std::move(failure));
    }
    void cancel() {
      pending_.cancel();
      fail(std::make_exception_ptr(
          Error(Errc::Cancelled, {}, "the operation that waited for the answer was cancelled")));
    }
    void fail(std::exception_ptr failure) {
      if constexpr (std::is_void_v<R>) complete(std::move(failure));
      else complete(std::move(failure), R{});
    }
    template <class... Answer>
    void complete(std::exception_ptr failure, Answer... answer) {
      if (isOver_) return;
      isOver_ = true;
      Net::post(executor_, [handler = std::move(handler_), failed = std::move(failure),
                            ... answers = std::move(answer)]() mutable {
        std::move(handler)(std::move(failed), std::move(answers)...);
      });
      work_.reset();
    }

    typename Net::template ExecutorOf<Handler> const executor_;
    typename Net::template WorkGuardOf<Handler> work_;
    Handler handler_;
    Pending pending_;
    bool isOver_ = false;
  };

  std::shared_ptr<Loop> const loop_;
};

}  // namespace tincan::inline abi0::detail
