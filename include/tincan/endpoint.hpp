// tincan/endpoint.hpp - layer 13 - the two kinds of endpoint
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/bus_core.hpp>
#include <tincan/detail/sending.hpp>
#include <tincan/event.hpp>
#include <tincan/future.hpp>
#include <tincan/listener.hpp>
#include <tincan/peer.hpp>

namespace tincan {

/// What Main and Renderer share.
///
///   Threads   It lives on one thread: the one that polls it, from its first poll on; every other
///             one then gets WrongThread. Before that, any one thread at a time may set it up. post,
///             quit, peer and name are for any thread. A thread may have several endpoints.
///   Order     Messages from one sender are handled in the order in which they were sent, and
///             whatever could have led to a message is handled before it.
///   Errors    Closed, if this endpoint is closed; WrongThread.
class Endpoint {
 public:
  Endpoint(Endpoint const&) = delete;
  Endpoint& operator=(Endpoint const&) = delete;

  /// Calls `listener` for each message on the channel, after those that are there already. It is
  /// any callable (Event&, Args...) or (Args...); Args are T, T const&, or T& (the message's own
  /// copy, to move from); it may take fewer than were sent, and std::optional<T> for one that was
  /// not sent.
  template <class F>
  Listener on(ChannelName channel, F listener) {
    return add(channel, std::move(listener), false);
  }
  template <class F>
  Listener addListener(ChannelName channel, F listener) {
    return add(channel, std::move(listener), false);
  }
  /// For one message only: removed before it is called.
  template <class F>
  Listener once(ChannelName channel, F listener) {
    return add(channel, std::move(listener), true);
  }

  /// Ends a registration; true if it was there, and here.
  bool off(Listener const& listener) {
    core().checkThread("off");
    return listener.core_.lock() == core_ && listener.remove();
  }
  bool removeListener(Listener const& listener) { return off(listener); }

  void removeAllListeners(ChannelName channel) {
    core().checkThread("removeAllListeners");
    if (auto* const entry = core_->table.find(channel)) core_->table.removeAll(*entry);
  }
  void removeAllListeners() {
    core().checkThread("removeAllListeners");
    core_->table.removeAll();
  }

  std::size_t listenerCount(ChannelName channel) const {
    core().checkThread("listenerCount");
    auto const* const entry = core_->table.find(channel);
    return entry == nullptr ? 0 : entry->count();
  }
  /// The channels that have listeners, in no order.
  std::vector<std::string> channels() const {
    core().checkThread("channels");
    return core_->table.channels();
  }

  /// Handles what is there now, and returns how many messages and posted functions that was. Never
  /// blocks. 0 once the endpoint is closed.
  std::size_t poll() {
    return core().poll([](std::size_t) { return true; });
  }
  /// At most that many.
  std::size_t poll(std::size_t most) {
    return core().poll([most](std::size_t count) { return count < most; });
  }
  /// Handles messages until there are none, or the time is up; the time is looked at after each.
  template <class Rep, class Period>
  std::size_t pollFor(std::chrono::duration<Rep, Period> budget) {
    detail::Nanoseconds const end = detail::deadlineAfter(budget);
    auto const keep = core().shared_from_this();
    auto const inTime = [end](std::size_t) { return detail::ThreadPlatform::now() < end; };
    std::size_t count = 0;
    while (std::size_t const handled = keep->poll(inTime)) {
      count += handled;
      if (!inTime(0)) break;
    }
    return count;
  }

  /// Handles messages, sleeping when there are none, until quit() or the bus is closed.
  void run() {
    core().run([] { return false; });
  }
  /// The same, and until a stop is requested.
  void run(std::stop_token stop) {
    auto const keep = core().shared_from_this();
    // seq_cst, both: see Inbox::interrupt().
    std::atomic<bool> isStopped{false};
    std::stop_callback const wake(stop, [&] {
      isStopped.store(true, std::memory_order_seq_cst);
      keep->inbox.interrupt();
    });
    keep->run([&] { return isStopped.load(std::memory_order_seq_cst); });
  }
  /// Any thread, any handler, also before run(): run() handles what was queued before, and returns.
  void quit() {
    detail::Speaker const speaker(core().bus);
    detail::pushQuit(speaker.core(), *core_);
  }

  /// For foreign loops: `wake` is called, by a sender and on its thread, when the inbox turns from
  /// empty to not empty after a poll() that emptied it. At once, if there is something now.
  void onWake(std::function<void()> wake) {
    core().check("onWake");
    core_->setWakeHook(std::move(wake));
  }

