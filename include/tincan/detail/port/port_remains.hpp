// tincan/detail/port/port_remains.hpp - what closed ports leave behind
#pragma once

#include <array>

#include <tincan/detail/port/port_world.hpp>

namespace tincan::inline abi0::detail {

/// What ends leave behind that close: messages that nobody will get, and listeners. Both can hold
/// ports, which close with them and leave something behind themselves, a hundred thousand deep. From
/// some depth on that is destroyed by the closing around it, once that is done with its own.
///
///   Threads   The one that closes; the innermost is in its ThreadState.
///   Progress  Nothing allocates. Code of the user's runs in destroyAll().
struct PortRemains {
  static constexpr unsigned MostInside = 16;

  /// Takes what one end has left behind.
  void add(TwoEnds::Rest& rest) noexcept;
  void destroyAll() noexcept;

  /// Destroys what two ends have left behind: here, or by the closing around this one.
  static void destroy(std::array<TwoEnds::Rest, 2>& rests) noexcept;

  unsigned depth = 0;  // of this one: how many are being destroyed around it, and itself
  PortWorld::Listeners listeners{};
  TwoEnds::Queue messages{};

 private:
  void add(PortWorld::Listeners first) noexcept;
};

}  // namespace tincan::inline abi0::detail
