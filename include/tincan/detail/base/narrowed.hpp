// tincan/detail/base/narrowed.hpp - a conversion that is none on some systems
#pragma once

#include <type_traits>

namespace tincan::inline abi0::detail {

/// The value as one of another type, which on some systems is the same: there a cast is what -Wuseless-cast
/// warns of. The caller knows that it fits, or wants the lower bits.
template <class To, class From>
constexpr To narrowed(From value) noexcept {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace tincan::inline abi0::detail
