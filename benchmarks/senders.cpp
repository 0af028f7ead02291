// benchmarks/senders.cpp - what does a message cost when several threads send to one?
//
// 1 to 16 senders, and a receiver that polls all the time on a core of its own; the senders share
// the other cores (on a machine with two all of them share one), each is at most 1024 messages
// ahead. Beside it a plain ring for each sender, which the receiver empties by turns, and a deque of
// callables under a mutex.

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <tincan/tincan.hpp>
#include <utility>
#include <vector>

#include "account.hpp"
#include "crew.hpp"
#include "harness.hpp"
#include "limits.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace {

using bench::Account;
using bench::Contest;
using bench::keyOf;
using bench::Message;
using bench::StrictBus;

std::vector<int> const counts = {1, 2, 4, 8, 16};

class TincanQueue {
 public:
  explicit TincanQueue(std::vector<Account>& accounts) {
    for (std::size_t i = 0; i < accounts.size(); ++i) {
      senders_.push_back(bus_->attach(fmt::format("sender-{}", i)));
    }
    bus_->main().on("message", [this, &accounts](std::size_t i, Message const& message) {
      accounts[i].take(message);
      ++taken_;
    });
  }

  void send(std::size_t i, Message const& message) { senders_[i].send("message", i, message); }

  void receive(std::uint64_t until) {
    while (taken_ < until) bus_->main().poll();
  }

  void check() { bus_.requireCount(taken_); }

 private:
  StrictBus bus_;
  std::deque<tincan::Renderer> senders_;
  alignas(bench::apart) std::uint64_t taken_ = 0;
};

class RingsQueue {
 public:
  explicit RingsQueue(std::vector<Account>& accounts) : accounts_(accounts) {
    for (std::size_t i = 0; i < accounts.size(); ++i) rings_.emplace_back();
  }

  void send(std::size_t i, Message const& message) {
    bench::spinUntil([&] { return rings_[i].tryPush(message); }, 100);
  }

  void receive(std::uint64_t until) {
    while (taken_ < until) {
      for (std::size_t i = 0; i < rings_.size(); ++i) {
        for (Message message; rings_[i].tryPop(message); ++taken_) accounts_[i].take(message);
      }
    }
  }

  void check() const {}

 private:
  std::vector<Account>& accounts_;
  std::deque<bench::SpscRing<Message>> rings_;
  alignas(bench::apart) std::uint64_t taken_ = 0;
};

class HandRolledQueue {
 public:
  explicit HandRolledQueue(std::vector<Account>& accounts) : accounts_(accounts) {}

  void send(std::size_t i, Message const& message) {
    queue_.post([this, i, message] {
      accounts_[i].take(message);
      if (++taken_ == until_) queue_.quit();
    });
  }

  void receive(std::uint64_t until) {
    until_ = until;
    queue_.serve();
  }

  void check() const {}

 private:
  std::vector<Account>& accounts_;
  bench::HandRolled queue_;
  alignas(bench::apart) std::uint64_t taken_ = 0;
  std::uint64_t until_ = 0;
};

template <class Queue>
class Senders {
 public:
  /// The calling thread receives.
  Senders(int count, std::vector<int> const& cores)
      : accounts_(static_cast<std::size_t>(count)),
        queue_(accounts_),
        crew_(spread(count, cores)) {}

  double slice(std::uint64_t times) {
    auto const each = times / accounts_.size();
    received_ += each * accounts_.size();
    return crew_.run([this] { queue_.receive(received_); },
                     [this, each](std::size_t i) { send(i, each); });
  }

  void check() {
    for (auto const& account : accounts_) account.tally.requireAllOf(account.sent, "many senders");
    queue_.check();
  }

 private:
  static std::vector<int> spread(int count, std::vector<int> const& cores) {
    std::vector<int> some;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      some.push_back(cores[i % cores.size()]);
    }
    return some;
  }

  void send(std::size_t i, std::uint64_t times) {
    auto& account = accounts_[i];
    auto sent = account.sent;
    for (auto const end = sent.count + times; sent.count < end;) {
      account.progress.waitForRoom(sent.count, 100);
      queue_.send(i, sent.next());
    }
    account.sent = sent;
  }

  std::vector<Account> accounts_;
  Queue queue_;
  std::uint64_t received_ = 0;
  bench::Crew crew_;  // last: it uses all of the above
};

// ---- measuring ----------------------------------------------------------------------------------

/// One kind of queue with each number of senders.
template <class Queue>
class Series {
 public:
  Series(std::string key, std::vector<int> const& cores) : key_(std::move(key)) {
    for (int const count : counts) series_.emplace_back(count, cores);
  }

  void addTo(Contest& contest) {
    constexpr std::uint64_t times = 1 << 15;  // several turns of each sender on a shared core
    for (std::size_t i = 0; i < series_.size(); ++i) {
      auto const slice = [&senders = series_[i]](auto n) { return senders.slice(n); };
      contest.add(keyOf("cost", key_, counts[i]), slice, times);
    }
  }

  void report(Contest const& contest, bench::Figures& figures) {
    for (std::size_t i = 0; i < series_.size(); ++i) {
      series_[i].check();
      auto const key = keyOf("cost", key_, counts[i]);
      figures[key] = contest.ns(key);
    }
  }

 private:
  std::string key_;
  std::deque<Senders<Queue>> series_;
};

bench::Figures measure(bench::Setting const& setting) {
  bench::pinThisThread(setting.cores.b);
  std::vector<int> others;
  for (int const core : setting.all) {
    if (core != setting.cores.b) others.push_back(core);
  }
  Series<TincanQueue> tincan("tincan", others);
  Series<RingsQueue> rings("rings", others);
  Series<HandRolledQueue> handRolled("hand-rolled", others);
  Contest contest;
  tincan.addTo(contest);
  rings.addTo(contest);
  handRolled.addTo(contest);
  contest.run(setting.cycles(40));
  bench::Figures figures;
  tincan.report(contest, figures);
  rings.report(contest, figures);
  handRolled.report(contest, figures);
  figures["sixteen"] = contest.ratio(keyOf("cost", "tincan", 16), keyOf("cost", "tincan", 1));
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"senders: what does a message cost when several threads send to one?",
          {
              {"sixteen", "a message of 16 senders on shared cores / of 1", forInformation()},
          },
          measure,
          {},
          {{"cost",
            "a message of 32 bytes; senders share the cores that the receiver does not have",
            "senders",
            counts,
            {{"tincan", "tincan"},
             {"rings", "a plain ring each"},
             {"hand-rolled", "mutex + deque + condvar"}},
            " ns"}}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
