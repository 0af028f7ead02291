// tincan/scope.hpp - listeners and handlers for one renderer's messages only
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/registering.hpp>

namespace tincan::inline abi0 {

/// The way to what main registers for one renderer: its listeners run before main's own, its handler hides
/// main's.
///
///   Threads   Main's.
///   Lifetime  What is registered ends with the renderer, once its last messages have been handled; the
///             end of this object ends nothing.
///   Errors    Closed, also if the renderer is closed; WrongThread.
class Scope : public detail::Registering<Scope> {
 private:
  friend class Main;
  friend class detail::Registering<Scope>;

  Scope(std::shared_ptr<detail::EndpointCore> core, Peer of)
      : core_(std::move(core)), of_(std::move(of)) {}

  detail::RegisteringAt registeringAt(std::string_view verb, bool mustBeOpen) const;

  std::shared_ptr<detail::EndpointCore> core_;
  Peer of_;
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/scope.ipp>
#endif
