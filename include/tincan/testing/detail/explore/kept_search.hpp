// tincan/testing/detail/explore/kept_search.hpp - keeps an exploration in a file, and goes on from there
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include <tincan/testing/detail/explore/checkpoint.hpp>
#include <tincan/testing/detail/explore/explored_run.hpp>
#include <tincan/testing/detail/search/checkpoint_text.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// A run that was ok, and what it handled.
struct GoodRun {
  std::string token{}, texts{};
};

/// The file of an exploration, if it has one: what its runs have found, its first run, and where its search is.
///
///   Errors    Those of Checkpoint.
class KeptSearch {
 public:
  KeptSearch(Options const& options, ExploredRun& runs, GoodRun& first)
      : isExhaustive_(options.strategy == Options::Strategy::Exhaustive),
        checkpoint_(options),
        runs_(runs),
        first_(first) {}

  /// Reads what an earlier exploration has found, if there was one.
  void open() {
    saved_ = checkpoint_.open();
    if (!saved_.has_value()) return;
    read([&] {
      runs_.findings().load(*saved_);
      saved_->string(first_.token);
      saved_->string(first_.texts);
    });
    bool const isOther =
        !first_.token.empty() && (runs_.replay(first_.token) || runs_.texts() != first_.texts);
    if (isOther) checkpoint_.complain("is of another test: its first run goes another way");
  }
  /// Lets a new search go on where that of the earlier exploration was.
  void goOn(ScheduleSearch& search) {
    if (!saved_.has_value()) return;
    read([&] { search.load(*saved_); });
    saved_.reset();
    isGoingOn_ = true;
  }

  /// To be called before each run: writes the file now and then.
  void runBegins(ScheduleSearch const& search) {
    if (checkpoint_.isDue()) write(search);
  }
  /// To be called after each run. One that fails is the last.
  void runEnds(ScheduleSearch const& search, bool hasFailed) {
    if (hasFailed) checkpoint_.remove();
    if (!isGoingOn_) return;
    isGoingOn_ = false;
    if (search.nondeterministic())
      checkpoint_.complain("is of another test. " + search.nondeterminism());
  }
  /// Writes the file if something is left to do, else removes it.
  void end(ScheduleSearch& search, bool hasFailed) {
    if (!checkpoint_.isWanted()) return;
    bool const mayGoOn = !hasFailed && !search.complete() && (isExhaustive_ || search.isLate());
    if (mayGoOn && search.advance()) write(search);
    else checkpoint_.remove();
  }

 private:
  template <class Read>
  void read(Read&& read) {
    try {
      read();
    } catch (std::invalid_argument const& error) {
      checkpoint_.complain(std::string("cannot be read: ") + error.what());
    }
  }
  void write(ScheduleSearch const& search) {
    checkpoint_.write([&](CheckpointWriter& to) {
      runs_.findings().save(to);
      to.string(first_.token);
      to.string(first_.texts);
      search.save(to);
    });
  }

  bool const isExhaustive_;
  Checkpoint checkpoint_;
  ExploredRun& runs_;
  GoodRun& first_;
  std::optional<CheckpointReader> saved_{};
  bool isGoingOn_ = false;  // and the first run since then has not been made
};

}  // namespace tincan::inline abi0::testing::detail
