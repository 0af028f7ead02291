// tincan/detail/message/fitted.hpp - one argument of a message as a parameter wants it
//
//   Threads   The receiver's.
//   Lifetime  Refers to the message's own argument, or owns what had to be made from it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/number.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

template <class T>
inline constexpr bool IsOptional = false;
template <class T>
inline constexpr bool IsOptional<std::optional<T>> = true;

/// How a std::optional<T> for a parameter is made from a T of the message: by copying, by moving, or by
/// moving and, once the call is over, moving back what is left.
enum class Making { Copy, Move, Loan };

/// What a parameter refers to, whatever its type: the message's own argument; or a number or a
/// std::string_view that is made from it, here.
class FittedArgument {
 public:
  FittedArgument() noexcept = default;
  FittedArgument(FittedArgument const&) = delete;
  FittedArgument& operator=(FittedArgument const&) = delete;

  /// Fits the argument of that type at that address to a parameter of the `wanted` type. False if that
  /// cannot be.
  bool fit(TypeInfo const& wanted, TypeInfo const& type, void* at) {
    if (sameType(type, wanted)) {
      at_ = at;
      return true;
    }
    if (!type.isValue) return make(wanted, type, at);
    Box& box = ValueAccess::box(*static_cast<Value*>(at));
    return !box.empty() && fit(wanted, *box.type(), box.address());
  }

  /// The value that is fitted; after a fit() that was true.
  void* at() noexcept { return at_; }
  /// True if the value was made from the argument: what is written to it would be lost.
  bool isMade() const noexcept { return at_ == made_; }

 private:
  bool make(TypeInfo const& wanted, TypeInfo const& type, void* at) {
    if (wanted.makeFromNumber != nullptr) {
      if (type.readNumber == nullptr) return false;
      Number number;
      type.readNumber(at, number);
      at_ = made_;
      return wanted.makeFromNumber(made_, number);
    }
    if (!sameType(wanted, typeInfo<std::string_view>)) return false;
    if (!sameType(type, typeInfo<std::string>)) return false;
    at_ = ::new (static_cast<void*>(made_)) std::string_view(*static_cast<std::string*>(at));
    return true;
  }

  void* at_ = nullptr;
  union Largest {
    long double number;
    std::string_view text;
  };
  alignas(Largest) std::byte made_[sizeof(Largest)];
};

/// Holds a T for a parameter.
template <class T>
class Fitted {
 public:
  /// Fits the argument of that type at that address. False if no T can be made of it.
  bool fit(TypeInfo const& type, void* at) { return any_.fit(typeInfo<T>, type, at); }

  /// Fits an argument that was not sent: false, for T is not optional.
  bool fitNothing() noexcept { return false; }

  /// The message's own argument; null if the T had to be made from something else.
  T* own() noexcept { return any_.isMade() ? nullptr : static_cast<T*>(any_.at()); }
  /// The value that is fitted; after a fit() that was true.
  template <Making = Making::Copy>
  T& value() noexcept {
    return *static_cast<T*>(any_.at());
  }

 private:
  FittedArgument any_;
};

/// Holds a std::optional<T> for a parameter: the message's own; one that is made from the message's T; or
/// one without a value, for an argument that was not sent or is a std::nullopt.
///
///   Errors    value() throws what making the T throws.
template <class T>
class Fitted<std::optional<T>> {
 public:
  Fitted() = default;
  ~Fitted() {
    if constexpr (std::is_nothrow_move_constructible_v<T>) {
      if (lent_ == nullptr || !made_.has_value()) return;
      std::destroy_at(lent_);
      std::construct_at(lent_, std::move(*made_));
    }
  }
  Fitted(Fitted const&) = delete;
  Fitted& operator=(Fitted const&) = delete;

  /// Fits the argument of that type at that address, of which nothing is moved yet. False if no T can be
  /// made of it.
  bool fit(TypeInfo const& type, void* at) {
    if (sameType(type, typeInfo<std::optional<T>>)) {
      own_ = static_cast<std::optional<T>*>(at);
      return true;
    }
    isInside_ = inside_.fit(type, at);
    if (isInside_ || sameType(type, typeInfo<std::nullopt_t>)) return true;
    if (!type.isValue) return false;
    Box& box = ValueAccess::box(*static_cast<Value*>(at));
    return !box.empty() && fit(*box.type(), box.address());
  }

  /// Fits an argument that was not sent.
  bool fitNothing() noexcept { return true; }

  /// The message's own argument; null if it had to be made from something else.
  std::optional<T>* own() noexcept { return own_; }

  /// The value that is fitted, which is made now; after a fit() or fitNothing() that was true. Called once.
  template <Making making = Making::Copy>
  std::optional<T>& value() {
    if (own_ != nullptr) return *own_;
    if (isInside_) make<making>();
    return made_;
  }

 private:
  template <Making making>
  void make() {
    T& from = inside_.template value<making>();
    if constexpr (making == Making::Copy) {
      made_.emplace(std::as_const(from));
    } else {
      made_.emplace(std::move(from));
      if constexpr (making == Making::Loan) lent_ = std::addressof(from);
    }
  }

  std::optional<T>* own_ = nullptr;
  Fitted<T> inside_;  // the T that was sent
  bool isInside_ = false;
  std::optional<T> made_;
  T* lent_ = nullptr;  // to it goes back what made_ has
};

}  // namespace tincan::inline abi0::detail
