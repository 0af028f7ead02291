// benchmarks/all_cores.cpp - what does a message cost when all cores take part?
//
// A thread on each of 2, 4, 8, ... and all cores. In turn all others send to one; each even one sends
// to its neighbour; everybody sends to everybody; all others ask one, and block. The limits are a
// plain ring for each two that talk, and two cache lines for each requester. The cost is that of one
// receiver: if more cores cost nothing, a curve is flat.
//
// The program needs nothing but itself: copy it to a machine that has more cores.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "harness.hpp"
#include "mesh.hpp"
#include "plan.hpp"
#include "requesters.hpp"

namespace {

using bench::Contest;
using bench::keyOf;
using bench::Plan;

/// 2, 4, 8, ... and all.
std::vector<int> pointsOf(int cores) {
  std::vector<int> points;
  for (int point = 2; point < cores; point *= 2) points.push_back(point);
  points.push_back(cores);
  return points;
}

/// One contestant at each number of cores.
template <class Contestant>
class Series {
 public:
  Series(std::string curve, std::string line, std::uint64_t times)
      : curve_(std::move(curve)), line_(std::move(line)), times_(times) {}

  template <class Make>
  void addTo(Contest& contest, std::vector<int> const& points, Make const& make) {
    for (int const point : points) {
      auto& contestant = make(contestants_, static_cast<std::size_t>(point));
      keys_.push_back(keyOf(curve_, line_, point));
      contest.add(
          keys_.back(), [&contestant](auto times) { return contestant.slice(times); }, times_);
    }
  }

  void report(Contest const& contest, bench::Figures& figures) const {
    for (auto const& contestant : contestants_) contestant.check();
    for (auto const& key : keys_) figures[key] = contest.ns(key);
  }

  std::string const& first() const { return keys_.front(); }
  std::string const& last() const { return keys_.back(); }

 private:
  std::string curve_;
  std::string line_;
  std::uint64_t times_;
  std::deque<Contestant> contestants_;
  std::vector<std::string> keys_;
};

struct Pattern {
  char const* key;
  Plan (*plan)(std::size_t threads);
};
constexpr Pattern patterns[] = {
    {"to-one", Plan::toOne}, {"pairs", Plan::pairs}, {"everybody", Plan::everybody}};

bench::Figures measure(bench::Setting const& setting) {
  auto const points = pointsOf(static_cast<int>(setting.all.size()));
  Contest contest;
  constexpr std::uint64_t messages = 1 << 14;
  constexpr std::uint64_t questions = 1 << 11;
  std::deque<Series<bench::Mesh<bench::TincanMesh>>> tincans;
  std::deque<Series<bench::Mesh<bench::RingMesh>>> rings;
  for (auto const& pattern : patterns) {
    auto const make = [&](auto& contestants, std::size_t threads) -> auto& {
      return contestants.emplace_back(pattern.plan(threads), setting.all);
    };
    tincans.emplace_back(pattern.key, "tincan", messages).addTo(contest, points, make);
    rings.emplace_back(pattern.key, "limit", messages).addTo(contest, points, make);
  }
  auto const make = [&](auto& contestants, std::size_t threads) -> auto& {
    return contestants.emplace_back(threads, setting.all);
  };
  Series<bench::Requesters<bench::TincanResponder>> asking("asking", "tincan", questions);
  Series<bench::Requesters<bench::LinesResponder>> lines("asking", "limit", questions);
  asking.addTo(contest, points, make);
  lines.addTo(contest, points, make);
  contest.run(setting.cycles(200));

  bench::Figures figures;
  for (std::size_t i = 0; i < tincans.size(); ++i) {
    tincans[i].report(contest, figures);
    rings[i].report(contest, figures);
    figures[patterns[i].key] = contest.ratio(tincans[i].last(), rings[i].last());
  }
  asking.report(contest, figures);
  lines.report(contest, figures);
  figures["asking"] = contest.ratio(asking.last(), lines.last());
  figures["flat"] = contest.ratio(tincans[1].last(), tincans[1].first());
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  auto const cores = static_cast<int>(coresApart().size());
  Row flat{"flat", "a message of a pair, all pairs at once / one pair", forInformation()};
  if (cores < 3)
    flat.missing = "there are two cores here: more are needed for what more would cost";
  auto const curve = [&](char const* key, char const* title, char const* limit) {
    return Curve{key,  title, "cores", pointsOf(cores), {{"tincan", "tincan"}, {"limit", limit}},
                 " ns"};
  };
  return {
      "all cores: what does a message cost when all cores take part?",
      {
          {"to-one", "all others send to one / by a plain ring each", forInformation()},
          {"pairs", "each second core sends to its neighbour / by a ring", forInformation()},
          {"everybody", "everybody sends to everybody / by a ring for each two", forInformation()},
          {"asking", "all others ask one / by two cache lines each", forInformation()},
          flat,
      },
      measure,
      {},
      {curve("to-one", "all others send to one, a message", "a plain ring each"),
       curve("pairs", "pairs, a message", "a plain ring each"),
       curve("everybody", "everybody sends to everybody, a message that one receives",
             "a plain ring for each two"),
       curve("asking", "all others ask one, a question", "two cache lines each")}};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