  /// Any thread: runs `function` on this endpoint's thread, in its place among the messages. What it
  /// throws goes to onError. Throws Closed.
  template <class F>
  void post(F function) {
    detail::Speaker const speaker(core().bus);
    auto task = std::make_unique<detail::PostedTask<F>>(std::move(function));
    if (!detail::pushTask(speaker.core(), *core_, std::move(task))) {
      throw Error(Errc::Closed, {}, "post: the endpoint '" + core_->displayName() + "' is closed");
    }
  }

  /// A handle to this endpoint, for others.
  Peer peer() const { return detail::PeerAccess::make(checked()); }
  std::string name() const { return core().name; }

 protected:
  explicit Endpoint(std::shared_ptr<detail::EndpointCore> core) noexcept : core_(std::move(core)) {}
  Endpoint(Endpoint&&) noexcept = default;
  Endpoint& operator=(Endpoint&& other) noexcept {
    if (this != &other) {
      end();
      core_ = std::move(other.core_);
    }
    return *this;
  }
  ~Endpoint() { end(); }

  detail::EndpointCore& core() const {
    if (core_ == nullptr) [[unlikely]] {
      throw Error(Errc::Closed, {}, "this endpoint has been moved to another object");
    }
    return *core_;
  }
  std::shared_ptr<detail::EndpointCore> const& checked() const {
    core();
    return core_;
  }

 private:
  template <class F>
  Listener add(ChannelName const& channel, F listener, bool isOnce) {
    core().check("on");
    auto node = std::make_shared<detail::ListenerOf<F>>(std::move(listener));
    node->isOnce = isOnce;
    core_->table.add(channel, node);
    return Listener(core_, node);
  }

  void end() noexcept {
    if (core_ != nullptr) core_->abandon();
  }

  std::shared_ptr<detail::EndpointCore> core_;
};

/// The endpoint that every renderer talks to; one for each bus, which owns it.
class Main : public Endpoint {
 public:
  /// The renderer of that name, the oldest if there are several.
  std::optional<Peer> renderer(std::string_view name) const {
    for (Peer const& peer : renderers()) {
      if (peer.name() == name) return peer;
    }
    return std::nullopt;
  }

  /// Those that are open, in the order of their making.
  std::vector<Peer> renderers() const {
    std::vector<Peer> peers;
    for (auto& other : core().bus->endpoints()) {
      if (other.get() != &core()) peers.push_back(detail::PeerAccess::make(std::move(other)));
    }
    return peers;
  }

  /// Sends to every renderer, a copy of the arguments to each. Returns how many took it.
  template <class... A>
  std::size_t broadcast(ChannelName channel, A const&... arguments) {
    core().check("broadcast");
    std::size_t count = 0;
    for (auto const& other : core().bus->endpoints()) {
      if (other.get() == &core()) continue;
      SendResult const result = detail::pushMessage(core(), *other, channel, arguments...);
      count += result == SendResult::Queued ? 1 : 0;
    }
    return count;
  }

 private:
  friend class Bus;
  using Endpoint::Endpoint;
};

/// An endpoint that talks to main. Its verbs for sending are those of Peer, aimed at main, in its
/// own name.
class Renderer : public Endpoint {
 public:
  Renderer(Renderer&&) noexcept = default;
  Renderer& operator=(Renderer&&) noexcept = default;

  template <class... A>
  SendResult send(ChannelName channel, A&&... arguments) {
    core().check("send");
    return detail::pushMessage(core(), *main_, channel, std::forward<A>(arguments)...);
  }
  template <class R = Value, class... A>
  R sendSync(ChannelName channel, A&&... arguments) {
    core().check("sendSync");
    return detail::sendSync<R>(core(), *main_, channel, detail::NoDeadline,
                               std::forward<A>(arguments)...);
  }
  template <class R = Value, class... A>
  Future<R> request(ChannelName channel, A&&... arguments) {
    core().check("request");
    return detail::request<R>(core(), *main_, channel, std::forward<A>(arguments)...);
  }

  Peer main() const {
    core();
    return detail::PeerAccess::make(main_);
  }
  /// Another renderer of that name, or this one; the oldest if there are several.
  std::optional<Peer> peer(std::string_view name) const {
    auto found = core().bus->find(name, main_.get());
    if (found == nullptr) return std::nullopt;
    return detail::PeerAccess::make(std::move(found));
  }
  using Endpoint::peer;

  /// Ends the endpoint: what waits becomes dead letters, and whoever waits for it gets Closed.
  void close() {
    core().checkThread("close");
    auto const keep = checked();
    keep->close();
  }

 private:
  friend class Bus;
  Renderer(std::shared_ptr<detail::EndpointCore> core, std::shared_ptr<detail::EndpointCore> main)
      : Endpoint(std::move(core)), main_(std::move(main)) {}

  std::shared_ptr<detail::EndpointCore> main_;
};

}  // namespace tincan
