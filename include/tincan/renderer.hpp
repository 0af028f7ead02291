// tincan/renderer.hpp - an endpoint that talks to main
#pragma once

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/api/found_peer.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/duration.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/peer.hpp>
#include <tincan/reports.hpp>
#include <tincan/within.hpp>

namespace tincan::inline abi0 {

/// An endpoint that talks to main: its verbs for sending are those of Peer, aimed at main, in its own name.
///
///   Threads   As Endpoint; the verbs that send, too.
///   Lifetime  Its end closes the endpoint.
class Renderer : public Endpoint, public Verbs<Renderer> {
 public:
  /// Takes the endpoint over; verbs of the other object throw Closed then.
  Renderer(Renderer&&) noexcept = default;
  /// Closes the endpoint that was here, and takes the other one over.
  Renderer& operator=(Renderer&&) noexcept = default;

  /// Returns the verbs that ask, with a deadline for each call, see Peer::within().
  template <class Rep, class Period>
  Within within(std::chrono::duration<Rep, Period> most) const {
    return {main_, checked(), nullptr, std::chrono::nanoseconds(detail::nanosecondsOf(most))};
  }

  /// Sends to the endpoint whose handler or body made this one; to main if none did.
  template <class... A>
  SendResult sendToHost(ChannelName channel, A&&... arguments) {
    return ToHost(*this).send(channel, std::forward<A>(arguments)...);
  }
  template <detail::FunctionType S, class... A>
  SendResult sendToHost(Channel<S> const& channel, A&&... arguments) {
    return ToHost(*this).send(channel, std::forward<A>(arguments)...);
  }
  template <detail::FunctionType S, class... P>
  SendResult sendToHost(detail::BracedChannel<S, P...> const& channel,
                        std::type_identity_t<detail::Given<P>>... arguments) {
    return sendToHost(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class... A>
  SendResult sendToHost(detail::TypedChannel const&, A&&...) = delete;

  /// Returns a handle to main.
  Peer main() const;
  /// Returns the open renderer of that name, which may be this one; the oldest if there are several.
  detail::FoundPeer peer(std::string_view name) const;
  using Endpoint::peer;

  /// Ends the endpoint: what waits becomes dead letters, and whoever waits for it gets Closed.
  void close();

 private:
  friend class Bus;
  friend struct detail::VerbCall;
  template <class From, class... T>
  friend struct detail::PlainSend;
  template <class From, class... T>
  friend struct detail::PlainAsk;
  Renderer(std::shared_ptr<detail::EndpointCore> core, std::shared_ptr<detail::EndpointCore> main,
           std::shared_ptr<detail::EndpointCore> host)
      : Endpoint(std::move(core)), main_(std::move(main)), host_(std::move(host)) {}

  detail::Ends ends() const noexcept { return {coreOrNull(), main_.get(), true}; }
  detail::Route route(std::string_view verb) const { return routeTo(main_, verb); }
  detail::Route routeTo(std::shared_ptr<detail::EndpointCore> const& to,
                        std::string_view verb) const {
    return {detail::SendingAs(core(), verb), to.get()};
  }

  class ToHost : public Verbs<ToHost> {
   public:
    explicit ToHost(Renderer const& from) noexcept : from_(from) {}
    detail::Ends ends() const noexcept { return {from_.coreOrNull(), from_.host_.get(), true}; }
    detail::Route route(std::string_view verb) const { return from_.routeTo(from_.host_, verb); }

   private:
    Renderer const& from_;
  };

  std::shared_ptr<detail::EndpointCore> main_, host_;
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/renderer.ipp>
#endif
