// tincan/detail/api/peer.hpp - a handle to an endpoint
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/api/verbs.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/called_result.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/route.hpp>

namespace tincan::inline abi0 {

namespace detail {
struct PeerAccess;

template <class T>
struct CalledResultOf {
  using type = Travels<T>;
};
template <>
struct CalledResultOf<void> {
  using type = void;
};
/// What call() gives for its function: its result as it travels, of a Task what that returns.
template <class F>
using CalledResult = typename CalledResultOf<typename ReturnedBy<F>::type>::type;
/// What call() gives for a method.
template <class M>
using MethodResult = typename CalledResultOf<
    typename TaskResult<typename MemberSignature<M>::type::Result>::type>::type;
}  // namespace detail

class Listener;
class Within;

/// A handle to an endpoint, for sending to it and for asking it.
///
///   Threads   Any, each with a copy or all with one. What is sent comes from the endpoint that gave
///             the handle (a.main(), main.renderer("a"), event.sender), if that belongs to the calling
///             thread; else from the endpoint that the thread is running; else from the first one that
///             belongs to it. A thread without endpoint sends as nobody. An endpoint belongs to the
///             thread that polls it; before its first poll, to the one that made it, set it up or
///             sent by it last.
///   Order     Messages from one sender to one receiver are handled in the order in which they were
///             sent.
///   Lifetime  Safe to keep after the endpoint is gone: sends then return Closed, and requests are
///             answered by it.
///   Errors    Closed, if the endpoint that gave the handle is the calling thread's, and closed.
class Peer : public Verbs<Peer> {
 public:
  /// Makes a handle to nobody: an empty name, not alive.
  Peer() noexcept = default;

  /// Returns the verbs that ask, with a deadline: .within(50ms).sendSync<int>("x") gives up after
  /// so long. It gives up at once if the duration is negative or not a number, and never if it is a
  /// century or more.
  template <class Rep, class Period>
  Within within(std::chrono::duration<Rep, Period> most) const;

  /// Runs `function` on that endpoint's thread, in its place among the messages. What it throws goes to
  /// onError. A coroutine that returns a Task lives until that has ended. Closed: it was destroyed, and
  /// never runs. Is never refused for want of room.
  template <class F>
  SendResult post(F function) const;
  /// Runs a method of an object there, as post() does; if that is given by a shared_ptr or weak_ptr, only if it lives
  /// then.
  template <class O, class M>
  SendResult post(O&& object, M method) const;
  /// Runs `function` as post() does, and what it returns or throws comes by the future: a copy, no
  /// reference; of a coroutine the result of its Task. It does not run if the future is given up before. Closed,
  /// if the endpoint is, or is before it has run.
  template <class F>
  Future<detail::CalledResult<F>> call(F function) const;
  /// Calls a method of an object there, as call() does. Cancelled, if the object is given by a shared_ptr or weak_ptr
  /// and has ended by then.
  template <class O, class M>
  Future<detail::MethodResult<M>> call(O&& object, M method) const;

  /// Calls `function` once when this endpoint has ended: it is closed, and nothing more is sent in its name; at
  /// once if it has. The function runs inside the poll of the endpoint in whose name this handle sends now, after
  /// everything that the ended one had sent to that. What it throws goes to onError. It is not called if its
  /// endpoint closes first. Throws WrongThread if the calling thread has no endpoint; Closed, if that is closed.
  template <class F>
  Listener onClose(F function) const;
  /// Calls a method of an object, as onClose(); if that is given by a shared_ptr or weak_ptr, only if it lives then.
  template <class O, class M>
  Listener onClose(O&& object, M method) const;

  /// The endpoint's name, which need not be unique; empty for nobody.
  std::string name() const { return core_ == nullptr ? std::string() : core_->name; }
  /// Unique within the bus; 0 for nobody.
  std::uint64_t id() const noexcept { return core_ == nullptr ? 0 : core_->id; }
  /// False once the endpoint is closed, for nobody, and in a forked child for an endpoint whose thread
  /// only the parent has.
  bool alive() const noexcept;

  /// Compares the endpoints; who gave the handles does not count.
  friend bool operator==(Peer const& a, Peer const& b) noexcept {
    return a.core_ == b.core_ || (a.id() == 0 && b.id() == 0);
  }

 private:
  friend struct detail::PeerAccess;
  friend struct detail::VerbCall;
  template <class From, class... T>
  friend struct detail::PlainSend;
  template <class From, class... T>
  friend struct detail::PlainAsk;

  Peer(std::shared_ptr<detail::EndpointCore> core,
       std::shared_ptr<detail::EndpointCore> from) noexcept
      : core_(std::move(core)), from_(std::move(from)) {}

  detail::Ends ends() const noexcept { return {from_.get(), core_.get(), false}; }
  detail::Route route(std::string_view verb) const;

  std::shared_ptr<detail::EndpointCore> core_{};
  std::shared_ptr<detail::EndpointCore> from_{};  // null: nobody in particular
};

namespace detail {

/// Makes handles and looks into them, for the library itself.
struct PeerAccess {
  static Peer make(std::shared_ptr<EndpointCore> core,
                   std::shared_ptr<EndpointCore> from = nullptr) noexcept {
    return Peer(std::move(core), std::move(from));
  }
  /// The handle that `from` would have given to the same endpoint.
  static Peer givenBy(Peer const& peer, std::shared_ptr<EndpointCore> from) noexcept {
    return Peer(peer.core_, std::move(from));
  }
  /// The endpoint behind a handle; null for nobody.
  static EndpointCore* core(Peer const& peer) noexcept { return peer.core_.get(); }
};

}  // namespace detail
}  // namespace tincan::inline abi0
