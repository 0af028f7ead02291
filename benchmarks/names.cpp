// benchmarks/names.cpp - what does it cost to name a channel?
//
// 32 equal bytes go to the same listener, by a typed channel, by a literal name, which the
// compiler hashes, and by a name that the program has as a std::string, which is hashed for each
// message. All on one thread, so that nothing hides the difference (see one_thread.hpp). The
// names have 20 characters.  Another typed channel of the same signature shows what the
// measuring itself adds; and without it the compiler would inline the typed way, which then
// has one place only, and not the others.

#include <string>
#include <string_view>
#include <tincan/tincan.hpp>

#include "harness.hpp"
#include "one_thread.hpp"

namespace {

using bench::Message;
using bench::OneThread;

constexpr tincan::Channel<void(Message)> TypedChannel{"sensor/temperature/1"};
constexpr tincan::Channel<void(Message)> AnotherChannel{"sensor/temperature/2"};

bench::Figures measure(bench::Setting const& setting) {
  bench::pinThisThread(setting.cores.a);
  OneThread typed, another, literal, runTime;
  std::string const name(TypedChannel.name());
  typed.listen(TypedChannel);
  another.listen(AnotherChannel);
  for (auto* way : {&literal, &runTime}) way->listen("sensor/temperature/1");

  bench::Contest contest;
  contest.add("typed", [&](auto n) {
    return typed.slice(n, [](auto& from, auto& sent) { from.send(TypedChannel, sent.next()); });
  });
  contest.add("another", [&](auto n) {
    return another.slice(n, [](auto& from, auto& sent) { from.send(AnotherChannel, sent.next()); });
  });
  contest.add("literal", [&](auto n) {
    return literal.slice(
        n, [](auto& from, auto& sent) { from.send("sensor/temperature/1", sent.next()); });
  });
  contest.add("run-time", [&](auto n) {
    return runTime.slice(n, [&](auto& from, auto& sent) { from.send(name, sent.next()); });
  });
  contest.run(setting.cycles(1000));
  for (auto* way : {&typed, &another, &literal, &runTime}) way->check();

  bench::Figures figures;
  for (auto const* slower : {"another", "literal", "run-time"}) {
    figures[slower] = contest.overCycles([&](auto const& ns) { return ns(slower) - ns("typed"); });
  }
  figures["typed-ns"] = contest.ns("typed");
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "names: what does it cost to name a channel?",
      {
          {"literal", "by literal name, more than by typed channel", forInformation(), 1, " ns"},
          {"run-time", "by run-time name, more than by typed channel", forInformation(), 1, " ns"},
          {"another", "by another typed channel, more than by one", forInformation(), 1, " ns"},
          {"typed-ns", "by typed channel, to send and handle", forInformation(), 1, " ns"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
