// tincan/listener.hpp - layer 11 - a token for a listener or a handler that was registered
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <tincan/detail/arguments.hpp>
#include <tincan/detail/core.hpp>
#include <tincan/detail/thread_state.hpp>
#include <tincan/event.hpp>

namespace tincan {

class InvokeEvent;

namespace detail {
template <class Self>
class Registering;
}

/// Names one registration, to end it. Copyable; harmless after the endpoint's end.
class Listener {
 public:
  Listener() noexcept = default;

  /// Ends the registration: it is not called any more, for the message that is being handled
  /// neither. True if it was there. Throws WrongThread.
  bool remove() const {
    auto const core = core_.lock();
    auto const node = node_.lock();
    if (core == nullptr || node == nullptr) return false;
    core->checkThread("off");
    return node->isLive && node->entry->table->remove(*node);
  }

 private:
  template <class Self>
  friend class detail::Registering;
  Listener(std::shared_ptr<detail::EndpointCore> const& core,
           std::shared_ptr<detail::Registration> const& node) noexcept
      : core_(core), node_(node) {}

  bool isIn(std::shared_ptr<detail::EndpointCore> const& core,
            detail::ListenerTable const* table) const {
    auto const node = node_.lock();
    return node != nullptr && node->isLive && core_.lock() == core && node->entry->table == table;
  }

  std::weak_ptr<detail::EndpointCore> core_;
  std::weak_ptr<detail::Registration> node_;
};

/// Ends a registration at its own end. To be destroyed on the endpoint's thread: elsewhere the
/// listener stays.
class [[nodiscard]] ScopedListener {
 public:
  ScopedListener() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): `ScopedListener s = ipc.on(...)`.
  ScopedListener(Listener listener) noexcept : listener_(std::move(listener)) {}
  ScopedListener(ScopedListener&& other) noexcept : listener_(std::exchange(other.listener_, {})) {}
  ScopedListener& operator=(ScopedListener&& other) noexcept {
    std::swap(listener_, other.listener_);
    return *this;
  }
  ~ScopedListener() {
    try {
      listener_.remove();
    } catch (Error const&) {
      // WrongThread: said above.
    }
  }

 private:
  Listener listener_;
};

namespace detail {

template <class T>
concept AnyEvent = std::is_same_v<T, Event> || std::is_same_v<T, InvokeEvent>;

/// Splits the event off, if the callable takes it.
template <class List, AnyEvent Expected>
struct EventParameters {
  static constexpr bool takesEvent = false;
  using Arguments = List;
};
template <class First, class... Rest, AnyEvent Expected>
requires AnyEvent<std::remove_cvref_t<First>>
struct EventParameters<TypeList<First, Rest...>, Expected> {
  static_assert(std::is_lvalue_reference_v<First>,
                "tincan: a listener takes its event by reference: Event&.");
  static_assert(std::is_same_v<std::remove_cvref_t<First>, Expected>,
                "tincan: a listener (on, once) takes an Event&, a handler (handle) an "
                "InvokeEvent&.");
  static constexpr bool takesEvent = true;
  using Arguments = TypeList<Rest...>;
};

template <class F>
class ListenerOf final : public ListenerNode {
 public:
  explicit ListenerOf(F&& function)
      : ListenerNode(exactOps(Arguments{})), function_(std::move(function)) {}
  explicit ListenerOf(F const& function)
      : ListenerNode(exactOps(Arguments{})), function_(function) {}

  bool call(Event& event, ArgumentsView const& arguments) override {
    auto const before = [this] {
      if (isOnce) [[unlikely]]
        entry->table->disarm(*this);
    };
    return callWith<Access::Look>(Arguments{}, arguments, before, caller(event));
  }

  void callExactly(Event& event, void* at) override {
    callWithExact<Access::Look>(Arguments{}, at, caller(event));
  }

  std::string parameters() const override { return describeParameters(Arguments{}); }

 private:
  using Parameters = EventParameters<typename SignatureOf<F>::Parameters, Event>;
  using Arguments = typename Parameters::Arguments;

  auto caller(Event& event) noexcept {
    return [&event, this](auto&&... values) {
      this->callFunction(event, std::forward<decltype(values)>(values)...);
    };
  }

  template <class... A>
  void callFunction(Event& event, A&&... arguments) {
    if constexpr (Parameters::takesEvent) function_(event, std::forward<A>(arguments)...);
    else function_(std::forward<A>(arguments)...);
  }

  F function_;
};

}  // namespace detail
}  // namespace tincan
