// benchmarks/burst.cpp - what becomes of 1,000,000 messages that nobody handles yet?
//
// A sends 1,000,000 messages of 32 bytes while B waits, then B handles them while A waits. How
// long both take, how much memory the messages take, and how much is kept afterwards. Beside
// it a deque of callables under a mutex.

#include <cstdint>
#include <tincan/tincan.hpp>
#include <vector>

#include "allocations.hpp"
#include "harness.hpp"
#include "limits.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace {

using bench::Duo;
using bench::Message;
using bench::require;
using bench::Sent;
using bench::Tally;

constexpr std::uint64_t burst = 1'000'000;

class TincanQueue {
 public:
  TincanQueue() : sender_(bus_->attach("sender")) {
    bus_->main().on("message", [this](Message const& message) { tally_.take(message); });
  }

  void send(std::uint64_t times) {
    auto sent = sent_;
    for (std::uint64_t i = 0; i < times; ++i) sender_.send("message", sent.next());
    sent_ = sent;
  }
  void drain() {
    while (tally_.count() < sent_.count) bus_->main().poll();
  }

  void check() {
    tally_.requireAllOf(sent_, "tincan");
    bus_.requireCount(sent_.count);
  }

 private:
  bench::StrictBus bus_;
  tincan::Renderer sender_;
  alignas(bench::apart) Sent sent_;    // A's
  alignas(bench::apart) Tally tally_;  // B's
};

class HandRolledQueue {
 public:
  void send(std::uint64_t times) {
    auto sent = sent_;
    for (std::uint64_t i = 0; i < times; ++i) {
      queue_.post([this, message = sent.next()] { tally_.take(message); });
    }
    sent_ = sent;
    queue_.post([this] { queue_.quit(); });
  }
  void drain() { queue_.serve(); }

  void check() { tally_.requireAllOf(sent_, "hand-rolled"); }

 private:
  bench::HandRolled queue_;
  alignas(bench::apart) Sent sent_;
  alignas(bench::apart) Tally tally_;
};

/// What each message took in the bursts so far.
struct Series {
  std::vector<double> sending;
  std::vector<double> draining;
};

template <class Queue>
double run(Duo& duo, Queue& queue, Series& series, std::uint64_t times) {
  auto const sending = duo.run([&] { queue.send(times); }, [] {}).a;
  auto const draining = duo.run([] {}, [&] { queue.drain(); }).both;
  series.sending.push_back(sending / static_cast<double>(times));
  series.draining.push_back(draining / static_cast<double>(times));
  return sending + draining;
}

void measureTime(Duo& duo, int cycles, bench::Figures& figures) {
  TincanQueue tincan;
  HandRolledQueue handRolled;
  Series series, others;
  bench::Contest contest;
  contest.add(
      "tincan", [&](auto n) { return run(duo, tincan, series, n); }, burst);
  contest.add(
      "hand-rolled", [&](auto n) { return run(duo, handRolled, others, n); }, burst);
  contest.run(cycles);
  tincan.check();
  handRolled.check();
  figures["hand-rolled"] = contest.ratio("hand-rolled", "tincan");
  figures["send-ns"] = bench::median(series.sending);
  figures["drain-ns"] = bench::median(series.draining);
  figures["hand-rolled-send-ns"] = bench::median(others.sending);
  figures["hand-rolled-drain-ns"] = bench::median(others.draining);
}

struct Memory {
  double perMessage;   // bytes
  double kept;         // KiB
  double allocations;  // per message
};

template <class Queue>
Memory memoryOf(Duo& duo) {
  Queue queue;
  Series unused;
  run(duo, queue, unused, 4096);
  bench::allocations.count();
  duo.run([&] { queue.send(burst); }, [] {});
  auto const queued = bench::allocations.soFar();
  duo.run([] {}, [&] { queue.drain(); });
  auto const afterwards = bench::allocations.stop();
  queue.check();
  auto const perMessage = static_cast<double>(queued.bytes) / static_cast<double>(burst);
  require(perMessage >= 32,
          "a queued message takes less than itself: it is not kept in the memory counted");
  return {perMessage, static_cast<double>(afterwards.bytes) / 1024,
          static_cast<double>(queued.calls) / static_cast<double>(burst)};
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  bench::Figures figures;
  measureTime(duo, setting.cycles(10, 2), figures);
  auto const memory = memoryOf<TincanQueue>(duo);
  figures["bytes"] = memory.perMessage;
  figures["kept"] = memory.kept;
  figures["allocations"] = memory.allocations;
  figures["hand-rolled-bytes"] = memoryOf<HandRolledQueue>(duo).perMessage;
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "burst: what becomes of 1,000,000 messages that nobody handles yet?",
      {
          {"bytes", "memory per queued message of 32 bytes", atMost(68), 1, " B"},
          // The contract allows a window of a few thousand messages.
          {"kept", "memory kept once they are handled", atMost(4096 * 68 / 1024), 1, " KiB"},
          {"hand-rolled", "mutex + deque + condvar / tincan, time", forInformation(), 1, "x"},
          {"send-ns", "sending, a message", forInformation(), 1, " ns"},
          {"drain-ns", "handling, a message", forInformation(), 1, " ns"},
          {"allocations", "allocations per message while the queue grows", forInformation(), 5},
          {"hand-rolled-send-ns", "mutex + deque + condvar, sending", forInformation(), 1, " ns"},
          {"hand-rolled-drain-ns", "mutex + deque + condvar, handling", forInformation(), 1, " ns"},
          {"hand-rolled-bytes", "mutex + deque + condvar, memory per message", forInformation(), 1,
           " B"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
