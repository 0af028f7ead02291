// tincan/loop/asio.hpp - an endpoint in a loop of standalone asio
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/error_code.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#if __has_include(<asio/associated_cancellation_slot.hpp>)  // since asio 1.19
#include <asio/associated_cancellation_slot.hpp>
#endif

#include <concepts>
#include <utility>

#include <tincan/detail/loop/asio_tie.hpp>
#include <tincan/endpoint.hpp>

namespace tincan::inline abi0 {

namespace detail {

/// What AsioTie uses of standalone asio.
struct StandaloneAsio {
  using Executor = ::asio::any_io_executor;
  using Timer = ::asio::steady_timer;
  using ErrorCode = ::asio::error_code;
  using WorkGuard = ::asio::executor_work_guard<Executor>;
  template <class Handler>
  using ExecutorOf = typename ::asio::associated_executor<Handler, Executor>::type;
  template <class Handler>
  using WorkGuardOf = ::asio::executor_work_guard<ExecutorOf<Handler>>;

  template <class On, class F>
  static void post(On const& executor, F&& function) {
    ::asio::post(executor, std::forward<F>(function));
  }
  template <class Handler>
  static ExecutorOf<Handler> executorOf(Handler const& handler, Executor const& otherwise) {
    return ::asio::get_associated_executor(handler, otherwise);
  }
  template <class Token, class Signature, class Start, class... A>
  static auto initiate(Start&& start, Token& token, A&&... arguments) {
    return ::asio::async_initiate<Token, Signature>(std::forward<Start>(start), token,
                                                    std::forward<A>(arguments)...);
  }
  template <class Handler, class F>
  static void onCancel([[maybe_unused]] Handler const& handler, [[maybe_unused]] F&& cancel) {
#if __has_include(<asio/associated_cancellation_slot.hpp>)
    auto slot = ::asio::get_associated_cancellation_slot(handler);
    if (!slot.is_connected()) return;
    slot.assign([function = std::forward<F>(cancel)](::asio::cancellation_type) { function(); });
#endif
  }
};

}  // namespace detail

namespace loop {

/// Ties an endpoint to an io_context, or any other executor of asio that calls its functions on the endpoint's
/// thread. run() of the io_context does not return before the endpoint is closed, or this has ended.
/// asyncGet() gives answers to whatever asio knows as a completion token. (For Boost.Asio: loop::BoostAsio.)
///
///   Threads   Made, used and ended on the endpoint's thread, which runs the io_context.
///   Order     As poll() of the endpoint. After a hundred messages, what else waits in the io_context has its turn.
///   Lifetime  Ends before the io_context. The endpoint has one tie at a time, and is not moved meanwhile. It, or
///             its bus, may be closed or end before. A listener may end this. An answer that is waited for then
///             still comes.
///   Errors    WrongThread, Closed.
class Asio : public detail::AsioTie<detail::StandaloneAsio> {
 public:
  /// Ties the endpoint to an executor, such as a strand of an io_context that the endpoint's thread runs.
  Asio(Endpoint& endpoint, ::asio::any_io_executor executor)
      : AsioTie(endpoint, std::move(executor)) {}
  /// Ties the endpoint to an io_context that its thread runs, and that outlives this.
  template <std::derived_from<::asio::execution_context> Context>
  Asio(Endpoint& endpoint, Context& context) : AsioTie(endpoint, context.get_executor()) {}
};

}  // namespace loop
}  // namespace tincan::inline abi0
