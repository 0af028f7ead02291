// tincan/detail/send/call_lane.hpp - the way of a function that is called at another endpoint
#pragma once

#include <memory>

#include <tincan/detail/api/any_future.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/send/called_function.hpp>
#include <tincan/detail/thread/route.hpp>

namespace tincan::inline abi0::detail {

/// The lane for one call of a function. Moving that to its place may end anybody, but not this.
///
///   Errors    The constructor and call() throw std::bad_alloc.
class CallLane {
 public:
  explicit CallLane(Route const& route);

  bool isOpen() const noexcept { return lane_ != nullptr; }
  /// The future of a call to a receiver that is closed.
  AnyFuture refusal() const;
  /// Posts the function, whose answer the future has. If the receiver is closed meanwhile, that is Closed.
  AnyFuture call(Owned<AnyCalledFunction> function) const;

 private:
  Route const& route_;
  std::shared_ptr<MessageLane> lane_{};  // holds both endpoints; null: the receiver is closed
};

}  // namespace tincan::inline abi0::detail
