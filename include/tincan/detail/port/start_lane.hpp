// tincan/detail/port/start_lane.hpp - by which what has waited at a port comes into an inbox
#pragma once

#include <cstdint>
#include <memory>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

/// Brings tickets for what has waited at an end into the inbox where it is started, with the stamps of
/// when that was posted. Its lane is made on first use; the reader does not look into it before this
/// ends, which must be without the lock of the end.
///
///   Threads   The one that starts.
///   Errors    push() throws Closed and std::bad_alloc.
class StartLane {
 public:
  explicit StartLane(EndpointCore& where) : where_(where), sender_(where.bus) {}
  ~StartLane();
  StartLane(StartLane const&) = delete;
  StartLane& operator=(StartLane const&) = delete;

  void push(std::uint64_t stamp, Owned<PostedFunction> task);

 private:
  EndpointCore& where_;
  SendingAs const sender_;
  std::shared_ptr<MessageLane> lane_{};
};

}  // namespace tincan::inline abi0::detail
