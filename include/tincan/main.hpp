// tincan/main.hpp - the endpoint that every renderer talks to
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/thread/running.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/peer.hpp>
#include <tincan/reports.hpp>
#include <tincan/scope.hpp>

namespace tincan::inline abi0 {

/// The endpoint that every renderer talks to. Each bus owns one.
class Main : public Endpoint {
 public:
  /// Returns the way to listeners and handlers for one renderer's messages only.
  Scope from(Peer const& renderer) { return Scope(checked(), renderer); }

  /// Returns the open renderer of that name, the oldest if there are several.
  std::optional<Peer> renderer(std::string_view name) const;

  /// Returns the renderers that are open, in the order of their making.
  std::vector<Peer> renderers() const;

  /// Sends to every renderer, a copy of the arguments to each. Returns how many took it; one that is
  /// closed or full does not stop the others.
  template <class... A>
  std::size_t broadcast(ChannelName channel, A const&... arguments) {
    return toEach("broadcast", [&](Peer const& peer) { return peer.send(channel, arguments...); });
  }
  template <detail::FunctionType S, class... A>
  std::size_t broadcast(Channel<S> const& channel, A const&... arguments) {
    return toEach("broadcast", [&](Peer const& peer) { return peer.send(channel, arguments...); });
  }
  template <detail::FunctionType S, class... P>
  std::size_t broadcast(detail::BracedChannel<S, P...> const& channel,
                        std::type_identity_t<detail::Given<P>>... arguments) {
    return broadcast(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class... A>
  std::size_t broadcast(detail::TypedChannel const&, A const&...) = delete;

 private:
  friend class Bus;
  using Endpoint::Endpoint;

  template <class Send>
  std::size_t toEach(std::string_view verb, Send&& send) {
    core().requireUsable(verb);
    detail::Running const inMyName(core());
    std::size_t count = 0;
    for (Peer const& peer : renderers()) count += send(peer) == SendResult::Queued ? 1 : 0;
    return count;
  }
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/main.ipp>
#endif
