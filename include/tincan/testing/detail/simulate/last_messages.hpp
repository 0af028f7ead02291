// tincan/testing/detail/simulate/last_messages.hpp - what an endpoint has not handled when it ends, in every order
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <tincan/detail/base/function_ref.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/testing/detail/simulate/run_loop.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>

namespace tincan::inline abi0::testing::detail {

/// Clears the lanes of endpoints that end. Those come first, in any order, in which the end of something can be seen.
class LastMessages {
 public:
  using Lanes = tincan::detail::Row<std::shared_ptr<MessageLane>>;

  explicit LastMessages(RunLoop& loop) noexcept : loop_(loop) {}

  void clear(Lanes const& lanes, tincan::detail::FunctionRef<void(MessageLane&)> clearOne) {
    std::vector<MessageLane*> left(lanes.size());
    std::transform(lanes.begin(), lanes.end(), left.begin(),
                   [](auto const& lane) { return lane.get(); });
    while (!left.empty()) {
      auto const several =
          static_cast<std::uint64_t>(std::count_if(left.begin(), left.end(), isSeenToEnd));
      auto next = std::find_if(left.begin(), left.end(), isSeenToEnd);
      for (auto skipped = several > 1 ? loop_.choose(several) : 0; skipped > 0; --skipped) {
        next = std::find_if(next + 1, left.end(), isSeenToEnd);
      }
      if (next == left.end()) next = left.begin();  // the order of the others does not matter
      MessageLane& lane = **next;
      left.erase(next);
      clearOne(lane);
    }
  }

 private:
  /// Whether somebody can see the end of what waits in the lane: a hook, who has sent it, or what it holds.
  static bool isSeenToEnd(MessageLane const* real) {
    SimulatedLane const& lane = SimulatedLane::of(*real);
    bool const isHeard = real->receiver->bus->hearsDeadLetters();
    auto const queued = lane.all();
    return std::any_of(queued.begin(), queued.end(), [&](QueuedMessage const& one) {
      return !one.endsQuietly || (isHeard && one.isMessage());
    });
  }

  RunLoop& loop_;
};

}  // namespace tincan::inline abi0::testing::detail
