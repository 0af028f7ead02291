// tests/unit/trace_stats.cpp - what a trace adds up to
#include <tincan/trace.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support.hpp"

using namespace test;
using namespace std::chrono_literals;
using tincan::TraceEvent;
using tincan::TraceStats;
using What = tincan::TraceEvent::What;

namespace {

constexpr std::uint32_t Window = 0, Main = 1, Nobody = TraceEvent::NoPlace;

/// A log of events that are written by hand: each is "from", what, the message and the time.
struct ByHand {
  ByHand() {
    log.endpoints = {"window", "main"};
    log.channels = {"ping", "sum"};
  }
  void add(What what, std::uint64_t message, std::int64_t time, std::uint32_t channel,
           std::uint64_t call = 0) {
    bool const isSent = what == What::Sent;
    bool const isAnswered = what == What::Answered;
    log.events.push_back({time,
                          message,
                          call,
                          isSent ? Window : Main,
                          isSent ? Main : Window,
                          channel,
                          what,
                          isAnswered  ? TraceEvent::Verb::Answer
                          : call != 0 ? TraceEvent::Verb::Request
                                      : TraceEvent::Verb::Message,
                          {}});
  }
  tincan::TraceLog log;
};

TraceStats const& of(std::vector<TraceStats> const& all, std::uint32_t at, std::uint32_t channel) {
  auto const found = std::find_if(all.begin(), all.end(), [&](TraceStats const& one) {
    return one.at == at && one.channel == channel;
  });
  REQUIRE(found != all.end());
  return *found;
}

}  // namespace

TEST_CASE("trace stats: how long each message waited and was handled") {
  ByHand by;
  by.add(What::Sent, 1, 100, 0);
  by.add(What::Sent, 2, 110, 0);
  by.add(What::Taken, 1, 150, 0);         // waits for 50
  by.add(What::Taken, 2, 160, 0);         // 50, inside of the other one
  by.add(What::Handled, 2, 170, Nobody);  // takes 10
  by.add(What::Handled, 1, 250, Nobody);  // takes 100
  by.add(What::Sent, 3, 300, 1, 7);
  by.add(What::Taken, 3, 310, 1, 7);
  by.add(What::Answered, 0, 340, Nobody, 7);  // 40 after the request
  auto const stats = by.log.stats();
  REQUIRE(stats.size() == 2);
  TraceStats const& ping = of(stats, Main, 0);
  CHECK(ping.sent == 2);
  CHECK(ping.lost == 0);
  CHECK(ping.waited.sorted == std::vector<std::int64_t>{50, 50});
  CHECK(ping.handled.sorted == std::vector<std::int64_t>{10, 100});
  CHECK(ping.answered.sorted.empty());
  TraceStats const& sum = of(stats, Main, 1);
  CHECK(sum.waited.sorted == std::vector<std::int64_t>{10});
  CHECK(sum.handled.sorted.empty());  // it has not ended
  CHECK(sum.answered.sorted == std::vector<std::int64_t>{40});
}

TEST_CASE("trace stats: percentiles and histograms") {
  tincan::Durations durations;
  CHECK(durations.percentile(50) == 0);
  CHECK(durations.histogram().empty());
  durations.sorted = {0, 1, 2, 3, 4, 7, 8, 1000};
  CHECK(durations.percentile(0) == 0);
  CHECK(durations.percentile(50) == 4);
  CHECK(durations.percentile(100) == 1000);
  CHECK(durations.percentile(200) == 1000);
  CHECK(durations.percentile(-1) == 0);
  CHECK(durations.histogram() == std::vector<std::uint64_t>{2, 2, 2, 1, 0, 0, 0, 0, 0, 1});
}

TEST_CASE("trace stats: of a bus, by endpoint and channel") {
  tincan::Bus bus;
  tincan::Trace const trace(bus);
  tincan::Main& main = bus.main();
  tincan::Renderer window = bus.attach("window");
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  main.on("ping", [](int) {});
  main.on("sum", [](tincan::Event& event, int a, int b) { event.returnValue = a + b; });
  window.on("ping", [](int) {});
  for (int i = 0; i < 5; ++i) window.send("ping", i);
  window.peer().send("ping", 1);
  window.send("nobody");
  auto sum = window.request<int>("sum", 1, 2);
  window.main().post([] {});
  main.poll();
  CHECK(sum.get() == 3);
  auto const log = trace.log();
  auto const stats = log.stats();
  auto const at = [&](std::string const& endpoint,
                      std::string const& channel) -> TraceStats const& {
    auto const placeOf = [](std::vector<std::string> const& all, std::string const& name) {
      return static_cast<std::uint32_t>(std::find(all.begin(), all.end(), name) - all.begin());
    };
    return of(stats, placeOf(log.endpoints, endpoint),
              channel.empty() ? Nobody : placeOf(log.channels, channel));
  };
  CHECK(at("main", "ping").sent == 5);
  CHECK(at("main", "ping").waited.sorted.size() == 5);
  CHECK(at("main", "ping").handled.sorted.size() == 5);
  CHECK(at("window", "ping").sent == 1);
  CHECK(at("window", "ping").waited.sorted.empty());  // it has not polled
  CHECK(at("main", "nobody").lost == 1);
  CHECK(at("main", "sum").answered.sorted.size() == 1);
  CHECK(at("main", "sum").answered.sorted[0] >= at("main", "sum").waited.sorted[0]);
  CHECK(at("main", "").handled.sorted.size() == 1);
  std::string const table = log.table();
  CHECK(table.rfind("endpoint  channel", 0) == 0);
  CHECK(std::count(table.begin(), table.end(), '\n') ==
        static_cast<std::ptrdiff_t>(stats.size() + 1));
  CHECK(table.find("(functions)") != std::string::npos);
}
