// benchmarks/recorder.cpp - what does a testing::Recorder cost each message?
//
// 32 bytes from one renderer to another on one thread, so that nothing hides what is added: on a bus
// with a recorder, and on one without. Then the same on two threads at once, a pair of renderers on
// each, whose messages have nothing to do with one another: what the recorder shares between threads
// would show there. A recording grows with each message, so each slice has a bus of its own.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tincan/testing/recorder.hpp>
#include <tincan/tincan.hpp>

#include "harness.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::Message;
using bench::require;

constexpr std::uint64_t burst = 256;

/// Sends so many messages from one renderer of the calling thread to another, in bursts.
void sendAll(bench::StrictBus& bus, std::uint64_t times) {
  tincan::Renderer sender = bus->attach("sender");
  tincan::Renderer receiver = bus->attach("receiver");
  bench::Tally tally;
  receiver.on("message", [&](Message const& message) { tally.take(message); });
  sender.poll();
  receiver.poll();
  tincan::Peer const to = receiver.peer();
  bench::Sent sent;
  while (sent.count < times) {
    for (std::uint64_t const stop = std::min(times, sent.count + burst); sent.count < stop;) {
      to.send("message", sent.next());
    }
    while (tally.count() < sent.count) receiver.poll();
  }
  tally.requireAllOf(sent, "recorder");
}

/// A bus, and maybe its recorder.
class Recorded {
 public:
  explicit Recorded(bool isRecorded) {
    if (isRecorded) recorder_.emplace(*bus_.operator->());
  }
  bench::StrictBus& bus() { return bus_; }
  void check(std::uint64_t messages) const {
    bus_.requireCount(messages);
    require(!recorder_ || recorder_->recording().entries().size() == messages,
            "a message is not in the recording");
  }

 private:
  bench::StrictBus bus_;
  std::optional<tincan::testing::Recorder> recorder_;
};

double onOneThread(bool isRecorded, std::uint64_t times) {
  Recorded recorded(isRecorded);
  auto const begin = bench::nowNs();
  sendAll(recorded.bus(), times);
  auto const ns = bench::nowNs() - begin;
  recorded.check(times);
  return ns;
}

double onTwoThreads(Duo& duo, bool isRecorded, std::uint64_t times) {
  Recorded recorded(isRecorded);
  auto const job = [&bus = recorded.bus(), times] { sendAll(bus, times); };
  auto const ns = duo.run(job, job).both;
  recorded.check(2 * times);
  return ns;
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  Contest contest;
  for (bool const isRecorded : {false, true}) {
    std::string const name = isRecorded ? "recorded" : "plain";
    contest.add(
        "one-" + name, [=](auto n) { return onOneThread(isRecorded, n); }, 20'000);
    contest.add(
        "two-" + name, [=, &duo](auto n) { return onTwoThreads(duo, isRecorded, n); }, 20'000);
  }
  contest.run(setting.cycles(100));

  bench::Figures figures;
  for (std::string const threads : {"one", "two"}) {
    figures[threads] = contest.ratio(threads + "-recorded", threads + "-plain");
    figures[threads + "-more-ns"] = contest.overCycles(
        [&](auto const& ns) { return ns(threads + "-recorded") - ns(threads + "-plain"); });
    figures[threads + "-plain-ns"] = contest.ns(threads + "-plain");
  }
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "recorder: what does a testing::Recorder cost each message?",
      {
          {"one", "one thread, recorded / not", forInformation()},
          {"two", "two threads with nothing in common, recorded / not", forInformation()},
          {"one-more-ns", "one thread: what is added to a message", forInformation(), 1, " ns"},
          {"two-more-ns", "two threads: what is added to a message", forInformation(), 1, " ns"},
          {"one-plain-ns", "one thread, not recorded", forInformation(), 1, " ns"},
          {"two-plain-ns", "two threads, not recorded", forInformation(), 1, " ns"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
