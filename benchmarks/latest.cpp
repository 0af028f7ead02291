// benchmarks/latest.cpp - what does a receiver have that wakes 60 times a second, of 1,000,000 updates in a second?
//
// A sends an update of 32 bytes each microsecond; B wakes each sixtieth of a second, and handles what is there. How
// old the newest update is then that B has handled: how much earlier it was sent than the newest one that was sent.
// (Not by B's clock: that would count the times when A has lost its core.) And how much memory those take that wait:
// with sendLatest, with send, with send to an inbox of one that drops the oldest, and with a value under a mutex. Then
// what an update costs A while B sleeps.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tincan/tincan.hpp>
#include <vector>

#include "allocations.hpp"
#include "harness.hpp"
#include "limits.hpp"

namespace {

using bench::Duo;
using bench::require;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint64_t updates = 1'000'000;
constexpr auto interval = 1us;
constexpr auto frame = 16'667us;

struct Update {
  std::uint64_t number = 0;
  Clock::time_point sent{};
  std::uint64_t mixed = 0, check = 0;

  static Update of(std::uint64_t number, Clock::time_point now) {
    auto const mixed = number * 0x9E3779B97F4A7C15u;
    return {number, now, mixed, number ^ mixed};
  }
  bool isWhole() const {
    return mixed == number * 0x9E3779B97F4A7C15u && check == (number ^ mixed);
  }
};
static_assert(sizeof(Update) == 32);

/// The receiver's book: updates come in order, unchanged, each once at most.
struct Newest {
  Update update;
  std::uint64_t handled = 0;

  void take(Update const& next) {
    require(next.isWhole(), "an update was changed");
    require(next.number > update.number, "updates are doubled or out of order");
    update = next;
    ++handled;
  }
};

enum class Verb { SendLatest, Send, SendDropOldest };

class TincanWay {
 public:
  explicit TincanWay(Verb verb)
      : verb_(verb),
        bus_(verb == Verb::SendDropOldest ? tincan::BusOptions{{1, tincan::Overflow::DropOldest}}
                                          : tincan::BusOptions{}),
        sender_(bus_.attach("sender")) {
    bus_.main().on("update", [this](Update const& update) { newest_.take(update); });
  }

  void send(Update const& update) {
    auto const sent = verb_ == Verb::SendLatest ? sender_.sendLatest("update", update)
                                                : sender_.send("update", update);
    require(sent == tincan::SendResult::Queued, "an update was refused");
  }
  void takeAll() { bus_.main().poll(); }
  Newest const& newest() const { return newest_; }

  void check(std::uint64_t sent) const {
    auto const stats = bus_.stats();
    std::uint64_t lost = 0;
    for (auto const& [reason, count] : stats.deadLetters) {
      require(reason == (verb_ == Verb::SendLatest ? tincan::Errc::Superseded : tincan::Errc::Full),
              "updates are lost for another reason");
      lost += count;
    }
    require(stats.sent == sent && stats.handled == newest_.handled, "updates are not counted");
    require(stats.handled + lost == sent && stats.pending == 0, "the counts do not add up");
    require(verb_ != Verb::Send || lost == 0, "send loses updates");
    require(newest_.update.number == sent, "the last update is lost");
  }

 private:
  Verb const verb_;
  tincan::Bus bus_;
  tincan::Renderer sender_;
  alignas(bench::apart) Newest newest_;  // B's
};

class MutexWay {
 public:
  void send(Update const& update) {
    std::lock_guard const lock(mutex_);
    value_ = update;
  }
  void takeAll() {
    std::optional<Update> taken;
    {
      std::lock_guard const lock(mutex_);
      taken.swap(value_);
    }
    if (taken) newest_.take(*taken);
  }
  Newest const& newest() const { return newest_; }

  void check(std::uint64_t sent) const {
    require(newest_.update.number == sent, "the last update is lost");
  }

