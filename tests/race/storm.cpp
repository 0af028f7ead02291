// tests/race/storm.cpp - every promise of delivery at once
//
// Many threads, endpoints that come and go, and every promise of delivery checked at once.
//
// Each life of an endpoint numbers what it sends to each receiver. A receiver sees the numbers of a
// sender one by one, without a gap; what it does not see was refused, or died with it, and is
// counted. Triangles check causal order: a life tells main a number and then a neighbour, who tells
// main; main must know the number when it hears of it from the neighbour.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <tincan/tincan.hpp>
#include <unordered_map>
#include <vector>

#include "catch.hpp"
#include "unit/support.hpp"

namespace {

std::uint64_t messagesToSend() {
  char const* const text = std::getenv("TINCAN_RACE_MESSAGES");
  return text == nullptr ? 300'000 : std::strtoull(text, nullptr, 10);
}

std::atomic<std::int64_t> alive{0};

/// Counts how many of it there are.
struct Counted {
  Counted() { alive.fetch_add(1, std::memory_order_relaxed); }
  Counted(Counted const&) : Counted() {}
  Counted(Counted&&) noexcept : Counted() {}
  Counted& operator=(Counted const&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { alive.fetch_sub(1, std::memory_order_relaxed); }
};

struct Numbered {
  std::uint64_t life = 0;
  std::uint64_t number = 0;
  Counted counted;
};

/// What one receiver has seen of each sender.
class Seen {
 public:
  /// False if a number is missing, comes twice or too early.
  bool next(Numbered const& message) { return ++last_[message.life] == message.number; }
  bool knows(std::uint64_t life, std::uint64_t number) {
    auto const at = last_.find(life);
    return at != last_.end() && at->second >= number;
  }

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> last_;
};

struct Totals {
  std::atomic<std::uint64_t> sent{0}, refused{0}, handled{0}, outOfOrder{0}, acausal{0};
  std::atomic<std::uint64_t> asked{0}, ended{0}, wrongAnswers{0}, deadlocks{0}, lives{0};
};

/// Where the workers find each other.
class Board {
 public:
  explicit Board(std::size_t size) : peers_(size) {}
  void put(std::size_t at, tincan::Peer peer) {
    std::lock_guard const lock(mutex_);
    peers_[at] = std::move(peer);
  }
  tincan::Peer get(std::size_t at) {
    std::lock_guard const lock(mutex_);
    return peers_[at];
  }
  std::size_t size() const { return peers_.size(); }

 private:
  std::mutex mutex_;
  std::vector<tincan::Peer> peers_;
};

class StormWorker {
 public:
  StormWorker(tincan::Bus& bus, Board& board, Totals& totals, std::size_t place)
      : bus_(bus), board_(board), totals_(totals), place_(place), random_(place + 1) {}

  void run(std::uint64_t goal) {
    while (totals_.sent.load(std::memory_order_relaxed) < goal) live();
  }

 private:
  void live() {
    tincan::Renderer ipc = bus_.attach("worker " + std::to_string(place_));
    life_ = totals_.lives.fetch_add(1) + 1;
    sentTo_.clear();
    Seen seen;
    listen(ipc, seen);
    ipc.poll();  // from here on it is this thread's, and a cycle of questions is seen as one
    board_.put(place_, ipc.peer());
    std::vector<tincan::Future<std::uint64_t>> futures;
    std::uint64_t const steps = 100 + random_() % 2000;
    for (std::uint64_t i = 0; i < steps; ++i) step(ipc, futures);
    for (auto& future : futures) settle(future, ipc);
  }

  void listen(tincan::Renderer& ipc, Seen& seen) {
    ipc.on("data", [this, &seen](Numbered const& message) { note(seen, message); });
    ipc.on("tell main", [this, &ipc](std::uint64_t life, std::uint64_t number, Numbered const&) {
      totals_.handled.fetch_add(1, std::memory_order_relaxed);
      number_(ipc.main(), "heard of", [&](auto&& message) {
        return ipc.send("heard of", life, number, std::move(message));
      });
    });
    ipc.on("ask", [this](tincan::Event& event, std::uint64_t value) {
      totals_.handled.fetch_add(1, std::memory_order_relaxed);
      if (value % 7 == 0) throw std::runtime_error("seven");
      if (value % 5 != 0) event.returnValue = value + 1;
    });
  }

  void note(Seen& seen, Numbered const& message) {
    totals_.handled.fetch_add(1, std::memory_order_relaxed);
    if (!seen.next(message)) totals_.outOfOrder.fetch_add(1);
  }

  /// Sends one message; only numbers that were taken are used up.
  template <class Send>
  void number_(tincan::Peer const& to, char const* channel, Send&& send) {
    bool const isData = std::string_view(channel) == "data";
    std::uint64_t& last = sentTo_[to.id()];
    tincan::SendResult const result = send(Numbered{life_, isData ? last + 1 : 0, {}});
    totals_.sent.fetch_add(1, std::memory_order_relaxed);
    if (result == tincan::SendResult::Queued) last += isData ? 1 : 0;
    else totals_.refused.fetch_add(1);
  }

