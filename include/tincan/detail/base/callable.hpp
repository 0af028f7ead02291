// tincan/detail/base/callable.hpp - what a callable takes and returns
#pragma once

#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace tincan::inline abi0::detail {

/// A list of types, as a value for overloads.
template <class... T>
struct TypeList {
  static constexpr std::size_t size = sizeof...(T);
};

/// What a callable returns and takes.
template <class R, class... P>
struct Signature {
  using Result = R;
  using Parameters = TypeList<P...>;
};

/// The signature of a pointer to a member function.
template <class T>
struct MemberSignature;
#define TINCAN_DETAIL_MEMBER(QUALIFIERS)              \
  template <class C, class R, class... P>             \
  struct MemberSignature<R (C::*)(P...) QUALIFIERS> { \
    using type = Signature<R, P...>;                  \
  };
TINCAN_DETAIL_MEMBER()
TINCAN_DETAIL_MEMBER(const)
TINCAN_DETAIL_MEMBER(&)
TINCAN_DETAIL_MEMBER(const&)
TINCAN_DETAIL_MEMBER(noexcept)
TINCAN_DETAIL_MEMBER(const noexcept)
TINCAN_DETAIL_MEMBER(&noexcept)
TINCAN_DETAIL_MEMBER(const& noexcept)
#undef TINCAN_DETAIL_MEMBER

/// A class whose call operator is neither overloaded nor a template.
template <class F>
concept HasOneCallOperator = requires {
  &F::operator();
};

/// The signature of a callable; does not compile for one that has several.
template <class F>
struct CallableSignature {
  static_assert(HasOneCallOperator<F>,
                "tincan: this needs a callable whose parameter types can be read: a lambda without "
                "auto parameters, a function, or an object with one operator().");
  using type = typename MemberSignature<decltype(&F::operator())>::type;
};
template <class R, class... P>
struct CallableSignature<R (*)(P...)> {
  using type = Signature<R, P...>;
};
template <class R, class... P>
struct CallableSignature<R (*)(P...) noexcept> {
  using type = Signature<R, P...>;
};

template <class M, class C>
struct CallableSignature<M C::*> {
  static_assert(!std::is_class_v<C>,
                "tincan: a method needs its object: on(\"x\", object, &T::method).");
  using type = Signature<void>;
};

/// A pointer, or an object that may hold no function, as std::function. No lambda: one without
/// captures compares as a pointer that is never null.
template <class F>
concept MayBeNull = std::is_pointer<F>::value || std::is_member_pointer<F>::value ||(
    std::is_class<F>::value&& requires(F const& function) {
      { function == nullptr } -> std::convertible_to<bool>;
    } &&
    !requires(F const& function) { +function; });

/// Throws std::invalid_argument, which names the verb, for a function that is null.
template <class F>
void refuseNull([[maybe_unused]] F const& function, [[maybe_unused]] std::string_view verb) {
  if constexpr (MayBeNull<F>) {
    if (function == nullptr) {
      throw std::invalid_argument("tincan: " + std::string(verb) + ": the function is null");
    }
  }
}

/// The signature of what is passed as a callable.
template <class F>
using SignatureOf = typename CallableSignature<std::decay_t<F>>::type;

}  // namespace tincan::inline abi0::detail
