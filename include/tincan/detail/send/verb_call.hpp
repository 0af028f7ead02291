// tincan/detail/send/verb_call.hpp - one call of a verb: finds what travels, and sends or asks
#pragma once

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/api/verbs.hpp>
#include <tincan/detail/send/ask.hpp>
#include <tincan/detail/send/fit.hpp>
#include <tincan/detail/send/plain_ask.hpp>
#include <tincan/detail/send/plain_send.hpp>
#include <tincan/detail/send/push.hpp>
#include <tincan/detail/send/push_latest.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/reports.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0 {
namespace detail {

/// One call of a verb. `Fit` is ByName or BySignature.
struct VerbCall {
  template <class Fit, class From, class... A>
  [[gnu::always_inline]] static SendResult send(From const& from, ChannelName const& channel,
                                                A&&... arguments) {
    if constexpr (!Fit::template argumentsFit<A...>()) {
    } else if constexpr (Fit::template areAsSent<A...>()) {
      return detail::sendMessage(from, channel, TypeList<std::remove_cvref_t<A>...>{},
                                 static_cast<A&&>(arguments)...);
    } else {
      auto const call = [&](auto sent, auto&&... fitted) {
        return detail::sendMessage(from, channel, sent, static_cast<decltype(fitted)&&>(fitted)...);
      };
      return Fit::apply(call, channel, static_cast<A&&>(arguments)...);
    }
  }

  template <class Fit, class From, class... A>
  static SendResult sendLatest(From const& from, ChannelName const& channel, A&&... arguments) {
    if constexpr (Fit::template argumentsFit<A...>()) {
      Route const route = from.route("sendLatest");
      auto const call = [&]<class... T, class... B>(TypeList<T...>, B&&... fitted) {
        void* const addresses[] = {detail::addressOfArgument(fitted)..., nullptr};
        Filling const filling{&LatestArguments<TypeList<T...>, TypeList<B...>>::ops, addresses};
        return detail::pushLatest(route, channel, filling);
      };
      return Fit::apply(call, channel, static_cast<A&&>(arguments)...);
    }
  }

  template <class Fit, class From, class V, class... Ports>
  static SendResult postMessage(From const& from, ChannelName const& channel, V&& value,
                                Ports&&... ports) {
    if constexpr (Fit::template argumentsFit<V>()) {
      Route const route = from.route("postMessage");
      auto const call = [&]<class T, class A>(TypeList<T>, A&& fitted) {
        PortsToSend<Ports...> const toSend(ports...);
        void* const addresses[] = {detail::addressOfArgument(fitted),
                                   detail::addressOfArgument(toSend)};
        using Checked =
            CheckedArguments<TypeList<T, PortList>, TypeList<A, PortsToSend<Ports...> const&>>;
        Filling const filling{&Checked::ops, addresses, toSend.ports()};
        return detail::pushMessage(route, channel, filling);
      };
      return Fit::apply(call, channel, std::forward<V>(value));
    }
  }

  template <class Fit, class R, class From, class... A>
  [[gnu::always_inline]] static R sendSync(From const& from, ChannelName const& channel,
                                           A&&... arguments) {
    if constexpr (!Fit::template argumentsFit<A...>()) {
    } else if constexpr (Fit::template areAsSent<A...>()) {
      return detail::askAndWait<R>(from, channel, TypeList<std::remove_cvref_t<A>...>{},
                                   static_cast<A&&>(arguments)...);
    } else {
      auto const call = [&](auto sent, auto&&... fitted) {
        return detail::askAndWait<R>(from, channel, sent,
                                     static_cast<decltype(fitted)&&>(fitted)...);
      };
      return Fit::apply(call, channel, static_cast<A&&>(arguments)...);
    }
  }

  /// request() and invoke(), which differ in the kind. The future tells when there is no memory.
  template <class Fit, class R, Kind kind, class From, class... A>
  [[gnu::always_inline]] static Future<R> ask(From const& from, ChannelName const& channel,
                                              A&&... arguments) {
    if constexpr (Fit::template argumentsFit<A...>()) {
      try {
        if constexpr (Fit::template areAsSent<A...>()) {
          return detail::askLater<R, kind>(from, channel, TypeList<std::remove_cvref_t<A>...>{},
                                           static_cast<A&&>(arguments)...);
        } else {
          auto const call = [&](auto sent, auto&&... fitted) {
            return detail::askLater<R, kind>(from, channel, sent,
                                             static_cast<decltype(fitted)&&>(fitted)...);
          };
          return Fit::apply(call, channel, static_cast<A&&>(arguments)...);
        }
      } catch (std::bad_alloc const&) {
        return FutureAccess::make<R>(AnyFuture(std::current_exception()));
      }
    }
  }
};

}  // namespace detail

template <class Self>
template <class R, class... A>
[[gnu::always_inline]] inline R AskingVerbs<Self>::sendSync(ChannelName channel,
                                                            A&&... arguments) const {
  return detail::VerbCall::sendSync<detail::ByName, R>(static_cast<Self const&>(*this), channel,
                                                       static_cast<A&&>(arguments)...);
}

