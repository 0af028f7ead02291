// benchmarks/large.cpp - what does a large message cost?
//
// Two jobs, each against a plain ring that carries pointers. 1 KB by value: tincan copies
// it into a message, B reads a part of it and drops it; for the ring A allocates and copies,
// B reads and frees.  1 MB, moved: it goes as a std::unique_ptr and is never copied; B reads
// a part of it and hands it back through another ring. A is never ahead of B by more than the
// 1024 messages of a ring, or the 16 blocks of a megabyte that there are.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tincan/tincan.hpp>
#include <utility>

#include "harness.hpp"
#include "limits.hpp"
#include "progress.hpp"
#include "strict_bus.hpp"

namespace {

using bench::Contest;
using bench::Duo;
using bench::require;

/// Numbered at both ends.
template <std::size_t Bytes>
struct Block {
  void number(std::uint64_t n) { words.front() = words.back() = n; }

  std::array<std::uint64_t, Bytes / 8> words{};
};
using Kilobyte = Block<1024>;
using Megabyte = Block<1 << 20>;

/// The receiver's book.
class Numbers {
 public:
  template <std::size_t Bytes>
  void take(Block<Bytes> const& block) {
    require(block.words.front() == next_ && block.words.back() == next_,
            "a block is missing, changed or out of order");
    ++next_;
  }
  std::uint64_t count() const { return next_; }

 private:
  std::uint64_t next_ = 0;
};

// ---- by value -----------------------------------------------------------------------------------

class RingOfKilobytes {
 public:
  double slice(Duo& duo, std::uint64_t times) {
    auto const push = [this, times] {
      for (std::uint64_t i = 0; i < times; ++i) {
        own_.number(sent_++);
        auto copy = std::make_unique<Kilobyte>(own_);
        bench::spinUntil([&] { return ring_.tryPush(copy.get()); });
        static_cast<void>(copy.release());  // the receiver's now
      }
    };
    auto const pop = [this, end = sent_ + times] {
      Kilobyte* block = nullptr;
      while (numbers_.count() < end) {
        if (ring_.tryPop(block)) numbers_.take(*std::unique_ptr<Kilobyte>(block));
      }
    };
    return duo.run(push, pop).both;
  }

  void check() const { require(numbers_.count() == sent_, "the ring lost a block"); }

 private:
  bench::SpscRing<Kilobyte*> ring_;
  Kilobyte own_;
  alignas(bench::apart) std::uint64_t sent_ = 0;  // A's
  alignas(bench::apart) Numbers numbers_;         // B's
};

class TincanKilobytes {
 public:
  TincanKilobytes() {
    bus_->main().on("block", [this](Kilobyte const& block) {
      numbers_.take(block);
      progress_.publish(numbers_.count());
    });
  }

  double slice(Duo& duo, std::uint64_t times) {
    auto const push = [this, times] {
      for (std::uint64_t i = 0; i < times; ++i) {
        progress_.waitForRoom(sent_);
        own_.number(sent_++);
        sender_.send("block", own_);
      }
    };
    auto const handle = [this, end = sent_ + times] {
      while (numbers_.count() < end) bus_->main().poll();
    };
    return duo.run(push, handle).both;
  }

  void check() {
    require(numbers_.count() == sent_, "tincan lost a block");
    bus_.requireCount(sent_);
  }

 private:
  bench::StrictBus bus_;
  tincan::Renderer sender_ = bus_->attach("sender");
  bench::Progress progress_;
  Kilobyte own_;
  alignas(bench::apart) std::uint64_t sent_ = 0;
  alignas(bench::apart) Numbers numbers_;
};

// ---- moved --------------------------------------------------------------------------------------

/// The blocks that are not on their way: B gives them back to A.
class Pool {
 public:
  Pool() {
    for (int i = 0; i < 16; ++i) giveBack(std::make_unique<Megabyte>());
  }
  ~Pool() {
    for (Megabyte* block = nullptr; ring_.tryPop(block);) delete block;
  }
  Pool(Pool const&) = delete;
  Pool& operator=(Pool const&) = delete;

