// tincan/value.hpp - layer 3 - one value of any movable type
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/box.hpp>
#include <tincan/error.hpp>

namespace tincan {

class Value;

namespace detail {

template <>
inline constexpr bool IsValueType<Value> = true;

/// How a value of type T travels: strings in every spelling as std::string, the rest as itself.
template <class T>
struct TravelType {
  using type = std::decay_t<T>;
};
template <class T>
requires std::is_same_v < std::decay_t<T>,
char const* > || std::is_same_v<std::decay_t<T>, char*> ||
    std::is_same_v<std::decay_t<T>, std::string_view> struct TravelType<T> {
  using type = std::string;
};
template <class T>
using Travels = typename TravelType<T>::type;

[[noreturn]] inline void throwTypeMismatch(std::string const& channel, std::string_view subject,
                                           std::string_view expected, std::string_view got) {
  std::string sentence(subject);
  sentence.append(": expected ").append(expected).append(", got ").append(got);
  throw Error(Errc::TypeMismatch, channel, sentence);
}

struct ValueAccess;

}  // namespace detail

/// One value of any movable type, or nothing (the answer of a void handler).
///
///   Threads   One at a time.
///   Progress  Allocates for values above 40 bytes, and for those whose move may throw.
class Value {
 public:
  Value() noexcept = default;
  Value(Value&&) noexcept = default;
  Value& operator=(Value&&) noexcept = default;

  /// A string literal, char const* and string_view are kept as std::string.
  template <class T>
  requires(!std::is_same_v<std::decay_t<T>, Value>)
      // NOLINTNEXTLINE(google-explicit-constructor): `Value v = 5;` is what the type is for.
      Value(T&& value) {
    box_.emplace<detail::Travels<T>>(std::forward<T>(value));
  }

  bool empty() const noexcept { return box_.empty(); }

  /// True if the value is exactly a T.
  template <class T>
  bool holds() const noexcept {
    return box_.as<T>() != nullptr;
  }

  /// The value, which is exactly a T; else Error(TypeMismatch).
  template <class T>
  T const& get() const {
    T const* const value = box_.as<T>();
    if (value == nullptr) mismatch<T>();
    return *value;
  }

  /// Moves the value out and leaves this empty. Between arithmetic types it converts if the value
  /// is representable. Otherwise Error(TypeMismatch), and this is unchanged.
  template <class T>
  T take() {
    static_assert(!std::is_reference_v<T>,
                  "tincan: Value::take<T>() moves the value out: T is no reference.");
    if constexpr (std::is_void_v<T>) {
      box_.clear();
    } else if constexpr (std::is_same_v<T, Value>) {
      return std::move(*this);
    } else {
      if (std::optional<T> taken = box_.take<T>()) return *std::move(taken);
      mismatch<T>();
    }
  }

  /// The type's name, for people; "nothing" if empty.
  std::string typeName() const { return box_.typeName(); }

 private:
  friend struct detail::ValueAccess;

  template <class T>
  [[noreturn]] void mismatch() const {
    detail::throwTypeMismatch({}, "a Value has another type", detail::typeNameOf<T>(), typeName());
  }

  detail::Box box_;
};

namespace detail {

struct ValueAccess {
  static Box& box(Value& value) noexcept { return value.box_; }
};

}  // namespace detail
}  // namespace tincan
