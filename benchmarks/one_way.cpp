// benchmarks/one_way.cpp - what does a message cost that nobody answers?
//
// All contestants of the first group do the same job: A sends freely, B handles, and A is never
// more than 1024 messages ahead of B, because the ring holds no more. A ring bounds its producer by
// itself; progress.hpp does it for the others.

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <tincan/tincan.hpp>
#include <utility>

#include "allocations.hpp"
#include "harness.hpp"
#include "limits.hpp"
#include "progress.hpp"
#include "strict_bus.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::Progress;
using bench::require;
using bench::StrictBus;

// ---- what is sent, and how it is checked --------------------------------------------------------

struct Message {
  std::uint64_t number;
  std::uint64_t load[2];
  std::uint64_t check;
};
static_assert(sizeof(Message) == 32);

Message messageOf(std::uint64_t number) {
  auto const mixed = number * 0x9E3779B97F4A7C15u;
  return {number, {mixed, ~mixed}, number ^ mixed};
}

// Short enough for the string to keep it in place, as channel-like words usually are.
std::string const text = "temperature";  // NOLINT: the same object is copied all the time

/// The sender's book. A works on a copy, so that counting costs no stores beside the message's own.
struct Sent {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;

  Message next() {
    auto const message = messageOf(count++);
    sum += message.check;
    return message;
  }
  int nextNumber() {
    sum += count;
    return static_cast<int>(count++);
  }
};

/// The receiver's book: the messages have to come in order, unchanged, each once.
class Tally {
 public:
  void take(Message const& message) {
    auto const whole =
        message.check == (message.number ^ message.load[0]) && message.load[1] == ~message.load[0];
    note(message.number, message.check, whole);
  }

  void take(std::string const& word, int number) {
    auto const whole = word.size() == text.size() && word.back() == text.back() &&
                       (number % 64 != 0 || word == text);  // now and then all of it
    note(static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(number), whole);
  }

  std::uint64_t count() const { return next_; }
  std::uint64_t sum() const { return sum_; }
  bool clean() const { return wrong_ == 0; }

 private:
  void note(std::uint64_t number, std::uint64_t check, bool whole) {
    if (number != next_ || !whole) ++wrong_;
    ++next_;
    sum_ += check;
  }

  std::uint64_t next_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t wrong_ = 0;
};

/// What was sent has to be what was received, and in order.
void requireAllOf(Sent const& sent, Tally const& tally, char const* who) {
  require(tally.count() == sent.count, fmt::format("{}: messages lost or doubled", who));
  require(tally.clean(), fmt::format("{}: messages changed or out of order", who));
  require(tally.sum() == sent.sum, fmt::format("{}: the checksum differs", who));
}

// ---- the contestants ----------------------------------------------------------------------------

/// How a receiver waits that has found nothing. The eager one looks again at once; it then fights
/// the sender for the line it looks at, and whether it does so for every message hangs on a
/// nanosecond more or less on either side: the plain ring takes 7 or 70 ns, and the choice of a
/// compiler can tip it over. The patient one waits for about a microsecond, until there is more
/// than one message: that is late, but steady, and the most that a queue can carry.
enum class Receiver { Eager, Patient };

template <Receiver receiver>
void afterNothing() {
  if constexpr (receiver == Receiver::Patient) {
    for (int i = 0; i < 1000; ++i) asm volatile("");
  }
}

class RingWay {
 public:
  template <Receiver receiver>
  double slice(Duo& duo, std::uint64_t times) {
    auto const push = [this, times] {
      auto sent = sent_;
      for (auto const end = sent.count + times; sent.count < end;) {
        auto const message = sent.next();
        bench::spinUntil([&] { return ring_.tryPush(message); });
      }
      sent_ = sent;
    };
    auto const pop = [this, end = sent_.count + times] {
      Message message;
      while (tally_.count() < end) {
        if (ring_.tryPop(message)) {
          tally_.take(message);
        } else {
          afterNothing<receiver>();
        }
      }
    };
    return duo.run(push, pop).both;
  }

  void check() const { requireAllOf(sent_, tally_, "ring"); }

