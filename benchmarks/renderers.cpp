// benchmarks/renderers.cpp - what do renderers cost that are attached?
//
// Main has 1 to 512 renderers. One of them is active and the others, which have sent one message
// each, are idle; or all of them are active, one after the other. All belong to A's thread,
// so that threads do not cost anything; main is on B and polls. Three jobs: one renderer asks
// and blocks; one renderer sends; all renderers send by turns. When sending, A is at most 1024
// messages ahead.

#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <tincan/tincan.hpp>
#include <vector>

#include "harness.hpp"
#include "limits.hpp"
#include "progress.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::keyOf;
using bench::require;

std::vector<int> const counts = {1, 8, 64, 512};

class Office {
 public:
  Office(Duo& duo, int renderers) : duo_(duo) {
    bus_->main().on("hello", [this](int) { ++hellos_; });
    bus_->main().on("plus-one",
                    [](tincan::Event& event, std::uint64_t x) { event.returnValue = x + 1; });
    bus_->main().on("message", [this](bench::Message const& message) {
      tally_.take(message);
      progress_.publish(tally_.count());
    });
    for (int i = 0; i < renderers; ++i) {
      renderers_.push_back(bus_->attach(fmt::format("renderer-{}", i)));
      renderers_.back().send("hello", i);
    }
    duo_.run([] {},
             [this] {
               while (hellos_ < renderers_.size()) bus_->main().poll();
             });
  }

  double ask(std::uint64_t times) {
    double ns = 0;
    stop_.store(false, std::memory_order_relaxed);  // relaxed: it hands over nothing
    auto const call = [&] {
      auto const begin = bench::nowNs();
      for (std::uint64_t i = 0; i < times; ++i, ++asked_) {
        auto const answer = renderers_.front().sendSync<std::uint64_t>("plus-one", asked_);
        require(answer == asked_ + 1, "a question got the wrong answer");
      }
      ns = bench::nowNs() - begin;
      stop_.store(true, std::memory_order_relaxed);
    };
    duo_.run(call, [this] {
      while (!stop_.load(std::memory_order_relaxed)) bus_->main().poll();
    });
    return ns;
  }

  /// `active` renderers send by turns.
  double send(std::uint64_t times, std::size_t active) {
    auto const push = [this, times, active] {
      auto sent = sent_;
      std::size_t next = 0;
      for (auto const end = sent.count + times; sent.count < end;) {
        progress_.waitForRoom(sent.count);
        renderers_[next].send("message", sent.next());
        next = next + 1 == active ? 0 : next + 1;
      }
      sent_ = sent;
    };
    auto const handle = [this, end = sent_.count + times] {
      while (tally_.count() < end) bus_->main().poll();
    };
    return duo_.run(push, handle).both;
  }

  /// What the first questions cost, each, after everybody has sent something. An inbox goes on
  /// looking at those who have fallen silent for some thousand messages.
  double settle() {
    constexpr std::uint64_t first = 1000;
    auto const ns = ask(first) / first;
    ask(4 * first);
    return ns;
  }

  std::size_t size() const { return renderers_.size(); }

  /// Also that what different renderers of one thread send is handled in the order of sending.
  void check() {
    tally_.requireAllOf(sent_, "renderers");
    bus_.requireCount(hellos_ + asked_ + sent_.count);
  }

 private:
  Duo& duo_;
  bench::StrictBus bus_;
  std::deque<tincan::Renderer> renderers_;
  std::size_t hellos_ = 0;
  bench::Progress progress_;
  alignas(bench::apart) std::atomic<bool> stop_{false};
  alignas(bench::apart) std::uint64_t asked_ = 0;  // A's
  bench::Sent sent_;
  alignas(bench::apart) bench::Tally tally_;  // B's
};

/// What questions cost with idle renderers beside the one that asks.
void measureAttached(Duo& duo, int cycles, bench::Figures& figures) {
  Office none(duo, 1);
  Office some(duo, 1 + 64);
  Office many(duo, 1 + 512);
  auto const first = none.settle();
  some.settle();
  figures["first-512"] = many.settle() / first;
  Contest contest;
  contest.add("none", [&](auto times) { return none.ask(times); });
  contest.add("64", [&](auto times) { return some.ask(times); });
  contest.add("512", [&](auto times) { return many.ask(times); });
  contest.run(cycles);
  for (auto* office : {&none, &some, &many}) office->check();
  figures["attached-64"] = contest.ratio("64", "none");
  figures["attached-512"] = contest.ratio("512", "none");
  figures["none-ns"] = contest.ns("none");
}

void measureCurve(Duo& duo, int cycles, bench::Figures& figures) {
  std::deque<Office> asking, one, all;
  Contest contest;
  for (int const count : counts) {
    auto& a = asking.emplace_back(duo, count);
    contest.add(keyOf("cost", "asking", count), [&](auto n) { return a.ask(n); });
    auto& b = one.emplace_back(duo, count);
    contest.add(keyOf("cost", "one", count), [&](auto n) { return b.send(n, 1); });
    auto& c = all.emplace_back(duo, count);
    contest.add(keyOf("cost", "all", count), [&](auto n) { return c.send(n, c.size()); });
  }
  for (auto* offices : {&asking, &one, &all}) {
    for (auto& office : *offices) office.settle();
  }
  contest.run(cycles);
  for (auto* offices : {&asking, &one, &all}) {
    for (auto& office : *offices) office.check();
  }
  for (int const count : counts) {
    for (auto const* line : {"asking", "one", "all"}) {
      figures[keyOf("cost", line, count)] = contest.ns(keyOf("cost", line, count));
    }
  }
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  bench::Figures figures;
  measureAttached(duo, setting.cycles(300), figures);
  measureCurve(duo, setting.cycles(150), figures);
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "renderers: what do renderers cost that are attached?",
      {
          {"attached-64", "sendSync, 64 idle renderers attached / none", atMost(1.1)},
          {"attached-512", "sendSync, 512 idle renderers attached / none", atMost(1.1)},
          {"first-512", "the first 1000 after 512 have sent / the same, none", forInformation()},
          {"none-ns", "sendSync, nobody else attached", forInformation(), 1, " ns"},
      },
      measure,
      {},
      {{"cost",
        "a question that blocks, or a message of 32 bytes",
        "renderers",
        counts,
        {{"asking", "one asks, the others idle"},
         {"one", "one sends, the others idle"},
         {"all", "all send by turns"}},
        " ns"}}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
