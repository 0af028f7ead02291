// tincan/detail/message/registration.ipp - a listener or a handler in a table: the bodies
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/message/channel_entry.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE bool Registration::remove() noexcept { return entry->table->remove(*this); }

TINCAN_INLINE DeadList::~DeadList() {
  while (first_ != nullptr) {
    std::shared_ptr<Registration> next = std::move(first_->nextDead);
    first_.swap(next);
  }
}

TINCAN_INLINE void DeadList::add(std::shared_ptr<Registration> node) noexcept {
  node->nextDead = std::move(first_);
  first_ = std::move(node);
}

}  // namespace tincan::inline abi0::detail
