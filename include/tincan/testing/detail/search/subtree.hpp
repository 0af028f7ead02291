// tincan/testing/detail/search/subtree.hpp - a part of an exhaustive search that another thread may make
//
// A search comes to what follows from each option of a node in a certain order. What is to come next there is known
// before: another thread can make it meanwhile, from the path to it. It depends on nothing that is decided later, but
// for what sleeps and was done at the node. If that is as expected when the search comes there, the result is taken as
// it is; else the search does it itself. So the outcome is that of one thread, to the letter.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <tincan/testing/detail/search/decision_path.hpp>

namespace tincan::inline abi0::testing::detail {

/// The options of a node one of which is to be tried there, unless one of them has been, or sleeps: the first.
struct Wish {
  std::uint32_t node;
  std::vector<std::uint32_t> options;

  friend bool operator==(Wish const&, Wish const&) = default;
};

/// All that follows from the option that is chosen at the last node of a path.
///
///   Threads   The path: read only. What came of it: whoever makes it, then whoever has seen that it is over.
struct Subtree {
  std::size_t depth() const noexcept { return path.nodes.size() - 1; }
  std::size_t option() const noexcept { return path.nodes.back().chosen; }

  DecisionPath path{};

  std::uint64_t most = 0;  // schedules; if there are as many, those that follow do not matter

  enum class End {
    Unfit,    // it cannot be made like this
    Unusual,  // a run has failed, or something else is the end of the whole search
    Whole     // it was made to its end, and what was found is no more than counts
  } end = End::Unfit;
  std::uint64_t schedules = 0, givenUp = 0;
  std::vector<Access> accesses{};  // of its first step
  std::vector<Wish> wishes{};      // for nodes of the path, in the order in which they came
  std::shared_ptr<void> found{};   // whatever else its runs have found

  bool isOver = false;  // nobody makes it any more; guarded by a lock of those who do

  /// Whether the result is of no use any more.
  std::atomic<bool> isCancelled{false};
};

/// Others who make parts of a search. The search asks them at the beginning of each of its runs.
///
///   Threads   The search's.
class Helpers {
 public:
  Helpers() = default;
  Helpers(Helpers const&) = delete;
  Helpers& operator=(Helpers const&) = delete;

  /// Whether one of them has nothing to do.
  virtual bool areWaiting() const noexcept = 0;
  /// Gives a part to whoever takes it first.
  virtual void offer(std::shared_ptr<Subtree> part) = 0;
  /// Waits for a part that somebody has taken. False if nobody has, nor will.
  virtual bool await(Subtree& part) = 0;
  /// Takes in what the runs of a part have found, besides what the search knows of.
  virtual void take(Subtree const& part) = 0;

 protected:
  ~Helpers() = default;
};

}  // namespace tincan::inline abi0::testing::detail
