// tincan/detail/message/channel_entry.ipp - who takes what comes on one channel: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/message/channel_entry.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::size_t ChannelEntry::count() const noexcept {
  std::size_t live = 0;
  for (auto const& node : listeners) live += node->hasEnded() ? 0U : 1U;
  return live;
}

TINCAN_INLINE void ChannelEntry::changed() noexcept {
  bool const isAlone =
      listeners.size() == 1 && admits == nullptr && exact != nullptr && kept == nullptr;
  alone = isAlone && listeners.front()->isLive ? listeners.front().get() : nullptr;
  HandlerNode* const live = admits == nullptr ? liveHandler() : nullptr;
  bool const isPlain =
      live != nullptr && !live->isOnce && !live->isGuarded() && live->ops.fitAndRun == nullptr;
  aloneHandler = isPlain ? live : nullptr;
}

TINCAN_INLINE void ChannelEntry::admit(Admission admission) noexcept {
  std::swap(admits, admission);
  changed();
}

}  // namespace tincan::inline abi0::detail