 private:
  bench::SpscRing<Message> ring_;
  alignas(bench::apart) Sent sent_;    // A's
  alignas(bench::apart) Tally tally_;  // B's
};

class HandRolledWay {
 public:
  double slice(Duo& duo, std::uint64_t times) {
    auto const post = [this, times] {
      auto sent = sent_;
      for (auto const end = sent.count + times; sent.count < end;) {
        progress_.waitForRoom(sent.count);
        queue_.post([this, message = sent.next()] {
          tally_.take(message);
          progress_.publish(tally_.count());
        });
      }
      sent_ = sent;
      queue_.post([this] { queue_.quit(); });
    };
    return duo.run(post, [this] { queue_.serve(); }).both;
  }

  void check() const { requireAllOf(sent_, tally_, "hand-rolled"); }

 private:
  bench::HandRolled queue_;
  Progress progress_;
  alignas(bench::apart) Sent sent_;
  alignas(bench::apart) Tally tally_;
};

enum class Kind { Message, Copied, Moved };

/// One renderer of A's sends to main, which B polls.
class TincanWay {
 public:
  TincanWay() : sender_(bus_->attach("sender")) {
    bus_->main().on("message", [this](Message const& message) {
      tally_.take(message);
      progress_.publish(tally_.count());
    });
    bus_->main().on("reading", [this](std::string const& word, int number) {
      tally_.take(word, number);
      progress_.publish(tally_.count());
    });
  }

  template <Kind kind, Receiver receiver = Receiver::Eager>
  double slice(Duo& duo, std::uint64_t times) {
    auto const handle = [this, end = sent_.count + times] {
      while (tally_.count() < end) {
        if (bus_->main().poll() == 0) afterNothing<receiver>();
      }
    };
    return duo.run([this, times] { send<kind>(times, true); }, handle).both;
  }

  /// Only A sends, and B is to drain() it afterwards.
  void burst(std::uint64_t times) { send<Kind::Message>(times, false); }
  void drain() {
    while (tally_.count() < sent_.count) bus_->main().poll();
  }

  void check() {
    requireAllOf(sent_, tally_, "tincan");
    bus_.requireCount(sent_.count);
  }

 private:
  template <Kind kind>
  void send(std::uint64_t times, bool bounded) {
    auto sent = sent_;
    for (auto const end = sent.count + times; sent.count < end;) {
      if (bounded) progress_.waitForRoom(sent.count);
      sendOne<kind>(sent);
    }
    sent_ = sent;
  }

  template <Kind kind>
  void sendOne(Sent& sent) {
    if constexpr (kind == Kind::Message) {
      sender_.send("message", sent.next());
    } else if constexpr (kind == Kind::Copied) {
      sender_.send("reading", text, sent.nextNumber());
    } else {
      auto word = text;
      sender_.send("reading", std::move(word), sent.nextNumber());
    }
  }

  StrictBus bus_;
  tincan::Renderer sender_;
  Progress progress_;
  alignas(bench::apart) Sent sent_;
  alignas(bench::apart) Tally tally_;
};

// ---- two senders --------------------------------------------------------------------------------

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
    requireAllOf(sentA_, tallyA_, "two senders, A");
    requireAllOf(sentB_, tallyB_, "two senders, B");
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

// ---- measuring ----------------------------------------------------------------------------------

