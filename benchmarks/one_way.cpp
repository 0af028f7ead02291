// benchmarks/one_way.cpp - what does a message cost that nobody answers?
//
// All contestants do the same job: A sends freely, B handles, and A is never more than 1024
// messages ahead of B (see progress.hpp). The limit is a plain ring for one producer and one
// consumer, in the geometric mean of an eager and a patient consumer (see two_rings.hpp); the others
// are tincan, with different arguments and ways to name the channel, and a deque of callables under
// a mutex.

#include <cstdint>
#include <cstring>
#include <string>
#include <tincan/tincan.hpp>
#include <utility>

#include "allocations.hpp"
#include "harness.hpp"
#include "limits.hpp"
#include "progress.hpp"
#include "ring_way.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::Message;
using bench::Progress;
using bench::Sent;
using bench::StrictBus;
using bench::Tally;

// ---- the contestants ----------------------------------------------------------------------------

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

  void check() const { tally_.requireAllOf(sent_, "hand-rolled"); }

 private:
  bench::HandRolled queue_;
  Progress progress_;
  alignas(bench::apart) Sent sent_;
  alignas(bench::apart) Tally tally_;
};

/// What a message costs without the bus: the cells of a lane.
class BareLane {
 public:
  double slice(Duo& duo, std::uint64_t times) {
    auto const send = [this, times] {
      auto sent = sent_;
      for (auto const end = sent.count + times; sent.count < end;) {
        progress_.waitForRoom(sent.count);
        auto& cell = lane_.open();
        auto const message = sent.next();
        std::memcpy(cell.storage, &message, sizeof message);
        lane_.publish(cell, tincan::detail::makeWord(sent.count, tincan::detail::Kind::Message));
      }
      sent_ = sent;
    };
    auto const handle = [this, end = sent_.count + times] {
      while (tally_.count() < end) {
        auto* const cell = lane_.front();
        if (cell == nullptr) continue;
        lane_.pop();
        Message message;
        std::memcpy(&message, cell->storage, sizeof message);
        lane_.unpin();
        tally_.take(message);
        progress_.publish(tally_.count());
      }
    };
    return duo.run(send, handle).both;
  }

  void check() const { tally_.requireAllOf(sent_, "bare lane"); }

 private:
  tincan::detail::MessageQueue lane_;
  Progress progress_;
  alignas(bench::apart) Sent sent_;
  alignas(bench::apart) Tally tally_;
};

/// How a message looks, and how its channel is named.
enum class Kind { Literal, Typed, RunTime, Copied, Built, Moved };

constexpr tincan::Channel<void(Message)> TypedChannel{"typed message"};

/// One renderer of A's sends to main, which B polls.
class TincanWay {
 public:
  TincanWay() : sender_(bus_->attach("sender")) {
    auto const take = [this](Message const& message) {
      tally_.take(message);
      progress_.publish(tally_.count());
    };
    bus_->main().on("message", take);
    bus_->main().on(TypedChannel, take);
    bus_->main().on("reading", [this](std::string const& word, int number) {
      tally_.take(word, number);
      progress_.publish(tally_.count());
    });
  }

  template <Kind kind, class Pause = bench::Eager>
  double slice(Duo& duo, std::uint64_t times, Pause const& afterNothing = {}) {
    auto const handle = [this, afterNothing, end = sent_.count + times] {
      while (tally_.count() < end) {
        if (bus_->main().poll() == 0) afterNothing();
      }
    };
    return duo.run([this, times] { send<kind>(times, true); }, handle).both;
  }

  /// As many messages at once as a slice never has, so that what the bus keeps grows no more.
  void fill(Duo& duo) {
    duo.run([this] { send<Kind::Literal>(2 * Progress::most, false); }, [] {});
    duo.run([] {},
            [this] {
              while (tally_.count() < sent_.count) bus_->main().poll();
            });
  }

  void check() {
    tally_.requireAllOf(sent_, "tincan");
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
    if constexpr (kind == Kind::Literal) {
      sender_.send("message", sent.next());
    } else if constexpr (kind == Kind::Typed) {
      sender_.send(TypedChannel, sent.next());
    } else if constexpr (kind == Kind::RunTime) {
      sender_.send(name_, sent.next());
    } else if constexpr (kind == Kind::Copied) {
      sender_.send("reading", bench::sampleText, sent.nextNumber());
    } else if constexpr (kind == Kind::Built) {
      sender_.send("reading", "temperature", sent.nextNumber());  // the string is made in the slot
    } else {
      auto word = bench::sampleText;
      sender_.send("reading", std::move(word), sent.nextNumber());
    }
  }

