// tincan/testing/fault.ipp - a message that fails or comes late: the bodies
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/testing/detail/simulate/faults.hpp>
#include <tincan/testing/fault.hpp>

namespace tincan::inline abi0::testing {

TINCAN_INLINE bool Fault::hasStruck() const noexcept { return state_->isStruck(); }

TINCAN_INLINE void Fault::release() const { faults_->release(*state_); }

TINCAN_INLINE Fault::Fault(std::shared_ptr<detail::Faults> faults,
                           std::shared_ptr<detail::FaultState> state)
    : faults_(std::move(faults)), state_(std::move(state)) {
  faults_->add(state_);
}

}  // namespace tincan::inline abi0::testing
