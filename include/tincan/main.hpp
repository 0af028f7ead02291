// tincan/main.hpp - the endpoint that every renderer talks to
#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <string_view>
#include <type_traits>
#include <vector>

#include <tincan/channel.hpp>
#include <tincan/channel_name.hpp>
#include <tincan/detail/api/found_peer.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/thread/running.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/error.hpp>
#include <tincan/peer.hpp>
#include <tincan/reports.hpp>
#include <tincan/scope.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0 {

/// The endpoint that every renderer talks to. Each bus owns one.
class Main : public Endpoint {
 public:
  /// Does not compile: main cannot be copied.
  template <std::same_as<Main> T>
  explicit(false) Main(T&) : Endpoint(nullptr) {
    static_assert(std::is_void_v<T>,
                  "tincan: main is its bus's and cannot be copied: auto& main = bus.main().");
  }

  /// Returns the way to listeners and handlers for one renderer's messages only.
  Scope from(Peer const& renderer) { return Scope(checked(), renderer); }
  /// Does not compile: a name is no renderer.
  template <std::convertible_to<std::string_view> T>
  Scope from(T const&) {
    static_assert(std::is_void_v<T>,
                  "tincan: from() takes a renderer, not its name: "
                  "main.from(*main.renderer(\"window\")).");
    return from(Peer());
  }

  /// Returns the open renderer of that name, the oldest if there are several.
  detail::FoundPeer renderer(std::string_view name) const;

  /// Returns the renderers that are open, in the order of their making.
  std::vector<Peer> renderers() const;

  /// Sends to every renderer, a copy of the arguments to each. Returns how many took it; one that is
  /// closed or full does not stop the others. Throws, once the others have theirs, Deadlock: one is full, and
  /// would wait for this thread for ever.
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

  /// Calls the channel's handler at every renderer, with a copy of the arguments for each. Returns a future
  /// for each, in the order of renderers(); `co_await all(...)` waits for them. If capturing throws, none of
  /// the calls is made, or they are given up.
  template <class R = Value, class... A>
  std::vector<Future<R>> invokeAll(ChannelName channel, A const&... arguments) {
    return ofEach<R>([&](Peer const& peer) { return peer.invoke<R>(channel, arguments...); });
  }
  template <detail::FunctionType S, class... A>
  std::vector<Future<typename detail::Typed<S>::Result>> invokeAll(Channel<S> const& channel,
                                                                   A const&... arguments) {
    return ofEach<typename detail::Typed<S>::Result>(
        [&](Peer const& peer) { return peer.invoke(channel, arguments...); });
  }
  template <class R, detail::FunctionType S, class... A>
  std::vector<Future<R>> invokeAll(Channel<S> const& channel, A const&... arguments) {
    return ofEach<R>([&](Peer const& peer) { return peer.invoke<R>(channel, arguments...); });
  }
  template <detail::FunctionType S, class... P>
  std::vector<Future<typename detail::Typed<S>::Result>> invokeAll(
      detail::BracedChannel<S, P...> const& channel,
      std::type_identity_t<detail::Given<P>>... arguments) {
    return invokeAll(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class R = Value, class... A>
  std::vector<Future<R>> invokeAll(detail::TypedChannel const&, A const&...) = delete;

 private:
  friend class Bus;
  using Endpoint::Endpoint;

  template <class Send>
  std::size_t toEach(std::string_view verb, Send&& send) {
    core().requireUsable(verb);
    detail::Running const inMyName(core());
    std::size_t count = 0;
    std::exception_ptr deadlock;
    for (Peer const& peer : renderers()) {
      try {
        count += send(peer) == SendResult::Queued ? 1 : 0;
      } catch (Error const& error) {
        if (error.code() != Errc::Deadlock) throw;
        if (deadlock == nullptr) deadlock = std::current_exception();
      }
    }
    if (deadlock != nullptr) std::rethrow_exception(deadlock);
    return count;
  }

  template <class R, class Ask>
  std::vector<Future<R>> ofEach(Ask&& ask) {
    core().requireUsable("invokeAll");
    detail::Running const inMyName(core());
    std::vector<Peer> const peers = renderers();
    std::vector<Future<R>> futures;
    futures.reserve(peers.size());
    for (Peer const& peer : peers) futures.push_back(ask(peer));
    return futures;
  }
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/main.ipp>
#endif
