// benchmarks/against_peers.cpp - how much faster is tincan than what else joins threads?
//
// Every peer that was installed when this was compiled does the same two jobs on the same two
// threads: A sends a named event with 24 bytes of arguments to a handler on B, never more than 1024
// ahead; and A asks B, blocks, and gets x + 1. Each is used as its own documentation says is fast;
// peers/*.hpp tell how. Who can poll does, tincan too. The limits are those of one_way and sync.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness.hpp"
#include "limits.hpp"
#include "peers/callables.hpp"
#include "peers/desk.hpp"
#include "peers/hand_rolled.hpp"
#include "peers/ring.hpp"
#include "peers/tincan.hpp"
#include "two_rings.hpp"

#ifdef TINCAN_BENCH_WITH_MOODYCAMEL
#include "peers/moodycamel.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_ATOMIC_QUEUE
#include "peers/atomic_queue.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_TBB
#include "peers/tbb.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_BOOST_LOCKFREE
#include "peers/boost_lockfree.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_EVENTPP
#include "peers/eventpp.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_ASIO
#include "peers/asio.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_LIBUV
#include "peers/libuv.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_ZEROMQ
#include "peers/zeromq.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_QT
#include "peers/qt.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_CAF
#include "peers/caf.hpp"
#endif
#ifdef TINCAN_BENCH_WITH_GLIB
#include "peers/glib.hpp"
#endif

namespace {

using bench::atLeast;
using bench::Callables;
using bench::Contest;
using bench::Desk;
using bench::Duo;
using bench::forInformation;
using bench::Goal;

// ---- a contestant -------------------------------------------------------------------------------

/// A peer at work on the two threads of a Duo.
class Contestant {
 public:
  Contestant() = default;
  Contestant(Contestant const&) = delete;
  Contestant& operator=(Contestant const&) = delete;
  virtual ~Contestant() = default;

  virtual double oneWay(std::uint64_t times) = 0;
  virtual double blocking(std::uint64_t times) = 0;
  virtual void check() const = 0;
};

template <class Peer>
class Hired final : public Contestant {
 public:
  explicit Hired(Duo& duo) : duo_(duo), peer_(desk_) {
    if constexpr (requires { peer_.open(); }) duo_.run([] {}, [this] { peer_.open(); });
  }
  ~Hired() override {
    if constexpr (requires { peer_.close(); }) duo_.run([] {}, [this] { peer_.close(); });
  }

  double oneWay(std::uint64_t times) override {
    auto const send = [this, times] {
      auto sent = sent_;
      for (auto const end = sent.count + times; sent.count < end;) {
        desk_.waitForRoom(sent.count);
        peer_.send(sent.next());
      }
      sent_ = sent;
    };
    auto const handle = [this, end = sent_.count + times] {
      serve([this, end] { return desk_.taken() >= end; });
    };
    return duo_.run(send, handle).both;
  }

  double blocking(std::uint64_t times) override {
    auto const ask = [this, times] {
      for (auto const end = asked_ + times; asked_ < end; ++asked_) askOne();
    };
    auto const answer = [this, end = asked_ + times] {
      serve([this, end] { return desk_.answered() >= end; });
    };
    return duo_.run(ask, answer).a;
  }

  void check() const override { desk_.check(sent_, asked_); }

 private:
  void askOne() {
    if constexpr (requires { peer_.ask(asked_); }) {
      bench::require(peer_.ask(asked_) == asked_ + 1, "a question got the wrong answer");
    } else {
      bench::fail(Peer::title() + " has no answers");
    }
  }

  template <class Done>
  void serve(Done const& done) {
    if constexpr (requires { peer_.poll(); }) {
      while (!done()) peer_.poll();
    } else {
      peer_.serve(done);
    }
  }

