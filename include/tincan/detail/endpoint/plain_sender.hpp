// tincan/detail/endpoint/plain_sender.hpp - whether a thread may send in an endpoint's name without another look
#pragma once

#include <atomic>
#include <cstdint>

namespace tincan::inline abi0::detail {

/// One word for two questions: does the endpoint belong to this thread, and is it open?
///
///   Threads   isOpenTo(), open(), isLentTo(), lend(): the endpoint's. close(): any.
///   Order     Whoever closes the endpoint says so elsewhere before close(); then no thread finds itself here
///             for long, whichever of open() and close() comes first.
template <class Platform>
class PlainSender {
 public:
  PlainSender() = default;
  PlainSender(PlainSender const&) = delete;
  PlainSender& operator=(PlainSender const&) = delete;

  /// True if the endpoint is open, and the thread of that token, which is the calling one or null, has
  /// polled it.
  [[gnu::always_inline]] bool isOpenTo(void const* token) const noexcept {
    // relaxed: a thread that finds itself has stored it.
    return word_.load(std::memory_order_relaxed) == addressOf(token);
  }

  /// True if the endpoint is open, and the thread of that token, which is the calling one, has called a verb
  /// of it last, and nobody has polled it.
  bool isLentTo(void const* token) const noexcept {
    // relaxed: a thread that finds itself has stored it, and another thread that has polled the endpoint since
    // has synchronized with whoever calls its verbs.
    return word_.load(std::memory_order_relaxed) == addressOf(token) + Lent;
  }

  /// Gives the endpoint to the calling thread, which polls it, unless isClosed().
  template <class IsClosed>
  void open(void const* token, IsClosed&& isClosed) noexcept {
    give(addressOf(token), isClosed);
  }
  /// Gives the endpoint, which nobody has polled, to the calling thread until somebody does, unless
  /// isClosed().
  template <class IsClosed>
  void lend(void const* token, IsClosed&& isClosed) noexcept {
    give(addressOf(token) + Lent, isClosed);
  }

  /// Takes it away: for good, if the endpoint is closed; else until open().
  void close() noexcept {
    // release: pairs with the acquire in give().
    word_.store(addressOf(this), std::memory_order_release);
  }

 private:
  static constexpr std::uintptr_t Lent = 1;  // a token's address is even

  template <class IsClosed>
  void give(std::uintptr_t word, IsClosed& isClosed) noexcept {
    // acq_rel: pairs with the release in close(). Either that comes later, and its store stays, or this has
    // read it, and then isClosed() is true.
    word_.exchange(word, std::memory_order_acq_rel);
    if (isClosed()) close();
  }

  static std::uintptr_t addressOf(void const* what) noexcept {
    return reinterpret_cast<std::uintptr_t>(what);
  }

  // While the endpoint is open, the token of the thread that polls it, or one more than the token of the thread
  // that it is lent to; else this object's address, which no token has.
  //
  //   this, lent -> lent   lend()
  //   this, lent -> token  open()
  //   any        -> this   close(), if the endpoint is closed or released; open() and lend(), if it is
  //                        closed by then
  typename Platform::template atomic<std::uintptr_t> word_{addressOf(this)};
};

}  // namespace tincan::inline abi0::detail