template <class Self>
template <detail::FunctionType S, class... A>
[[gnu::always_inline]] inline typename detail::Typed<S>::Result AskingVerbs<Self>::sendSync(
    Channel<S> const& channel, A&&... arguments) const {
  return detail::VerbCall::sendSync<detail::BySignature<S>, typename detail::Typed<S>::Result>(
      static_cast<Self const&>(*this), channel, static_cast<A&&>(arguments)...);
}

template <class Self>
template <class R, detail::FunctionType S, class... A>
[[gnu::always_inline]] inline R AskingVerbs<Self>::sendSync(Channel<S> const& channel,
                                                            A&&... arguments) const {
  detail::checkAnswerOf<R, S>();
  return detail::VerbCall::sendSync<detail::BySignature<S>, R>(
      static_cast<Self const&>(*this), channel, static_cast<A&&>(arguments)...);
}

template <class Self>
template <class R, class... A>
Future<R> AskingVerbs<Self>::request(ChannelName channel, A&&... arguments) const {
  return detail::VerbCall::ask<detail::ByName, R, detail::Kind::Request>(
      static_cast<Self const&>(*this), channel, static_cast<A&&>(arguments)...);
}

template <class Self>
template <detail::FunctionType S, class... A>
Future<typename detail::Typed<S>::Result> AskingVerbs<Self>::request(Channel<S> const& channel,
                                                                     A&&... arguments) const {
  return detail::VerbCall::ask<detail::BySignature<S>, typename detail::Typed<S>::Result,
                               detail::Kind::Request>(static_cast<Self const&>(*this), channel,
                                                      static_cast<A&&>(arguments)...);
}

template <class Self>
template <class R, detail::FunctionType S, class... A>
Future<R> AskingVerbs<Self>::request(Channel<S> const& channel, A&&... arguments) const {
  detail::checkAnswerOf<R, S>();
  return detail::VerbCall::ask<detail::BySignature<S>, R, detail::Kind::Request>(
      static_cast<Self const&>(*this), channel, static_cast<A&&>(arguments)...);
}

template <class Self>
template <class R, class... A>
Future<R> AskingVerbs<Self>::invoke(ChannelName channel, A&&... arguments) const {
  return detail::VerbCall::ask<detail::ByName, R, detail::Kind::Invoke>(
      static_cast<Self const&>(*this), channel, static_cast<A&&>(arguments)...);
}

template <class Self>
template <detail::FunctionType S, class... A>
Future<typename detail::Typed<S>::Result> AskingVerbs<Self>::invoke(Channel<S> const& channel,
                                                                    A&&... arguments) const {
  return detail::VerbCall::ask<detail::BySignature<S>, typename detail::Typed<S>::Result,
                               detail::Kind::Invoke>(static_cast<Self const&>(*this), channel,
                                                     static_cast<A&&>(arguments)...);
}

template <class Self>
template <class R, detail::FunctionType S, class... A>
Future<R> AskingVerbs<Self>::invoke(Channel<S> const& channel, A&&... arguments) const {
  detail::checkAnswerOf<R, S>();
  return detail::VerbCall::ask<detail::BySignature<S>, R, detail::Kind::Invoke>(
      static_cast<Self const&>(*this), channel, static_cast<A&&>(arguments)...);
}

template <class Self>
template <class... A>
[[gnu::always_inline]] inline SendResult Verbs<Self>::send(ChannelName channel,
                                                           A&&... arguments) const {
  return detail::VerbCall::send<detail::ByName>(static_cast<Self const&>(*this), channel,
                                                static_cast<A&&>(arguments)...);
}

template <class Self>
template <detail::FunctionType S, class... A>
[[gnu::always_inline]] inline SendResult Verbs<Self>::send(Channel<S> const& channel,
                                                           A&&... arguments) const {
  return detail::VerbCall::send<detail::BySignature<S>>(static_cast<Self const&>(*this), channel,
                                                        static_cast<A&&>(arguments)...);
}

template <class Self>
template <class... A>
SendResult Verbs<Self>::sendLatest(ChannelName channel, A&&... arguments) const {
  return detail::VerbCall::sendLatest<detail::ByName>(static_cast<Self const&>(*this), channel,
                                                      static_cast<A&&>(arguments)...);
}

template <class Self>
template <detail::FunctionType S, class... A>
SendResult Verbs<Self>::sendLatest(Channel<S> const& channel, A&&... arguments) const {
  return detail::VerbCall::sendLatest<detail::BySignature<S>>(
      static_cast<Self const&>(*this), channel, static_cast<A&&>(arguments)...);
}

template <class Self>
template <class V, class... Ports>
SendResult Verbs<Self>::postMessage(ChannelName channel, V&& value, Ports&&... ports) const {
  return detail::VerbCall::postMessage<detail::ByName>(static_cast<Self const&>(*this), channel,
                                                       std::forward<V>(value),
                                                       std::forward<Ports>(ports)...);
}

template <class Self>
template <detail::FunctionType S, class V, class... Ports>
SendResult Verbs<Self>::postMessage(Channel<S> const& channel, V&& value, Ports&&... ports) const {
  static_assert(detail::Typed<S>::Sent::size == 1,
                "tincan: postMessage sends one value: the channel's signature must have one "
                "parameter.");
  return detail::VerbCall::postMessage<detail::BySignature<S>>(static_cast<Self const&>(*this),
                                                               channel, std::forward<V>(value),
                                                               std::forward<Ports>(ports)...);
}

}  // namespace tincan::inline abi0
