// tincan/detail/message/fitted.hpp - one argument of a message as a parameter wants it
//
//   Threads   The receiver's.
//   Lifetime  Refers to the message's own argument, or owns what had to be made from it.
#pragma once

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/number.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/value.hpp>

namespace tincan::inline v0::detail {

template <class T>
inline constexpr bool IsOptional = false;
template <class T>
inline constexpr bool IsOptional<std::optional<T>> = true;

/// Holds a T for a parameter: the message's own, or one that is made from it.
template <class T>
class Fitted {
 public:
  /// Fits the argument of that type at that address. False if no T can be made of it.
  bool fit(TypeInfo const& type, void* at) {
    if (sameType(type, typeInfo<T>)) {
      own_ = static_cast<T*>(at);
      return true;
    }
    if (type.isValue) return fitInside(*static_cast<Value*>(at));
    return fitOther(type, at);
  }

  /// Fits an argument that was not sent. False if T is not optional.
  bool fitNothing() {
    if constexpr (IsOptional<T>) {
      made_.emplace();
      return true;
    } else {
      return false;
    }
  }

  /// The message's own argument; null if the T had to be made from something else.
  T* own() noexcept { return own_; }
  /// The value that is fitted; after a fit() or fitNothing() that was true.
  T& value() noexcept {
    if constexpr (CanBeMade) {
      if (own_ == nullptr) return *made_;
    }
    return *own_;
  }

 private:
  static constexpr bool CanBeMade =
      Arithmetic<T> || IsOptional<T> || std::is_same_v<T, std::string_view>;
  struct Nothing {};

  bool fitInside(Value& value) {
    Box& box = ValueAccess::box(value);
    return !box.empty() && fit(*box.type(), box.address());
  }

  bool fitOther([[maybe_unused]] TypeInfo const& type, [[maybe_unused]] void* at) {
    if constexpr (Arithmetic<T>) {
      if (type.readNumber == nullptr) return false;
      Number number;
      type.readNumber(at, number);
      made_.emplace();
      return number.to(*made_);
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      if (!sameType(type, typeInfo<std::string>)) return false;
      made_.emplace(*static_cast<std::string*>(at));
      return true;
    } else if constexpr (IsOptional<T>) {
      Fitted<typename T::value_type> inner;
      if (!inner.fit(type, at)) return false;
      made_.emplace(inner.value());
      return true;
    } else {
      return false;
    }
  }

  T* own_ = nullptr;
  [[no_unique_address]] std::conditional_t<CanBeMade, std::optional<T>, Nothing> made_{};
};

}  // namespace tincan::inline v0::detail
