// benchmarks/listeners.cpp - what does one more listener cost?
//
// 32 bytes go to a channel with 1 to 100 listeners. The limit is a vector of std::function
// that somebody calls one after the other, with the same bodies. What one more costs is the
// difference between 100 and 1, by 99. And what a message costs with one listener in all, sent and
// handled, against a call of the function. All on one thread (see one_thread.hpp).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "harness.hpp"
#include "one_thread.hpp"
#include "traffic.hpp"

namespace {

using bench::keyOf;
using bench::Message;
using bench::require;

std::vector<int> const counts = {1, 2, 5, 10, 20, 50, 100};

/// The listeners' book: each message goes to each of them, in the order of their registration.
class Rounds {
 public:
  explicit Rounds(std::size_t listeners) : sums_(listeners) {}

  void hear(std::size_t listener, Message const& message) {
    if (listener != turn_) ++wrong_;
    turn_ = listener + 1 == sums_.size() ? 0 : listener + 1;
    sums_[listener] += message.check;
  }

  void requireAllOf(std::uint64_t sum) const {
    require(wrong_ == 0 && turn_ == 0, "a listener was forgotten or called out of turn");
    for (auto const heard : sums_) require(heard == sum, "a listener missed a message");
  }

 private:
  std::vector<std::uint64_t> sums_;
  std::size_t turn_ = 0;
  std::uint64_t wrong_ = 0;
};

class Listeners {
 public:
  explicit Listeners(int count) : rounds_(static_cast<std::size_t>(count)) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      way_.main().on("message", [this, i](Message const& message) { rounds_.hear(i, message); });
    }
    way_.listen("message");  // counts, and is there for every number of listeners
  }

  double slice(std::uint64_t times) {
    return way_.slice(times, [this](auto& from, auto& sent) {
      auto const message = sent.next();
      sum_ += message.check;
      from.send("message", message);
    });
  }

  void check() const {
    way_.check();
    rounds_.requireAllOf(sum_);
  }

 private:
  bench::OneThread way_;
  Rounds rounds_;
  std::uint64_t sum_ = 0;
};

class Functions {
 public:
  explicit Functions(int count) : rounds_(static_cast<std::size_t>(count)) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      functions_.emplace_back([this, i](Message const& message) { rounds_.hear(i, message); });
    }
  }

  double slice(std::uint64_t times) {
    auto const begin = bench::nowNs();
    for (std::uint64_t i = 0; i < times; ++i) {
      auto const message = sent_.next();
      for (auto const& function : functions_) function(message);
    }
    return bench::nowNs() - begin;
  }

  void check() const { rounds_.requireAllOf(sent_.sum); }

 private:
  std::vector<std::function<void(Message const&)>> functions_;
  Rounds rounds_;
  bench::Sent sent_;
};

bench::Figures measure(bench::Setting const& setting) {
  bench::pinThisThread(setting.cores.a);
  std::deque<Listeners> listeners;
  std::deque<Functions> functions;
  bench::Contest contest;
  for (int const count : counts) {
    auto& some = listeners.emplace_back(count);
    contest.add(keyOf("cost", "listeners", count), [&](auto n) { return some.slice(n); });
    auto& others = functions.emplace_back(count);
    contest.add(keyOf("cost", "functions", count), [&](auto n) { return others.slice(n); });
  }
  bench::OneThread alone;
  alone.listen("message");
  contest.add("alone", [&](auto n) {
    return alone.slice(n, [](auto& from, auto& sent) { from.send("message", sent.next()); });
  });
  contest.run(setting.cycles(200));
  alone.check();
  for (auto const& each : listeners) each.check();
  for (auto const& each : functions) each.check();

  bench::Figures figures;
  for (int const count : counts) {
    for (auto const* line : {"listeners", "functions"}) {
      auto const key = keyOf("cost", line, count);
      figures[key] = contest.ns(key);
    }
  }
  auto const more = [](auto const& ns, char const* line) {
    return (ns(keyOf("cost", line, 100)) - ns(keyOf("cost", line, 1))) / 99;
  };
  figures["one-more"] = contest.overCycles(
      [&](auto const& ns) { return more(ns, "listeners") / more(ns, "functions"); });
  figures["alone"] = contest.ratio("alone", keyOf("cost", "functions", 1));
  figures["function-ns"] =
      contest.overCycles([&](auto const& ns) { return more(ns, "functions"); });
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"listeners: what does one more listener cost?",
          {
              {"one-more",
               "one more listener / std::function in a vector",
               atMost(1.0),
               2,
               {},
               "bench_instructions counts it; besides the call, it is one look at whether the "
               "listener has been removed meanwhile"},
              {"alone", "a message to one listener in all / a call of a std::function", atMost(5)},
              {"function-ns", "one more std::function", forInformation(), 2, " ns"},
          },
          measure,
          {},
          {{"cost",
            "a message of 32 bytes, to send and handle; or to call the functions",
            "listeners",
            counts,
            {{"listeners", "listeners"}, {"functions", "std::function in a vector"}},
            " ns"}}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
