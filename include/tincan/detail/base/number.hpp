// tincan/detail/base/number.hpp - an arithmetic value on its way to another arithmetic type
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace tincan::inline abi0::detail {

/// The types between which arguments and answers convert, if the value is representable.
template <class T>
concept Arithmetic = std::is_arithmetic_v<T> && !std::is_const_v<T> &&
                     (std::is_floating_point_v<T> || sizeof(T) <= sizeof(std::uint64_t));

/// Any arithmetic value, kept without loss.
class Number {
 public:
  Number() noexcept : signed_(0), kind_(Kind::Signed) {}
  template <Arithmetic T>
  explicit Number(T value) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
      kind_ = Kind::Floating;
      floating_ = static_cast<long double>(value);
    } else if constexpr (std::is_signed_v<T>) {
      kind_ = Kind::Signed;
      signed_ = static_cast<std::int64_t>(value);
    } else {
      kind_ = Kind::Unsigned;
      unsigned_ = static_cast<std::uint64_t>(value);
    }
  }

  /// Stores the value in `out`. False, and `out` is unchanged, if T cannot represent it.
  template <Arithmetic T>
  bool to(T& out) const noexcept {
    switch (kind_) {
      case Kind::Signed: return fromInteger(signed_, out);
      case Kind::Unsigned: return fromInteger(unsigned_, out);
      case Kind::Floating: break;
    }
    return fromFloating(out);
  }

 private:
  enum class Kind : unsigned char { Signed, Unsigned, Floating };

  template <class From, class T>
  static bool fromInteger(From value, T& out) noexcept {
    if constexpr (std::is_floating_point_v<T>) {
      T const converted = static_cast<T>(value);
      // Back again, if the way back is defined: the largest integers round up to a power of two
      // that is none of them.
      constexpr T edge = static_cast<T>((std::numeric_limits<From>::max)() / 2 + 1) * 2;
      if (converted >= edge || static_cast<From>(converted) != value) return false;
      out = converted;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (value != 0 && value != 1) return false;
      out = value == 1;
    } else {
      using Widest = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
      auto const low = static_cast<Widest>((std::numeric_limits<T>::min)());
      auto const high = static_cast<Widest>((std::numeric_limits<T>::max)());
      if (std::cmp_less(value, low) || std::cmp_greater(value, high)) return false;
      out = static_cast<T>(value);
    }
    return true;
  }

  // By comparisons, and without <cmath>: that is 5,000 lines in every file that includes this one.
  // None of them holds for a NaN.
  static bool differ(long double a, long double b) noexcept { return a < b || a > b; }
  template <class T>
  static constexpr long double mostOf() noexcept {
    return static_cast<long double>((std::numeric_limits<T>::max)());
  }
  static bool exceeds(long double value, long double most) noexcept {
    return value > most || value < -most;
  }

  template <class T>
  bool fromFloating(T& out) const noexcept {
    if constexpr (std::is_floating_point_v<T>) {
      bool const isInfinite = exceeds(floating_, mostOf<long double>());
      if (!isInfinite && exceeds(floating_, mostOf<T>())) return false;
      T const converted = static_cast<T>(floating_);
      if (differ(static_cast<long double>(converted), floating_)) return false;
      out = converted;
      return true;
    } else {
      if (floating_ >= -0x1p63L && floating_ < 0x1p63L) return fromWhole<std::int64_t>(out);
      if (floating_ >= 0 && floating_ < 0x1p64L) return fromWhole<std::uint64_t>(out);
      return false;
    }
  }

  template <class Integer, class T>
  bool fromWhole(T& out) const noexcept {
    auto const whole = static_cast<Integer>(floating_);
    return !differ(static_cast<long double>(whole), floating_) && fromInteger(whole, out);
  }

  union {
    std::int64_t signed_;
    std::uint64_t unsigned_;
    long double floating_;
  };
  Kind kind_{};
};

}  // namespace tincan::inline abi0::detail
