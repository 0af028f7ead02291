// tincan/detail/port/port_remains.hpp - what closed ports leave behind
#pragma once

#include <array>
#include <utility>

#include <tincan/detail/endpoint/thread_state.hpp>
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
  void add(TwoEnds::Rest& rest) noexcept {
    add(std::move(rest.onMessage));
    add(std::move(rest.onClose));
    messages.append(std::move(rest.dropped));
  }
  void destroyAll() noexcept {
    while (listeners != nullptr || messages.first() != nullptr) {
      if (listeners == nullptr) {
        messages.pop();
      } else {
        auto const first = std::move(listeners);
        listeners = std::move(first->next);
      }
    }
  }

  /// Destroys what two ends have left behind: here, or by the closing around this one.
  static void destroy(std::array<TwoEnds::Rest, 2>& rests) noexcept {
    PortRemains* const around = threadState().portRemains;
    if (around != nullptr && around->depth == MostInside) {
      for (TwoEnds::Rest& rest : rests) around->add(rest);
      return;
    }
    PortRemains remains{around == nullptr ? 1 : around->depth + 1};
    for (TwoEnds::Rest& rest : rests) remains.add(rest);
    threadState().portRemains = &remains;
    remains.destroyAll();
    threadState().portRemains = around;
  }

  unsigned depth = 0;  // of this one: how many are being destroyed around it, and itself
  PortWorld::Listeners listeners{};
  TwoEnds::Queue messages{};

 private:
  void add(PortWorld::Listeners first) noexcept {
    if (first == nullptr) return;
    first->next = std::move(listeners);
    listeners = std::move(first);
  }
};

}  // namespace tincan::inline abi0::detail
