// tincan/detail/api/arguments.ipp - the arguments of a message, for who takes any: the bodies
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

#include <tincan/detail/api/arguments.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE void Arguments::checkIndex(std::size_t index) const {
  if (index < size()) return;
  throw std::out_of_range("tincan: there is no argument " + std::to_string(index) + " of " +
                          std::to_string(size()));
}

TINCAN_INLINE std::string Arguments::typeName(std::size_t index) const {
  checkIndex(index);
  detail::TypeInfo const& type = view_.type(index);
  if (type.isValue) return static_cast<Value const*>(view_.argument(index))->typeName();
  return std::string(type.name);
}

TINCAN_INLINE void const* Arguments::find(std::size_t index, detail::TypeInfo const& wanted) const {
  checkIndex(index);
  void* const at = view_.argument(index);
  detail::TypeInfo const& type = view_.type(index);
  if (detail::sameType(type, wanted)) return at;
  return type.isValue ? detail::ValueAccess::box(*static_cast<Value*>(at)).addressOf(wanted)
                      : nullptr;
}

TINCAN_INLINE void Arguments::throwMismatch(std::size_t index,
                                            detail::TypeInfo const& wanted) const {
  detail::throwTypeMismatch({}, "argument " + std::to_string(index), wanted.name, typeName(index));
}

}  // namespace tincan::inline abi0