  std::unique_ptr<Megabyte> take() {
    Megabyte* block = nullptr;
    bench::spinUntil([&] { return ring_.tryPop(block); });
    return std::unique_ptr<Megabyte>(block);
  }
  void giveBack(std::unique_ptr<Megabyte> block) {
    require(ring_.tryPush(block.get()), "more blocks than were made");
    static_cast<void>(block.release());
  }

 private:
  bench::SpscRing<Megabyte*, 32> ring_;
};

class RingOfMegabytes {
 public:
  double slice(Duo& duo, std::uint64_t times) {
    auto const push = [this, times] {
      for (std::uint64_t i = 0; i < times; ++i) {
        auto block = pool_.take();
        block->number(sent_++);
        require(ring_.tryPush(block.release()), "the ring holds all blocks there are");
      }
    };
    auto const pop = [this, end = sent_ + times] {
      Megabyte* block = nullptr;
      while (numbers_.count() < end) {
        if (!ring_.tryPop(block)) continue;
        numbers_.take(*block);
        pool_.giveBack(std::unique_ptr<Megabyte>(block));
      }
    };
    return duo.run(push, pop).both;
  }

  void check() const { require(numbers_.count() == sent_, "the ring lost a block"); }

 private:
  Pool pool_;
  bench::SpscRing<Megabyte*, 32> ring_;
  alignas(bench::apart) std::uint64_t sent_ = 0;
  alignas(bench::apart) Numbers numbers_;
};

class TincanMegabytes {
 public:
  TincanMegabytes() {
    bus_->main().on("block", [this](std::unique_ptr<Megabyte>& block) {
      numbers_.take(*block);
      pool_.giveBack(std::move(block));
    });
  }

  double slice(Duo& duo, std::uint64_t times) {
    auto const push = [this, times] {
      for (std::uint64_t i = 0; i < times; ++i) {
        auto block = pool_.take();
        block->number(sent_++);
        sender_.send("block", std::move(block));
      }
    };
    auto const handle = [this, end = sent_ + times] {
      while (numbers_.count() < end) bus_->main().poll();
    };
    return duo.run(push, handle).both;
  }

  void check() {
    require(numbers_.count() == sent_, "tincan lost a block");
    bus_.requireCount(sent_);
  }

 private:
  Pool pool_;
  bench::StrictBus bus_;
  tincan::Renderer sender_ = bus_->attach("sender");
  alignas(bench::apart) std::uint64_t sent_ = 0;
  alignas(bench::apart) Numbers numbers_;
};

// ---- measuring ----------------------------------------------------------------------------------

bench::Figures measure(bench::Setting const& setting) {
  Duo duo(setting.cores);
  RingOfKilobytes ring;
  TincanKilobytes tincan;
  RingOfMegabytes ringMoved;
  TincanMegabytes tincanMoved;
  Contest contest;
  contest.add("ring-1k", [&](auto n) { return ring.slice(duo, n); });
  contest.add("tincan-1k", [&](auto n) { return tincan.slice(duo, n); });
  contest.add("ring-1m", [&](auto n) { return ringMoved.slice(duo, n); });
  contest.add("tincan-1m", [&](auto n) { return tincanMoved.slice(duo, n); });
  contest.run(setting.cycles(400));
  ring.check();
  tincan.check();
  ringMoved.check();
  tincanMoved.check();

  bench::Figures figures;
  figures["copied-1k"] = contest.ratio("tincan-1k", "ring-1k");
  figures["moved-1m"] = contest.ratio("tincan-1m", "ring-1m");
  figures["copied-1k-ns"] = contest.ns("tincan-1k");
  figures["moved-1m-ns"] = contest.ns("tincan-1m");
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"large: what does a large message cost?",
          {
              {"copied-1k", "1 KB copied / new, copied and freed, by plain ring", forInformation()},
              {"moved-1m", "1 MB moved / its pointer by plain ring", forInformation()},
              {"copied-1k-ns", "1 KB copied", forInformation(), 1, " ns"},
              {"moved-1m-ns", "1 MB moved, there and back", forInformation(), 1, " ns"},
          },
          measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
