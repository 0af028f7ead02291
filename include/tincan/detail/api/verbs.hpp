// tincan/detail/api/verbs.hpp - the ways to send and to ask
//
// Each verb takes a name and whatever arguments; or a typed channel and arguments of any type that fit;
// or a typed channel and arguments in braces, of which the other overloads deduce nothing, and which make
// the parameter as in a call of a function. A typed channel that fits none of these is refused.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/message/typed.hpp>
#include <tincan/reports.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0 {

template <class R>
class Future;

namespace detail {
struct VerbCall;
template <class From, class... T>
struct PlainSend;
template <class From, class... T>
struct PlainAsk;

/// A name that is no typed channel's, for overloads that only say what is wrong.
struct UntypedName {
  template <std::convertible_to<ChannelName> Name>
  requires(!std::derived_from<Name, TypedChannel>)
      // NOLINTNEXTLINE(google-explicit-constructor): it stands where a name is given.
      UntypedName(Name const&)
  noexcept {}
};
/// Braces for which there is no type.
struct UntypedBraces {
  template <class First, class... Rest>
  // NOLINTNEXTLINE(google-explicit-constructor): it stands where braces are given.
  UntypedBraces(First const&, Rest const&...) noexcept {
    static_assert(std::is_void_v<First>,
                  "tincan: braces alone have no type here: pass Move{1, 2}, or send by a Channel "
                  "that names it.");
  }
};
}  // namespace detail

