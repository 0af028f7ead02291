// tincan/detail/listen/endpoint_verbs.hpp - the verbs for looking at messages that Endpoint has and Scope has not
#pragma once

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/api/listener.hpp>
#include <tincan/detail/api/method.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/dispatch/call_any.hpp>
#include <tincan/detail/dispatch/kept_messages.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/listen/any_listener.hpp>
#include <tincan/detail/listen/registering_at.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/node_memory.hpp>

namespace tincan::inline abi0::detail {

/// Verbs of an endpoint. `Self` says where something is registered: Self::registeringAt(verb, whether it must be
/// open).
///
///   Threads   The endpoint's; before its first poll any one thread at a time.
///   Errors    Closed, WrongThread; std::invalid_argument for a null function.
template <class Self>
class EndpointVerbs {
 public:
  /// Calls listener(Event&, Arguments const&) for every message and call that comes from now on, before its own
  /// listeners or handler. It only looks: what nobody else takes is still NoListener, and what it answers is ignored.
  /// It does not see what is Denied. removeAllListeners() takes it, removeAllListeners(channel) does not.
  template <class F>
  Listener onAny(F listener) {
    detail::refuseNull(listener, "onAny");
    return addAny(AnyListenerOf<F>::ops, &listener);
  }
  /// Calls a method of an object, as onAny().
  template <class O, IsMethod M>
  Listener onAny(O&& object, M method) {
    return onAny(detail::bindMethod(static_cast<O&&>(object), method, "onAny"));
  }

  /// Calls a method of an object, as after(); if that is given by a shared_ptr or weak_ptr, only if it lives then.
  template <class O, IsMethod M>
  auto after(std::chrono::nanoseconds delay, O&& object, M method) {
    return self().after(delay, detail::bindMethod(static_cast<O&&>(object), method, "after"));
  }
  /// Calls a method of an object, as every(); if that is given by a shared_ptr or weak_ptr, the timer ends with it.
  template <class O, IsMethod M>
  auto every(std::chrono::nanoseconds period, O&& object, M method) {
    auto bound = detail::bindMethod(static_cast<O&&>(object), method, "every");
    if constexpr (HasObject<BoundMethod<O, M>>) return everyWhileItLives(period, std::move(bound));
    else return self().every(period, std::move(bound));
  }

  /// Keeps the last message of the channel, from now on, for listeners that are added later: each of them gets it
  /// once, at the next poll; not as a message, so it is not counted, not seen by onAny(), and needs no answer. A
  /// listener of a Scope gets the last one of its sender. What nobody listens for is kept, too, and still a dead
  /// letter. Ports are not kept; and what a listener moves out of its T& is gone.
  void keepLast(ChannelName channel) {
    RegisteringAt const at = registeringAt("keepLast");
    ChannelEntry& entry = at.table->findOrAdd(channel);
    if (entry.kept == nullptr) entry.kept = Owned<KeptMessages>::make();
    entry.changed();
    at.core->keepsSome = true;
  }

 protected:
  ~EndpointVerbs() = default;
  EndpointVerbs() = default;
  EndpointVerbs(EndpointVerbs const&) = default;
  EndpointVerbs& operator=(EndpointVerbs const&) = default;

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }

  template <class Bound>
  auto everyWhileItLives(std::chrono::nanoseconds period, Bound bound) {
    using Token = decltype(self().every(period, bound));
    auto const timer = std::make_shared<Token>();
    auto const set = [&](auto function) {
      return *timer = self().every(period, std::move(function));
    };
    if constexpr (IsTask<std::invoke_result_t<Bound&>>) {
      return set([timer, bound]() mutable -> Task<> {
        if (auto const held = bound.object(); held != nullptr) co_await bound();
        else timer->cancel();
      });
    } else {
      return set([timer, bound]() mutable {
        if (auto const held = bound.object(); held != nullptr) bound();
        else timer->cancel();
      });
    }
  }

  RegisteringAt registeringAt(std::string_view verb) const {
    return static_cast<Self const&>(*this).registeringAt(verb, true);
  }

  Listener addAny(ListenerOps const& ops, void* listener) {
    RegisteringAt const before = registeringAt("onAny");
    auto const node = detail::makeNode<ListenerNode>(ops, listener);
    before.core->checkOpen("onAny");  // moving the function may have ended it
    RegisteringAt const at = registeringAt("onAny");
    EndpointCore& core = *at.core;
    if (core.anyTable == nullptr) {
      core.anyTable = Owned<ListenerTable>::make(core.tableVersion);
      ++core.tableVersion;  // nothing goes the plain way from now on
    }
    core.anyTable->add(AnyChannel, node);
    return Listener(at.core, node);
  }
};

}  // namespace tincan::inline abi0::detail
