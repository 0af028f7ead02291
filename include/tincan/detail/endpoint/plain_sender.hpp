// tincan/detail/endpoint/plain_sender.hpp - whether a thread may send in an endpoint's name without another look
#pragma once

#include <atomic>
#include <cstdint>

namespace tincan::inline abi0::detail {

/// One word for two questions: does the endpoint belong to this thread, and is it open?
///
///   Threads   isOpenTo(), open(): the endpoint's. close(): any.
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

  /// Gives the endpoint to the calling thread, unless isClosed().
  template <class IsClosed>
  void open(void const* token, IsClosed&& isClosed) noexcept {
    // acq_rel: pairs with the release in close(). Either that comes later, and its store stays, or this has
    // read it, and then isClosed() is true.
    word_.exchange(addressOf(token), std::memory_order_acq_rel);
    // relaxed: only says that it is nobody's.
    if (isClosed()) word_.store(addressOf(this), std::memory_order_relaxed);
  }

  /// Takes it away, for good.
  void close() noexcept {
    // release: pairs with the acquire in open().
    word_.store(addressOf(this), std::memory_order_release);
  }

 private:
  static std::uintptr_t addressOf(void const* what) noexcept {
    return reinterpret_cast<std::uintptr_t>(what);
  }

  // The token of the thread while the endpoint is open; else this object's address, which no token has.
  //
  //   this  -> token  open()
  //   any   -> this   close(); open(), if the endpoint is closed by then
  typename Platform::template atomic<std::uintptr_t> word_{addressOf(this)};
};

}  // namespace tincan::inline abi0::detail
