// tincan/detail/listen/event_parameters.hpp - splits the event off the parameters of a listener or a handler
#pragma once

#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <tincan/detail/base/callable.hpp>
#include <tincan/fwd.hpp>

namespace tincan::inline abi0::detail {

/// Either of the two kinds of event, of messages and of calls.
template <class T>
concept AnyEvent = std::is_same_v<T, Event> || std::is_same_v<T, InvokeEvent>;

template <class List>
inline constexpr bool hasEvent = false;
template <class... T>
inline constexpr bool hasEvent<TypeList<T...>> = (AnyEvent<std::remove_cvref_t<T>> || ...);

/// Says whether a callable takes its event, which must be an `Expected&`, and which arguments it takes.
template <class List, AnyEvent Expected>
struct EventParameters {
  static_assert(!hasEvent<List>,
                "tincan: a listener, or a handler, takes its event first, and once.");
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
  static_assert(!hasEvent<TypeList<Rest...>>,
                "tincan: a listener, or a handler, takes its event first, and once.");
  static constexpr bool takesEvent = true;
  using Arguments = TypeList<Rest...>;
};

/// The arguments of a Task, which outlive their message: each a value of its own.
template <class List>
struct HeldArguments;
template <class... P>
struct HeldArguments<TypeList<P...>> {
  template <class T>
  static constexpr bool isText =
      std::is_same_v<T, std::string_view> || std::is_same_v<T, std::optional<std::string_view>>;
  static constexpr bool areOwn = (!isText<std::remove_cvref_t<P>> && ...);
  using List = TypeList<std::remove_cvref_t<P>...>;
  using Tuple = std::tuple<std::remove_cvref_t<P>...>;
};

}  // namespace tincan::inline abi0::detail
