// benchmarks/invoke.cpp - what does a call of a handler cost, and what is added to it?
//
// A calls, B's handler answers x with x + 1, and A checks it. Both are busy on two cores; the limit
// is a ping-pong of two cache lines.

#include <cstdint>

#include "harness.hpp"
#include "limits.hpp"
#include "phone.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::Phone;
using bench::traffic;

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  bench::PingPong game;
  Phone polled, running, typed, within, task, plain, scoped;
  scoped.addScope();
  Contest contest;
  contest.add("ping-pong", [&](auto times) {
    return duo.run([&] { game.call(times); }, [&] { game.serve(times); }).a;
  });
  contest.add("polled", [&](auto times) {
    return traffic<&Phone::invoke, &Phone::poll>(duo, polled, times);
  });
  contest.add("running", [&](auto times) {
    return traffic<&Phone::invoke, &Phone::run>(duo, running, times);
  });
  contest.add("typed", [&](auto times) {
    return traffic<&Phone::invokeTyped, &Phone::poll>(duo, typed, times);
  });
  contest.add("within", [&](auto times) {
    return traffic<&Phone::invokeWithin, &Phone::poll>(duo, within, times);
  });
  contest.add("task", [&](auto times) {
    return traffic<&Phone::invokeTask, &Phone::poll>(duo, task, times);
  });
  contest.add("sync", [&](auto times) {
    return traffic<&Phone::sendSync, &Phone::poll>(duo, plain, times);
  });
  contest.add("sync-scoped", [&](auto times) {
    return traffic<&Phone::sendSync, &Phone::poll>(duo, scoped, times);
  });
  contest.run(setting.cycles(300));
  for (auto* phone : {&polled, &running, &typed, &within, &task, &plain, &scoped}) {
    phone->check();
  }
  bench::Figures figures;
  figures["polled"] = contest.ratio("polled", "ping-pong");
  figures["running"] = contest.ratio("running", "ping-pong");
  figures["typed"] = contest.ratio("typed", "polled");
  figures["within"] = contest.ratio("within", "polled");
  figures["task"] = contest.ratio("task", "polled");
  figures["scope"] = contest.ratio("sync-scoped", "sync");
  figures["allocations"] = bench::allocationsOf<&Phone::invoke, &Phone::run>(duo);
  figures["allocations-typed"] = bench::allocationsOf<&Phone::invokeTyped, &Phone::run>(duo);
  figures["allocations-within"] = bench::allocationsOf<&Phone::invokeWithin, &Phone::run>(duo);
  figures["ping-pong-ns"] = contest.ns("ping-pong");
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"invoke: what does a call of a handler cost, and what is added to it?",
          {
              {"running", "invoke().get(), receiver in run() / two-line ping-pong", atMost(1.5)},
              {"polled", "invoke().get(), receiver polling / the same", forInformation()},
              {"typed", "by a typed channel / by a literal name", forInformation()},
              {"within", "with a deadline / without", forInformation()},
              {"task", "handler returns a Task / a value", forInformation()},
              {"scope", "sendSync, scope for another renderer / no scope", forInformation()},
              {"allocations", "allocations per invoke().get()", atMost(0), 5},
              {"allocations-typed", "the same by a typed channel", atMost(0), 5},
              {"allocations-within", "the same with a deadline", atMost(0), 5},
              {"ping-pong-ns", "two-line ping-pong", forInformation(), 1, " ns"},
          },
          measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
