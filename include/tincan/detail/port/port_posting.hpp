// tincan/detail/port/port_posting.hpp - posts one message at a port
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_pair.hpp>
#include <tincan/detail/port/port_world.hpp>

namespace tincan::inline abi0::detail {

/// One message on its way to an end of a pair, with the ports that go with it.
///
///   Threads   Any.
///   Errors    run() has done all, or has thrown and done nothing.
///   Lifetime  On the stack of the one that posts.
class PortPosting {
 public:
  /// The message has room for the ports.
  PortPosting(PortPair& pair, unsigned to, Owned<PortMessage> message,
              PortMoves const& moves) noexcept
      : pair_(pair), to_(to), message_(std::move(message)), moves_(moves) {}
  PortPosting(PortPosting const&) = delete;
  PortPosting& operator=(PortPosting const&) = delete;

  /// Posts the message, and moves the ports into it. Throws std::invalid_argument if one of them could only
  /// be received before itself, and std::bad_alloc.
  void run();

 private:
  /// Whether one of the ports that `mayMatter` would wait, in the end's queue, for itself.
  template <class MayMatter>
  bool closesCycle(MayMatter&& mayMatter) {
    return anyOf(moves_.moves,
                 [&](PortMove const& move) { return mayMatter(move) && waitsBehind(move); });
  }
  /// Whether the end waits in a queue of that port; or in one of an end that does, and so on.
  bool waitsBehind(PortMove const& port);

  /// Posts, unless the end was started or sent away meanwhile: then this is false, and nothing has happened.
  [[nodiscard]] bool tryToPost();

  /// Appends, if the end is where it was. To one that is closed, the ports go all the same, and so they
  /// end with the message.
  TwoEnds::Fit append(std::uint64_t epoch) noexcept;

  PortPair& pair_;
  unsigned const to_;
  Owned<PortMessage> message_;
  PortMoves const& moves_;
};

}  // namespace tincan::inline abi0::detail
