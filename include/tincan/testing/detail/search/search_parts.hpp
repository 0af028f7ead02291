// tincan/testing/detail/search/search_parts.hpp - shares an exhaustive search with other threads
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <tincan/testing/detail/search/decision_path.hpp>
#include <tincan/testing/detail/search/decision_stack.hpp>
#include <tincan/testing/detail/search/resumption.hpp>
#include <tincan/testing/detail/search/subtree.hpp>
#include <tincan/testing/detail/search/trace.hpp>
#include <tincan/testing/detail/search/wishes.hpp>

namespace tincan::inline abi0::testing::detail {

/// Offers parts of a search, and takes what came of them. Without helpers it does nothing.
///
///   Threads   The search's.
class SearchParts {
 public:
  SearchParts(DecisionStack& nodes, Trace& trace, Wishes& wishes, Resumption const& reader) noexcept
      : nodes_(nodes), trace_(trace), wishes_(wishes), reader_(reader) {}
  SearchParts(SearchParts const&) = delete;
  SearchParts& operator=(SearchParts const&) = delete;
  ~SearchParts() { cancelAll(); }

  void shareWith(Helpers& helpers) noexcept { helpers_ = &helpers; }

  /// Offers what will be tried after what is tried now, nearest to the beginning, if somebody waits for something to
  /// do. The last node has not been run yet.
  void offer(std::vector<DecisionPath::Choice> const& choices) {
    if (helpers_ == nullptr || !helpers_->areWaiting()) return;
    for (std::size_t at = wishes_.own(); at + 1 < nodes_.size(); ++at) {
      if (auto part = next(at)) {
        for (auto const& choice : choices) {
          if (choice.picks <= at) part->path.choices.push_back(choice);
        }
        part->most = most_;
        offered_.push_back(part);
        return helpers_->offer(std::move(part));
      }
    }
  }

  /// The counts of the parts that were taken since the last call.
  struct Counts {
    std::uint64_t schedules = 0, givenUp = 0;
  };
  Counts counts() noexcept { return std::exchange(counts_, {}); }

  /// Says how many schedules more there may be; fewer than that are taken.
  void limit(std::uint64_t most) noexcept { most_ = most; }

  /// Takes the result for the option that was just chosen at the last node, if somebody has made it, or makes it now.
  /// False: it is to be made here.
  bool take() {
    if (offered_.empty()) return false;
    std::size_t const at = nodes_.size() - 1;
    auto const found = std::find_if(offered_.begin(), offered_.end(), [&](auto const& part) {
      return part->depth() == at && part->option() == nodes_.chosenIndex(at);
    });
    if (found == offered_.end()) return false;
    auto const part = std::move(*found);
    offered_.erase(found);
    bool const isAsExpected = part->path.nodes.back().all == reader_.read(at).all;
    if (!isAsExpected || !helpers_->await(*part)) {
      cancel(*part);
      return false;
    }
    if (part->end == Subtree::End::Unfit) return false;
    if (part->end == Subtree::End::Unusual || counts_.schedules + part->schedules >= most_) {
      goOnAlone();
      return false;
    }
    Option& option = nodes_.chosen(at);
    option.accesses = trace_.keep(part->accesses);
    option.known = true;
    for (Wish const& wish : part->wishes) wishes_.want(wish);
    helpers_->take(*part);
    counts_.schedules += part->schedules;
    counts_.givenUp += part->givenUp;
    return true;
  }

  /// Whether this search is itself a part whose end is known not to be Whole: it makes no more runs.
  bool isDoomed() const noexcept { return isUnfit_ || (isAlone_ && wishes_.own() != 0); }
  /// To be called when data are chosen after so many picks: not in the first step of a part, which others would have to
  /// see with all values.
  void dataAreChosen(std::size_t picks) noexcept {
    isUnfit_ = isUnfit_ || (picks != 0 && picks == wishes_.own());
  }

  /// Notes in a part that this search has made how it has ended, and what its first step touches.
  void conclude(Subtree& part, bool isWhole) const {
    part.end = isUnfit_  ? Subtree::End::Unfit
               : isWhole ? Subtree::End::Whole
                         : Subtree::End::Unusual;
    if (part.end != Subtree::End::Whole) return;
    part.accesses = reader_.read(part.depth()).all[part.option()].accesses;
  }

  /// Forgets what was offered at nodes that are there no more.
  void forget() {
    if (offered_.empty()) return;
    std::erase_if(offered_, [&](auto const& part) {
      bool const isGone = part->depth() >= nodes_.size();
      if (isGone) cancel(*part);
      return isGone;
    });
  }

 private:
  /// The part that comes next at that node, as far as is known, if it has not been offered; or null.
  std::shared_ptr<Subtree> next(std::size_t at) {
    if (!nodes_.chosen(at).known) return nullptr;
    auto const options = nodes_.options(at);
    auto node = std::make_shared<Subtree>();
    bool hasNext = false;
    DecisionPath::Node last = reader_.read(at);
    last.all[last.chosen].state |= Option::Done;
    for (std::size_t i = 0; i < options.size() && !hasNext; ++i) {
      if (i == nodes_.chosenIndex(at) || options[i].is(Option::Done | Option::Asleep)) continue;
      // What is not wanted yet may still be, and would come first.
      if (!options[i].is(Option::Wanted)) return nullptr;
      Subtree const* const earlier = offeredAt(at, i);
      if (earlier == nullptr) {
        last.chosen = i;
        hasNext = true;
      } else {
        return nullptr;
      }
    }
    if (!hasNext) return nullptr;
    for (std::size_t i = 0; i < at; ++i) node->path.nodes.push_back(reader_.read(i));
    node->path.nodes.push_back(std::move(last));
    return node;
  }

  Subtree const* offeredAt(std::size_t at, std::size_t option) const noexcept {
    for (auto const& part : offered_) {
      if (part->depth() == at && part->option() == option) return part.get();
    }
    return nullptr;
  }

  /// Shares nothing any more: the end of the search is near.
  void goOnAlone() {
    cancelAll();
    offered_.clear();
    helpers_ = nullptr;
    isAlone_ = true;
  }
  void cancelAll() noexcept {
    for (auto const& part : offered_) cancel(*part);
  }
  static void cancel(Subtree& part) noexcept {
    // relaxed: whoever makes it may go on for a while.
    part.isCancelled.store(true, std::memory_order_relaxed);
  }

  DecisionStack& nodes_;
  Trace& trace_;
  Wishes& wishes_;
  Resumption const& reader_;
  Helpers* helpers_ = nullptr;
  std::vector<std::shared_ptr<Subtree>> offered_{};
  Counts counts_{};
  bool isAlone_ = false, isUnfit_ = false;
  std::uint64_t most_ = ~std::uint64_t{0};
};

}  // namespace tincan::inline abi0::testing::detail
