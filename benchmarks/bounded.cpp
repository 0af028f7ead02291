// benchmarks/bounded.cpp - what does a limit on an inbox cost?
//
// First with room to spare: 32 bytes to an inbox that holds more than is ever sent at once,
// with each way to overflow, against an inbox without a limit; on one thread, so that nothing
// hides the difference (see one_thread.hpp). Then full: what a refused message costs, and one
// that drops another one; and on two threads, with room for 64 messages, a sender that blocks,
// against a plain ring of that size, in the geometric mean of two (see two_rings.hpp).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <tincan/tincan.hpp>
#include <utility>
#include <vector>

#include "harness.hpp"
#include "limits.hpp"
#include "one_thread.hpp"
#include "ring_way.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::Message;
using bench::require;
using tincan::Overflow;

std::vector<std::pair<std::string, Overflow>> const policies = {
    {"fail", Overflow::Fail},
    {"block", Overflow::Block},
    {"drop-newest", Overflow::DropNewest},
    {"drop-oldest", Overflow::DropOldest}};

// ---- with room to spare -------------------------------------------------------------------------

void measureSpare(int cycles, bench::Figures& figures) {
  std::deque<bench::OneThread> ways;
  Contest contest;
  auto const add = [&](std::string const& name, tincan::InboxOptions const& options) {
    auto& way = ways.emplace_back(tincan::BusOptions{options});
    way.listen("message");
    contest.add(name, [&way](auto n) {
      return way.slice(n, [](auto& from, auto& sent) { from.send("message", sent.next()); });
    });
  };
  add("unbounded", {});
  for (auto const& [name, overflow] : policies) add(name, {4 * bench::OneThread::burst, overflow});
  contest.run(cycles);
  for (auto const& way : ways) way.check();
  for (auto const& [name, overflow] : policies) {
    figures["spare-" + name] = contest.ratio(name, "unbounded");
  }
  figures["unbounded-ns"] = contest.ns("unbounded");
}

// ---- full ---------------------------------------------------------------------------------------

/// Main and a renderer on one thread; the inbox is full when a slice begins.
class Full {
 public:
  static constexpr std::size_t capacity = 64;

  explicit Full(Overflow overflow)
      : bus_(tincan::BusOptions{{capacity, overflow}}),
        isFull_(overflow == Overflow::DropOldest ? tincan::SendResult::Queued
                                                 : tincan::SendResult::Full) {
    bus_.onDeadLetter([this](tincan::DeadLetter const& letter) {
      require(letter.reason == tincan::Errc::Full, "a dead letter for another reason");
      ++dead_;
    });
    bus_.main().on("message", [this](Message const& message) {
      require(message.number >= next_ && message.check == (message.number ^ message.load[0]),
              "a message changed or out of order");
      next_ = message.number + 1;
      ++handled_;
    });
  }

  double slice(std::uint64_t times) {
    auto const handledBefore = handled_;
    auto const deadBefore = dead_;
    for (std::size_t i = 0; i < capacity; ++i) sender_.send("message", sent_.next());
    auto const begin = bench::nowNs();
    for (std::uint64_t i = 0; i < times; ++i) {
      require(sender_.send("message", sent_.next()) == isFull_, "a full inbox took a message");
    }
    auto const ns = bench::nowNs() - begin;
    while (bus_.main().poll() != 0) {
    }
    require(handled_ == handledBefore + capacity && dead_ == deadBefore + times,
            "what did not fit was not dropped, or dropped twice");
    // Which ones were dropped: the oldest or the newest.
    require(isFull_ == tincan::SendResult::Full || next_ == sent_.count,
            "the wrong one was dropped");
    return ns;
  }

  void check() const {
    auto const stats = bus_.stats();
    require(stats.sent == sent_.count && stats.sent == stats.handled + dead_ && stats.pending == 0,
            "the bus's counters do not add up");
  }

 private:
  tincan::Bus bus_;
  tincan::SendResult const isFull_;
  tincan::Renderer sender_ = bus_.attach("sender");
  bench::Sent sent_;
  std::uint64_t next_ = 0;
  std::uint64_t handled_ = 0;
  std::uint64_t dead_ = 0;
};

void measureFull(int cycles, bench::Figures& figures) {
  Full fail(Overflow::Fail);
  Full dropOldest(Overflow::DropOldest);
  Contest contest;
  contest.add("fail", [&](auto n) { return fail.slice(n); });
  contest.add("drop-oldest", [&](auto n) { return dropOldest.slice(n); });
  contest.run(cycles);
  fail.check();
  dropOldest.check();
  figures["full-fail-ns"] = contest.ns("fail");
  figures["full-drop-oldest-ns"] = contest.ns("drop-oldest");
}

// ---- a sender that blocks -----------------------------------------------------------------------

class Blocking {
 public:
  static constexpr std::size_t capacity = 64;

  Blocking() {
    bus_->main().on("message", [this](Message const& message) { tally_.take(message); });
  }

  double slice(Duo& duo, std::uint64_t times) {
    auto const push = [this, times] {
      auto sent = sent_;
      for (auto const end = sent.count + times; sent.count < end;) {
        sender_.send("message", sent.next());
      }
      sent_ = sent;
    };
    auto const handle = [this, end = sent_.count + times] {
      while (tally_.count() < end) bus_->main().poll();
    };
    return duo.run(push, handle).both;
  }

  void check() {
    tally_.requireAllOf(sent_, "blocking");
    bus_.requireCount(sent_.count);
  }

 private:
  bench::StrictBus bus_{tincan::BusOptions{{capacity, Overflow::Block}}};
  tincan::Renderer sender_ = bus_->attach("sender");
  alignas(bench::apart) bench::Sent sent_;    // A's
  alignas(bench::apart) bench::Tally tally_;  // B's
};

void measureBlocking(Duo& duo, int cycles, bench::Figures& figures) {
  Blocking blocking;
  bench::BothRings<Blocking::capacity> rings;
  Contest contest;
  contest.add("blocking", [&](auto n) { return blocking.slice(duo, n); });
  rings.addTo(contest, duo);
  contest.run(cycles);
  blocking.check();
  rings.check();
  figures["blocking"] = ratioToRings(contest, "blocking");
  figures["blocking-ns"] = contest.ns("blocking");
}

// ---- measuring ----------------------------------------------------------------------------------

bench::Figures measure(bench::Setting const& setting) {
  bench::Figures figures;
  Duo duo(setting.cores);
  measureSpare(setting.cycles(400), figures);
  measureFull(setting.cycles(200), figures);
  measureBlocking(duo, setting.cycles(300), figures);
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "bounded: what does a limit on an inbox cost?",
      {
          {"spare-fail", "room to spare, Fail / no limit", forInformation()},
          {"spare-block", "room to spare, Block / no limit", forInformation()},
          {"spare-drop-newest", "room to spare, DropNewest / no limit", forInformation()},
          {"spare-drop-oldest", "room to spare, DropOldest / no limit", forInformation()},
          {"blocking", "room for 64, a sender that blocks / plain ring of 64", forInformation()},
          {"full-fail-ns", "full: a message that is refused", forInformation(), 1, " ns"},
          {"full-drop-oldest-ns", "full: one that drops the oldest", forInformation(), 1, " ns"},
          {"blocking-ns", "room for 64, a sender that blocks", forInformation(), 1, " ns"},
          {"unbounded-ns", "no limit, to send and handle", forInformation(), 1, " ns"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
