// tincan/detail/api/port.hpp - an end of a channel of its own, which can be sent
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/message/arguments.hpp>

namespace tincan::inline abi0 {

class Endpoint;
struct MessageChannel;

namespace detail {
class EndpointCore;
class PortPair;
struct PortList;
class AnyPortsToSend;
struct ListenerNode;
struct PortMessage;
}  // namespace detail

/// One of the two ends of a MessageChannel. What is posted at one end arrives at the other, on the
/// endpoint where that was started, without main in between. An end can be sent: in postMessage of a
/// Peer or of another port; it arrives not started, with whatever has not been handled yet.
///
///   Threads   One at a time.
///   Order     What is posted at one end is handled in that order, also across a transfer; as the
///             messages of its sender, in causal order with all others. But what has waited until
///             start() may come after all that was in the inbox by then.
///   Lifetime  Its end closes it, and so does the end of the endpoint where it is started. A port that
///             is sent to nobody is closed, too. A listener may hold its own port: both go when the
///             port is closed.
class MessagePort {
 public:
  /// Makes no port: whatever is done with it does nothing.
  MessagePort() noexcept = default;
  /// Takes the end over; the other object is no port then.
  MessagePort(MessagePort&&) noexcept = default;
  /// Closes the end that was here, and takes the other one over.
  MessagePort& operator=(MessagePort&& other) noexcept;
  ~MessagePort();

  /// Posts a value, or none, and ports that go with it. It waits until the other end is started; if
  /// that is closed nothing happens, but that the ports end. Throws std::invalid_argument for a port
  /// of this very channel, for one that has been moved away, and for one at which the other end
  /// itself waits in a message, so that nobody could ever receive them; then all of them stay where
  /// they are, as with every exception.
  template <class V, class... Ports>
  void postMessage(V&& value, Ports&&... ports);
  void postMessage();

  /// "message": a callable (Event&, T), (T) or (); "close": (). They run on the endpoint where the
  /// port is started, in the order of registration. What they throw, and values that they do not
  /// take, go to onError. They end when this end has been closed or is sent away. Throws
  /// std::invalid_argument for another name and for a null function.
  template <class F>
  void on(std::string_view event, F listener);

  /// Has messages handled on the endpoint that the calling thread is running, else on the first one
  /// that it polls, else on the first one that belongs to it; or on the one given. Once: later
  /// calls do nothing. Throws WrongThread if the thread has none, and Closed; then nothing has
  /// happened.
  void start();
  void start(Endpoint& where);

  /// Closes this end: no more messages are handled here, and none is taken. The other end gets
  /// "close" after what was posted before; this one too, if it was started. Once; at the port's end
  /// at the latest.
  void close() noexcept;

 private:
  friend struct MessageChannel;
  friend class detail::PortPair;
  friend struct detail::PortList;
  friend class detail::AnyPortsToSend;

  MessagePort(std::shared_ptr<detail::PortPair> pair, unsigned end) noexcept
      : pair_(std::move(pair)), end_(end) {}
  void startAt(detail::EndpointCore& where);
  /// Posts at that end of the pair a message that is complete but for its sender and its ports.
  static void post(std::shared_ptr<detail::PortPair> const& pair, unsigned to,
                   detail::Owned<detail::PortMessage> message,
                   std::span<MessagePort* const> toSend);
  /// True if the port can be listened to. Throws std::invalid_argument for an event that there is not.
  bool hasEvent(std::string_view event) const;
  void listen(std::string_view event, std::shared_ptr<detail::ListenerNode> listener);

  std::shared_ptr<detail::PortPair> pair_{};
  unsigned end_ = 0;
};

/// A new pair of ports: `MessageChannel channel; channel.port1, channel.port2`.
struct MessageChannel {
  /// Makes both ends, which are not started yet. Throws std::bad_alloc.
  MessageChannel();

  MessagePort port1{}, port2{};  ///< one of the two ends, to be moved from
};

namespace detail {

/// Ports that are to be sent, any number of them; still with their owner.
class AnyPortsToSend {
 public:
  AnyPortsToSend(AnyPortsToSend const&) = delete;
  AnyPortsToSend& operator=(AnyPortsToSend const&) = delete;

  /// Throws std::invalid_argument for a port of that channel, and for one that is no port (any more), or
  /// that is here twice.
  void requireOthers(std::shared_ptr<PortPair> const& pair) const;

  std::span<MessagePort* const> ports() const noexcept { return ports_; }

 protected:
  explicit AnyPortsToSend(std::span<MessagePort* const> ports) noexcept : ports_(ports) {}
  ~AnyPortsToSend() = default;

  /// Throws std::invalid_argument for one that is no port (any more), or that is here twice.
  void requireAll() const;

 private:
  std::span<MessagePort* const> const ports_;
};

/// Ports that are to be sent, and where they are noted.
template <class... Ports>
class PortsToSend : public AnyPortsToSend {
 public:
  static_assert((std::is_same_v<Ports, MessagePort> && ...),
                "tincan: a port is moved to its receiver: postMessage(value, std::move(port)).");

  /// Throws std::invalid_argument for one that is no port (any more), or that is here twice.
  explicit PortsToSend(Ports&... ports)
      : AnyPortsToSend({listed_, sizeof...(Ports)}), listed_{std::addressof(ports)..., nullptr} {
    requireAll();
  }

 private:
  MessagePort* listed_[sizeof...(Ports) + 1];
};

/// The ports that travel with a message.
struct PortList {
  /// Makes room for the ports; take() moves them in.
  explicit PortList(AnyPortsToSend const& toSend) { ports.reserve(toSend.ports().size()); }

  /// Moves the ports in, for which there is room. Called once nothing can fail any more.
  void take(std::span<MessagePort* const> toSend) noexcept;

  std::vector<MessagePort> ports{};
};

template <>
inline constexpr bool IsPortList<PortList> = true;

}  // namespace detail
}  // namespace tincan::inline abi0
