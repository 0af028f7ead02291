// tincan/detail/callable.hpp - layer 0 - what a callable takes and returns
#pragma once

#include <cstddef>
#include <type_traits>

namespace tincan::detail {

template <class... T>
struct TypeList {
  static constexpr std::size_t size = sizeof...(T);
};

template <class R, class... P>
struct Signature {
  using Result = R;
  using Parameters = TypeList<P...>;
};

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

template <class F>
concept HasOneCallOperator = requires {
  &F::operator();
};

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

template <class F>
using SignatureOf = typename CallableSignature<std::decay_t<F>>::type;

}  // namespace tincan::detail
