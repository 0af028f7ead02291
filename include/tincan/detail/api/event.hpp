// tincan/detail/api/event.hpp - what a listener sees of a message
#pragma once

#include <exception>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/channel.hpp>
#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/detail/request/responder.hpp>
#include <tincan/detail/request/shared_responder.hpp>

namespace tincan::inline abi0 {

namespace detail {
struct EventAccess;
template <class F>
class ListenerCall;
}  // namespace detail

/// Gives the answer to a request later than the listener returns.
///
///   Threads   Any, one at a time.
///   Errors    The end of one that was not used answers NoReply, if nobody else can answer any more.
class [[nodiscard]] Reply {
 public:
  /// Belongs to no request.
  Reply() noexcept = default;
  /// Takes the request over; the other one belongs to none then.
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept {
    if (this != &other) {
      if (responder_ != nullptr) responder_->leftHere();
      responder_ = std::move(other.responder_);
    }
    return *this;
  }
  ~Reply() {
    if (responder_ != nullptr) responder_->leftHere();
  }

  /// Answers with a value. False if there was an answer already, or nobody waits.
  template <class T>
  bool set(T&& value) {
    auto const responder = responder_;  // copying the value may end this very Reply
    if (responder == nullptr) return false;
    detail::Box box;
    detail::fillAnswer(box, std::forward<T>(value));
    return responder->give(std::move(box));
  }

  /// Answers with an exception, which the requester gets as what it is. False as set(). Throws
  /// std::invalid_argument for a null pointer.
  bool fail(std::exception_ptr exception);

  /// True if nobody can get the answer any more: there is one, the requester has given up or is
  /// out of time, or its endpoint or the one that was asked is closed.
  bool cancelled() const noexcept { return responder_ == nullptr || !responder_->isAwaited(); }

 private:
  friend class Event;
  explicit Reply(std::shared_ptr<detail::SharedResponder> responder) noexcept
      : responder_(std::move(responder)) {}

  std::shared_ptr<detail::SharedResponder> responder_;
};

/// Answers a request: `event.returnValue = v`, at once, and once. The first value wins; later ones, and
/// those to a plain send, are ignored.
class ReturnValue {
 public:
  ReturnValue(ReturnValue const&) = delete;

  /// Answers with a value, which is captured before this returns. Text is sent as a std::string.
  template <class T>
  requires(!std::is_same_v<std::decay_t<T>, ReturnValue>) ReturnValue& operator=(T&& value) {
    set(std::forward<T>(value));
    return *this;
  }

  /// Does not compile: braces alone have no type.
  template <class T>
  ReturnValue& operator=(std::initializer_list<T>) {
    static_assert(sizeof(T) == 0,
                  "tincan: braces alone have no type that the requester could ask for: "
                  "event.returnValue = std::vector<int>{1, 2}.");
    return *this;
  }

  /// Answers as `=` does. True if this was the answer; false also if nobody waits.
  template <class T>
  bool set(T&& value) {
    return responder_.give(std::forward<T>(value));
  }

 private:
  friend class Event;
  explicit ReturnValue(detail::Responder& responder) noexcept : responder_(responder) {}

  detail::Responder& responder_;
};

/// One message, for all of its listeners.
///
///   Threads   The endpoint's.
///   Lifetime  Until the last of the listeners has returned. One that returns a Task has an event of its
///             own, until the Task has ended.
class Event {
 public:
  Event(Event const&) = delete;
  Event& operator=(Event const&) = delete;

  /// The sender. What is sent to it by this handle comes from the endpoint that handles this event.
  Peer const& sender;

  /// Answers a request, see ReturnValue.
  ReturnValue returnValue;

  union {  // so that most messages, which have none, do not pay for its end
    /// The ports that came with the message by postMessage, to be moved from. Those that stay here are
    /// closed. A listener's Task that does not end at once keeps all that are here when it begins.
    std::vector<MessagePort> ports;
  };

  ~Event() {
    if (ports.capacity() != 0) [[unlikely]]
      std::destroy_at(&ports);
  }

  /// The channel. The name is valid while the event is.
  ChannelName channel() const noexcept { return name_.name(); }

  /// Sends to the sender, as sender.send().
  template <class... A>
  SendResult reply(ChannelName channel, A&&... arguments) {
    return sender.send(channel, std::forward<A>(arguments)...);
  }
  template <detail::FunctionType S, class... A>
  SendResult reply(Channel<S> const& channel, A&&... arguments) {
    return sender.send(channel, std::forward<A>(arguments)...);
  }
  template <detail::FunctionType S, class... P>
  SendResult reply(detail::BracedChannel<S, P...> const& channel,
                   std::type_identity_t<detail::Given<P>>... arguments) {
    return reply(Channel<S>(channel), detail::asGiven<P>(channel, arguments)...);
  }
  template <class... A>
  SendResult reply(detail::TypedChannel const&, A&&...) = delete;

  /// Returns a Reply, by which the answer comes later; there may be several. The requester waits for no
  /// endpoint in particular from now on.
  Reply defer() { return Reply(responder_.share(detail::PeerAccess::core(sender))); }

  /// True if nobody can get the answer any more, as Reply::cancelled(); of a plain send, too.
  bool cancelled() const noexcept {
    return !responder_.isAwaited(detail::PeerAccess::core(sender));
  }

 private:
  friend struct detail::EventAccess;
  template <class F>
  friend class detail::ListenerCall;
  Event(Peer const& from, detail::NameRecord const& name, detail::Responder& responder) noexcept
      : sender(from), returnValue(responder), ports(), name_(name), responder_(responder) {}

  detail::NameRecord const& name_;
  detail::Responder& responder_;
};

namespace detail {

struct EventAccess {
  static Event make(Peer const& from, NameRecord const& name, Responder& responder) noexcept {
    return Event(from, name, responder);
  }
};

}  // namespace detail

}  // namespace tincan::inline abi0