  Duo& duo_;
  Desk desk_{Peer::title()};
  Peer peer_;
  alignas(bench::apart) bench::Sent sent_;  // A's
  std::uint64_t asked_ = 0;                 // A's
};

// ---- who takes part -----------------------------------------------------------------------------

struct Entry {
  std::string key;
  std::string title;
  // How many times faster than this one tincan is to send; nothing: this one only answers.
  std::optional<Goal> oneWay;
  std::function<std::unique_ptr<Contestant>(Duo&)> hire;
  std::string whyShort = {};  // measured
};

template <class Peer>
Entry entry(std::optional<Goal> oneWay = forInformation(), std::string whyShort = {}) {
  return {Peer::key, Peer::title(), oneWay,
          [](Duo& duo) { return std::make_unique<Hired<Peer>>(duo); }, std::move(whyShort)};
}

#ifdef TINCAN_BENCH_WITH_EVENTPP
constexpr auto whyEventppIsNear =
    "what both take for a message stands below. It takes out all there is with one lock, and costs "
    "less the more there is: here up to 1024 wait";
#endif

constexpr std::string_view reference = bench::Tincan<bench::By::Name>::key;

std::vector<Entry> everybody() {
  return {
      entry<bench::Tincan<bench::By::Name>>(),
      entry<bench::Tincan<bench::By::Channel>>(),
      entry<bench::HandRolledPeer>(atLeast(12)),
#ifdef TINCAN_BENCH_WITH_MOODYCAMEL
      entry<Callables<bench::Moodycamel>>(),
#endif
#ifdef TINCAN_BENCH_WITH_ATOMIC_QUEUE
      entry<Callables<bench::AtomicQueue>>(),
#endif
#ifdef TINCAN_BENCH_WITH_TBB
      entry<Callables<bench::Tbb>>(),
#endif
#ifdef TINCAN_BENCH_WITH_BOOST_LOCKFREE
      entry<Callables<bench::BoostLockfree>>(),
#endif
#ifdef TINCAN_BENCH_WITH_EVENTPP
      entry<bench::Eventpp<std::string>>(atLeast(8), whyEventppIsNear),
      entry<bench::Eventpp<std::string, bench::EventppSpinLock>>(),
      entry<bench::Eventpp<int>>(atLeast(5), whyEventppIsNear),
      entry<bench::Eventpp<int, bench::EventppSpinLock>>(atLeast(4), whyEventppIsNear),
#endif
#ifdef TINCAN_BENCH_WITH_ASIO
      entry<Callables<bench::Asio>>(),
      entry<Callables<bench::AsioFuture>>(std::nullopt),
#endif
#ifdef TINCAN_BENCH_WITH_LIBUV
      entry<Callables<bench::Libuv>>(),
#endif
#ifdef TINCAN_BENCH_WITH_ZEROMQ
      entry<bench::ZeroMq<bench::Frames::Named>>(),
      entry<bench::ZeroMq<bench::Frames::Bare>>(),
#endif
#ifdef TINCAN_BENCH_WITH_QT
      entry<Callables<bench::Qt5>>(),
      entry<Callables<bench::Qt5Blocking>>(std::nullopt),
#endif
#ifdef TINCAN_BENCH_WITH_CAF
      entry<bench::Caf>(),
#endif
#ifdef TINCAN_BENCH_WITH_GLIB
      entry<Callables<bench::Glib>>(),
#endif
  };
}

// ---- measuring ----------------------------------------------------------------------------------

using Team = std::vector<std::pair<Entry, std::unique_ptr<Contestant>>>;

Team hireAll(Duo& duo) {
  Team team;
  for (auto& entry : everybody()) {
    auto contestant = entry.hire(duo);
    team.emplace_back(std::move(entry), std::move(contestant));
  }
  return team;
}

void measureOneWay(Duo& duo, Team const& team, int cycles, bench::Figures& figures) {
  Hired<bench::RingPeer<bench::Eager>> eager(duo);
  Hired<bench::RingPeer<bench::Patient>> patient(duo);
  Contest contest;
  contest.add("eager ring", [&](auto times) { return eager.oneWay(times); });
  contest.add("patient ring", [&](auto times) { return patient.oneWay(times); });
  for (auto const& [entry, contestant] : team) {
    if (!entry.oneWay) continue;
    contest.add(entry.key, [&who = *contestant](auto times) { return who.oneWay(times); });
  }
  contest.run(cycles);
  eager.check();
  patient.check();
  for (auto const& [entry, contestant] : team) {
    if (!entry.oneWay) continue;
    figures["one-way-" + entry.key] = contest.ratio(entry.key, reference);
    figures["one-way-ns-" + entry.key] = contest.ns(entry.key);
  }
  figures["one-way-ring"] = bench::ratioToRings(contest, reference);
  figures["one-way-eager-ns"] = contest.ns("eager ring");
  figures["one-way-patient-ns"] = contest.ns("patient ring");
}

void measureBlocking(Duo& duo, Team const& team, int cycles, bench::Figures& figures) {
  bench::PingPong game;
  bench::FutexPingPong sleepyGame;
  Contest contest;
  contest.add("ping-pong", [&](auto times) {
    return duo.run([&] { game.call(times); }, [&game, times] { game.serve(times); }).a;
  });
  contest.add("futex", [&](auto times) { return bench::futexTraffic(duo, sleepyGame, times); });
  for (auto const& [entry, contestant] : team) {
    contest.add(entry.key, [&who = *contestant](auto times) { return who.blocking(times); });
  }
  contest.run(cycles);
  for (auto const& [entry, contestant] : team) {
    figures["blocking-" + entry.key] = contest.ratio(entry.key, reference);
    figures["ping-pong-" + entry.key] = contest.ratio(entry.key, "ping-pong");
  }
  figures["ping-pong-futex"] = contest.ratio("futex", "ping-pong");
  figures["ping-pong-ns"] = contest.ns("ping-pong");
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  bench::Figures figures;
  auto const team = hireAll(duo);
  measureOneWay(duo, team, setting.cycles(40), figures);
  measureBlocking(duo, team, setting.cycles(40), figures);
  for (auto const& [entry, contestant] : team) contestant->check();
  return figures;
}

// ---- the table ----------------------------------------------------------------------------------

std::vector<bench::Row> rows() {
  using namespace bench;
  std::vector<Row> rows;
  auto const row = [&](std::string key, std::string question, Goal goal, int decimals,
                       std::string unit) {
    rows.push_back({std::move(key), std::move(question), goal, decimals, std::move(unit)});
  };
  auto const all = everybody();
  row("one-way-ring", "one way: tincan / plain SPSC ring, geometric mean of both", forInformation(),
      2, "");
  for (auto const& entry : all) {
    if (!entry.oneWay || entry.key == reference) continue;
    row("one-way-" + entry.key, fmt::format("one way: {} / tincan", entry.title), *entry.oneWay, 1,
        "x");
    rows.back().reason = entry.whyShort;
  }
#ifndef TINCAN_BENCH_WITH_EVENTPP
  auto const promised = [&](std::string const& key, std::string const& title, double goal) {
    row("one-way-" + key, fmt::format("one way: {} / tincan", title), atLeast(goal), 1, "x");
    rows.back().missing = "eventpp is not installed: EVENTPP_INCLUDE=<folder> tells where it is";
  };
  promised("eventpp-string", "eventpp, string key", 8);
  promised("eventpp-int", "eventpp, int key", 5);
  promised("eventpp-int-spin", "eventpp, int key, spin lock", 4);
#endif
  for (auto const& entry : all) {
    if (entry.key == reference) continue;
    row("blocking-" + entry.key, fmt::format("blocking: {} / tincan", entry.title),
        forInformation(), 1, "x");
  }
  for (auto const& entry : all) {
    row("ping-pong-" + entry.key, fmt::format("blocking: {} / ping-pong", entry.title),
        forInformation(), 2, "");
  }
  row("ping-pong-futex", "blocking: futex ping-pong / ping-pong", forInformation(), 2, "");
  for (auto const& entry : all) {
    if (!entry.oneWay) continue;
    row("one-way-ns-" + entry.key, fmt::format("one way: {}, a message", entry.title),
        forInformation(), 1, " ns");
  }
  row("one-way-eager-ns", "one way: plain SPSC ring, receiver eager", forInformation(), 1, " ns");
  row("one-way-patient-ns", "one way: plain SPSC ring, receiver patient", forInformation(), 1,
      " ns");
  row("ping-pong-ns", "blocking: two-line ping-pong, a round trip", forInformation(), 1, " ns");
  return rows;
}

bench::Benchmark benchmark() {
  bench::Benchmark all{
      "against peers: how many times faster is tincan than what else joins threads?", rows(),
      measure};
  all.share = 3;  // there are many of them
  return all;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
