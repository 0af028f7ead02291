// tincan/detail/send/peer_functions.hpp - has another endpoint run a function
#pragma once

#include <exception>
#include <memory>
#include <new>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/api/listener.hpp>
#include <tincan/detail/api/method.hpp>
#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/called_result.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/dispatch/close_watch.hpp>
#include <tincan/detail/send/call_lane.hpp>
#include <tincan/detail/send/called_function.hpp>
#include <tincan/detail/send/post.hpp>
#include <tincan/detail/send/posted_task.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0 {
namespace detail {

/// Posts a function by a route. Throws what moving the function throws, and std::bad_alloc.
template <class F>
SendResult postBy(Route const& route, F&& function) {
  if (route.to == nullptr) return SendResult::Closed;
  auto const to = route.to->shared_from_this();  // moving the function may end the last handle
  route.sender.core().laneTo(*to);  // or it may end the sender, which then gets no lane any more
  auto task = Owned<PostedTask<F>>::make(std::move(function));
  return pushTask(route.sender.core(), *to, std::move(task)) ? SendResult::Queued
                                                             : SendResult::Closed;
}

/// Calls a function by what findRoute() returns. What moving the function throws, leaves; the future tells when there
/// is no memory.
template <class R, class FindRoute, class F>
Future<R> callBy(FindRoute&& findRoute, F&& function) {
  try {
    Route const route = findRoute();
    CallLane const lane(route);
    if (!lane.isOpen()) return FutureAccess::make<R>(lane.refusal());
    return FutureAccess::make<R>(
        lane.call(Owned<CalledFunction<F>>::make(*route.to, std::move(function))));
  } catch (std::bad_alloc const&) {
    return FutureAccess::make<R>(AnyFuture(std::current_exception()));
  }
}

}  // namespace detail

template <class F>
SendResult Peer::post(F function) const {
  detail::refuseNull(function, "post");
  if constexpr (detail::refuseParameters<F>()) {
    return detail::postBy(route("post"), std::move(function));
  }
}

template <class F>
Future<detail::CalledResult<F>> Peer::call(F function) const {
  detail::refuseNull(function, "call");
  if constexpr (detail::refuseParameters<F>()) {
    return detail::callBy<detail::CalledResult<F>>([this] { return route("call"); },
                                                   std::move(function));
  }
}

template <class F>
Listener Peer::onClose(F function) const {
  detail::refuseNull(function, "onClose");
  if constexpr (detail::refuseParameters<F>()) {
    auto const other = core_;
    auto const own = detail::watcherHere(from_).shared_from_this();
    detail::TaskPtr task(detail::Owned<detail::PostedTask<F>>::make(std::move(function)));
    own->checkOpen("onClose");  // moving the function may have ended it
    auto const watch = std::make_shared<detail::CloseWatch>(*own, other.get(), std::move(task));
    detail::CloseWatch::begin(watch, other.get());
    return Listener(own, watch);
  }
}

template <class O, class M>
SendResult Peer::post(O&& object, M method) const {
  return post(detail::bindMethod(static_cast<O&&>(object), method, "post"));
}

template <class O, class M>
Future<detail::MethodResult<M>> Peer::call(O&& object, M method) const {
  return call(detail::bindMethod(static_cast<O&&>(object), method, "call"));
}

template <class O, class M>
Listener Peer::onClose(O&& object, M method) const {
  return onClose(detail::bindMethod(static_cast<O&&>(object), method, "onClose"));
}

}  // namespace tincan::inline abi0
