// benchmarks/senders.cpp - what does a message cost when several threads send at once?
//
// Two questions. How much does a core that sends slow down another one that does, too: both
// send bursts, and nobody receives meanwhile. And what a message costs with 1 to 16 senders and
// a receiver that polls all the time on a core of its own; the senders share the other cores
// (on a machine with two all of them share one), each is at most 1024 messages ahead. Beside
// it a deque of callables under a mutex.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <thread>
#include <tincan/tincan.hpp>
#include <vector>

#include "crew.hpp"
#include "harness.hpp"
#include "limits.hpp"
#include "progress.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::keyOf;
using bench::Message;
using bench::Sent;
using bench::StrictBus;
using bench::Tally;

std::vector<int> const counts = {1, 2, 4, 8, 16};

// ---- two cores at once --------------------------------------------------------------------------

/// One or two cores send bursts of 1024 messages; a third thread, which sleeps meanwhile, handles
/// them between the bursts. The time is A's: B sends until A is done, so that A is never alone, and
/// is not timed.
class Crowd {
 public:
  explicit Crowd(Duo& duo, bench::Cores cores)
      : duo_(duo),
        a_(bus_->attach("a")),
        b_(bus_->attach("b")),
        // On B's core: alone and in company, A writes into lines that another core read last.
        receiver_([this, cores] { bench::guarded([&] { receive(cores.b); }); }) {
    bus_->main().on("a", [this](Message const& message) { tallyA_.take(message); });
    bus_->main().on("b", [this](Message const& message) { tallyB_.take(message); });
  }
  Crowd(Crowd const&) = delete;
  Crowd& operator=(Crowd const&) = delete;
  ~Crowd() {
    ended_ = true;
    call(++drains_);
    receiver_.join();
  }

  double alone(std::uint64_t times) {
    return bursts(times, [] {});
  }

  double inCompany(std::uint64_t times) {
    return bursts(times, [this] {
      // Bounded: should A lose its core meanwhile, there would be no end.
      for (auto i = 0; i < 4 * burst && !aIsDone_.load(std::memory_order_relaxed); ++i) {
        b_.send("b", sentB_.next());
      }
    });
  }

  void check() {
    tallyA_.requireAllOf(sentA_, "two senders, A");
    tallyB_.requireAllOf(sentB_, "two senders, B");
    bus_.requireCount(sentA_.count + sentB_.count);
  }

 private:
  static constexpr int burst = 1024;

  template <class Company>
  double bursts(std::uint64_t times, Company const& company) {
    double ns = 0;
    for (std::uint64_t left = times; left > 0;) {
      auto const count = std::min<std::uint64_t>(left, burst);
      // relaxed, here and below: a hint to stop, which hands over nothing.
      aIsDone_.store(false, std::memory_order_relaxed);
      ns += duo_.run([&] { sendFromA(count); }, company).a;
      drain();
      left -= count;
    }
    return ns;
  }

  void sendFromA(std::uint64_t count) {
    auto sent = sentA_;
    for (std::uint64_t i = 0; i < count; ++i) a_.send("a", sent.next());
    sentA_ = sent;
    aIsDone_.store(true, std::memory_order_relaxed);
  }

  void drain() {
    call(++drains_);
    drained_.sleepUntil(drains_ - 1, drains_);
  }

  void call(std::uint32_t number) { wanted_.setAndWake(number); }

  void receive(int core) {
    bench::pinThisThread(core);
    for (std::uint32_t number = 1;; ++number) {
      wanted_.sleepUntil(number - 1, number);
      if (ended_) return;
      while (tallyA_.count() < sentA_.count || tallyB_.count() < sentB_.count) bus_->main().poll();
      drained_.setAndWake(number);
    }
  }

  // Plain members are handed over by the two words and by the Duo.
  Duo& duo_;
  StrictBus bus_;
  tincan::Renderer a_;
  tincan::Renderer b_;
  std::uint32_t drains_ = 0;
  bool ended_ = false;
  alignas(bench::apart) std::atomic<bool> aIsDone_{false};
  alignas(bench::apart) Sent sentA_;
  alignas(bench::apart) Sent sentB_;
  alignas(bench::apart) Tally tallyA_;
  Tally tallyB_;
  alignas(bench::apart) bench::FutexWord wanted_;
  alignas(bench::apart) bench::FutexWord drained_;
  std::thread receiver_;  // last: it uses all of the above
};

// ---- many senders -------------------------------------------------------------------------------

/// The books of one sender and of the receiver on it.
struct Account {
  alignas(bench::apart) Sent sent;
  bench::Progress progress;
  alignas(bench::apart) Tally tally;

  void take(Message const& message) {
    tally.take(message);
    progress.publish(tally.count());
  }
};

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

void measureCrowd(Duo& duo, bench::Cores cores, int cycles, bench::Figures& figures) {
  Crowd crowd(duo, cores);
  // 16 bursts a slice: the way to the receiver and back is not timed, but takes most of the slice.
  constexpr std::uint64_t times = 16 * 1024;
  Contest contest;
  contest.add(
      "alone", [&](auto n) { return crowd.alone(n); }, times);
  contest.add(
      "in company", [&](auto n) { return crowd.inCompany(n); }, times);
  contest.run(cycles);
  crowd.check();
  figures["company"] = contest.ratio("in company", "alone");
  figures["alone-ns"] = contest.ns("alone");
}

void measureMany(bench::Cores cores, std::vector<int> const& allowed, int cycles,
                 bench::Figures& figures) {
  bench::pinThisThread(cores.b);
  std::vector<int> others;
  for (int const core : allowed) {
    if (core != cores.b) others.push_back(core);
  }
  std::deque<Senders<TincanQueue>> tincans;
  std::deque<Senders<HandRolledQueue>> handRolled;
  Contest contest;
  constexpr std::uint64_t times = 1 << 15;  // several turns of each sender on a shared core
  for (int const count : counts) {
    auto& tincan = tincans.emplace_back(count, others);
    contest.add(
        keyOf("cost", "tincan", count), [&](auto n) { return tincan.slice(n); }, times);
    auto& other = handRolled.emplace_back(count, others);
    contest.add(
        keyOf("cost", "hand-rolled", count), [&](auto n) { return other.slice(n); }, times);
  }
  contest.run(cycles);
  for (auto& each : tincans) each.check();
  for (auto& each : handRolled) each.check();
  for (int const count : counts) {
    for (auto const* line : {"tincan", "hand-rolled"}) {
      figures[keyOf("cost", line, count)] = contest.ns(keyOf("cost", line, count));
    }
  }
  figures["sixteen"] = contest.ratio(keyOf("cost", "tincan", 16), keyOf("cost", "tincan", 1));
}

bench::Figures measure(bench::Setting const& setting) {
  bench::Figures figures;
  measureMany(setting.cores, setting.all, setting.cycles(40), figures);
  Duo duo(setting.cores);
  measureCrowd(duo, setting.cores, setting.cycles(120), figures);
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"senders: what does a message cost when several threads send at once?",
          {
              {"company", "a send while another core sends, too / alone", atMost(1.5)},
              {"sixteen", "a message of 16 senders on shared cores / of 1", forInformation()},
              {"alone-ns", "a send alone, nobody receives meanwhile", forInformation(), 1, " ns"},
          },
          measure,
          {},
          {{"cost",
            "a message of 32 bytes; senders share the cores that the receiver does not have",
            "senders",
            counts,
            {{"tincan", "tincan"}, {"hand-rolled", "mutex + deque + condvar"}},
            " ns"}}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
