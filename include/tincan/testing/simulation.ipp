// tincan/testing/simulation.ipp - a bus that runs step by step on the thread of a test: the bodies
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/bus.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/printable.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/testing/detail/search/environment.hpp>
#include <tincan/testing/detail/simulate/claims.hpp>
#include <tincan/testing/detail/simulate/faults.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/double.hpp>
#include <tincan/testing/fault.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

TINCAN_INLINE Scheduler& SimulationAccess::scheduler(Simulation& simulation) noexcept {
  return *simulation.scheduler_;
}

}  // namespace detail

TINCAN_INLINE Simulation::Simulation(Options const& options)
    : Simulation(detail::Environment::override(options), nullptr, nullptr, nullptr) {}

TINCAN_INLINE Simulation::~Simulation() {
  tincan::detail::PeerAccess::core(bus_->main().peer())->bus->dropHooks();
  scheduler_->end();
  threads_.clear();
  bus_.reset();
  scheduler_->letGo();
}

TINCAN_INLINE Bus& Simulation::bus() noexcept { return *bus_; }

TINCAN_INLINE bool Simulation::step(std::string_view endpoint) {
  return scheduler_->step(endpoint);
}

TINCAN_INLINE std::size_t Simulation::runUntilIdle() { return scheduler_->runUntilIdle(); }

TINCAN_INLINE void Simulation::advance(std::chrono::nanoseconds duration) {
  scheduler_->advance(duration.count());
}

TINCAN_INLINE std::size_t Simulation::pending(std::string_view endpoint) const {
  return scheduler_->pending(endpoint);
}

TINCAN_INLINE std::span<Delivery const> Simulation::log() const {
  return scheduler_->log().deliveries();
}

TINCAN_INLINE void Simulation::always(std::string what, std::function<bool()> holds) {
  scheduler_->claims().always({std::move(what), std::move(holds)});
}

TINCAN_INLINE detail::Claim Simulation::makeClaim(std::string what,
                                                  std::initializer_list<Watch> watches,
                                                  std::function<bool()> holds) {
  detail::Claim claim{std::move(what), std::move(holds)};
  for (Watch const& watch : watches) claim.watches.push_back(watch.number_);
  return claim;
}

TINCAN_INLINE void Simulation::always(std::string what, std::initializer_list<Watch> watches,
                                      std::function<bool()> holds) {
  scheduler_->claims().always(makeClaim(std::move(what), watches, std::move(holds)));
}

TINCAN_INLINE Watch Simulation::addWatch(std::string name, std::function<bool()> changes,
                                         std::function<std::string()> text) {
  return Watch(
      scheduler_->claims().watches().add({std::move(name), std::move(changes), std::move(text)}));
}

TINCAN_INLINE void Simulation::eventually(std::string what, std::function<bool()> holds) {
  scheduler_->claims().eventually({std::move(what), std::move(holds)});
}

TINCAN_INLINE void Simulation::sometimes(std::string what, std::function<bool()> holds) {
  scheduler_->claims().sometimes({std::move(what), std::move(holds)});
}

TINCAN_INLINE void Simulation::sometimes(std::string what, std::initializer_list<Watch> watches,
                                         std::function<bool()> holds) {
  scheduler_->claims().sometimes(makeClaim(std::move(what), watches, std::move(holds)));
}

TINCAN_INLINE std::uint64_t Simulation::choose(std::uint64_t n) { return scheduler_->choose(n); }

TINCAN_INLINE void Simulation::require(bool ok, std::string const& what) {
  if (!ok) scheduler_->violate(what);
}

TINCAN_INLINE Double Simulation::standIn(std::string name) {
  std::optional<Renderer> own;
  if (name != "main") own.emplace(bus().attach(std::move(name)));
  auto state = std::make_shared<detail::DoubleState>(bus().main(), std::move(own));
  scheduler_->join(state);
  return Double(std::move(state));
}

TINCAN_INLINE Fault Simulation::failNext(ChannelName channel, Errc reason) {
  return makeFault({std::string(channel.name()), true, {reason, nullptr}, 0});
}

TINCAN_INLINE Fault Simulation::failNext(ChannelName channel, std::exception_ptr exception) {
  Errc const reason = detail::reasonOf(exception);
  return makeFault({std::string(channel.name()), true, {reason, std::move(exception)}, 0});
}

TINCAN_INLINE Fault Simulation::delayNext(ChannelName channel, std::chrono::nanoseconds duration) {
  return makeFault({std::string(channel.name()), false, {}, duration.count()});
}

TINCAN_INLINE Fault Simulation::holdNext(ChannelName channel) {
  return makeFault({std::string(channel.name()), false, {}, detail::NoDeadline});
}

TINCAN_INLINE Simulation::Simulation(Options const& options, detail::ScheduleSearch* search,
                                     detail::Findings* findings, detail::SimulatedRun* memory)
    : scheduler_(std::make_unique<detail::Scheduler>(options, search, findings, memory)),
      bus_(std::make_unique<Bus>(BusOptions{}, scheduler_->driver())) {}

TINCAN_INLINE Simulation::CorePtr Simulation::find(std::string_view name) {
  return tincan::detail::PeerAccess::core(bus().main().peer())->bus->find(name, nullptr);
}

TINCAN_INLINE Simulation::CorePtr Simulation::get(std::string_view name) {
  if (auto found = find(name)) return found;
  throw std::invalid_argument("tincan: there is no endpoint '" + tincan::detail::printable(name) +
                              "'");
}

TINCAN_INLINE Fault Simulation::makeFault(detail::FaultState state) {
  if (faults_ == nullptr) {
    faults_ = std::make_shared<detail::Faults>(*scheduler_);
    scheduler_->joinAndDecide(faults_);
  }
  return Fault(faults_, std::make_shared<detail::FaultState>(std::move(state)));
}

TINCAN_INLINE void Simulation::actAs(tincan::detail::EndpointCore& core,
                                     std::function<void()> const& function) {
  scheduler_->actAs(core, function);
}

}  // namespace tincan::inline abi0::testing
