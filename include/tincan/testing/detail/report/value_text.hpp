// tincan/testing/detail/report/value_text.hpp - a value as text whose type is known only when the program runs
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/number.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::testing::detail {

/// Appends the shortest text that is read back as this value of its type.
template <class T>
void appendShortest(std::string& text, T value) {
  char digits[64];
  text.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

/// Whether that is the type T, also one of another module.
template <class T>
bool isNumberType(tincan::detail::TypeInfo const& type) noexcept {
  return type.name == tincan::detail::typeInfo<T>.name;
}
/// Appends the value if it is a T; else returns false.
template <class T>
bool appendIf(std::string& text, tincan::detail::TypeInfo const& type, void const* at) {
  if (!isNumberType<T>(type)) return false;
  appendShortest(text, *static_cast<T const*>(at));
  return true;
}

/// Appends "true" or "false", a char as its letter, all others as numbers: whole ones with all their digits.
inline void appendNumber(std::string& text, tincan::detail::TypeInfo const& type, void const* at) {
  tincan::detail::Number number;
  type.readNumber(at, number);
  std::int64_t whole = 0;
  std::uint64_t large = 0;
  if (isNumberType<bool>(type)) text += *static_cast<bool const*>(at) ? "true" : "false";
  else if (isNumberType<char>(type)) text += *static_cast<char const*>(at);
  else if (number.to(whole)) appendShortest(text, whole);
  else if (number.to(large)) appendShortest(text, large);
  // Each by its own type: as a double, a float would have digits that it has not.
  else if (!appendIf<float>(text, type, at) && !appendIf<double>(text, type, at) &&
           !appendIf<long double>(text, type, at))
    text += type.name;
}

/// Appends what the printer of the type says; the name of the type, if that throws or there is none.
inline void appendPrinted(std::string& text, tincan::detail::TypeInfo const& type, void const* at) {
  std::size_t const before = text.size();
  try {
    if (type.print != nullptr) return type.print(text, at);
  } catch (...) {
    text.resize(before);
  }
  text += type.name;
}

/// Appends a number, a bool, a string or what a Value holds as itself; of others what the printer of the type says.
inline void appendValue(std::string& text, tincan::detail::TypeInfo const& type, void const* at) {
  using tincan::detail::sameType;
  using tincan::detail::typeInfo;
  if (type.readNumber != nullptr) {
    appendNumber(text, type, at);
  } else if (sameType(type, typeInfo<std::string>)) {
    text += *static_cast<std::string const*>(at);
  } else if (type.isValue) {
    auto const& box = tincan::detail::ValueAccess::box(*static_cast<Value const*>(at));
    if (box.empty()) text += "nothing";
    else appendValue(text, *box.type(), box.address());
  } else {
    appendPrinted(text, type, at);
  }
}

}  // namespace tincan::inline abi0::testing::detail