 private:
  std::mutex mutex_;
  std::optional<Update> value_;
  alignas(bench::apart) Newest newest_;  // B's
};

// ---- a second of it -----------------------------------------------------------------------------

struct Second {
  std::vector<double> ages{};  // microseconds, of each frame
  double most = 0;             // KiB that waited at once
};

template <class Way>
Second pass(Duo& duo, Way& way) {
  Second second;
  second.ages.reserve(1000);
  alignas(bench::apart) std::atomic<Clock::time_point> sent{Clock::now()};
  alignas(bench::apart) std::atomic<bool> isDone{false};
  bench::allocations.count();
  duo.run(
      [&] {
        auto const begin = Clock::now();
        for (std::uint64_t i = 1; i <= updates; ++i) {
          auto now = Clock::now();
          while (now < begin + i * interval) now = Clock::now();
          way.send(Update::of(i, now));
          sent.store(now, std::memory_order_relaxed);  // only a number
        }
        isDone = true;
      },
      [&] {
        for (auto next = Clock::now() + frame; !isDone; next += frame) {
          std::this_thread::sleep_until(next);
          auto const waiting = static_cast<double>(bench::allocations.soFar().bytes) / 1024;
          if (waiting > second.most) second.most = waiting;
          way.takeAll();
          std::chrono::duration<double, std::micro> const age =
              sent.load(std::memory_order_relaxed) - way.newest().update.sent;
          if (isDone) break;
          // Below zero: A has not come to say yet that it has sent that one.
          second.ages.push_back(std::max(age.count(), 0.0));
        }
        way.takeAll();
      });
  bench::allocations.stop();
  way.check(updates);
  require(second.ages.size() > 10, "the receiver has hardly woken");
  return second;
}

// ---- what an update costs -----------------------------------------------------------------------

/// The time on A's side, while B sleeps.
template <class Way>
double send(Duo& duo, Way& way, std::uint64_t& sent, std::uint64_t times) {
  auto const now = Clock::now();
  auto const time = duo.run(
      [&] {
        for (std::uint64_t i = 0; i < times; ++i) way.send(Update::of(++sent, now));
      },
      [] {});
  duo.run([] {}, [&] { way.takeAll(); });
  return time.a;
}

void measureCost(Duo& duo, int cycles, bench::Figures& figures) {
  TincanWay latest(Verb::SendLatest), all(Verb::Send), dropping(Verb::SendDropOldest);
  MutexWay mutex;
  std::uint64_t sent[4] = {};
  bench::Contest contest;
  contest.add("latest", [&](auto n) { return send(duo, latest, sent[0], n); });
  contest.add("send", [&](auto n) { return send(duo, all, sent[1], n); });
  contest.add("drop-oldest", [&](auto n) { return send(duo, dropping, sent[2], n); });
  contest.add("mutex", [&](auto n) { return send(duo, mutex, sent[3], n); });
  contest.run(cycles);
  latest.check(sent[0]);
  all.check(sent[1]);
  dropping.check(sent[2]);
  mutex.check(sent[3]);
  for (char const* const name : {"latest", "send", "drop-oldest", "mutex"}) {
    figures[std::string(name) + "-ns"] = contest.ns(name);
  }
}

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  bench::Figures figures;
  auto const note = [&](std::string const& name, Second const& second) {
    figures[name + "-age"] = bench::median(second.ages);
    figures[name + "-worst"] = bench::quantile(second.ages, 0.95);
    figures[name + "-memory"] = second.most;
  };
  auto const notePass = [&](std::string const& name, auto&& way) { note(name, pass(duo, way)); };
  notePass("latest", TincanWay(Verb::SendLatest));
  notePass("send", TincanWay(Verb::Send));
  notePass("drop-oldest", TincanWay(Verb::SendDropOldest));
  notePass("mutex", MutexWay());
  measureCost(duo, setting.cycles(40, 10), figures);
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "latest: what has a receiver that wakes 60 times a second, of 1,000,000 updates?",
      {
          // One message, and what the bus keeps for the next ones.
          {"latest-memory", "sendLatest, memory of what waits", atMost(64), 1, " KiB"},
          {"send-memory", "send, memory of what waits", forInformation(), 1, " KiB"},
          {"drop-oldest-memory", "DropOldest, memory of what waits", forInformation(), 1, " KiB"},
          {"mutex-memory", "mutex and value, memory of what waits", forInformation(), 1, " KiB"},
          {"latest-age", "sendLatest, age of the newest one handled", atMost(100), 1, " us"},
          {"send-age", "send, age of the newest one handled", forInformation(), 1, " us"},
          {"drop-oldest-age", "DropOldest, age of the newest one handled", forInformation(), 1,
           " us"},
          {"mutex-age", "mutex and value, age of the newest one handled", forInformation(), 1,
           " us"},
          {"latest-worst", "sendLatest, of one in twenty at least", forInformation(), 1, " us"},
          {"send-worst", "send, of one in twenty at least", forInformation(), 1, " us"},
          {"drop-oldest-worst", "DropOldest, of one in twenty at least", forInformation(), 1,
           " us"},
          {"mutex-worst", "mutex and value, of one in twenty at least", forInformation(), 1, " us"},
          {"latest-ns", "sendLatest, an update", forInformation(), 1, " ns"},
          {"send-ns", "send, an update", forInformation(), 1, " ns"},
          {"drop-oldest-ns", "DropOldest, an update", forInformation(), 1, " ns"},
          {"mutex-ns", "mutex and value, an update", forInformation(), 1, " ns"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
