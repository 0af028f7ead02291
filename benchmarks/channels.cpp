// benchmarks/channels.cpp - what do channels cost that are there?
//
// Main listens on 1 to 100,000 channels. 32 bytes go to one of them all the time (hot), or
// each message to another one (random), which then has to be fetched from memory. The names are
// hashed before, as literals and typed channels are. Beside them what a program without a bus
// would do at random: find a std::function in an unordered_map by its name, and call it; nothing
// is sent there. All on one thread, so that nothing hides the difference (see one_thread.hpp).

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <tincan/tincan.hpp>
#include <unordered_map>
#include <vector>

#include "harness.hpp"
#include "one_thread.hpp"
#include "traffic.hpp"

namespace {

using bench::keyOf;
using bench::Message;

std::vector<int> const counts = {1, 10, 100, 1000, 10'000, 100'000};

std::string nameOf(int i) { return fmt::format("sensor/temperature/{:06}", i); }

/// One of them, at random.
template <class Names>
auto const& anyOf(Names const& names, Message const& message) {
  return names[(message.load[0] >> 32) % names.size()];
}

class Channels {
 public:
  explicit Channels(int count) {
    for (int i = 0; i < count; ++i) {
      texts_.push_back(nameOf(i));
      names_.emplace_back(texts_.back());
      way_.listen(names_.back());
    }
  }

  double hot(std::uint64_t times) {
    auto const name = names_[names_.size() / 2];
    return way_.slice(times, [&](auto& from, auto& sent) { from.send(name, sent.next()); });
  }

  double random(std::uint64_t times) {
    return way_.slice(times, [&](auto& from, auto& sent) {
      auto const message = sent.next();
      from.send(anyOf(names_, message), message);
    });
  }

  void check() const { way_.check(); }

 private:
  std::deque<std::string> texts_;  // what the names are views of
  std::vector<tincan::ChannelName> names_;
  bench::OneThread way_;
};

/// Finds and calls.
class Map {
 public:
  explicit Map(int count) {
    for (int i = 0; i < count; ++i) {
      texts_.push_back(nameOf(i));
      functions_[texts_.back()] = [this](Message const& message) { tally_.take(message); };
    }
  }

  double random(std::uint64_t times) {
    auto const begin = bench::nowNs();
    for (std::uint64_t i = 0; i < times; ++i) {
      auto const message = sent_.next();
      functions_.find(anyOf(texts_, message))->second(message);
    }
    return bench::nowNs() - begin;
  }

  void check() const { tally_.requireAllOf(sent_, "map"); }

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::function<void(Message const&)>> functions_;
  bench::Sent sent_;
  bench::Tally tally_;
};

bench::Figures measure(bench::Setting const& setting) {
  bench::pinThisThread(setting.cores.a);
  std::deque<Channels> all;
  std::deque<Map> maps;
  bench::Contest contest;
  for (int const count : counts) {
    auto& channels = all.emplace_back(count);
    contest.add(keyOf("cost", "hot", count), [&](auto n) { return channels.hot(n); });
    contest.add(keyOf("cost", "random", count), [&](auto n) { return channels.random(n); });
    auto& map = maps.emplace_back(count);
    contest.add(keyOf("cost", "map", count), [&](auto n) { return map.random(n); });
  }
  contest.run(setting.cycles(300));
  for (auto const& channels : all) channels.check();
  for (auto const& map : maps) map.check();

  bench::Figures figures;
  for (int const count : counts) {
    for (auto const* line : {"hot", "random", "map"}) {
      auto const key = keyOf("cost", line, count);
      figures[key] = contest.ns(key);
    }
  }
  figures["hot"] = contest.ratio(keyOf("cost", "hot", 100'000), keyOf("cost", "hot", 1));
  figures["random"] = contest.ratio(keyOf("cost", "random", 100'000), keyOf("cost", "random", 1));
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "channels: what do channels cost that are there?",
      {
          {"hot", "one of 100,000 channels all the time / of 1", atMost(1.1)},
          {"random", "100,000 channels at random / 1", forInformation()},
      },
      measure,
      {},
      {{"cost",
        "a message of 32 bytes, to send and handle",
        "channels",
        counts,
        {{"hot", "one all the time"}, {"random", "at random"}, {"map", "unordered_map, at random"}},
        " ns"}}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
