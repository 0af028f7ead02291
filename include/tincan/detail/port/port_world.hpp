// tincan/detail/port/port_world.hpp - what the two ends of a MessageChannel are made of
#pragma once

#include <memory>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/port/port_ends.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/port/port_ticket.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/send/sure_lane.hpp>

namespace tincan::inline abi0::detail {

/// The types of this library for PortEnds.
struct PortWorld {
  using mutex = Mutex;
  using Message = PortMessage;
  using Home = std::shared_ptr<EndpointCore>;
  struct Service {
    Home home{};
    std::shared_ptr<CloseListener> watch{};
    Owned<PortTicket> bell{};
    std::shared_ptr<SureLane> lane{};  // null: the bus has a driver
  };
  struct ListenerList {
    Row<std::shared_ptr<ListenerNode>> list{};
    std::shared_ptr<ListenerList> next{};  // in PortRemains
  };
  using Listeners = std::shared_ptr<ListenerList>;  // looked at under the lock: some may be added
  struct Holder {
    std::weak_ptr<PortPair> pair;
    unsigned end = 0;
  };
};
using TwoEnds = PortEnds<PortWorld>;

}  // namespace tincan::inline abi0::detail
