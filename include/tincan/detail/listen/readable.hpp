// tincan/detail/listen/readable.hpp - gives a callable with auto parameters those of its channel
#pragma once

#include <type_traits>
#include <utility>

#include <tincan/detail/base/callable.hpp>

namespace tincan::inline abi0::detail {

/// True for a callable whose parameters can be read.
template <class F>
concept Readable = HasOneCallOperator<F> || std::is_pointer<F>::value;

/// Returns a callable whose parameters can be read: one that calls `function`, which has auto parameters, with
/// `P...`; or the function itself, if it does not take these.
template <class E, class... P, class F>
decltype(auto) withParameters(TypeList<P...>, F& function) {
  if constexpr (std::is_invocable_v<F&, E&, P...>) {
    return [f = std::move(function)](E& event, P... arguments) mutable -> decltype(auto) {
      return f(event, static_cast<P&&>(arguments)...);
    };
  } else if constexpr (std::is_invocable_v<F&, P...>) {
    return [f = std::move(function)](P... arguments) mutable -> decltype(auto) {
      return f(static_cast<P&&>(arguments)...);
    };
  } else {
    return std::move(function);
  }
}

/// The parameters that a listener, and a handler, with auto parameters is called with.
template <class... T>
TypeList<T const&...> asLookedAt(TypeList<T...>);
template <class... T>
TypeList<T&&...> asOwned(TypeList<T...>);

}  // namespace tincan::inline abi0::detail
