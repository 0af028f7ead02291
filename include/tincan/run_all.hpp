// tincan/run_all.hpp - runs several endpoints of one thread
#pragma once

#include <concepts>
#include <memory>

#include <tincan/detail/dispatch/run_all.hpp>
#include <tincan/endpoint.hpp>

namespace tincan::inline abi0 {

namespace detail {

/// Hands over the endpoints that a thread runs.
struct EndpointsOfThread {
  template <class... E>
  static void run(E&... endpoints) {
    std::shared_ptr<EndpointCore> const all[] = {static_cast<Endpoint&>(endpoints).checked()...};
    detail::runAll(all, sizeof...(E));
  }
};

}  // namespace detail

/// Runs several endpoints of the calling thread, of one bus or of several: polls one after another in this
/// order, so that the first one goes first, and sleeps while all of them are empty. Ends when one of them is
/// told to quit, which is over then, or all are closed. What was queued at each of them before the quit is
/// handled.
///
///   Threads   The one that polls all of them from now on.
///   Errors    WrongThread, if one of them is another thread's.
template <std::derived_from<Endpoint>... E>
requires(sizeof...(E) > 0) void runAll(E&... endpoints) {
  detail::EndpointsOfThread::run(endpoints...);
}

}  // namespace tincan::inline abi0
