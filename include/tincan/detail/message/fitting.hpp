// tincan/detail/message/fitting.hpp - hands the arguments of a message to a callable
//
//   Threads   The receiver's.
//   Lifetime  What is fitted refers to the message's own arguments, or owns what it had to make.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/fitted.hpp>
#include <tincan/detail/message/values.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// Whether a callable owns its arguments: a listener only looks at the message's, which other listeners
/// see as well; a handler owns them.
enum class Access { Look, Own };

template <class P>
inline constexpr bool IsMutableReference =
    std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;

/// Does not compile if a callable cannot have a parameter P.
template <Access access, class P>
consteval bool assertTakes() {
  using T = std::remove_cvref_t<P>;
  static_assert(
      !std::is_pointer_v<T> || !std::is_same_v<std::remove_cv_t<std::remove_pointer_t<T>>, char>,
      "tincan: strings arrive as std::string: take std::string const& or std::string_view.");
  if constexpr (access == Access::Look) {
    static_assert(!std::is_rvalue_reference_v<P>,
                  "tincan: a listener takes its arguments by value (a copy), T const&, or T& (the "
                  "message's own copy, to move from), not by T&&.");
    static_assert(std::is_reference_v<P> || std::is_copy_constructible_v<T>,
                  "tincan: a listener that takes an argument by value gets a copy, and this type "
                  "cannot be copied: take T const&, or T& to move from.");
  }
  return true;
}

template <Access access, class... P>
consteval bool assertTakesAll(TypeList<P...>) {
  return (assertTakes<access, P>() && ...);
}

/// The reference from which a callable makes its parameter P, in one step.
template <Access access, class P>
using Passed =
    std::conditional_t<std::is_lvalue_reference_v<P>, P,
                       std::conditional_t<access == Access::Own, std::remove_cvref_t<P>&&,
                                          std::remove_cvref_t<P> const&>>;

/// How a parameter P that is a std::optional<T> is made from a T. A handler owns its arguments. A listener
/// gets a copy, or what it would have of a T: T& is to move from, and what cannot be copied is only lent.
template <Access access, class P>
constexpr Making makingOf() noexcept {
  using T = std::remove_cvref_t<P>;
  if constexpr (access == Access::Own || !IsOptional<T>) {
    return Making::Move;
  } else {
    using V = typename T::value_type;
    constexpr bool mayCopy = std::is_copy_constructible_v<V>;
    if (mayCopy && !IsMutableReference<P>) return Making::Copy;
    if (std::is_nothrow_move_constructible_v<V>) return Making::Loan;
    return mayCopy ? Making::Copy : Making::Move;
  }
}

/// Fits the message's argument at that index to a parameter P. False if that cannot be.
template <class P>
bool fitParameter(Fitted<std::remove_cvref_t<P>>& fitted, ArgumentsView const& arguments,
                  std::size_t index) {
  if (index >= arguments.ops->count) return fitted.fitNothing();
  if (!fitted.fit(arguments.type(index), arguments.argument(index))) return false;
  // What is written to a made value would be lost.
  return !IsMutableReference<P> || fitted.own() != nullptr || IsOptional<std::remove_cvref_t<P>>;
}

/// The arguments of a message that have exactly the types of the parameters.
template <class List>
struct ExactArgumentsOf;
template <class... P>
struct ExactArgumentsOf<TypeList<P...>> {
  using type = ArgumentsOf<std::remove_cvref_t<P>...>;
};
template <class List>
using ExactArguments = typename ExactArgumentsOf<List>::type;

/// The operations of those.
template <class... P>
constexpr ArgumentsOps const* exactOps(TypeList<P...>) noexcept {
  return &ArgumentsOf<std::remove_cvref_t<P>...>::ops;
}

/// Calls call(P...) with the message's arguments, which are those of exactOps().
template <Access access, class... P, class Call>
void callWithExact(TypeList<P...>, void* at, Call&& call) {
  [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    auto& values = *static_cast<Values<std::remove_cvref_t<P>...>*>(at);
    call(static_cast<Passed<access, P>>(
        static_cast<ValueAt<I, std::remove_cvref_t<P>>&>(values).value)...);
  }
  (std::index_sequence_for<P...>{});
}

/// Calls before(), and then call(P...) with the message's arguments. False, with nothing called, if
/// they do not fit.
template <Access access, class... P, class Before, class Call>
bool callWith(TypeList<P...> parameters, ArgumentsView const& arguments, Before&& before,
              Call&& call) {
  static_assert(assertTakesAll<access>(TypeList<P...>{}));
  if (arguments.ops == detail::exactOps(parameters)) {
    before();
    detail::callWithExact<access>(parameters, arguments.at, call);
    return true;
  }
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] Values<Fitted<std::remove_cvref_t<P>>...> fitted;
    if (!(detail::fitParameter<P>(valueAt<I>(fitted), arguments, I) && ...)) return false;
    before();
    call(static_cast<Passed<access, P>>(
        valueAt<I>(fitted).template value<makingOf<access, P>()>())...);
    return true;
  }
  (std::index_sequence_for<P...>{});
}

}  // namespace tincan::inline abi0::detail
