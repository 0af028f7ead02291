// tincan/testing/linearizable.hpp - whether operations that overlap could have happened one after another
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/testing/detail/report/operation_table.hpp>
#include <tincan/testing/detail/report/printed.hpp>

namespace tincan::inline abi0::testing {

/// Notes operations on something that many use at a time: who called what, when that began and ended, and what
/// came out. `Model` is the same thing as one thread would write it; it can be copied.
///
///   Threads   any
///   Order     an operation ended before another began if its call had returned
template <class Model>
class History {
 public:
  /// What was called.
  struct Operation {
    /// `who` has called `what`; `result` is what came out, as text, and empty if that is nothing.
    std::string who, what, result;
    std::function<bool(Model&)> matches;  ///< does it to a model; whether the model says the same
    std::uint64_t begin = 0, end = 0;     ///< the number of that event; end 0: it has not returned
  };

  /// Calls real() and returns what it returns. expected(model) does the same to the model, and returns what real()
  /// should; it is copied, and called later, as often as the check wants. If real() throws, that leaves here, and
  /// the operation may have happened or not, at any time from its beginning on.
  template <class Real, class Expected>
  std::invoke_result_t<Real> call(std::string who, std::string what, Real&& real,
                                  Expected expected) {
    using Returned = std::invoke_result_t<Real>;
    std::size_t const operation = begin(std::move(who), std::move(what));
    if constexpr (std::is_void_v<Returned>) {
      abandoning(operation, expected, std::forward<Real>(real));
      end(operation, {}, [expected](Model& model) {
        expected(model);
        return true;
      });
    } else {
      Returned result = abandoning(operation, expected, std::forward<Real>(real));
      end(operation, detail::printed(result),
          [expected, result](Model& model) { return expected(model) == result; });
      return result;
    }
  }

  /// How many operations have begun, and how many have ended: what a claim about them looks at.
  std::uint64_t events() const {
    std::lock_guard const lock(mutex_);
    return events_;
  }

  /// All of them so far, in the order in which they began.
  std::vector<Operation> operations() const {
    std::lock_guard const lock(mutex_);
    return operations_;
  }

 private:
  std::size_t begin(std::string who, std::string what) {
    std::lock_guard const lock(mutex_);
    operations_.push_back({std::move(who), std::move(what), {}, nullptr, ++events_, 0});
    return operations_.size() - 1;
  }

  template <class Expected, class Real>
  std::invoke_result_t<Real> abandoning(std::size_t operation, Expected const& expected,
                                        Real&& real) {
    {
      std::lock_guard const lock(mutex_);
      operations_[operation].matches = [expected](Model& model) {
        static_cast<void>(expected(model));
        return true;
      };
    }
    return std::forward<Real>(real)();
  }

  void end(std::size_t operation, std::string result, std::function<bool(Model&)> matches) {
    std::lock_guard const lock(mutex_);
    operations_[operation].result = std::move(result);
    operations_[operation].matches = std::move(matches);
    operations_[operation].end = ++events_;
  }

  std::mutex mutable mutex_;
  std::uint64_t events_ = 0;
  std::vector<Operation> operations_;
};

/// What linearizable() has found.
struct Linearization {
  bool ok = true;       ///< there is such an order
  std::string failure;  ///< one sentence, and the operations that no order explains

  /// True if ok is.
  explicit operator bool() const { return ok; }
};

namespace detail {

/// Looks for an order of operations that a model explains, after Wing and Gong (1993): an operation can be the next
/// one if none of the others had ended before it began. A model in a state that was tried with the same operations
/// done is not tried again (Lowe 2017), where models can be compared.
template <class Model>
class LinearizationSearch {
 public:
  using Operation = typename History<Model>::Operation;

  /// Those that are free may happen at any time, or never, with any result. So may those that have not returned, but
  /// not before they began.
  LinearizationSearch(std::vector<Operation const*> operations, std::vector<bool> free)
      : operations_(std::move(operations)), free_(std::move(free)), done_(operations_.size()) {}

