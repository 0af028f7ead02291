// tincan/testing/detail/simulate/run_state.hpp - whether a run goes on, and what has ended it
#pragma once

#include <exception>
#include <string>
#include <utility>

#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/failure.hpp>

namespace tincan::inline abi0::testing::detail {

/// The state of a run. The first thing that fails ends it.
struct RunState {
  /// Thrown to end a run that was explored before.
  struct GivenUp {};

  void fail(std::exception_ptr exception) noexcept {
    if (failure == nullptr) failure = std::move(exception);
  }

  /// Keeps the sentence until those who wait have been told; then the test's call throws it.
  void noteDeadlock(std::string const& sentence) {
    if (deadlock.empty()) deadlock = sentence;
  }

  /// Throws what has ended the run meanwhile; called at the end of a call of the test.
  void throwWhatEnded() {
    if (isGivenUp) throw GivenUp{};
    std::string const sentence = std::exchange(deadlock, {});
    throwFailure();
    if (!sentence.empty()) throw stuck(sentence);
  }
  /// Throws what has ended the run, if that is why a wait of the test has failed.
  void throwIfEnded() {
    if (isOver) return;
    if (isGivenUp) throw GivenUp{};
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
      if (isOver) return true;  // how they end
      if (!isExplored || isHooked) return false;
    } catch (std::exception const&) {
      if (!isExplored || isHooked) return false;
    } catch (...) {
    }
    fail(exception);
    return true;
  }

  void throwFailure() {
    if (auto const exception = std::exchange(failure, nullptr)) std::rethrow_exception(exception);
  }

  std::exception_ptr failure{};  // what ended the run
  std::string deadlock{};   // who waits for what never comes; for the call of the test to throw
  bool isReplayed = false;  // a recording: what is thrown ends the run as in an exploration
  bool isGivenUp = false;   // the rest of the run was explored before
  bool isTestDone = false;  // the test has done its part: what happens now happens by itself
  bool isOver = false;      // the run is at its end, or was given up: everybody ends
};

}  // namespace tincan::inline abi0::testing::detail
