// tincan/detail/thread/stand_ins.hpp - by whose lanes a thread sends that has not polled
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>

namespace tincan::inline abi0::detail {

/// A thread's stand-ins: endpoints that take no messages and only send. One for each bus on which the
/// thread sends as nobody, and one for each endpoint that belongs to it and that it has not polled:
/// another thread may poll that one at any time and use its lanes, so this thread has lanes of its own
/// for it.
///
///   Threads   One.
///   Lifetime  Holds them, and by them the bus and the endpoint.
class StandIns {
 public:
  // By the endpoint; nobody's: by the bus, or by whom a driver of that runs.
  using All = AddressMap<std::shared_ptr<EndpointCore>>;

  /// The one that sends in the name of `named`; made on first use. Throws std::bad_alloc, and WrongThread if the bus is
  /// driven, and not here.
  EndpointCore& get(std::shared_ptr<EndpointCore> const& named,
                    std::shared_ptr<ThreadToken> const& thread);
  /// The one on that bus that sends as nobody. Throws as that.
  EndpointCore& getNobody(std::shared_ptr<BusCore> const& bus,
                          std::shared_ptr<ThreadToken> const& thread);

  /// The one that sends for the endpoint, if there is one; or null.
  EndpointCore* find(EndpointCore const& named) noexcept {
    auto* const known = all_.find(&named);
    return known == nullptr ? nullptr : known->get();
  }

  /// The one that has sent for the endpoint, which is kept here no more; or null.
  [[nodiscard]] std::shared_ptr<EndpointCore> take(EndpointCore const& named) noexcept;

  /// Takes all of them out, for the end of the thread.
  [[nodiscard]] All takeAll() noexcept { return std::exchange(all_, {}); }

 private:
  static constexpr std::size_t FirstSweep = 16;

  EndpointCore& make(void const* whose, std::shared_ptr<BusCore> const& bus,
                     std::shared_ptr<EndpointCore> const& named,
                     std::shared_ptr<ThreadToken> const& thread);

  /// Ends those whose bus is closed, or whose endpoint belongs to this thread no more.
  void sweep() noexcept;

  All all_{};
  std::size_t sweepAt_ = FirstSweep;  // when there are so many
};

}  // namespace tincan::inline abi0::detail
