// tincan/detail/dispatch/close_watch.hpp - a function that an endpoint calls when another one has ended
//
// Whoever ends the other endpoint, so that nothing more is sent in its name, posts the watch to its own one:
// with a larger stamp than all that the other one has sent.
#pragma once

#include <memory>

#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

/// One function, and the endpoint that calls it.
///
///   Threads   The endpoint's; endpointIsClosed(): any.
///   Order     Comes after everything that was sent in the name of the one that has ended.
///   Progress  Only its making allocates.
///   Lifetime  Held by its endpoint until that is closed or it was called, and while it is on its way.
class CloseWatch final : public CloseListener, public Registration, public PostedFunction {
 public:
  /// `other` may be null: nobody, who has ended.
  CloseWatch(EndpointCore& own, EndpointCore const* other, TaskPtr function);
  CloseWatch(CloseWatch const&) = delete;
  CloseWatch& operator=(CloseWatch const&) = delete;

  /// Puts it into its endpoint's list, and waits for the end of the other endpoint. A thread without an endpoint, which
  /// has sent as nobody, has ended as null has.
  static void begin(std::shared_ptr<CloseWatch> const& watch, EndpointCore* other) noexcept;

  void endpointIsClosed() noexcept override;
  /// Does so in a forked child, if only the parent has the other endpoint's thread. On the endpoint's thread.
  void endIfLost() noexcept;

  bool remove() noexcept override;

  void run() override;
  bool counts() const noexcept override { return false; }
  void end() noexcept override;

 private:
  friend void endCloseWatches(EndpointCore& core) noexcept;
  friend void endLostWatches(EndpointCore& core) noexcept;

  /// Takes it off its endpoint's list, and gives its function away.
  [[nodiscard]] TaskPtr leave(EndpointCore& core) noexcept;

  std::weak_ptr<EndpointCore> const own_;
  EndpointCore const* const other_;  // there as long as that calls endpointIsClosed()
  TaskPtr function_;
  std::shared_ptr<CloseWatch> onItsWay_{};  // itself
  bool isOnItsWay_ = false;                 // or was
  // Links in the list of its endpoint.
  std::shared_ptr<CloseWatch> after_{};
  CloseWatch* before_ = nullptr;
};

/// The endpoint of the calling thread that is to call a function: the one that gave the handle, if that is the
/// thread's; else the one that it runs; else the first one that belongs to it. Throws WrongThread and Closed.
EndpointCore& watcherHere(std::shared_ptr<EndpointCore> const& giver);

/// Ends all watches of an endpoint, which is closed. Their functions end, and are not called.
void endCloseWatches(EndpointCore& core) noexcept;

/// Has, in a forked child, those watches call their functions that are of endpoints whose threads only the parent has.
void endLostWatches(EndpointCore& core) noexcept;

}  // namespace tincan::inline abi0::detail