  void data(tincan::Peer const& to) {
    number_(to, "data", [&](auto&& message) { return to.send("data", std::move(message)); });
  }

  void step(tincan::Renderer& ipc, std::vector<tincan::Future<std::uint64_t>>& futures) {
    tincan::Peer const neighbour = board_.get(random_() % board_.size());
    std::uint64_t const dice = random_() % 1000;
    bool const isThere = neighbour.id() != 0;  // it has put up a handle, and may be gone since
    if (dice < 500 || !isThere) {
      data(ipc.main());
    } else if (dice < 750) {
      data(neighbour);
    } else if (dice < 850) {
      data(ipc.main());
      std::uint64_t const number = sentTo_[ipc.main().id()];
      number_(neighbour, "tell main", [&](auto&& message) {
        return neighbour.send("tell main", life_, number, std::move(message));
      });
    } else if (dice < 950) {
      ipc.poll();
    } else if (dice < 985) {
      ask([&] { return ipc.sendSync<std::uint64_t>("ask", dice); }, dice);
    } else if (dice < 990) {
      ask([&] { return neighbour.sendSync<std::uint64_t>("ask", dice); }, dice);
    } else {
      totals_.asked.fetch_add(1);
      totals_.sent.fetch_add(1, std::memory_order_relaxed);
      futures.push_back(neighbour.request<std::uint64_t>("ask", dice));
    }
  }

  template <class Ask>
  void ask(Ask&& request, std::uint64_t value) {
    totals_.asked.fetch_add(1);
    try {
      if (request() != value + 1) totals_.wrongAnswers.fetch_add(1);
    } catch (tincan::Error const& error) {
      // Closed, NoReply: an end as good as any. Deadlock may come before anything was sent.
      if (error.code() == tincan::Errc::Deadlock) totals_.deadlocks.fetch_add(1);
    } catch (std::runtime_error const&) {
    }
    totals_.ended.fetch_add(1);
    totals_.sent.fetch_add(1, std::memory_order_relaxed);
  }

  void settle(tincan::Future<std::uint64_t>& future, tincan::Renderer& ipc) {
    for (;;) {
      try {
        future.get();
      } catch (tincan::Error const& error) {
        if (error.code() == tincan::Errc::Deadlock) {
          // We are asked ourselves, or asked ourselves: answer, then look again.
          ipc.poll();
          if (!future.ready()) continue;
        }
      } catch (std::runtime_error const&) {
      }
      break;
    }
    totals_.ended.fetch_add(1);
  }

  tincan::Bus& bus_;
  Board& board_;
  Totals& totals_;
  std::size_t const place_;
  std::mt19937_64 random_;
  std::uint64_t life_ = 0;
  std::unordered_map<std::uint64_t, std::uint64_t> sentTo_;
};

}  // namespace

TEST_CASE("storm: nothing lost, nothing twice, nothing out of order, every question ends") {
  constexpr std::size_t StormWorkers = 7;
  std::uint64_t const goal = messagesToSend();
  Totals totals;
  tincan::Stats stats;
  {
    Board board(StormWorkers);
    tincan::Bus bus;
    bus.onError([](tincan::ErrorReport const&) {});
    tincan::Main& main = bus.main();
    Seen seen;
    main.on("data", [&](Numbered const& message) {
      totals.handled.fetch_add(1, std::memory_order_relaxed);
      if (!seen.next(message)) totals.outOfOrder.fetch_add(1);
    });
    main.on("heard of", [&](std::uint64_t life, std::uint64_t number, Numbered const&) {
      totals.handled.fetch_add(1, std::memory_order_relaxed);
      if (!seen.knows(life, number)) totals.acausal.fetch_add(1);
    });
    main.on("ask", [&](tincan::Event& event, std::uint64_t value) {
      totals.handled.fetch_add(1, std::memory_order_relaxed);
      event.returnValue = value + 1;
    });
    std::atomic<std::size_t> working{StormWorkers};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < StormWorkers; ++i) {
      threads.emplace_back([&, i] {
        StormWorker(bus, board, totals, i).run(goal);
        if (working.fetch_sub(1) == 1) main.quit();
      });
    }
    main.run();
    for (auto& thread : threads) thread.join();
    main.poll();
    stats = bus.stats();
  }
  CHECK(totals.outOfOrder == 0);
  CHECK(totals.acausal == 0);
  CHECK(totals.wrongAnswers == 0);
  CHECK(totals.asked == totals.ended);
  CHECK(totals.lives > StormWorkers);
  CHECK(stats.sent <= totals.sent);
  CHECK(stats.sent + totals.deadlocks >= totals.sent);
  CHECK(stats.handled == totals.handled);
  CHECK(stats.pending == 0);
  CHECK(stats.sent == stats.handled + test::deadLettersOf(stats));
  CHECK(stats.deadLetters[tincan::Errc::Closed] >= totals.refused);
  CHECK(alive == 0);
  WARN("messages " << stats.sent << ", handled " << stats.handled << ", refused " << totals.refused
                   << ", dead " << test::deadLettersOf(stats) << ", questions " << totals.asked
                   << ", deadlocks " << totals.deadlocks << ", lives " << totals.lives);
}
