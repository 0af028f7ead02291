// tincan/trace.hpp - notes what happens on a bus: what was sent, handled, answered, waited for and lost, by whom and when
//
// Not in the umbrella header: it is for those who look at a program.
#pragma once

#include <cstddef>
#include <memory>

#include <tincan/bus.hpp>
#include <tincan/detail/trace/trace_log.hpp>

namespace tincan::inline abi0 {

namespace detail {
class TraceTap;
}  // namespace detail

/// The options of a Trace.
struct TraceOptions {
  std::size_t mostEvents =
      1'000'000;  ///< of each thread; what comes then is lost. An event takes 48 bytes
};

/// Notes what happens on a bus, from its making to its end. To be made before the endpoints send anything: what goes by
/// lanes that are there already is not noted. Each thread notes what it does in a log of its own, without a lock. A bus
/// without a trace pays nothing.
///
///   Threads   Any.
///   Order     log() has all that happened before it was called, in the sense of the language.
///   Lifetime  The bus may go first.
///   Errors    std::invalid_argument if the bus has a trace or a recorder already, or belongs to a simulation, which
///             has a log of its own. What finds no room or no memory is counted as lost.
class Trace {
 public:
  /// Begins to note. Allocates memory for each thread when that does something for the first time.
  explicit Trace(Bus& bus, TraceOptions options = {});
  Trace(Trace const&) = delete;
  Trace& operator=(Trace const&) = delete;
  ~Trace();

  /// What has happened so far. Throws std::bad_alloc.
  TraceLog log() const;
  /// Notes nothing more. log() still has what was noted.
  void stop();

 private:
  std::shared_ptr<detail::BusCore> const bus_;
  std::shared_ptr<detail::TraceTap> const tap_;
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/trace.ipp>
#endif
