// tincan/detail/endpoint/quits.hpp - how often an endpoint was told to quit, and by whom
//
// A quit is no message: it may come from a signal handler, in the midst of a send of its thread. It
// is counted, and what is known of it is kept beside: who told, and the clock of that thread, which
// tells what it sent before from what it sends afterwards.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/answer/thread_token.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

/// The quits of one endpoint; of the last `Known` of them it is known who told.
///
///   Threads   request() and stopToken(): any; request() also in a signal handler. The others: the
///             endpoint's.
///   Order     What a thread did before request() is visible once isRequested() is true.
///   Progress  request() is lock-free and allocates nothing.
template <class Platform, class StopSource, std::size_t Known>
class QuitsOf {
 public:
  using ThreadToken = ThreadTokenOf<Platform>;
  using StopToken = decltype(std::declval<StopSource&>().get_token());

  /// Who told, and when.
  struct Quit {
    ThreadToken const* thread = nullptr;  // null: not known
    std::uint64_t clock = 0;
  };

  QuitsOf() = default;
  QuitsOf(QuitsOf const&) = delete;
  QuitsOf& operator=(QuitsOf const&) = delete;
  ~QuitsOf() {
    // acquire: pairs with the exchange of the one who made it.
    delete stop_.load(std::memory_order_acquire);
  }

  // ---- any thread ----

  /// Tells the endpoint to end one more run.
  void request(Quit const& quit) noexcept {
    // seq_cst: see Inbox::interrupt(); and one of request() and stopToken() sees the other.
    std::uint64_t const number = requested_.fetch_add(1, std::memory_order_seq_cst);
    Record& record = records_[number % Known];
    // Somebody who is writing there keeps the place: that may be the thread that is interrupted here.
    // acquire: pairs with the release of whoever wrote there before.
    if (record.number.exchange(Record::Writing, std::memory_order_acquire) != Record::Writing) {
      // release: pairs with the acquires in takeOldest(): who sees one of them sees that somebody is
      // writing, or has written.
      record.thread.store(quit.thread, std::memory_order_release);
      record.clock.store(quit.clock, std::memory_order_release);
      record.number.store(number + 1, std::memory_order_release);
    }
    stopThoseOf(number);
  }

  /// Stops what was given out by stopToken().
  void requestStop() noexcept { stopThoseOf(UINT64_MAX); }

  /// A token that stops with the next quit, or when the endpoint is closed. `isClosed()` is asked once
  /// whoever closes the endpoint afterwards finds the token. Throws std::bad_alloc.
  template <class IsClosed>
  StopToken stopToken(IsClosed&& isClosed) {
    Use const use(users_);
    // seq_cst: renewStop() sees this use, or it has taken away what was there before.
    Stop* stop = stop_.load(std::memory_order_seq_cst);
    if (stop == nullptr) {
      auto made = Owned<Stop>::make();
      // acquire: pairs with the release in takeOldest(): a quit of a run that is over is no reason.
      made->firstQuit = done_.load(std::memory_order_acquire);
      if (stop_.compare_exchange_strong(stop, made.get(), std::memory_order_seq_cst,
                                        std::memory_order_seq_cst)) {
        stop = made.release();
      }
    }
    StopToken token = stop->source.get_token();
    // acquire: pairs with the release in takeOldest(), which comes before the quit is no longer requested.
    if (isClosed() || isRequested() || isFinishing_.load(std::memory_order_acquire)) {
      stop->source.request_stop();
    }
    return token;
  }

  /// Whether somebody may have a token that the next quit requests.
  bool hasToken() const noexcept {
    // relaxed: for whoever has given one out, or asks where only one thread runs.
    return stop_.load(std::memory_order_relaxed) != nullptr;
  }

  // ---- the endpoint's thread ----

  bool isRequested() const noexcept {
    // acquire: pairs with the release in takeOldest(), for those who ask on other threads.
    return requested_.load(std::memory_order_seq_cst) != done_.load(std::memory_order_acquire);
  }

