// tincan/detail/base/type_info.hpp - which type a value has, at run time
//
// With RTTI two types are the same if std::type_info says so. Without it (-fno-rtti) they are the
// same if their tags have one address, as they do within a program; for types that cross a border
// where inline variables are not merged (dlopen with RTLD_LOCAL, hidden visibility), specialise
// TypeName on both sides, and the names decide.
//
// Names for messages are cut out of the compiler's own text for a function.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#if defined(__cpp_rtti) || defined(__GXX_RTTI)
#define TINCAN_DETAIL_RTTI 1
#include <typeinfo>
#endif

#include <tincan/detail/base/number.hpp>

namespace tincan::inline abi0 {

/// A name for a type, registered by specialising; used in messages and, without RTTI, to tell that
/// two types of two libraries are one.
template <class T>
struct TypeName {
  static constexpr std::string_view value{};
};

namespace detail {

/// The compiler's own text for this function, in which the name of T stands.
template <class T>
constexpr std::string_view functionText() noexcept {
  return __PRETTY_FUNCTION__;
}

/// Cuts the name of T out of "... [with T = int; std::string_view = ...]" (g++) or "... [T = int]"
/// (clang).
template <class T>
constexpr std::string_view compilerTypeName() noexcept {
  std::string_view text = functionText<T>();
  std::string_view const key = "T = ";
  text.remove_prefix(text.find(key) + key.size());
  std::size_t end = text.find("; std::string_view");
  if (end == std::string_view::npos) end = text.rfind(']');
  return text.substr(0, end);
}

/// Copies a type's name without what is no part of it for people, the library's inline namespace. Returns the
/// size of the copy; `to` may be null.
constexpr std::size_t copyTypeName(std::string_view name, char* to) noexcept {
  constexpr std::string_view library = "tincan::", version = "abi0::";
  auto const isInName = [](char c) {
    return c == '_' || c == ':' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  };
  std::size_t size = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (to != nullptr) to[size] = name[i];
    ++size;
    if (!name.substr(i + 1).starts_with(version) || i + 1 < library.size()) continue;
    std::size_t const begin = i + 1 - library.size();
    bool const isLibrary =
        name.substr(begin).starts_with(library) && (begin == 0 || !isInName(name[begin - 1]));
    if (isLibrary) i += version.size();
  }
  return size;
}

/// The compiler's name of T as people write it.
template <class T>
struct WrittenTypeName {
  static constexpr std::string_view full = compilerTypeName<T>();
  static constexpr std::size_t size = copyTypeName(full, nullptr);
  static constexpr auto text = [] {
    std::array<char, size + 1> copy{};
    copyTypeName(full, copy.data());
    return copy;
  }();
};

/// The name of T for people: the registered one, or the compiler's.
template <class T>
constexpr std::string_view typeNameOf() noexcept {
  if constexpr (!TypeName<T>::value.empty()) return TypeName<T>::value;
  else if constexpr (std::is_same_v<T, std::string>) return "std::string";
  else if constexpr (std::is_same_v<T, std::string_view>) return "std::string_view";
  else if constexpr (compilerTypeName<T>().find("tincan::abi0::") == std::string_view::npos)
    return compilerTypeName<T>();
  else return {WrittenTypeName<T>::text.data(), WrittenTypeName<T>::size};
}

/// What is known of a type at run time. There is one for each type in a module.
struct TypeInfo {
  std::string_view name;
  // Both null if the type is not arithmetic.
  void (*readNumber)(void const*, Number&) noexcept;
  bool (*makeFromNumber)(void*,
                         Number const&) noexcept;  // false, and nothing is made: see Number::to()
  bool isValue;                                    // tincan::Value: look inside
  void (*print)(std::string&, void const*);        // null if nobody can print it, see printerOf()
#if defined(TINCAN_DETAIL_RTTI)
  std::type_info const* rtti;
#else
  std::string_view registered;
#endif
};

/// True if both are of one type, perhaps of two modules.
inline bool sameType(TypeInfo const& a, TypeInfo const& b) noexcept {
  if (&a == &b) return true;
#if defined(TINCAN_DETAIL_RTTI)
  return *a.rtti == *b.rtti;
#else
  return !a.registered.empty() && a.registered == b.registered;
#endif
}

/// A function that reads a T as a Number; null if T is not arithmetic.
template <class T>
constexpr auto numberReader() noexcept -> void (*)(void const*, Number&) noexcept {
  if constexpr (Arithmetic<T>) {
    return [](void const* at, Number& out) noexcept { out = Number(*static_cast<T const*>(at)); };
  } else {
    return nullptr;
  }
}

/// A function that makes a T of a Number; null if T is not arithmetic.
template <class T>
constexpr auto numberMaker() noexcept -> bool (*)(void*, Number const&) noexcept {
  if constexpr (Arithmetic<T>) {
    return [](void* at, Number const& from) noexcept {
      T made{};
      if (!from.to(made)) return false;
      ::new (at) T(made);
      return true;
    };
  } else {
    return nullptr;
  }
}

/// The place for findPrinter(PrintTag, T const*), which the test kit has: a function that appends a T as text.
struct PrintTag {};

/// That function; null if there is none for T, or the test kit is not included where a T is first sent. (In a program
/// that includes it in some of its files, either may be what all of them have: texts are for people.)
template <class T>
constexpr auto printerOf() noexcept -> void (*)(std::string&, void const*) {
  if constexpr (requires { findPrinter(PrintTag{}, static_cast<T const*>(nullptr)); }) {
    return findPrinter(PrintTag{}, static_cast<T const*>(nullptr));
  } else {
    return nullptr;
  }
}

/// True for tincan::Value, see there.
template <class T>
inline constexpr bool IsValueType = false;

/// What is known of T.
template <class T>
inline constexpr TypeInfo typeInfo {
  typeNameOf<T>(), numberReader<T>(), numberMaker<T>(), IsValueType<T>, printerOf<T>(),
#if defined(TINCAN_DETAIL_RTTI)
      &typeid(T)
#else
      TypeName<T>::value
#endif
};

}  // namespace detail
}  // namespace tincan::inline abi0
