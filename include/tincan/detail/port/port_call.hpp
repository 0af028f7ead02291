// tincan/detail/port/port_call.hpp - calls the listeners of a port
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <tincan/channel_name.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/port/port_world.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

/// Calls the listeners of an end with one message. They may add others meanwhile, and close the end.
///
///   Threads   That of the endpoint where the end is started.
///   Errors    What they throw goes to onError, and so does a value that they do not take.
class PortCall {
 public:
  /// `mutex` is the lock of the end: it guards the list.
  PortCall(Mutex& mutex, PortWorld::Listeners const& listeners) noexcept
      : mutex_(mutex), listeners_(listeners) {}

  /// Calls those that are there now.
  void run(EndpointCore& here, PortMessage& message);

 private:
  static NameRecord record(ChannelName const& name) noexcept;

  std::size_t countThem() const;
  std::shared_ptr<ListenerNode> at(std::size_t i) const;

  [[noreturn]] static void throwMisfit(ListenerNode const& listener, NameRecord const& name,
                                       ArgumentsView const& arguments, EndpointCore const& here);

  Mutex& mutex_;
  PortWorld::Listeners const& listeners_;
};

}  // namespace tincan::inline abi0::detail
