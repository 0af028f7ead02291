// tincan/timer.hpp - a token for a function that is called at a moment
#pragma once

#include <memory>

#include <tincan/detail/engine.hpp>

namespace tincan::inline abi0 {

/// Names one function that was given to Endpoint::after() or every(), to end it.
///
///   Threads   The endpoint's.
///   Lifetime  Copies name the same function. Harmless after the endpoint's end; its own end ends nothing.
class Timer {
 public:
  /// Names none: cancel() does nothing, and returns false.
  Timer() noexcept = default;

  /// Ends the function, which is not called any more: now, or, if that is what runs, when it returns. True
  /// if it would have been called. Throws WrongThread.
  bool cancel() const;

 private:
  friend class Endpoint;
  Timer(std::shared_ptr<detail::EndpointCore> const& core,
        std::shared_ptr<detail::TimedFunction> const& function) noexcept
      : core_(core), function_(function) {}

  std::weak_ptr<detail::EndpointCore> core_;
  std::weak_ptr<detail::TimedFunction> function_;
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/timer.ipp>
#endif
