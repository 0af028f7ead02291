// benchmarks/sync.cpp - what does a question cost that blocks until it is answered?
//
// A asks, B answers x with x + 1, and A checks it. Three situations, each with its own limit:
//   - both threads busy on two cores: a ping-pong of two cache lines;
//   - both asleep before each call: a ping-pong of two futexes, after the same pause;
//   - both on one core, where who spins keeps the other from answering: two futexes there.

#include <cstdint>

#include "harness.hpp"
#include "limits.hpp"
#include "other_phones.hpp"
#include "phone.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::Phone;
using bench::traffic;
using bench::Verb;

/// Calls with a pause before each, in which B falls asleep and A sleeps. Only the calls are timed.
template <class Call>
double callsAfterPauses(Duo const& duo, std::uint64_t times, Call const& call) {
  double ns = 0;
  for (std::uint64_t i = 0; i < times; ++i) {
    bench::pauseUntilAsleep(duo.tidB());
    auto const begin = bench::nowNs();
    call();
    ns += bench::nowNs() - begin;
  }
  return ns;
}

// ---- measuring ----------------------------------------------------------------------------------

void measureAwake(Duo& duo, int cycles, bench::Figures& figures) {
  bench::PingPong game;
  Phone polled;
  Phone text;
  Phone running;
  Phone future;
  bench::HandRolledPhone handRolled;
  bench::BareLane bare;
  bench::OneThreadPhone oneThread;
  Contest contest;
  contest.add("one-thread", [&](auto times) { return oneThread.traffic(duo, times); });
  contest.add("bare", [&](auto times) { return bare.traffic(duo, times); });
  contest.add("ping-pong", [&](auto times) {
    return duo.run([&] { game.call(times); }, [&] { game.serve(times); }).a;
  });
  contest.add("polled", [&](auto times) {
    return traffic<&Phone::sendSync, &Phone::poll>(duo, polled, times);
  });
  contest.add("polled-text", [&](auto times) {
    return traffic<&Phone::sendSyncText, &Phone::poll>(duo, text, times);
  });
  contest.add("running", [&](auto times) {
    return traffic<&Phone::sendSync, &Phone::run>(duo, running, times);
  });
  contest.add("future", [&](auto times) {
    return traffic<&Phone::request, &Phone::run>(duo, future, times);
  });
  contest.add("hand-rolled", [&](auto times) { return handRolled.traffic(duo, times); });
  contest.run(cycles);
  for (auto* phone : {&polled, &text, &running, &future}) phone->check();
  handRolled.check();
  bare.check();
  oneThread.check();
  for (auto const* name :
       {"polled", "polled-text", "running", "future", "hand-rolled", "bare", "one-thread"}) {
    figures[name] = contest.ratio(name, "ping-pong");
  }
  figures["ping-pong-ns"] = contest.ns("ping-pong");
}

template <Verb ask>
double asleep(Duo& duo, Phone& phone, std::uint64_t times) {
  double ns = 0;
  auto const call = [&] {
    ns = callsAfterPauses(duo, times, [&] { (phone.*ask)(); });
    phone.hangUp();
  };
  duo.run(call, [&] { phone.run(); });
  return ns;
}

double futexAsleep(Duo& duo, bench::FutexPingPong& game, std::uint64_t times) {
  double ns = 0;
  auto const serve = [&game, times] {
    for (std::uint64_t i = 0; i < times; ++i) game.serve();
  };
  duo.run([&] { ns = callsAfterPauses(duo, times, [&] { game.call(); }); }, serve);
  return ns;
}

