// tincan/testing/detail/simulate/run_state.hpp - whether a run goes on, and what has ended it
#pragma once

#include <exception>
#include <string>
#include <utility>

#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/failure.hpp>

namespace tincan::inline v0::testing::detail {

/// How far a run has come. The first thing that fails ends it.
class RunState {
 public:
  /// Thrown to end a run that was explored before.
  struct GivenUp {};

  void fail(std::exception_ptr exception) noexcept {
    if (ended_ == nullptr) ended_ = std::move(exception);
  }
  bool hasFailed() const noexcept { return ended_ != nullptr; }
  std::exception_ptr const& failure() const noexcept { return ended_; }

  /// The rest of the run was explored before.
  void giveUp() noexcept { isGivenUp_ = true; }
  bool isGivenUp() const noexcept { return isGivenUp_; }

  /// The test has done its part: what happens now happens by itself.
  void testIsDone() noexcept { isTestDone_ = true; }
  bool isTestDone() const noexcept { return isTestDone_; }

  /// The run is at its end, or was given up: everybody ends. False if that is known.
  bool end() noexcept { return !std::exchange(isOver_, true); }
  bool isOver() const noexcept { return isOver_; }

  /// Keeps the sentence until those who wait have been told; then the test's call throws it.
  void noteDeadlock(std::string const& sentence) {
    if (deadlock_.empty()) deadlock_ = sentence;
  }
  bool isDeadlocked() const noexcept { return !deadlock_.empty(); }

  /// Called at the end of a call of the test: throws what has ended the run meanwhile.
  void throwWhatEnded() {
    if (isGivenUp_) throw GivenUp{};
    std::string const deadlock = std::exchange(deadlock_, {});
    throwFailure();
    if (!deadlock.empty()) throw stuck(deadlock);
  }
  /// Called when a wait of the test has failed: throws what has ended the run, if that is why.
  void throwIfEnded() {
    if (isOver_) return;
    if (isGivenUp_) throw GivenUp{};
    throwFailure();
  }

  /// Whether an exception ends the run rather than going to onError. What is derived from
  /// std::exception does in an exploration, unless there is a hook; the rest is how a test's own
  /// assertions end a test.
  bool takes(std::exception_ptr const& exception, bool isExplored, bool isHooked) noexcept {
    try {
      std::rethrow_exception(exception);
    } catch (Failure const&) {
    } catch (GivenUp const&) {
      return true;
    } catch (Error const&) {
      if (isOver_) return true;  // how they end
      if (!isExplored || isHooked) return false;
    } catch (std::exception const&) {
      if (!isExplored || isHooked) return false;
    } catch (...) {
    }
    fail(exception);
    return true;
  }

 private:
  void throwFailure() {
    if (auto const exception = std::exchange(ended_, nullptr)) std::rethrow_exception(exception);
  }

  std::exception_ptr ended_;
  std::string deadlock_;
  bool isGivenUp_ = false;
  bool isTestDone_ = false;
  bool isOver_ = false;
};

}  // namespace tincan::inline v0::testing::detail
