// tincan/detail/api/listener.hpp - a token for a listener or a handler that was registered
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0 {

namespace detail {
template <class Self>
class EndpointVerbs;
template <class Self>
class Registering;
}  // namespace detail

/// Names one registration, to end it.
///
///   Threads   The endpoint's.
///   Lifetime  Copies name the same registration. Harmless after the endpoint's end; its own end ends nothing,
///             see ScopedListener.
class Listener {
 public:
  /// Names none: remove() does nothing, and returns false.
  Listener() noexcept = default;

  /// Ends the registration: what was registered is not called any more, not even for the message that is
  /// being handled. True if it was there. Throws WrongThread.
  bool remove() const;

 private:
  template <class Self>
  friend class detail::Registering;
  template <class Self>
  friend class detail::EndpointVerbs;
  friend class Peer;
  friend class ScopedListener;
  Listener(std::shared_ptr<detail::EndpointCore> const& core,
           std::shared_ptr<detail::Registration> const& node) noexcept
      : core_(core), node_(node) {}

  void removeFromAnywhere() const noexcept;

  bool isIn(std::shared_ptr<detail::EndpointCore> const& core,
            detail::ListenerTable const* table) const;

  std::weak_ptr<detail::EndpointCore> core_{};
  std::weak_ptr<detail::Registration> node_{};
};

/// Ends a registration at its own end.
///
///   Threads   On the endpoint's it does what Listener::remove() does. On another one the listener is not
///             called any more for messages whose handling begins after that, and its captures end on the
///             endpoint's thread; one that is running at that moment runs on.
class [[nodiscard]] ScopedListener {
 public:
  /// Holds no registration.
  ScopedListener() noexcept = default;
  /// Takes a registration, of whatever endpoint, to end it.
  // NOLINTNEXTLINE(google-explicit-constructor): `ScopedListener s = ipc.on(...)`.
  ScopedListener(Listener listener) noexcept : listener_(std::move(listener)) {}
  /// Takes the registration over; the other one holds none then.
  ScopedListener(ScopedListener&& other) noexcept : listener_(std::exchange(other.listener_, {})) {}
  /// Swaps the registrations: the one that was here ends with the other object.
  ScopedListener& operator=(ScopedListener&& other) noexcept {
    std::swap(listener_, other.listener_);
    return *this;
  }
  ~ScopedListener() { listener_.removeFromAnywhere(); }

 private:
  Listener listener_;
};

}  // namespace tincan::inline abi0