  StrictBus bus_;
  tincan::Renderer sender_;
  std::string const name_ = "message";
  Progress progress_;
  alignas(bench::apart) Sent sent_;
  alignas(bench::apart) Tally tally_;
};

// ---- measuring ----------------------------------------------------------------------------------

void measureWays(Duo& duo, int cycles, bench::Figures& figures) {
  bench::BothRings<> rings;
  HandRolledWay handRolled;
  BareLane bare;
  TincanWay literal, typed, runTime, copied, built, moved, patient;
  Contest contest;
  rings.addTo(contest, duo);
  contest.add("bare", [&](auto n) { return bare.slice(duo, n); });
  contest.add("message", [&](auto n) { return literal.slice<Kind::Literal>(duo, n); });
  contest.add("typed", [&](auto n) { return typed.slice<Kind::Typed>(duo, n); });
  contest.add("run-time", [&](auto n) { return runTime.slice<Kind::RunTime>(duo, n); });
  contest.add("copied", [&](auto n) { return copied.slice<Kind::Copied>(duo, n); });
  contest.add("built", [&](auto n) { return built.slice<Kind::Built>(duo, n); });
  contest.add("moved", [&](auto n) { return moved.slice<Kind::Moved>(duo, n); });
  contest.add("patient",
              [&](auto n) { return patient.slice<Kind::Literal>(duo, n, bench::Patient{}); });
  contest.add("hand-rolled", [&](auto n) { return handRolled.slice(duo, n); });
  contest.run(cycles);
  rings.check();
  handRolled.check();
  bare.check();
  for (auto* way : {&literal, &typed, &runTime, &copied, &built, &moved, &patient}) way->check();
  for (auto const* name : {"bare", "message", "typed", "run-time", "copied", "built", "moved"}) {
    figures[name] = ratioToRings(contest, name);
  }
  figures["by-eager"] = contest.ratio("message", "eager ring");
  figures["by-patient"] = contest.ratio("message", "patient ring");
  figures["both-patient"] = contest.ratio("patient", "patient ring");
  figures["hand-rolled"] = contest.ratio("hand-rolled", "message");
  figures["eager-ns"] = contest.ns("eager ring");
  figures["patient-ns"] = contest.ns("patient ring");
}

/// Calls of operator new per message, on both threads, once everything is warm.
template <Kind kind>
double allocationsOf(Duo& duo) {
  constexpr std::uint64_t times = 100'000;
  TincanWay tincan;
  tincan.fill(duo);
  tincan.slice<kind>(duo, times);
  bench::allocations.count();
  tincan.slice<kind>(duo, times);
  auto const counted = bench::allocations.stop();
  tincan.check();
  return static_cast<double>(counted.calls) / static_cast<double>(times);
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  bench::Figures figures;
  measureWays(duo, setting.cycles(300), figures);
  figures["allocations"] = allocationsOf<Kind::Literal>(duo);
  figures["allocations-copied"] = allocationsOf<Kind::Copied>(duo);
  return figures;
}

bench::Row withReason(bench::Row row) {
  row.reason =
      "both rings stand below. The lane alone costs the row of the lane without a bus, the rest is "
      "instructions, which bench_instructions counts";
  return row;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "one way: what does a message cost that nobody answers?",
      {
          withReason({"message", "32 bytes by literal name / plain SPSC ring", atMost(0.8, 1.0)}),
          withReason({"typed", "32 bytes by typed channel / the same ring", atMost(0.8, 1.0)}),
          {"by-eager", "32 bytes by literal name / the eager ring alone", forInformation()},
          {"by-patient", "32 bytes by literal name / the patient ring alone", forInformation()},
          {"both-patient", "the same, tincan's receiver is patient, too", forInformation()},
          {"bare", "32 bytes by a lane without a bus / plain SPSC ring", forInformation()},
          {"run-time", "32 bytes by run-time name / the same ring", forInformation()},
          {"copied", "string + int, copied / the same ring", atMost(1.25)},
          {"built", "string + int, built in place / the same ring", atMost(1.25)},
          {"moved", "string + int, a fresh string moved / the same ring", forInformation()},
          {"hand-rolled", "mutex + deque + condvar / tincan, 32 bytes", atLeast(12), 1, "x"},
          {"allocations", "allocations per message, 32 bytes", atMost(0), 5},
          {"allocations-copied", "allocations per message, string + int", atMost(0), 5},
          {"eager-ns", "plain SPSC ring, receiver eager", forInformation(), 1, " ns"},
          {"patient-ns", "plain SPSC ring, receiver patient (1 us)", forInformation(), 1, " ns"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
