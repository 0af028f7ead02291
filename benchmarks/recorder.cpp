// benchmarks/recorder.cpp - what do a testing::Recorder and a Trace cost each message?
//
// 32 bytes from one renderer to another on one thread, so that nothing hides what is added: on a bus
// with a recorder, on one with a trace, and on one without. Then the same on two threads at once, a pair
// of renderers on each, whose messages have nothing to do with one another: what the recorder shares
// between threads would show there. A recording grows with each message, so each slice has a bus of its
// own. A trace has three events of a message: sent, taken, handled.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tincan/testing/recorder.hpp>
#include <tincan/tincan.hpp>
#include <tincan/trace.hpp>
#include <utility>

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

enum class By { Nobody, Recorder, Trace };

/// A bus, and who listens in.
class Heard {
 public:
  explicit Heard(By by) {
    if (by == By::Recorder) recorder_.emplace(*bus_.operator->());
    if (by == By::Trace) trace_.emplace(*bus_.operator->());
  }
  bench::StrictBus& bus() { return bus_; }
  void check(std::uint64_t messages) const {
    bus_.requireCount(messages);
    require(!recorder_ || recorder_->recording().entries().size() == messages,
            "a message is not in the recording");
    require(!trace_ || count(trace_->log()) == messages, "a message is not in the trace");
  }

 private:
  static std::uint64_t count(tincan::TraceLog const& log) {
    return static_cast<std::uint64_t>(
        std::count_if(log.events.begin(), log.events.end(), [](tincan::TraceEvent const& event) {
          return event.what == tincan::TraceEvent::What::Handled;
        }));
  }

  bench::StrictBus bus_;
  std::optional<tincan::testing::Recorder> recorder_;
  std::optional<tincan::Trace> trace_;
};

double onOneThread(By by, std::uint64_t times) {
  Heard heard(by);
  auto const begin = bench::nowNs();
  sendAll(heard.bus(), times);
  auto const ns = bench::nowNs() - begin;
  heard.check(times);
  return ns;
}

double onTwoThreads(Duo& duo, By by, std::uint64_t times) {
  Heard heard(by);
  auto const job = [&bus = heard.bus(), times] { sendAll(bus, times); };
  auto const ns = duo.run(job, job).both;
  heard.check(2 * times);
  return ns;
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  Contest contest;
  for (auto const& [by, name] :
       {std::pair(By::Nobody, "plain"), std::pair(By::Recorder, "recorded"),
        std::pair(By::Trace, "traced")}) {
    contest.add(
        std::string("one-") + name, [by = by](auto n) { return onOneThread(by, n); }, 20'000);
    contest.add(
        std::string("two-") + name, [by = by, &duo](auto n) { return onTwoThreads(duo, by, n); },
        20'000);
  }
  contest.run(setting.cycles(100));

  bench::Figures figures;
  for (std::string const threads : {"one", "two"}) {
    std::string const plain = threads + "-plain";
    for (std::string const name : {"-recorded", "-traced"}) {
      std::string const heard = threads + name;
      figures[heard] = contest.ratio(heard, plain);
      figures[heard + "-ns"] =
          contest.overCycles([&](auto const& ns) { return ns(heard) - ns(plain); });
    }
    figures[threads + "-event-ns"] = contest.overCycles(
        [&](auto const& ns) { return (ns(threads + "-traced") - ns(plain)) / 3; });
    figures[plain + "-ns"] = contest.ns(plain);
  }
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "recorder: what do a testing::Recorder and a Trace cost each message?",
      {
          {"one-recorded", "one thread, recorded / not", forInformation()},
          {"two-recorded", "two threads with nothing in common, recorded / not", forInformation()},
          {"one-recorded-ns", "one thread: what a recorder adds", forInformation(), 1, " ns"},
          {"two-recorded-ns", "two threads: what a recorder adds", forInformation(), 1, " ns"},
          {"one-traced-ns", "one thread: what a trace adds", forInformation(), 1, " ns"},
          {"two-traced-ns", "two threads: what a trace adds", forInformation(), 1, " ns"},
          {"one-event-ns", "one thread: an event of a trace", atMost(40), 1, " ns"},
          {"two-event-ns", "two threads: an event of a trace", atMost(40), 1, " ns"},
          {"one-plain-ns", "one thread, not recorded", forInformation(), 1, " ns"},
          {"two-plain-ns", "two threads, not recorded", forInformation(), 1, " ns"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