  /// Takes the oldest one, which ends a run.
  Quit takeOldest() noexcept {
    // relaxed: only this thread writes it.
    std::uint64_t const number = done_.load(std::memory_order_relaxed);
    // release, both: pair with the acquires in stopToken(). First this: who finds the quit taken finds that
    // the run ends.
    isFinishing_.store(true, std::memory_order_release);
    done_.store(number + 1, std::memory_order_release);
    Record const& record = records_[number % Known];
    // acquire: pairs with the last release in request(), and the next two with the other ones.
    if (record.number.load(std::memory_order_acquire) != number + 1) return {};
    Quit const quit{record.thread.load(std::memory_order_acquire),
                    record.clock.load(std::memory_order_acquire)};
    // Overwritten meanwhile by a later one: then nothing is known of this one. relaxed: the acquires above
    // keep this look behind them.
    return record.number.load(std::memory_order_relaxed) == number + 1 ? quit : Quit{};
  }

  /// Ends the token of a run that has ended: the next stopToken() is a new one.
  void renewStop() noexcept {
    // release: pairs with the acquire in stopToken().
    isFinishing_.store(false, std::memory_order_release);
    Owned<Stop> old(stop_.exchange(nullptr, std::memory_order_seq_cst));
    if (old != nullptr) {
      // Somebody may have got it too late for the quit and too early for the next one.
      old->source.request_stop();
      old->before = std::move(retired_);
      retired_ = std::move(old);
    }
    // Somebody may be about to use what was taken away.
    if (users_.load(std::memory_order_seq_cst) == 0) retired_.reset();
  }

 private:
  template <class T>
  using Atomic = typename Platform::template atomic<T>;

  /// Stops the token that stops with the quit of that number. That may come here when the run that it ends
  /// is over already.
  void stopThoseOf(std::uint64_t number) noexcept {
    Use const use(users_);
    Stop* const stop = stop_.load(std::memory_order_seq_cst);
    if (stop != nullptr && stop->firstQuit <= number) stop->source.request_stop();
  }

  /// The place of one quit, for as long as no other one needs it.
  struct Record {
    static constexpr std::uint64_t Writing = UINT64_MAX;
    // 0 or the number of an earlier quit -> Writing   one who finds it not Writing
    // Writing                            -> number+1  the same one, once the others are written
    Atomic<std::uint64_t> number{0};
    Atomic<ThreadToken const*> thread{nullptr};
    Atomic<std::uint64_t> clock{0};
  };
  /// The source of what stopToken() gives out until the run has ended.
  struct Stop {
    StopSource source{};
    std::uint64_t firstQuit = 0;  // that requests it
    Owned<Stop> before{};
  };
  /// While it lives, no Stop goes away that is found now.
  struct Use {
    explicit Use(Atomic<std::uint32_t>& u) noexcept : users(u) {
      users.fetch_add(1, std::memory_order_seq_cst);
    }
    ~Use() { users.fetch_sub(1, std::memory_order_seq_cst); }
    Use(Use const&) = delete;
    Use& operator=(Use const&) = delete;
    Atomic<std::uint32_t>& users;
  };

  Atomic<std::uint64_t> requested_{0};
  Atomic<std::uint64_t> done_{0};
  Atomic<bool> isFinishing_{false};  // a run handles what was queued before its quit
  Atomic<Stop*> stop_{nullptr};
  Atomic<std::uint32_t> users_{0};
  Owned<Stop> retired_{};  // those of runs that are over, while somebody may use one
  Record records_[Known];
};

using Quits = QuitsOf<ThreadPlatform, StopSource, 32>;

/// Ends, at its end, the token of the run that ends.
struct RenewStop {
  explicit RenewStop(Quits& q) noexcept : quits(q) {}
  ~RenewStop() { quits.renewStop(); }
  RenewStop(RenewStop const&) = delete;
  RenewStop& operator=(RenewStop const&) = delete;
  Quits& quits;
};

}  // namespace tincan::inline abi0::detail
