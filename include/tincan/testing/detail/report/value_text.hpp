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

template <class Integer>
void appendInteger(std::string& text, Integer integer) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof(digits), integer).ptr);
}

inline void appendNumber(std::string& text, tincan::detail::TypeInfo const& type, void const* at) {
  tincan::detail::Number number;
  type.readNumber(at, number);
  std::int64_t whole = 0;
  double real = 0;
  std::uint64_t large = 0;
  if (type.name == "bool") text += *static_cast<bool const*>(at) ? "true" : "false";
  else if (type.name == "char") text += *static_cast<char const*>(at);
  else if (number.to(whole)) appendInteger(text, whole);
  else if (number.to(large)) appendInteger(text, large);
  else if (number.to(real)) text += std::to_string(real);
  else text += type.name;
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
