// tincan/detail/message/arguments.ipp - the arguments of a message, without their types: the bodies
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::string describeArguments(ArgumentsView const& arguments) {
  std::string text = "(";
  for (std::size_t i = 0; i < arguments.ops->count; ++i) {
    text.append(i > 0 ? ", " : "");
    TypeInfo const& type = arguments.type(i);
    if (type.isValue) text += static_cast<Value*>(arguments.argument(i))->typeName();
    else text.append(type.name);
  }
  return text += ")";
}

TINCAN_INLINE std::string describeParameters(ArgumentsOps const& taken) {
  std::string text = "(";
  for (std::size_t i = 0; i < taken.count; ++i) {
    text.append(i > 0 ? ", " : "").append(taken.types[i]->name);
  }
  return text += ")";
}

}  // namespace tincan::inline abi0::detail
