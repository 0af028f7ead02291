// tincan/scope.ipp - listeners and handlers for one renderer's messages only: the bodies
#pragma once

#include <string>
#include <string_view>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/registering.hpp>
#include <tincan/error.hpp>
#include <tincan/scope.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE detail::RegisteringAt Scope::registeringAt(std::string_view verb,
                                                         bool mustBeOpen) const {
  core_->checkThread(verb);
  detail::removeNow(*core_);
  detail::EndpointCore* const sender = detail::PeerAccess::core(of_);
  bool const isOurs = sender != nullptr && sender->bus == core_->bus;
  if (!mustBeOpen) return {core_, isOurs ? detail::findScope(*core_, *sender) : nullptr};
  core_->checkOpen(verb);
  detail::ListenerTable* const table = isOurs ? detail::scopeFor(*core_, *sender) : nullptr;
  if (table == nullptr) {
    bool const isAnothers = sender != nullptr && !isOurs;
    throw Error(Errc::Closed, {},
                std::string(verb) + ": the renderer '" + of_.name() +
                    "', for whose messages this is, is " +
                    (isAnothers ? "on another bus" : "closed"));
  }
  return {core_, table, sender};
}

}  // namespace tincan::inline abi0
