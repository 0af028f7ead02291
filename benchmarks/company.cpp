// benchmarks/company.cpp - how much does a core that sends slow down another one that does, too?
//
// One or two cores send bursts of 1024 messages, and nobody receives meanwhile. The limit is a ring
// of 64-byte slots that each core has for itself: it says what a send costs where nothing is shared,
// and what two cores that only write cost each other on this machine.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <tincan/tincan.hpp>

#include "harness.hpp"
#include "limits.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::Message;
using bench::Sent;
using bench::Tally;

constexpr int burst = 1024;
constexpr int mostOfB = 4 * burst;  // in a burst of A's: should A lose its core, there is an end

/// What A and B sent, and what of it was received.
struct Books {
  alignas(bench::apart) Sent sentA;
  alignas(bench::apart) Sent sentB;
  alignas(bench::apart) Tally tallyA;
  Tally tallyB;

  bool areEven() const { return tallyA.count() >= sentA.count && tallyB.count() >= sentB.count; }
};

class TincanWay {
 public:
  explicit TincanWay(Books& books) {
    bus_->main().on("a", [&books](Message const& message) { books.tallyA.take(message); });
    bus_->main().on("b", [&books](Message const& message) { books.tallyB.take(message); });
  }

  void sendA(Message const& message) { a_.send("a", message); }
  void sendB(Message const& message) { b_.send("b", message); }
  void poll(Books&) { bus_->main().poll(); }
  void check(Books const& books) { bus_.requireCount(books.sentA.count + books.sentB.count); }

 private:
  bench::StrictBus bus_;
  tincan::Renderer a_ = bus_->attach("a");
  tincan::Renderer b_ = bus_->attach("b");
};

class PrivateRings {
 public:
  explicit PrivateRings(Books&) {}

  void sendA(Message const& message) {
    if (!a_.tryPush(message)) bench::fail("a burst does not fit into A's ring");
  }
  void sendB(Message const& message) {
    if (!b_.tryPush(message)) bench::fail("a burst does not fit into B's ring");
  }
  void poll(Books& books) {
    for (Message message; a_.tryPop(message);) books.tallyA.take(message);
    for (Message message; b_.tryPop(message);) books.tallyB.take(message);
  }
  void check(Books const&) const {}

 private:
  bench::SpscRing<Message, burst> a_;
  bench::SpscRing<Message, mostOfB> b_;
};

/// A third thread, which sleeps while A and B send, takes what they sent after each burst. The time
/// is A's: B sends until A is done, so that A is never alone, and is not timed.
template <class Way>
class Crowd {
 public:
  Crowd(Duo& duo, bench::Cores cores)
      : duo_(duo),
        // On B's core: alone and in company, A writes into lines that another core read last.
        receiver_([this, cores] { bench::guarded([&] { receive(cores.b); }); }) {}
  Crowd(Crowd const&) = delete;
  Crowd& operator=(Crowd const&) = delete;
  ~Crowd() {
    ended_ = true;
    wanted_.setAndWake(++drains_);
    receiver_.join();
  }

  double alone(std::uint64_t times) {
    return bursts(times, [] {});
  }

  double inCompany(std::uint64_t times) {
    return bursts(times, [this] {
      auto sent = books_.sentB;
      for (auto i = 0; i < mostOfB && !aIsDone_.load(std::memory_order_relaxed); ++i) {
        way_.sendB(sent.next());
      }
      books_.sentB = sent;
    });
  }

  void check() {
    books_.tallyA.requireAllOf(books_.sentA, "company, A");
    books_.tallyB.requireAllOf(books_.sentB, "company, B");
    way_.check(books_);
  }

 private:
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
    auto sent = books_.sentA;
    for (std::uint64_t i = 0; i < count; ++i) way_.sendA(sent.next());
    books_.sentA = sent;
    aIsDone_.store(true, std::memory_order_relaxed);
  }

  void drain() {
    wanted_.setAndWake(++drains_);
    drained_.sleepUntil(drains_ - 1, drains_);
  }

  void receive(int core) {
    bench::pinThisThread(core);
    for (std::uint32_t number = 1;; ++number) {
      wanted_.sleepUntil(number - 1, number);
      if (ended_) return;
      while (!books_.areEven()) way_.poll(books_);
      drained_.setAndWake(number);
    }
  }

  // Plain members are handed over by the two words and by the Duo.
  Duo& duo_;
  Books books_;
  Way way_{books_};
  std::uint32_t drains_ = 0;
  bool ended_ = false;
  alignas(bench::apart) std::atomic<bool> aIsDone_{false};
  alignas(bench::apart) bench::FutexWord wanted_;
  alignas(bench::apart) bench::FutexWord drained_;
  std::thread receiver_;  // last: it uses all of the above
};

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  Crowd<TincanWay> tincan(duo, setting.cores);
  Crowd<PrivateRings> rings(duo, setting.cores);
  // 16 bursts a slice: the way to the receiver and back is not timed, but takes most of the slice.
  constexpr std::uint64_t times = 16 * burst;
  Contest contest;
  contest.add(
      "alone", [&](auto n) { return tincan.alone(n); }, times);
  contest.add(
      "ring alone", [&](auto n) { return rings.alone(n); }, times);
  contest.add(
      "in company", [&](auto n) { return tincan.inCompany(n); }, times);
  contest.add(
      "ring in company", [&](auto n) { return rings.inCompany(n); }, times);
  contest.run(setting.cycles(120));
  tincan.check();
  rings.check();
  return {{"company", contest.ratio("in company", "alone")},
          {"private-ring", contest.ratio("alone", "ring alone")},
          {"ring-company", contest.ratio("ring in company", "ring alone")},
          {"alone-ns", contest.ns("alone")},
          {"ring-ns", contest.ns("ring alone")}};
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "company: how much does a core that sends slow down another one that does, too?",
      {
          {"company", "a send while another core sends, too / alone", atMost(1.1)},
          {"private-ring", "a send alone / into a private ring of slots", atMost(1.8)},
          {"ring-company", "the rings: while another core sends, too / alone", forInformation()},
          {"alone-ns", "a send alone, nobody receives meanwhile", forInformation(), 1, " ns"},
          {"ring-ns", "the same into a private ring", forInformation(), 1, " ns"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
