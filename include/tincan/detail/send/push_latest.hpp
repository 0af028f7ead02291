// tincan/detail/send/push_latest.hpp - puts a message into a lane that supersedes the one before it
#pragma once

#include <tincan/channel_name.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/send/capture.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

/// Refuses what CheckedArguments refuses. Arguments of such a message lie on the heap, where either side can end
/// them.
template <class Travelling, class Given>
struct LatestArguments;
template <class... T, class... A>
struct LatestArguments<TypeList<T...>, TypeList<A...>> {
  using Checked = CheckedArguments<TypeList<T...>, TypeList<A...>>;
  using Placed = PlacedArguments<true, T...>;
  static constexpr FillingOps ops{&Placed::ops, &Placed::ops, &Checked::make, Checked::areQuiet};
};

/// Sends a message by sendLatest(). What the same sender has sent on that channel in this way, and still waits, is a
/// dead letter: it makes its room before the new message takes one, and ends before this returns. Throws what
/// capturing the arguments throws, Deadlock and std::bad_alloc; then nothing has happened.
SendResult pushLatest(Route const& route, ChannelName const& channel, Filling const& filling);

}  // namespace tincan::inline abi0::detail