void measureWay(Duo& duo, int cycles, bench::Figures& figures) {
  constexpr auto eager = Receiver::Eager;
  constexpr auto patient = Receiver::Patient;
  RingWay ring, patientRing;
  HandRolledWay handRolled;
  TincanWay tincan, patientTincan, copied, moved;
  Contest contest;
  contest.add("ring", [&](auto n) { return ring.slice<eager>(duo, n); });
  contest.add("message", [&](auto n) { return tincan.slice<Kind::Message>(duo, n); });
  contest.add("copied", [&](auto n) { return copied.slice<Kind::Copied>(duo, n); });
  contest.add("moved", [&](auto n) { return moved.slice<Kind::Moved>(duo, n); });
  contest.add("patient-ring", [&](auto n) { return patientRing.slice<patient>(duo, n); });
  contest.add("patient",
              [&](auto n) { return patientTincan.slice<Kind::Message, patient>(duo, n); });
  contest.add("hand-rolled", [&](auto n) { return handRolled.slice(duo, n); });
  contest.run(cycles);
  handRolled.check();
  for (auto* way : {&ring, &patientRing}) way->check();
  for (auto* way : {&tincan, &patientTincan, &copied, &moved}) way->check();

  for (auto const* name : {"message", "copied", "moved"}) {
    figures[name] = contest.ratio(name, "ring");
  }
  figures["patient"] = contest.ratio("patient", "patient-ring");
  figures["hand-rolled"] = contest.ratio("hand-rolled", "message");
  figures["ring-ns"] = contest.ns("ring");
  figures["patient-ring-ns"] = contest.ns("patient-ring");
}

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

/// Calls of operator new per message, on both threads, once everything is warm.
template <Kind kind>
double allocationsOf(Duo& duo) {
  constexpr std::uint64_t times = 100'000;
  TincanWay tincan;
  // More messages at once than a slice has, so that what the bus keeps for later grows no more.
  duo.run([&] { tincan.burst(2 * Progress::most); }, [] {});
  duo.run([] {}, [&] { tincan.drain(); });
  tincan.slice<kind>(duo, times);
  bench::allocations.count();
  tincan.slice<kind>(duo, times);
  auto const counted = bench::allocations.stop();
  tincan.check();
  return static_cast<double>(counted.calls) / static_cast<double>(times);
}

void measureMemory(Duo& duo, bench::Figures& figures) {
  constexpr std::uint64_t times = 1'000'000;
  TincanWay tincan;
  tincan.slice<Kind::Message>(duo, 4096);
  bench::allocations.count();
  duo.run([&] { tincan.burst(times); }, [] {});
  auto const queued = bench::allocations.soFar();
  duo.run([] {}, [&] { tincan.drain(); });
  auto const afterwards = bench::allocations.stop();
  tincan.check();
  auto const perMessage = static_cast<double>(queued.bytes) / static_cast<double>(times);
  require(perMessage >= 32,
          "a queued message takes less than itself: it is not kept in the memory counted");
  figures["bytes"] = perMessage;
  figures["kept"] = static_cast<double>(afterwards.bytes) / 1024;
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  bench::Figures figures;
  measureWay(duo, setting.cycles(120), figures);
  measureCrowd(duo, setting.cores, setting.cycles(120), figures);
  figures["allocations"] = allocationsOf<Kind::Message>(duo);
  figures["allocations-copied"] = allocationsOf<Kind::Copied>(duo);
  measureMemory(duo, figures);
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"one way: what does a message cost that nobody answers?",
          {
              {"message", "32 bytes by literal name / plain SPSC ring", atMost(0.8, 1.0)},
              {"copied", "string + int, copied / the same ring", atMost(1.25)},
              {"patient", "32 bytes / ring, both receivers patient (1 us)", forInformation()},
              {"moved", "string + int, a fresh string moved / the same ring", forInformation()},
              {"hand-rolled", "mutex + deque + condvar / tincan, 32 bytes", atLeast(10), 1, "x"},
              {"company", "a send while another core sends, too / alone", atMost(1.5)},
              {"allocations", "allocations per message, 32 bytes", atMost(0), 5},
              {"allocations-copied", "allocations per message, string + int", atMost(0), 5},
              {"bytes", "memory per queued message, 1,000,000 of 32 bytes", atMost(72), 1, " B"},
              // API.md allows a window of a few thousand messages.
              {"kept", "memory kept once they are handled", atMost(4096 * 72 / 1024), 1, " KiB"},
              {"ring-ns", "plain SPSC ring, a message", forInformation(), 1, " ns"},
              {"patient-ring-ns", "the same ring, receiver patient", forInformation(), 1, " ns"},
              {"alone-ns", "a send alone, nobody receives meanwhile", forInformation(), 1, " ns"},
          },
          measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
