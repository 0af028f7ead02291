// tincan/detail/api/arguments.hpp - the arguments of a message, for who takes any
#pragma once

#include <cstddef>
#include <string>
#include <type_traits>

#include <tincan/detail/base/type_info.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0 {

namespace detail {
struct AnyArguments;
}

/// What a message or a call brings, to look at. A Value counts as what is in it.
///
///   Threads   The endpoint's.
///   Lifetime  During the call of the function that gets it.
///   Errors    std::out_of_range for an index beyond the last one.
class Arguments {
 public:
  Arguments(Arguments const&) = delete;
  Arguments& operator=(Arguments const&) = delete;

  /// Returns how many there are; ports do not count.
  std::size_t size() const noexcept { return view_.ops->count; }

  /// Returns the name of the type of one of them, for people: "int".
  std::string typeName(std::size_t index) const;

  /// True if that argument is exactly a T. Text is a std::string.
  template <class T>
  bool holds(std::size_t index) const {
    static_assert(std::is_same_v<T, std::decay_t<T>>, "tincan: an argument is asked for by value.");
    return find(index, detail::typeInfo<T>) != nullptr;
  }
  /// Returns that argument, which is exactly a T; else throws Error TypeMismatch.
  template <class T>
  T const& get(std::size_t index) const {
    static_assert(std::is_same_v<T, std::decay_t<T>>, "tincan: an argument is asked for by value.");
    void const* const at = find(index, detail::typeInfo<T>);
    if (at == nullptr) throwMismatch(index, detail::typeInfo<T>);
    return *static_cast<T const*>(at);
  }

 private:
  friend struct detail::AnyArguments;
  explicit Arguments(detail::ArgumentsView const& view) noexcept : view_(view) {}

  /// Throws std::out_of_range.
  void checkIndex(std::size_t index) const;
  void const* find(std::size_t index, detail::TypeInfo const& wanted) const;
  [[noreturn]] void throwMismatch(std::size_t index, detail::TypeInfo const& wanted) const;

  detail::ArgumentsView const& view_;
};

namespace detail {

/// Makes Arguments.
struct AnyArguments {
  static Arguments make(ArgumentsView const& view) noexcept { return Arguments(view); }
};

}  // namespace detail
}  // namespace tincan::inline abi0
