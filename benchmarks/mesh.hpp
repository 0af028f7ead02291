// benchmarks/mesh.hpp - threads on cores of their own that send to each other, as a plan says
//
//   Threads   Mesh's from its maker, which is one of them. A way's send() and poll() from the thread
//             whose number they get.
//   Order     What each sends to each has to arrive in order, unchanged, once.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tincan/tincan.hpp>
#include <utility>
#include <vector>

#include "cores.hpp"
#include "crew.hpp"
#include "limits.hpp"
#include "plan.hpp"
#include "strict_bus.hpp"
#include "traffic.hpp"

namespace bench {

/// A renderer on each thread.
class TincanMesh {
 public:
  TincanMesh(Plan const& plan, Ledger& ledger)
      : plan_(plan), ledger_(ledger), members_(plan.threads()) {}

  void join(std::size_t i) {
    auto& renderer = members_[i].renderer.emplace(bus_->attach(nameOf(i)));
    renderer.on("message", [this, i](std::size_t from, Message const& message) {
      ledger_.take(from, i, message);
    });
    renderer.poll();
  }
  /// When all have joined.
  void meet(std::size_t i) {
    members_[i].peers.resize(plan_.threads());
    for (auto const to : plan_.receiversOf(i)) {
      members_[i].peers[to] = members_[i].renderer->peer(nameOf(to));
    }
  }
  void leave(std::size_t i) { members_[i].renderer.reset(); }

  bool trySend(std::size_t from, std::size_t to, Message const& message) {
    if (!ledger_.of(from, to).progress.hasRoom(message.number)) return false;
    members_[from].peers[to]->send("message", from, message);
    return true;
  }
  void poll(std::size_t i) { members_[i].renderer->poll(); }

  void check(std::uint64_t sent) const { bus_.requireCount(sent); }

 private:
  struct alignas(apart) Member {
    std::optional<tincan::Renderer> renderer;
    std::vector<std::optional<tincan::Peer>> peers;
  };

  static std::string nameOf(std::size_t i) { return fmt::format("thread-{}", i); }

  Plan const& plan_;
  Ledger& ledger_;
  StrictBus bus_;
  std::vector<Member> members_;
};

/// A plain ring from each to each; a receiver empties its rings by turns.
class RingMesh {
 public:
  RingMesh(Plan const& plan, Ledger& ledger)
      : plan_(plan), ledger_(ledger), rings_(plan.threads() * plan.threads()) {
    for (std::size_t from = 0; from < plan.threads(); ++from) {
      for (auto const to : plan.receiversOf(from)) ring(from, to) = std::make_unique<Ring>();
    }
  }

  void join(std::size_t) {}
  void meet(std::size_t) {}
  void leave(std::size_t) {}

  bool trySend(std::size_t from, std::size_t to, Message const& message) {
    return ring(from, to)->tryPush(message);
  }
  void poll(std::size_t i) {
    for (auto const from : plan_.sendersTo(i)) {
      for (Message message; ring(from, i)->tryPop(message);) ledger_.take(from, i, message);
    }
  }

  void check(std::uint64_t) const {}

 private:
  using Ring = SpscRing<Message, 1024>;  // there may be thousands of them

  std::unique_ptr<Ring>& ring(std::size_t from, std::size_t to) {
    return rings_[from * plan_.threads() + to];
  }

  Plan const& plan_;
  Ledger& ledger_;
  std::vector<std::unique_ptr<Ring>> rings_;
};

/// As many threads as the plan has, on the first of the cores; the maker is number 0.
template <class Way>
class Mesh {
 public:
  Mesh(Plan plan, std::vector<int> const& cores)
      : plan_(std::move(plan)),
        crew_(std::vector<int>(cores.begin() + 1,
                               cores.begin() + static_cast<std::ptrdiff_t>(plan_.threads()))) {
    pinThisThread(cores[0]);
    everywhere([this](std::size_t i) { way_.join(i); });
    everywhere([this](std::size_t i) { way_.meet(i); });
  }
  Mesh(Mesh const&) = delete;
  Mesh& operator=(Mesh const&) = delete;
  ~Mesh() {
    everywhere([this](std::size_t i) { way_.leave(i); });
  }

  /// Nanoseconds in which each that receives gets so many messages.
  double slice(std::uint64_t times) {
    auto const each = std::max<std::uint64_t>(1, times / plan_.sendersOfReceiver());
    auto const ns = everywhere([this, each](std::size_t i) { work(i, each); });
    return ns * static_cast<double>(times) / static_cast<double>(each * plan_.sendersOfReceiver());
  }

  void check() const { way_.check(ledger_.requireAll()); }

 private:
  template <class Job>
  double everywhere(Job const& job) {
    return crew_.run([&] { job(0); }, [&job](std::size_t i) { job(i + 1); });
  }

  /// Sends, and handles now and then what has come, and in the end all of it.
  void work(std::size_t i, std::uint64_t each) {
    auto const end = ledger_.takenBy(i) + each * plan_.sendersTo(i).size();
    for (std::uint64_t sent = 0; sent < each; ++sent) {
      for (auto const to : plan_.receiversOf(i)) {
        auto const message = ledger_.of(i, to).sent.next();
        while (!way_.trySend(i, to, message)) handle(i);
      }
      if (sent % 16 == 0) handle(i);
    }
    while (ledger_.takenBy(i) < end) way_.poll(i);
  }

  void handle(std::size_t i) {
    if (!plan_.sendersTo(i).empty()) way_.poll(i);
  }

  Plan plan_;
  Ledger ledger_{plan_.threads()};
  Way way_{plan_, ledger_};
  Crew crew_;  // last: it uses all of the above
};

}  // namespace bench
