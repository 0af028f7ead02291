// tincan/value.hpp - one value of any movable type
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0 {

class Value;

namespace detail {

template <>
inline constexpr bool IsValueType<Value> = true;

/// True for an array of char, constant or not.
template <class T>
inline constexpr bool IsCharArray = false;
template <std::size_t N>
inline constexpr bool IsCharArray<char[N]> = true;
template <std::size_t N>
inline constexpr bool IsCharArray<char const[N]> = true;

/// True for a std::initializer_list.
template <class T>
inline constexpr bool IsInitializerList = false;
template <class T>
inline constexpr bool IsInitializerList<std::initializer_list<T>> = true;

/// True for a tuple or pair of references, as std::tie() makes it.
template <class T>
inline constexpr bool HoldsReferences = false;
template <class... T>
inline constexpr bool HoldsReferences<std::tuple<T...>> = (std::is_reference_v<T> || ...);
template <class A, class B>
inline constexpr bool HoldsReferences<std::pair<A, B>> =
    std::is_reference_v<A> || std::is_reference_v<B>;

/// True for what stands for one bit of a container; told by its name, so that <bitset> stays out of
/// here.
template <class T>
constexpr bool isBitReference() noexcept {
  if constexpr (std::is_same_v<T, std::vector<bool>::reference>) return true;
  else if constexpr (!std::is_class_v<T>) return false;
  else
    return (typeNameOf<T>().starts_with("std::bitset<") &&
            typeNameOf<T>().ends_with("::reference")) ||
           typeNameOf<T>().starts_with("std::__bit_reference<") ||  // libc++
           typeNameOf<T>().starts_with("std::__bit_const_reference<");
}

/// The type as which a T travels: text in every spelling as std::string, a bit of a container as bool,
/// everything else as itself. A char array is the text up to its first NUL, or all of it if there is
/// none. What only refers to the sender's objects does not compile, if that can be seen. A pointer and
/// a std::reference_wrapper refer on purpose: what they refer to must live long enough.
template <class T>
struct TravelType {
  using Plain = std::decay_t<T>;
  static_assert(!std::is_array_v<std::remove_reference_t<T>>,
                "tincan: an array would arrive as a pointer to the sender's own: pass a std::array "
                "or a std::vector.");
  static_assert(!IsInitializerList<Plain>,
                "tincan: a std::initializer_list does not own its elements: pass a std::vector.");
  static_assert(
      !HoldsReferences<Plain>,
      "tincan: a tuple or pair of references refers to the sender's own objects: pass one "
      "of values.");
  using type = std::conditional_t<isBitReference<Plain>(), bool, Plain>;
};
template <class T>
requires std::is_same_v < std::decay_t<T>,
char const* > || std::is_same_v<std::decay_t<T>, char*> ||
    std::is_same_v<std::decay_t<T>, std::string_view> struct TravelType<T> {
  using type = std::string;
};
template <class T>
using Travels = typename TravelType<T>::type;

/// True for a pointer that is taken for a C string.
template <class T>
inline constexpr bool IsTextPointer = std::is_same_v<std::remove_cvref_t<T>, char const*> ||
                                      std::is_same_v<std::remove_cvref_t<T>, char*>;

/// Forwards a T, or what stands for it, so that it travels as TravelType says. Throws
/// std::invalid_argument for a null pointer that is to be text.
template <class T>
[[gnu::always_inline]] constexpr decltype(auto) travelling(
    std::remove_reference_t<T>& value) noexcept(!IsTextPointer<T>) {
  if constexpr (IsCharArray<std::remove_reference_t<T>>) {
    return detail::textOf(value);
  } else {
    if constexpr (IsTextPointer<T>) {
      if (value == nullptr) throw std::invalid_argument("tincan: a null char const* is no text");
    }
    return static_cast<T&&>(value);
  }
}

/// Throws Error(TypeMismatch): "<subject>: expected <expected>, got <got>".
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
  /// Holds nothing.
  Value() noexcept = default;
  /// Moves the value out of the other one, which holds nothing then. A Value cannot be copied.
  Value(Value&&) noexcept = default;
  Value& operator=(Value&&) noexcept = default;

  /// Keeps the value; a string literal, char array, char const* and string_view as std::string. Throws
  /// std::invalid_argument for a null char const*.
  template <class T>
  requires(!std::is_same_v<std::decay_t<T>, Value>)
      // NOLINTNEXTLINE(google-explicit-constructor): `Value v = 5;` is what the type is for.
      Value(T&& value) {
    box_.emplace<detail::Travels<T>>(detail::travelling<T>(value));
  }

  /// True if there is no value: it was never given one, it was taken, or it is the answer of a void handler.
  bool empty() const noexcept { return box_.empty(); }

  /// True if the value is exactly a T.
  template <class T>
  bool holds() const noexcept {
    return box_.as<T>() != nullptr;
  }

  /// The value. Throws Error(TypeMismatch) if it is not exactly a T.
  template <class T>
  T const& get() const {
    T const* const value = box_.as<T>();
    if (value == nullptr) mismatch<T>();
    return *value;
  }

  /// Moves the value out and leaves this empty. Between arithmetic types it converts if the value is
  /// representable. Else throws Error(TypeMismatch), and this is unchanged. T may be void: anything.
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

  /// The name of the value's type, for people; "nothing" if this is empty.
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

/// Shows what the bus needs of a value and its users do not.
struct ValueAccess {
  static Box& box(Value& value) noexcept { return value.box_; }
  static Box const& box(Value const& value) noexcept { return value.box_; }
};

}  // namespace detail
}  // namespace tincan::inline abi0
