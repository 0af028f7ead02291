// tests/testing/protocols.hpp - explores a protocol of the bus completely, also with faults
#pragma once

#include <tincan/testing.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "../unit/support.hpp"
#include "amounts.hpp"

namespace protocol {

using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Result;
using tincan::testing::Simulation;

/// What happened in one run. Every request has one End.
class Ledger {
 public:
  /// Ends once, at the latest when it goes.
  class End {
   public:
    explicit End(std::shared_ptr<Ledger> ledger) : ledger_(std::move(ledger)) { ++ledger_->asked; }
    End(End const&) = delete;
    End& operator=(End const&) = delete;
    ~End() {
      if (!hasEnded_) ledger_->ended("dropped");
    }
    /// Runs it, and notes how it ends.
    template <class Call>
    std::string operator()(Call&& call) {
      std::string how = "value";
      try {
        call();
      } catch (tincan::Error const& error) {
        how = tincan::toString(error.code());
      }
      ledger_->hasEndedTwice = ledger_->hasEndedTwice || hasEnded_;
      hasEnded_ = true;
      ledger_->ended(how);
      return how;
    }

   private:
    std::shared_ptr<Ledger> ledger_;
    bool hasEnded_ = false;
  };

  /// The number n in a row that must rise.
  void follows(std::string const& row, int n) {
    auto const [last, isNew] = last_.try_emplace(row, n);
    if (!isNew && n <= std::exchange(last->second, n)) isInOrder = false;
  }
  void ended(std::string const& how) { ++ends[how]; }
  int count(std::string const& how) const {
    auto const found = ends.find(how);
    return found == ends.end() ? 0 : found->second;
  }
  int allEnds() const {
    int sum = 0;
    for (auto const& [how, count] : ends) sum += count;
    return sum;
  }

  int asked = 0;
  std::map<std::string, int> ends;
  bool hasEndedTwice = false, isInOrder = true;
  bool hasCrashes = false, hasTimeouts = false;  // they may happen

 private:
  std::map<std::string, int> last_;
};
using Book = std::shared_ptr<Ledger>;

template <class Call>
std::string ask(Book const& book, Call&& call) {
  return Ledger::End{book}(std::forward<Call>(call));
}

using Protocol = void (*)(Simulation&, Book);

/// What can be told of a run: what each endpoint handled, and how the requests ended.
inline std::string outcomeOf(Simulation const& sim, Ledger const& ledger) {
  std::map<std::string, std::string> handled;
  for (auto const& one : sim.log()) {
    handled[one.to] += one.from + "/" + one.channel + "/" + one.text + " ";
  }
  std::string text;
  for (auto const& [to, what] : handled) text += to + ": " + what + "\n";
  for (auto const& [how, count] : ledger.ends) text += how + std::to_string(count) + " ";
  return text;
}

struct Explored {
  Result result;
  std::set<std::string> outcomes;
};

inline Explored exploreAll(Protocol body, std::set<std::string> const& mayEnd, Options options) {
  Explored explored;
  options.allowDead = {"*"};  // the claims count them
  auto const run = [&](Simulation& sim) {
    auto const book = std::make_shared<Ledger>();
    book->hasCrashes = options.crashes != 0;
    book->hasTimeouts = options.timeouts != 0;
    sim.require(test::Counted::alive == 0, "arguments of an earlier run are left");
    sim.eventually("the counters add up", [&sim] { return test::addsUp(sim.bus().stats()); });
    sim.eventually("nothing is pending", [&sim] { return sim.pending() == 0; });
    sim.eventually("in the order of sending", [book] { return book->isInOrder; });
    sim.eventually("every request ends", [book] { return book->allEnds() == book->asked; });
    sim.eventually("no request ends twice", [book] { return !book->hasEndedTwice; });
    sim.eventually("they end as they may", [book, &mayEnd] {
      return std::all_of(book->ends.begin(), book->ends.end(),
                         [&](auto const& end) { return mayEnd.contains(end.first); });
    });
    sim.eventually("outcome", [&sim, &explored, book] {
      explored.outcomes.insert(outcomeOf(sim, *book));
      return true;
    });
    body(sim, book);
  };
  explored.result = explore(run, options);
  return explored;
}

/// With so many faults its claims hold in all orders, and chance finds no outcome that the complete
/// search has not. How many orders there are.
inline std::uint64_t holdsUnder(unsigned crashes, unsigned timeouts, Protocol body,
                                std::set<std::string> mayEnd) {
  Options options;
  options.maxSchedules = 50'000;
  options.crashes = crashes;
  options.timeouts = timeouts;
  if (crashes != 0) mayEnd.insert({"Closed", "dropped"});

  Explored const all = exploreAll(body, mayEnd, options);
  INFO("crashes " << crashes << ", timeouts " << timeouts << ": " << all.result.schedules
                  << " schedules, " << all.outcomes.size() << " outcomes " << all.result.failure);
  CHECK(all.result.ok);
  // Beside crashes no deadline passes in a handler.
  bool const isWhole = crashes == 0 || timeouts == 0;
  CHECK((isWhole ? all.result.complete : all.result.incomplete.starts_with("beside crashes")));
  CHECK(test::Counted::alive == 0);
  if (!all.result.ok) return all.result.schedules;

  options.strategy = Options::Strategy::Random;
  options.maxSchedules = 100;
  Explored const some = exploreAll(body, mayEnd, options);
  CHECK(some.result.ok);
  for (std::string const& outcome : some.outcomes) {
    INFO(outcome);
    CHECK(all.outcomes.contains(outcome));
  }
  return all.result.schedules;
}

/// Without faults, with a crash, with a deadline that passes at any point, and with both if it has
/// deadlines. With faults there are ten times as many orders.
inline void holds(Protocol body, std::set<std::string> const& mayEnd) {
  std::uint64_t const schedules = holdsUnder(0, 0, body, mayEnd);
  if (amounts::isQuick()) return;
  holdsUnder(1, 0, body, mayEnd);
  bool const hasDeadlines = holdsUnder(0, 1, body, mayEnd) != schedules;
  if (hasDeadlines) holdsUnder(1, 1, body, mayEnd);
}

}  // namespace protocol
