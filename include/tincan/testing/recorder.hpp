// tincan/testing/recorder.hpp - records a real run, with threads
#pragma once

#include <memory>

#include <tincan/bus.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing {

namespace detail {
class RecordingTap;
}  // namespace detail

/// Records which messages each endpoint of a bus takes, in which order, and what it finds where it looks: for replay().
/// To be made before the endpoints send anything: what goes by lanes that are there already is not recorded. A bus
/// without a recorder pays nothing. With one, senders pay nothing either, and each receiver notes what it takes in a
/// log of its own, of 16 bytes for each message; threads share nothing by that. The logs are kept until the recorder ends.
///
///   Threads   Any.
///   Lifetime  The bus may go first.
///   Errors    std::invalid_argument if the bus has a recorder, or a Trace, already.
class Recorder {
 public:
  /// Begins to record.
  explicit Recorder(Bus& bus);
  Recorder(Recorder const&) = delete;
  Recorder& operator=(Recorder const&) = delete;
  ~Recorder();

  /// The recording so far.
  Recording recording() const;
  /// Ends the recording. recording() still has what was recorded.
  void stop();

 private:
  std::shared_ptr<tincan::detail::BusCore> const bus_;
  std::shared_ptr<detail::RecordingTap> const tap_;
};

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/recorder.ipp>
#endif