  bool explains(Model const& model) {
    if (isOver()) return true;
    if constexpr (std::equality_comparable<Model>) {
      for (auto const& [done, state] : tried_) {
        if (done == done_ && state == model) return false;
      }
      tried_.emplace_back(done_, model);
    }
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (done_[i] || !canBeNext(i)) continue;
      Model next = model;
      if (!operations_[i]->matches(next) && mustHappen(i)) continue;
      done_[i] = true;
      if (explains(next)) return true;
      done_[i] = false;
    }
    return false;
  }

 private:
  bool mustHappen(std::size_t i) const { return operations_[i]->end != 0 && !free_[i]; }

  bool isOver() const {
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!done_[i] && mustHappen(i)) return false;
    }
    return true;
  }
  bool canBeNext(std::size_t next) const {
    if (free_[next]) return true;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!done_[i] && mustHappen(i) && operations_[i]->end < operations_[next]->begin)
        return false;
    }
    return true;
  }

  std::vector<Operation const*> operations_;
  std::vector<bool> free_;
  std::vector<bool> done_;
  std::vector<std::pair<std::vector<bool>, Model>> tried_;
};

/// Those operations of a history that no order explains, and as few of them as were found.
template <class Model>
class Counterexample {
 public:
  using Operation = typename History<Model>::Operation;

  Counterexample(Model const& model, std::vector<Operation> operations)
      : model_(model), all_(std::move(operations)) {}

  /// Empty: there is an order.
  std::vector<Operation> find() {
    if (isExplained(all_, std::vector<bool>(all_.size()))) return {};
    auto const wrong = untilWrong();
    std::vector<bool> free(wrong.size());
    for (std::size_t i = wrong.size(); i-- > 0;) {
      free[i] = true;
      if (isExplained(wrong, free)) free[i] = false;
    }
    std::vector<Operation> few;
    for (std::size_t i = 0; i < wrong.size(); ++i) {
      if (!free[i]) few.push_back(wrong[i]);
    }
    return few;
  }

 private:
  bool isExplained(std::vector<Operation> const& operations, std::vector<bool> const& free) const {
    std::vector<Operation const*> pointers;
    for (Operation const& one : operations) pointers.push_back(&one);
    return LinearizationSearch<Model>(std::move(pointers), free).explains(model_);
  }

  /// The history until the first end after which no order explains it.
  std::vector<Operation> untilWrong() const {
    std::vector<std::uint64_t> ends;
    for (Operation const& one : all_) {
      if (one.end != 0) ends.push_back(one.end);
    }
    std::sort(ends.begin(), ends.end());
    for (std::uint64_t const last : ends) {
      auto seen = until(last);
      if (!isExplained(seen, std::vector<bool>(seen.size()))) return seen;
    }
    return all_;
  }
  std::vector<Operation> until(std::uint64_t last) const {
    std::vector<Operation> seen;
    for (Operation const& one : all_) {
      if (one.begin > last) continue;
      seen.push_back(one);
      if (one.end > last) seen.back().end = 0;
    }
    return seen;
  }

  Model const& model_;
  std::vector<Operation> all_;
};

}  // namespace detail

/// Whether there is an order of the operations, one after another, in which the model has the same results, and in
/// which one that had ended before another began comes before it. If not, the failure shows as few operations as were
/// found that are to blame; the others may have happened or not, at any time. The time that it takes can grow
/// exponentially with how many operations overlap.
template <class Model>
Linearization linearizable(Model const& model, History<Model> const& history) {
  auto const all = history.operations();
  auto const wrong = detail::Counterexample<Model>(model, all).find();
  if (wrong.empty()) return {};
  std::vector<detail::OperationRow> rows;
  for (auto const& one : wrong) rows.push_back({one.who, one.what, one.result, one.begin, one.end});
  std::string const others = rows.size() == all.size() ? "" : ", whenever the others happened";
  return {false, "no order of these operations has their results" + others + ":\n" +
                     detail::operationTable(rows)};
}

}  // namespace tincan::inline abi0::testing
