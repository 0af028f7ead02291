// tincan/detail/quits.hpp - layer 4 - how often an endpoint was told to quit, and by whom
//
// A quit is no message: it may come from a signal handler, in the midst of a send of its thread. It
// is counted, and what is known of it is kept beside: who told, and the clock of that thread, which
// tells what it sent before from what it sends afterwards.
//
//   Threads   request() and stopToken(): any; request() also in a signal handler. The others: the
//             endpoint's.
//   Order     What a thread did before request() is visible once isRequested() is true.
//   Progress  request() is lock-free and allocates nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>

#include <tincan/detail/process.hpp>

namespace tincan::detail {

class Quits {
 public:
  struct Quit {
    Token const* thread = nullptr;  // null: not known
    std::uint64_t clock = 0;
  };

  Quits() = default;
  Quits(Quits const&) = delete;
  Quits& operator=(Quits const&) = delete;
  ~Quits() { delete stop_.load(std::memory_order_acquire); }

  // ---- any thread ----

  void request(Quit const& quit) noexcept {
    // seq_cst: see Inbox::interrupt(); and one of request() and stopToken() sees the other.
    std::uint64_t const number = requested_.fetch_add(1, std::memory_order_seq_cst);
    Record& record = records_[number % Known];
    // relaxed: the release below publishes them.
    record.thread.store(quit.thread, std::memory_order_relaxed);
    record.clock.store(quit.clock, std::memory_order_relaxed);
    record.number.store(number + 1, std::memory_order_release);
    requestStop();
  }

  /// What was given out by stopToken() stops.
  void requestStop() noexcept {
    Use const use(users_);
    if (Stop* const stop = stop_.load(std::memory_order_seq_cst)) stop->source.request_stop();
  }

  /// Throws std::bad_alloc.
  std::stop_token stopToken(bool isClosed) {
    Use const use(users_);
    Stop* stop = stop_.load(std::memory_order_acquire);
    if (stop == nullptr) {
      auto made = std::make_unique<Stop>();
      if (stop_.compare_exchange_strong(stop, made.get(), std::memory_order_seq_cst)) {
        stop = made.release();
      }
    }
    std::stop_token token = stop->source.get_token();
    if (isClosed || isRequested() || isFinishing_.load(std::memory_order_acquire)) {
      stop->source.request_stop();
    }
    return token;
  }

  // ---- the endpoint's thread ----

  bool isRequested() const noexcept {
    return requested_.load(std::memory_order_seq_cst) != done_.load(std::memory_order_acquire);
  }

  /// The oldest one ends a run.
  Quit takeOldest() noexcept {
    // relaxed: only this thread writes it.
    std::uint64_t const number = done_.load(std::memory_order_relaxed);
    isFinishing_.store(true, std::memory_order_release);
    done_.store(number + 1, std::memory_order_release);
    Record const& record = records_[number % Known];
    if (record.number.load(std::memory_order_acquire) != number + 1) return {};
    Quit const quit{record.thread.load(std::memory_order_relaxed),
                    record.clock.load(std::memory_order_relaxed)};
    // Overwritten meanwhile by a later one: then nothing is known of this one.
    return record.number.load(std::memory_order_acquire) == number + 1 ? quit : Quit{};
  }

  /// The run has ended: the next stopToken() is a new one.
  void renewStop() noexcept {
    isFinishing_.store(false, std::memory_order_release);
    std::unique_ptr<Stop> old(stop_.exchange(nullptr, std::memory_order_seq_cst));
    if (old != nullptr) {
      old->before = std::move(retired_);
      retired_ = std::move(old);
    }
    // Somebody may be about to use what was taken away.
    if (users_.load(std::memory_order_seq_cst) == 0) retired_.reset();
  }

 private:
  static constexpr std::size_t Known = 32;  // of the last ones

  struct Record {
    std::atomic<std::uint64_t> number{0};  // from 1; 0: none
    std::atomic<Token const*> thread{nullptr};
    std::atomic<std::uint64_t> clock{0};
  };
  struct Stop {
    std::stop_source source;
    std::unique_ptr<Stop> before;
  };
  struct Use {
    explicit Use(std::atomic<std::uint32_t>& u) noexcept : users(u) {
      users.fetch_add(1, std::memory_order_seq_cst);
    }
    ~Use() { users.fetch_sub(1, std::memory_order_seq_cst); }
    Use(Use const&) = delete;
    Use& operator=(Use const&) = delete;
    std::atomic<std::uint32_t>& users;
  };

  std::atomic<std::uint64_t> requested_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<bool> isFinishing_{false};  // a run handles what was queued before its quit
  std::atomic<Stop*> stop_{nullptr};
  std::atomic<std::uint32_t> users_{0};
  std::unique_ptr<Stop> retired_;
  Record records_[Known];
};

}  // namespace tincan::detail
