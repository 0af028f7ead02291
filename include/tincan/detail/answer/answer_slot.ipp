// tincan/detail/answer/answer_slot.ipp - where the answer to one request lands: the bodies
#pragma once

#include <cstddef>
#include <cstdint>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void AnswerSlot::setFailure(Errc code) noexcept {
  kind = Kind::Failure;
  failureCode = static_cast<std::uint8_t>(code);
}

}  // namespace tincan::inline abi0::detail
