// tests/race/ports.cpp - ports of a few channels are posted to, moved, started and closed by several threads
//
// Nothing is lost, doubled or out of order, each started end is told once that it is closed, and every
// value is destroyed. What an end has got and sent is counted in plain numbers, which go from thread
// to thread with the port: TSan sees an edge that is missing.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <tincan/tincan.hpp>
#include <utility>
#include <vector>

#include "amounts.hpp"
#include "barrier.hpp"
#include "catch.hpp"
#include "unit/support.hpp"

namespace {

unsigned roundsOfPorts() {
  return amounts::fromEnvironment("TINCAN_RACE_PORTS").value_or(amounts::isQuick() ? 60 : 200);
}

constexpr unsigned Holders = 3;     // threads
constexpr unsigned Channels = 200;  // made one after another, as the ones before end
constexpr std::size_t Enough = 4;   // ports of one thread
constexpr unsigned Acts = 3000;     // of each thread, in one round

/// What is known of one end of a channel. For whoever has its port, but for `closes`.
struct End {
  unsigned sent = 0;
  unsigned got = 0;
  std::atomic<unsigned> closes{0};
};

struct Said {
  std::shared_ptr<int> share;
  unsigned number;
  std::size_t carried;  // the end whose port comes along
};

struct Table {
  std::shared_ptr<int> share = std::make_shared<int>(0);
  std::vector<End> ends{Channels * 2};
  std::atomic<unsigned> channels{0};
  std::atomic<unsigned> wrong{0};
  test::Barrier together{Holders};
  std::atomic<bool> isQuiet{false};
  tincan::Bus bus;
};

struct Mine {
  tincan::MessagePort port;
  std::size_t end;
  bool isStarted = false;
  bool isClosed = false;  // by this thread
};

class Holder {
 public:
  Holder(Table& table, unsigned index, unsigned seed)
      : table_(table), index_(index), random_(seed) {}

  void run() {
    open();
    table_.together.arrive_and_wait();
    for (unsigned i = 0; i < Acts; ++i) act();
    settle();
    // Every second end goes, and so all the others are told.
    std::erase_if(mine_, [](auto const& mine) { return mine->end % 2 == 0; });
    settle();
    for (auto const& mine : mine_) {
      unsigned const closes = table_.ends[mine->end].closes;
      if (mine->isStarted ? closes != 1 : closes > 1) ++table_.wrong;
    }
    mine_.clear();
    ipc_.reset();
  }

 private:
  unsigned below(std::size_t n) { return static_cast<unsigned>(random_() % n); }

  void open() {
    ipc_ = std::make_unique<tincan::Renderer>(table_.bus.attach(std::to_string(index_)));
    ipc_->on("take", [this](tincan::Event& event, Said const& said) {
      take(std::move(event.ports.at(0)), said.carried);
    });
    ipc_->poll();
  }

  void take(tincan::MessagePort port, std::size_t end) {
    mine_.push_back(std::make_unique<Mine>(Mine{std::move(port), end}));
    if (below(4) != 0) start(*mine_.back());
  }

  void start(Mine& mine) {
    if (mine.isStarted) return;
    mine.isStarted = true;
    End& end = table_.ends[mine.end];
    mine.port.on("message", [this, &end](tincan::Event& event, Said const& said) {
      if (said.number != end.got++ || end.closes != 0) ++table_.wrong;
      for (auto& port : event.ports) take(std::move(port), said.carried);
    });
    mine.port.on("close", [&end] { ++end.closes; });
    mine.port.start(*ipc_);
  }

  Said say(std::size_t end) { return {table_.share, table_.ends[end].sent++, 0}; }

  void make() {
    unsigned const number = table_.channels++;
    if (number >= Channels) return;
    tincan::MessageChannel channel;
    take(std::move(channel.port1), 2 * number);
    take(std::move(channel.port2), 2 * number + 1);
  }

  void act() {
    if (mine_.size() < Enough) make();
    if (mine_.empty() || below(3) == 0) {
      ipc_->poll();
      return;
    }
    std::size_t const at = below(mine_.size());
    Mine& mine = *mine_[at];
    if (table_.ends[mine.end].closes != 0) return forget(at);
    unsigned const what = below(2000);
    if (what == 0) {
      forget(at);
    } else if (what == 1) {
      if (!mine.isStarted) return;
      mine.isClosed = true;
      mine.port.close();
    } else if (what == 2) {
      // With the endpoint what is started there.
      std::erase_if(mine_, [](auto const& one) { return one->isStarted; });
      ipc_->close();
      open();
    } else if (what < 250) {
      start(mine);
    } else if (what < 600) {
      sendToPeer(at);
    } else if (what < 700) {
      sendByPort(mine, below(mine_.size()));
    } else {
      mine.port.postMessage(say(mine.end));
    }
  }

  /// Its port is elsewhere from now on.
  void forget(std::size_t at) { mine_.erase(mine_.begin() + static_cast<std::ptrdiff_t>(at)); }

  void sendToPeer(std::size_t at) {
    Mine& mine = *mine_[at];
    auto const peer = ipc_->peer(std::to_string(below(Holders)));
    if (mine.isClosed || !peer.has_value()) return;
    Said const said{table_.share, 0, mine.end};
    peer->postMessage("take", said, std::move(mine.port));
    forget(at);  // if it was refused, it ends
  }

  void sendByPort(Mine& by, std::size_t at) {
    Mine& mine = *mine_[at];
    if (mine.isClosed || table_.ends[by.end].closes != 0) return;
    Said said{table_.share, table_.ends[by.end].sent, mine.end};
    try {
      by.port.postMessage(std::move(said), std::move(mine.port));
      ++table_.ends[by.end].sent;
      forget(at);
    } catch (std::invalid_argument const&) {
      // Of the same channel, or it would wait for itself.
    }
  }

  /// Until nobody has anything to do.
  void settle() {
    for (bool isOver = false; !isOver;) {
      table_.together.arrive_and_wait();
      table_.isQuiet = true;
      table_.together.arrive_and_wait();
      for (auto const& mine : mine_) start(*mine);
      if (ipc_->poll() != 0) table_.isQuiet = false;
      table_.together.arrive_and_wait();
      isOver = table_.isQuiet;
    }
  }

  Table& table_;
  unsigned index_;
  std::minstd_rand random_;
  std::unique_ptr<tincan::Renderer> ipc_;
  std::vector<std::unique_ptr<Mine>> mine_;
};

}  // namespace

TEST_CASE("race: ports are posted to, moved, started and closed by several threads") {
  for (unsigned round = 0; round < roundsOfPorts(); ++round) {
    std::weak_ptr<int> share;
    {
      Table table;
      share = table.share;
      std::vector<std::thread> threads;
      for (unsigned i = 0; i < Holders; ++i) {
        threads.emplace_back(
            [&table, i, round] { Holder(table, i, round * Holders + i + 1).run(); });
      }
      for (auto& thread : threads) thread.join();
      REQUIRE(table.wrong == 0);
    }
    REQUIRE(share.expired());
  }
}