/// The verbs that ask for an answer. `Self` says from whom to whom, and until when: Self::route(verb).
///
///   Order     Messages from one sender to one receiver are handled in the order in which they were
///             sent, across all verbs.
///   Errors    What the listener or handler threw, as it was thrown, or Error.
template <class Self>
class AskingVerbs {
 public:
  /// Sends a request, blocks until a listener has set event.returnValue, and returns that. None of the
  /// calling thread's own listeners run meanwhile. Throws what the listener threw, or Error: NoListener,
  /// NoReply, TypeMismatch (the answer is no R), Closed, Deadlock, Timeout, Full, Denied.
  template <class R = Value, class... A>
  R sendSync(ChannelName channel, A&&... arguments) const;
  template <detail::FunctionType S, class... A>
  typename detail::Typed<S>::Result sendSync(Channel<S> const& channel, A&&... arguments) const;
  template <class R, detail::FunctionType S, class... A>
  R sendSync(Channel<S> const& channel, A&&... arguments) const;
  template <detail::FunctionType S, class... P>
  typename detail::Typed<S>::Result sendSync(
      detail::BracedChannel<S, P...> const& channel,
      std::type_identity_t<detail::Given<P>>... arguments) const {
    return sendSync(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class R, detail::FunctionType S, class... P>
  R sendSync(detail::BracedChannel<S, P...> const& channel,
             std::type_identity_t<detail::Given<P>>... arguments) const {
    return this->template sendSync<R>(Channel<S>(channel),
                                      detail::asGiven<P>(channel, arguments)...);
  }
  template <class R = Value, class... A>
  R sendSync(detail::TypedChannel const&, A&&...) const = delete;

  /// Sends a request like sendSync(), but does not block: the answer, or the error, comes by the future.
  template <class R = Value, class... A>
  Future<R> request(ChannelName channel, A&&... arguments) const;
  template <detail::FunctionType S, class... A>
  Future<typename detail::Typed<S>::Result> request(Channel<S> const& channel,
                                                    A&&... arguments) const;
  template <class R, detail::FunctionType S, class... A>
  Future<R> request(Channel<S> const& channel, A&&... arguments) const;
  template <detail::FunctionType S, class... P>
  Future<typename detail::Typed<S>::Result> request(
      detail::BracedChannel<S, P...> const& channel,
      std::type_identity_t<detail::Given<P>>... arguments) const {
    return request(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class R, detail::FunctionType S, class... P>
  Future<R> request(detail::BracedChannel<S, P...> const& channel,
                    std::type_identity_t<detail::Given<P>>... arguments) const {
    return this->template request<R>(Channel<S>(channel),
                                     detail::asGiven<P>(channel, arguments)...);
  }
  template <class R = Value, class... A>
  Future<R> request(detail::TypedChannel const&, A&&...) const = delete;

  /// Calls the channel's handler, whose result comes by the future; or Error: NoHandler, and those of
  /// sendSync().
  template <class R = Value, class... A>
  Future<R> invoke(ChannelName channel, A&&... arguments) const;
  template <detail::FunctionType S, class... A>
  Future<typename detail::Typed<S>::Result> invoke(Channel<S> const& channel,
                                                   A&&... arguments) const;
  template <class R, detail::FunctionType S, class... A>
  Future<R> invoke(Channel<S> const& channel, A&&... arguments) const;
  template <detail::FunctionType S, class... P>
  Future<typename detail::Typed<S>::Result> invoke(
      detail::BracedChannel<S, P...> const& channel,
      std::type_identity_t<detail::Given<P>>... arguments) const {
    return invoke(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class R, detail::FunctionType S, class... P>
  Future<R> invoke(detail::BracedChannel<S, P...> const& channel,
                   std::type_identity_t<detail::Given<P>>... arguments) const {
    return this->template invoke<R>(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class R = Value, class... A>
  Future<R> invoke(detail::TypedChannel const&, A&&...) const = delete;

 protected:
  ~AskingVerbs() = default;
  AskingVerbs() = default;
  AskingVerbs(AskingVerbs const&) = default;
  AskingVerbs& operator=(AskingVerbs const&) = default;
};

/// All verbs: those that ask, and those that need no answer.
template <class Self>
class Verbs : public AskingVerbs<Self> {
 public:
  /// Queues a message. The arguments are captured before it returns; what capturing throws, leaves,
  /// and then nothing was sent. Never throws because of the receiver, but for Deadlock if its inbox
  /// blocks. Allocates nothing in steady state if the arguments fit 40 bytes.
  template <class... A>
  SendResult send(ChannelName channel, A&&... arguments) const;
  template <detail::FunctionType S, class... A>
  SendResult send(Channel<S> const& channel, A&&... arguments) const;
  template <detail::FunctionType S, class... P>
  SendResult send(detail::BracedChannel<S, P...> const& channel,
                  std::type_identity_t<detail::Given<P>>... arguments) const {
    return send(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class... A>
  SendResult send(detail::TypedChannel const&, A&&...) const = delete;
  /// Does not compile: braces alone have no type.
  SendResult send(detail::UntypedName, detail::UntypedBraces) const { return SendResult::Closed; }

  /// Queues a message as send() does. What the same sender sent on this channel to this receiver by sendLatest(), and
  /// still waits there, becomes a dead letter Superseded: it ends before this returns, and makes its room first in a
  /// bounded inbox. For progress, positions, state. Allocates. A sender knows 65,536 names, or 4 MiB of them, that were
  /// made at run time: what it sends on further ones supersedes nothing.
  template <class... A>
  SendResult sendLatest(ChannelName channel, A&&... arguments) const;
  template <detail::FunctionType S, class... A>
  SendResult sendLatest(Channel<S> const& channel, A&&... arguments) const;
  template <detail::FunctionType S, class... P>
  SendResult sendLatest(detail::BracedChannel<S, P...> const& channel,
                        std::type_identity_t<detail::Given<P>>... arguments) const {
    return sendLatest(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class... A>
  SendResult sendLatest(detail::TypedChannel const&, A&&...) const = delete;

  /// Queues a message with one value, and ports, which the receiver finds in event.ports. Throws
  /// std::invalid_argument for a port that cannot be sent; then all of them stay where they are.
  template <class V, class... Ports>
  SendResult postMessage(ChannelName channel, V&& value, Ports&&... ports) const;
  template <detail::FunctionType S, class V, class... Ports>
  SendResult postMessage(Channel<S> const& channel, V&& value, Ports&&... ports) const;
  template <detail::FunctionType S, class P, class... Ports>
  SendResult postMessage(detail::BracedChannel<S, P> const& channel,
                         std::type_identity_t<detail::Given<P>> value, Ports&&... ports) const {
    return postMessage(Channel<S>(channel), detail::asGiven<P>(channel, value),
                       std::forward<Ports>(ports)...);
  }
  template <class... A>
  SendResult postMessage(detail::TypedChannel const&, A&&...) const = delete;

 protected:
  ~Verbs() = default;
  Verbs() = default;
  Verbs(Verbs const&) = default;
  Verbs& operator=(Verbs const&) = default;
};

}  // namespace tincan::inline abi0
