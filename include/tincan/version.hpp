// tincan/version.hpp - which version of the library this is
#pragma once

/// The version for the preprocessor: 10000 times the major number, 100 times the minor one, the
/// patch.
#define TINCAN_VERSION 100  // 0.1.0

/// Everything lies in an inline namespace that is called after the versions that fit together: code
/// that was compiled against another one does not link with this, instead of meeting other layouts.
namespace tincan::inline abi0 {

/// A version of the library. Until 1.0 a new minor number may change anything.
struct Version {
  int major, minor, patch;  ///< 0.1.0 has the numbers 0, 1 and 0

  /// True if all three numbers are equal.
  friend constexpr bool operator==(Version const&, Version const&) = default;
};

/// The version of the headers that this code is compiled with; TINCAN_VERSION is its number for the preprocessor.
inline constexpr Version version{TINCAN_VERSION / 10000, TINCAN_VERSION / 100 % 100,
                                 TINCAN_VERSION % 100};

}  // namespace tincan::inline abi0
