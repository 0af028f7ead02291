// tincan/version.hpp - which version of the library this is
#pragma once

/// The version for the preprocessor: 10000 times the major number, 100 times the minor one, the
/// patch.
#define TINCAN_VERSION 100  // 0.1.0

/// Everything lies in an inline namespace that is called after the versions that fit together: code
/// that was compiled against another one does not link with this, instead of meeting other layouts.
namespace tincan::inline abi0 {

struct Version {
  int major, minor, patch;

  friend constexpr bool operator==(Version const&, Version const&) = default;
};

inline constexpr Version version{TINCAN_VERSION / 10000, TINCAN_VERSION / 100 % 100,
                                 TINCAN_VERSION % 100};

}  // namespace tincan::inline abi0
