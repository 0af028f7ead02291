// tincan/detail/port/port_ticket.hpp - the turn of a port's message in an inbox
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <tincan/detail/send/sure_lane.hpp>

namespace tincan::inline abi0::detail {

class PortPair;

/// Draws a stamp for what comes after everything that the thread has sent, and after that one.
std::uint64_t drawStamp(std::uint64_t after) noexcept;

/// The turn of a message, or of "close", in the inbox of the endpoint where an end is started. About
/// nothing if the end was started elsewhere meanwhile, or sent away.
class PortTicket final : public SureTask {
 public:
  /// A ticket for "close"; about nothing until serve().
  PortTicket() noexcept = default;
  PortTicket(std::shared_ptr<PortPair> pair, unsigned end, std::uint64_t epoch) noexcept
      : pair_(std::move(pair)), end_(end), epoch_(epoch), isForClose_(false) {}

  /// Makes it about that end, as it is in that epoch.
  void serve(std::shared_ptr<PortPair> pair, unsigned end, std::uint64_t epoch) noexcept;
  /// Makes it about nothing.
  void annul() noexcept { pair_ = nullptr; }
  /// Takes its turn. Defined with PortPair.
  void runOnce() noexcept override;

 private:
  std::shared_ptr<PortPair> pair_{};  // null: it is about nothing
  unsigned end_ = 0;
  std::uint64_t epoch_ = 0;
  bool isForClose_ = true;
};

}  // namespace tincan::inline abi0::detail
