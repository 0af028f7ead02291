// tincan/detail/registering.hpp - the ways to listen and to handle
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/dispatch/kept_messages.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/listen/handler.hpp>
#include <tincan/detail/listen/method_verbs.hpp>
#include <tincan/detail/listen/readable.hpp>
#include <tincan/detail/listen/registering_at.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/listener.hpp>

namespace tincan::inline abi0::detail {

/// The verbs for listening and handling, which Endpoint and Scope share. `Self` says where something is
/// registered: Self::registeringAt(verb, whether it must be open).
///
///   Threads   The endpoint's; before its first poll any one thread at a time.
///   Errors    Closed, WrongThread; std::invalid_argument for a null function.
template <class Self>
class Registering : public MethodVerbs<Registering<Self>> {
 public:
  // With a method for a function, too.
  using MethodVerbs<Registering>::on;
  using MethodVerbs<Registering>::addListener;
  using MethodVerbs<Registering>::once;
  using MethodVerbs<Registering>::handle;
  using MethodVerbs<Registering>::handleOnce;

  /// Calls `listener` for each message on the channel, after those that are there already. It is
  /// any callable (Event&, Args...) or (Args...); Args are T, T const&, or T& (the message's own
  /// copy, to move from); it may take fewer than were sent, and std::optional<T> for one that was
  /// not sent.
  template <class F>
  Listener on(ChannelName channel, F listener) {
    return addListenerOf(channel, listener, On);
  }
  template <FunctionType S, class F>
  Listener on(Channel<S> const& channel, F listener) {
    return addTyped<S>(channel, listener, On);
  }
  template <class F>
  Listener on(TypedChannel const&, F) = delete;  // with F spelled out: see TypedChannel
  /// Registers a listener, as on().
  template <class F>
  Listener addListener(ChannelName channel, F listener) {
    return addListenerOf(channel, listener, AddListener);
  }
  template <FunctionType S, class F>
  Listener addListener(Channel<S> const& channel, F listener) {
    return addTyped<S>(channel, listener, AddListener);
  }
  template <class F>
  Listener addListener(TypedChannel const&, F) = delete;  // with F spelled out: see TypedChannel
  /// Registers a listener for one message only, as on(): it is removed before it is called.
  template <class F>
  Listener once(ChannelName channel, F listener) {
    return addListenerOf(channel, listener, Once);
  }
  template <FunctionType S, class F>
  Listener once(Channel<S> const& channel, F listener) {
    return addTyped<S>(channel, listener, Once);
  }
  template <class F>
  Listener once(TypedChannel const&, F) = delete;  // with F spelled out: see TypedChannel

  /// Ends a registration, of a listener or a handler; true if it was there, and here.
  bool off(Listener const& listener) { return endOne(listener, "off"); }
  /// Ends a registration, as off().
  bool removeListener(Listener const& listener) { return endOne(listener, "removeListener"); }

  /// Ends all listeners of the channel. Its handler stays.
  void removeAllListeners(ChannelName channel) {
    RegisteringAt const at = self().registeringAt("removeAllListeners", false);
    if (auto* const entry = at.find(channel)) entry->table->removeAll(*entry);
  }
  /// Ends all listeners of all channels. Handlers stay.
  void removeAllListeners() {
    RegisteringAt const at = self().registeringAt("removeAllListeners", false);
    if (at.table != nullptr) at.table->removeAll();
    if (at.table == &at.core->table && at.core->anyTable != nullptr) at.core->anyTable->removeAll();
  }

  /// Returns how many listeners the channel has.
  std::size_t listenerCount(ChannelName channel) const {
    auto const* const entry = self().registeringAt("listenerCount", false).find(channel);
    return entry == nullptr ? 0 : entry->count();
  }
  /// Returns the channels that have listeners, in no order.
  std::vector<std::string> channels() const {
    RegisteringAt const at = self().registeringAt("channels", false);
    return at.table == nullptr ? std::vector<std::string>() : at.table->channels();
  }

  /// Answers each invoke() on the channel with what `handler` returns, which may be nothing, or a
  /// Task of the answer. It is any callable (InvokeEvent&, Args...) or (Args...), and owns its
  /// arguments: T&& and move-only values work. What it throws, the requester gets. Independent of
  /// the listeners of the channel. Throws DuplicateHandler if the channel has a handler.
  template <class F>
  Listener handle(ChannelName channel, F handler) {
    return addHandlerOf<AsReturned>(channel, handler, Handle);
  }
  template <FunctionType S, class F>
  Listener handle(Channel<S> const& channel, F handler) {
    return addTypedHandler<S>(channel, handler, Handle);
  }
  template <class F>
  Listener handle(TypedChannel const&, F) = delete;  // with F spelled out: see TypedChannel
  /// Registers a handler for one call only, as handle(): it is removed before it runs.
  template <class F>
  Listener handleOnce(ChannelName channel, F handler) {
    return addHandlerOf<AsReturned>(channel, handler, HandleOnce);
  }
  template <FunctionType S, class F>
  Listener handleOnce(Channel<S> const& channel, F handler) {
    return addTypedHandler<S>(channel, handler, HandleOnce);
  }
  template <class F>
  Listener handleOnce(TypedChannel const&, F) = delete;  // with F spelled out: see TypedChannel
  /// Ends the channel's handler. Calls that it has begun go on.
  void removeHandler(ChannelName channel) {
    RegisteringAt const at = self().registeringAt("removeHandler", false);
    auto* const entry = at.find(channel);
    if (entry != nullptr && entry->liveHandler() != nullptr) entry->table->remove(*entry->handler);
  }
  /// True if the channel has a handler.
  bool hasHandler(ChannelName channel) const {
    auto const* const entry = self().registeringAt("hasHandler", false).find(channel);
    return entry != nullptr && entry->liveHandler() != nullptr;
  }

