// tincan/detail/base/function_ref.hpp - a callable that is borrowed for one call
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace tincan::inline abi0::detail {

/// A reference to any callable. Valid for as long as the call lasts that it is an argument of.
template <class Signature>
class FunctionRef;
template <class R, class... A>
class FunctionRef<R(A...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>)
      // NOLINTNEXTLINE(google-explicit-constructor): a lambda is passed as it is.
      FunctionRef(F&& function)
  noexcept
      : object_(const_cast<void*>(static_cast<void const*>(std::addressof(function)))),
        call_([](void* object, A... arguments) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<A>(arguments)...);
        }) {}

  R operator()(A... arguments) const { return call_(object_, std::forward<A>(arguments)...); }

 private:
  void* object_;
  R (*call_)(void*, A...);
};

}  // namespace tincan::inline abi0::detail
