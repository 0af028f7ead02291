// benchmarks/requesters.hpp - several threads that ask one, each on a core of its own
//
//   Threads   Requesters' from its maker, which answers. A way's ask() from the thread whose number
//             it gets, its answer() from the maker.
//   Order     What each asks has to be heard in order, once, and be answered with one more.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tincan/tincan.hpp>
#include <vector>

#include "basics.hpp"
#include "cores.hpp"
#include "crew.hpp"
#include "limits.hpp"
#include "strict_bus.hpp"

namespace bench {

/// sendSync, from a renderer on each thread, to main.
class TincanResponder {
 public:
  explicit TincanResponder(std::size_t requesters) : members_(requesters), heard_(requesters) {
    bus_->main().on("plus-one", [this](tincan::Event& event, std::size_t i, std::uint64_t x) {
      require(x == heard_[i]++, "a question got lost, or came twice or out of order");
      ++answered_;
      event.returnValue = x + 1;
    });
  }

  void join(std::size_t i) {
    members_[i].renderer.emplace(bus_->attach(fmt::format("requester-{}", i)));
  }
  void leave(std::size_t i) { members_[i].renderer.reset(); }

  std::uint64_t ask(std::size_t i, std::uint64_t x) {
    return members_[i].renderer->sendSync<std::uint64_t>("plus-one", i, x);
  }
  void answer() { bus_->main().poll(); }
  std::uint64_t answered() const { return answered_; }

  void check() const { bus_.requireCount(answered_); }

 private:
  struct alignas(apart) Member {
    std::optional<tincan::Renderer> renderer;
  };

  StrictBus bus_;
  std::vector<Member> members_;
  alignas(apart) std::vector<std::uint64_t> heard_;
  std::uint64_t answered_ = 0;
};

/// Two cache lines for each: the one who answers looks at all the questions by turns.
class LinesResponder {
 public:
  explicit LinesResponder(std::size_t requesters) : lines_(requesters), heard_(requesters) {}

  void join(std::size_t) {}
  void leave(std::size_t) {}

  std::uint64_t ask(std::size_t i, std::uint64_t x) {
    auto& lines = lines_[i];
    // release, here and below: pairs with the acquire of the other side. Zero is no question.
    lines.question.store(x + 1, std::memory_order_release);
    spinUntil([&] { return lines.answer.load(std::memory_order_acquire) == x + 1; });
    return x + 1;
  }
  void answer() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      auto& lines = lines_[i];
      if (lines.question.load(std::memory_order_acquire) == heard_[i]) continue;
      lines.answer.store(++heard_[i], std::memory_order_release);
      ++answered_;
    }
  }
  std::uint64_t answered() const { return answered_; }

  void check() const {}

 private:
  struct Lines {
    alignas(apart) std::atomic<std::uint64_t> question{0};
    alignas(apart) std::atomic<std::uint64_t> answer{0};
  };

  std::vector<Lines> lines_;
  alignas(apart) std::vector<std::uint64_t> heard_;
  std::uint64_t answered_ = 0;
};

/// The maker is on the first of the cores, the others on the next ones.
template <class Responder>
class Requesters {
 public:
  Requesters(std::size_t threads, std::vector<int> const& cores)
      : responder_(threads - 1),
        asked_(threads - 1),
        crew_(std::vector<int>(cores.begin() + 1,
                               cores.begin() + static_cast<std::ptrdiff_t>(threads))) {
    pinThisThread(cores[0]);
    crew_.run([] {}, [this](std::size_t i) { responder_.join(i); });
  }
  Requesters(Requesters const&) = delete;
  Requesters& operator=(Requesters const&) = delete;
  ~Requesters() {
    crew_.run([] {}, [this](std::size_t i) { responder_.leave(i); });
  }

  /// Nanoseconds in which so many questions are answered.
  double slice(std::uint64_t times) {
    auto const each = std::max<std::uint64_t>(1, times / asked_.size());
    auto const all = each * asked_.size();
    auto const ns = crew_.run(
        [this, end = responder_.answered() + all] {
          while (responder_.answered() < end) responder_.answer();
        },
        [this, each](std::size_t i) { ask(i, each); });
    return ns * static_cast<double>(times) / static_cast<double>(all);
  }

  void check() const {
    std::uint64_t sum = 0;
    for (auto const& asked : asked_) sum += asked.count;
    require(sum == responder_.answered(), "questions lost or doubled");
    responder_.check();
  }

 private:
  struct alignas(apart) Counter {
    std::uint64_t count = 0;
  };

  void ask(std::size_t i, std::uint64_t times) {
    auto& asked = asked_[i].count;
    for (auto const end = asked + times; asked < end; ++asked) {
      require(responder_.ask(i, asked) == asked + 1, "a question got the wrong answer");
    }
  }

  Responder responder_;
  std::vector<Counter> asked_;
  Crew crew_;  // last: it uses all of the above
};

}  // namespace bench
