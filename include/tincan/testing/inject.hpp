// tincan/testing/inject.hpp - sends in the name of somebody else
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/send/verb_call.hpp>
#include <tincan/testing/detail/simulation.hpp>
#include <tincan/testing/detail/simulation_access.hpp>
#include <tincan/testing/double.hpp>

namespace tincan::inline v0::testing {

template <class... A>
SendResult Simulation::injectTo(std::string_view to, std::string_view from, ChannelName channel,
                                A&&... arguments) {
  using detail::SimulationAccess;
  auto const receiver = SimulationAccess::get(*this, to);
  if (SimulationAccess::find(*this, from) == nullptr) standIn(std::string(from));
  auto const sender = SimulationAccess::get(*this, from);
  SendResult result{};
  scheduler_.actAs(*sender, [&] {
    result =
        tincan::detail::PeerAccess::make(receiver).send(channel, std::forward<A>(arguments)...);
  });
  return result;
}

template <class... A>
SendResult Simulation::inject(std::string_view from, ChannelName channel, A&&... arguments) {
  return injectTo("main", from, channel, std::forward<A>(arguments)...);
}

}  // namespace tincan::inline v0::testing