 protected:
  ~Registering() = default;
  Registering() = default;
  Registering(Registering const&) = default;
  Registering& operator=(Registering const&) = default;

 private:
  /// The verb that registers, for errors.
  struct Verb {
    std::string_view name;
    bool isOnce = false;
  };
  static constexpr Verb On{"on"}, AddListener{"addListener"}, Once{"once", true};
  static constexpr Verb Handle{"handle"}, HandleOnce{"handleOnce", true};

  Self const& self() const noexcept { return static_cast<Self const&>(*this); }

  bool endOne(Listener const& listener, std::string_view verb) {
    RegisteringAt const at = self().registeringAt(verb, false);
    return listener.isIn(at.core, at.table) && listener.remove();
  }

  /// Looks once more where to register, after what is registered has been moved to its place: that may have
  /// ended the endpoint.
  RegisteringAt registeringNow(RegisteringAt const& before, std::string_view verb) const {
    before.core->checkOpen(verb);
    return self().registeringAt(verb, true);
  }

  // Nothing of the user's is moved before it is known where it goes.

  template <class F>
  [[gnu::always_inline]] Listener addListenerOf(ChannelName const& channel, F& listener,
                                                Verb const& verb) {
    if constexpr (MayBeNull<F>) detail::refuseNull(listener, verb.name);
    return add(channel, ListenerOf<F>::Shims::ops, &listener, verb);
  }
  Listener add(ChannelName const& channel, ListenerOps const& ops, void* listener,
               Verb const& verb) {
    RegisteringAt const before = self().registeringAt(verb.name, true);
    auto const node = detail::makeNode<ListenerNode>(ops, listener);
    node->isOnce = verb.isOnce;
    RegisteringAt const at = registeringNow(before, verb.name);
    TaskPtr late;
    if (at.core->keepsSome) late = detail::makeLateDelivery(*at.core, channel, node, at.sender);
    at.table->add(channel, node);
    if (late != nullptr) at.core->bringTask(std::move(late));
    return Listener(at.core, node);
  }

  template <FunctionType S, class F>
  [[gnu::always_inline]] Listener addTyped(ChannelName const& channel, F& listener,
                                           Verb const& verb) {
    if constexpr (Readable<F>) {
      return addFitting<S>(channel, listener, verb);
    } else {
      auto&& readable = detail::withParameters<Event>(
          decltype(detail::asLookedAt(typename Typed<S>::Sent{})){}, listener);
      return addFitting<S>(channel, readable, verb);
    }
  }
  template <FunctionType S, class F>
  [[gnu::always_inline]] Listener addFitting(ChannelName const& channel, F& listener,
                                             Verb const& verb) {
    using Arguments = typename ListenerOf<F>::Arguments;
    static_assert(Typed<S>::template assertParametersFit<Arguments>());
    return addListenerOf(channel, listener, verb);
  }

  template <class Answer, class F>
  [[gnu::always_inline]] Listener addHandlerOf(ChannelName const& channel, F& handler,
                                               Verb const& verb) {
    if constexpr (MayBeNull<F>) detail::refuseNull(handler, verb.name);
    return addHandler(channel, HandlerOf<F, Answer>::Shims::ops, &handler, verb);
  }
  Listener addHandler(ChannelName const& channel, HandlerOps const& ops, void* handler,
                      Verb const& verb) {
    RegisteringAt const before = self().registeringAt(verb.name, true);
    before.refuseSecond(channel);
    auto const node = detail::makeNode<HandlerNode>(ops, handler);
    node->isOnce = verb.isOnce;
    RegisteringAt const at = registeringNow(before, verb.name);
    at.refuseSecond(channel);
    at.table->setHandler(channel, node);
    return Listener(at.core, node);
  }

  template <FunctionType S, class F>
  [[gnu::always_inline]] Listener addTypedHandler(ChannelName const& channel, F& handler,
                                                  Verb const& verb) {
    if constexpr (Readable<F>) {
      return addFittingHandler<S>(channel, handler, verb);
    } else {
      auto&& readable = detail::withParameters<InvokeEvent>(
          decltype(detail::asOwned(typename Typed<S>::Sent{})){}, handler);
      return addFittingHandler<S>(channel, readable, verb);
    }
  }
  template <FunctionType S, class F>
  [[gnu::always_inline]] Listener addFittingHandler(ChannelName const& channel, F& handler,
                                                    Verb const& verb) {
    using Result = typename TaskResult<typename SignatureOf<F>::Result>::type;
    using Answer = AnswerOf<S, Result>;
    using Arguments = typename HandlerOf<F, Answer>::Arguments;
    static_assert(Typed<S>::template assertParametersFit<Arguments>());
    static_assert(Typed<S>::template assertAnswerFits<Result>());
    return addHandlerOf<Answer>(channel, handler, verb);
  }
};

}  // namespace tincan::inline abi0::detail