void measureAsleep(Duo& duo, int cycles, bench::Figures& figures) {
  constexpr std::uint64_t times = 4;  // the pauses take most of a slice
  bench::FutexPingPong game;
  Phone phone;
  Phone future;
  Contest contest;
  contest.add(
      "futex", [&](auto n) { return futexAsleep(duo, game, n); }, times);
  contest.add(
      "sync", [&](auto n) { return asleep<&Phone::sendSync>(duo, phone, n); }, times);
  contest.add(
      "future", [&](auto n) { return asleep<&Phone::request>(duo, future, n); }, times);
  contest.run(cycles);
  phone.check();
  future.check();
  figures["asleep"] = contest.ratio("sync", "futex");
  figures["asleep-future"] = contest.ratio("future", "futex");
  figures["asleep-us"] = contest.ns("futex") / 1000;
}

void measureOneCore(Duo& duo, int cycles, bench::Figures& figures) {
  bench::FutexPingPong game;
  Phone phone;
  Phone future;
  bench::HandRolledPhone handRolled;
  Contest contest;
  contest.add("futex", [&](auto times) { return bench::futexTraffic(duo, game, times); });
  contest.add("sync", [&](auto times) {
    return traffic<&Phone::sendSync, &Phone::run>(duo, phone, times);
  });
  contest.add("future", [&](auto times) {
    return traffic<&Phone::request, &Phone::run>(duo, future, times);
  });
  contest.add("hand-rolled", [&](auto times) { return handRolled.traffic(duo, times); });
  contest.run(cycles);
  phone.check();
  future.check();
  handRolled.check();
  figures["one-core"] = contest.ratio("sync", "futex");
  figures["one-core-future"] = contest.ratio("future", "futex");
  figures["one-core-hand-rolled"] = contest.ratio("hand-rolled", "futex");
  figures["one-core-us"] = contest.ns("futex") / 1000;
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  bench::Figures figures;
  measureAwake(duo, setting.cycles(300), figures);
  measureAsleep(duo, setting.cycles(150), figures);
  figures["allocations-polled"] = bench::allocationsOf<&Phone::sendSync, &Phone::poll>(duo);
  figures["allocations-running"] = bench::allocationsOf<&Phone::sendSync, &Phone::run>(duo);
  figures["allocations-future"] = bench::allocationsOf<&Phone::request, &Phone::run>(duo);
  duo.place({setting.cores.a, setting.cores.a});
  measureOneCore(duo, setting.cycles(300), figures);
  return figures;
}

bench::Row withReason(bench::Row row) {
  row.reason =
      "what travels costs the row of the lane without a bus; the rest are the instructions of both "
      "cores, one after the other: the row on one thread, where nothing travels";
  return row;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "sync: what does a question cost that blocks until it is answered?",
      {
          withReason({"polled", "sendSync, receiver polling / two-line ping-pong", atMost(1.3)}),
          withReason({"polled-text", "the same with string + int", atMost(1.5)}),
          withReason(
              {"running", "sendSync, receiver in run() under traffic / the same", atMost(1.5)}),
          {"bare", "a lane and an answer's slot, no bus / the same", forInformation()},
          {"one-thread", "request(), poll(), get() on one thread / the same", forInformation()},
          {"future", "request().get(), receiver in run() / the same", forInformation()},
          {"hand-rolled", "mutex + condvar + promise / the same", forInformation()},
          {"asleep", "sendSync, both asleep / futex ping-pong", atMost(1)},
          {"asleep-future", "request().get(), both asleep / the same", forInformation()},
          {"one-core", "sendSync, both on one core / futex ping-pong there", atMost(1)},
          {"one-core-future", "request().get(), one core / the same", forInformation()},
          {"one-core-hand-rolled", "mutex + condvar + promise, one core / the same",
           forInformation()},
          {"allocations-polled", "allocations per sendSync, polling", atMost(0), 5},
          {"allocations-running", "allocations per sendSync, run()", atMost(0), 5},
          {"allocations-future", "allocations per request().get()", forInformation(), 5},
          {"ping-pong-ns", "two-line ping-pong", forInformation(), 1, " ns"},
          {"asleep-us", "futex ping-pong, both asleep", forInformation(), 1, " us"},
          {"one-core-us", "futex ping-pong, one core", forInformation(), 1, " us"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
