// benchmarks/plan.hpp - who sends to whom among many threads, and the books of all
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "account.hpp"
#include "basics.hpp"
#include "limits.hpp"
#include "traffic.hpp"

namespace bench {

/// To whom each thread sends, and from whom it receives.
class Plan {
 public:
  static Plan toOne(std::size_t threads) {
    Plan plan(threads);
    for (std::size_t from = 1; from < threads; ++from) plan.add(from, 0);
    return plan;
  }
  /// The last of an odd number has nobody.
  static Plan pairs(std::size_t threads) {
    Plan plan(threads);
    for (std::size_t from = 0; from + 1 < threads; from += 2) plan.add(from, from + 1);
    return plan;
  }
  static Plan everybody(std::size_t threads) {
    Plan plan(threads);
    for (std::size_t distance = 1; distance < threads; ++distance) {
      // Not all begin with the same receiver.
      for (std::size_t from = 0; from < threads; ++from)
        plan.add(from, (from + distance) % threads);
    }
    return plan;
  }

  std::size_t threads() const { return receivers_.size(); }
  std::vector<std::size_t> const& receiversOf(std::size_t from) const { return receivers_[from]; }
  std::vector<std::size_t> const& sendersTo(std::size_t to) const { return senders_[to]; }
  /// Each that receives has as many.
  std::size_t sendersOfReceiver() const {
    for (auto const& senders : senders_) {
      if (!senders.empty()) return senders.size();
    }
    fail("a plan in which nobody receives");
  }

 private:
  explicit Plan(std::size_t threads) : receivers_(threads), senders_(threads) {}

  void add(std::size_t from, std::size_t to) {
    receivers_[from].push_back(to);
    senders_[to].push_back(from);
  }

  std::vector<std::vector<std::size_t>> receivers_;
  std::vector<std::vector<std::size_t>> senders_;
};

/// The books of all.
class Ledger {
 public:
  explicit Ledger(std::size_t threads) : accounts_(threads * threads), taken_(threads) {}

  Account& of(std::size_t from, std::size_t to) { return accounts_[from * taken_.size() + to]; }

  void take(std::size_t from, std::size_t to, Message const& message) {
    of(from, to).take(message);
    ++taken_[to].count;
  }
  std::uint64_t takenBy(std::size_t to) const { return taken_[to].count; }

  /// At rest. How many were sent.
  std::uint64_t requireAll() const {
    std::uint64_t sent = 0;
    for (auto const& account : accounts_) {
      account.tally.requireAllOf(account.sent, "mesh");
      sent += account.sent.count;
    }
    return sent;
  }

 private:
  struct alignas(apart) Counter {
    std::uint64_t count = 0;
  };

  std::vector<Account> accounts_;
  std::vector<Counter> taken_;
};

}  // namespace bench
