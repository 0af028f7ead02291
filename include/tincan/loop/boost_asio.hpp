// tincan/loop/boost_asio.hpp - an endpoint in a loop of Boost.Asio
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#if __has_include(<boost/asio/associated_cancellation_slot.hpp>)  // since Boost 1.77
#include <boost/asio/associated_cancellation_slot.hpp>
#endif

#include <concepts>
#include <utility>

#include <tincan/detail/loop/asio_tie.hpp>
#include <tincan/endpoint.hpp>

namespace tincan::inline abi0 {

namespace detail {

/// What AsioTie uses of Boost.Asio, under the names of StandaloneAsio.
struct BoostAsioNames {
  using Executor = ::boost::asio::any_io_executor;
  using Timer = ::boost::asio::steady_timer;
  using ErrorCode = ::boost::system::error_code;
  using WorkGuard = ::boost::asio::executor_work_guard<Executor>;
  template <class Handler>
  using ExecutorOf = typename ::boost::asio::associated_executor<Handler, Executor>::type;
  template <class Handler>
  using WorkGuardOf = ::boost::asio::executor_work_guard<ExecutorOf<Handler>>;

  template <class On, class F>
  static void post(On const& executor, F&& function) {
    ::boost::asio::post(executor, std::forward<F>(function));
  }
  template <class Handler>
  static ExecutorOf<Handler> executorOf(Handler const& handler, Executor const& otherwise) {
    return ::boost::asio::get_associated_executor(handler, otherwise);
  }
  template <class Token, class Signature, class Start, class... A>
  static auto initiate(Start&& start, Token& token, A&&... arguments) {
    return ::boost::asio::async_initiate<Token, Signature>(std::forward<Start>(start), token,
                                                           std::forward<A>(arguments)...);
  }
  template <class Handler, class F>
  static void onCancel([[maybe_unused]] Handler const& handler, [[maybe_unused]] F&& cancel) {
#if __has_include(<boost/asio/associated_cancellation_slot.hpp>)
    auto slot = ::boost::asio::get_associated_cancellation_slot(handler);
    if (!slot.is_connected()) return;
    slot.assign(
        [function = std::forward<F>(cancel)](::boost::asio::cancellation_type) { function(); });
#endif
  }
};

}  // namespace detail

namespace loop {

/// Ties an endpoint to an io_context, or another executor, of Boost.Asio, as loop::Asio to one of standalone asio.
class BoostAsio : public detail::AsioTie<detail::BoostAsioNames> {
 public:
  /// Ties the endpoint to an executor, such as a strand of an io_context that the endpoint's thread runs.
  BoostAsio(Endpoint& endpoint, ::boost::asio::any_io_executor executor)
      : AsioTie(endpoint, std::move(executor)) {}
  /// Ties the endpoint to an io_context that its thread runs, and that outlives this.
  template <std::derived_from<::boost::asio::execution_context> Context>
  BoostAsio(Endpoint& endpoint, Context& context) : AsioTie(endpoint, context.get_executor()) {}
};

}  // namespace loop
}  // namespace tincan::inline abi0
