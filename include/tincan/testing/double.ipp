// tincan/testing/double.ipp - stands in for an endpoint that a test does without: the bodies
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/invocation.hpp>
#include <tincan/detail/listen/handler.hpp>
#include <tincan/testing/detail/simulate/step_observer.hpp>
#include <tincan/testing/double.hpp>
#include <tincan/testing/records.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

TINCAN_INLINE DoubleState::DoubleState(Endpoint& endpoint, std::optional<Renderer> own)
    : own_(std::move(own)), endpoint_(own_.has_value() ? *own_ : endpoint) {}

TINCAN_INLINE Endpoint& DoubleState::endpoint() noexcept { return endpoint_; }

TINCAN_INLINE Renderer* DoubleState::renderer() noexcept {
  return own_.has_value() ? &*own_ : nullptr;
}

TINCAN_INLINE void DoubleState::delivering(InTransit const& passage) {
  if (passage.lane.to->core.get() != &core()) return;
  received_.add({received_.size() + 1, passage.lane.from->core->name, passage.lane.to->core->name,
                 std::string(passage.channel), std::string(passage.text)});
  listenIfNeeded(std::string(passage.channel), passage.message.kind);
}

TINCAN_INLINE void DoubleState::silence(ChannelName const& channel) {
  forget(channel);
  programmed_.insert_or_assign(
      std::string(channel.name()),
      endpoint_.on(channel, [this](Event& event) { replies_.push_back(event.defer()); }));
  core().table.setHandler(channel, std::make_shared<NeverAnswers>());
}

TINCAN_INLINE EndpointCore& DoubleState::core() const {
  return *tincan::detail::PeerAccess::core(endpoint_.peer());
}

TINCAN_INLINE void DoubleState::forget(ChannelName const& channel) {
  std::string const name(channel.name());
  stopTaking(name);
  if (auto const at = programmed_.find(name); at != programmed_.end()) {
    endpoint_.off(at->second);
    endpoint_.removeHandler(channel);
    programmed_.erase(at);
  }
}

TINCAN_INLINE void DoubleState::listenIfNeeded(std::string const& channel, Kind kind) {
  if (kind == Kind::Request) stopTaking(channel);
  if (kind != Kind::Message || endpoint_.listenerCount(channel) != 0) return;
  takes_.insert_or_assign(channel, endpoint_.on(channel, [](Event&) {}));
}

TINCAN_INLINE void DoubleState::stopTaking(std::string const& channel) {
  auto const at = takes_.find(channel);
  if (at == takes_.end()) return;
  endpoint_.off(at->second);
  takes_.erase(at);
}

}  // namespace detail

TINCAN_INLINE Double Double::neverAnswers(ChannelName channel) const {
  state_->silence(channel);
  return *this;
}

TINCAN_INLINE Records Double::received() const { return state_->received_; }

TINCAN_INLINE std::string Double::name() const { return state_->endpoint().name(); }

TINCAN_INLINE Peer Double::peer() const { return state_->endpoint().peer(); }

TINCAN_INLINE Renderer* Double::renderer() const noexcept { return state_->renderer(); }

TINCAN_INLINE void Double::close() const {
  if (Renderer* const own = renderer()) own->close();
}

TINCAN_INLINE Double::Double(std::shared_ptr<detail::DoubleState> state)
    : state_(std::move(state)) {}

}  // namespace tincan::inline abi0::testing
