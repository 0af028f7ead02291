// tincan/testing/detail/simulate/scheduler_claims.hpp - what a test says of its simulation, and what it threw
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include <tincan/testing/detail/simulate/objects.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>

namespace tincan::inline v0::testing::detail {

inline void Scheduler::fail(std::exception_ptr exception) noexcept {
  if (ended_ == nullptr) ended_ = std::move(exception);
}

inline void Scheduler::testThrew(std::exception_ptr const& exception) noexcept {
  if (!isGivenUp_) fail(exception);
}

inline void Scheduler::violate(std::string const& what) {
  Failure const failure(what);
  fail(std::make_exception_ptr(failure));
  throw failure;
}

inline void Scheduler::checkAfterStep() {
  if (ended_ != nullptr) return;
  try {
    for (Claim& claim : sometimes_) claim.hasHeld = claim.hasHeld || claim.holds();
    for (Claim& claim : always_) {
      if (!claim.holds()) fail(std::make_exception_ptr(Failure("always: " + claim.what)));
    }
  } catch (...) {
    fail(std::current_exception());
  }
}

inline void Scheduler::checkAtEnd() {
  checkAfterStep();
  if (ended_ != nullptr) return;
  try {
    for (Claim& claim : eventually_) {
      if (!claim.holds()) fail(std::make_exception_ptr(Failure("eventually: " + claim.what)));
    }
  } catch (...) {
    fail(std::current_exception());
  }
}

/// What is derived from std::exception goes where it goes in production. The rest is how a test's
/// own assertions end a test.
inline bool Scheduler::takesException(std::exception_ptr const& exception, bool isHooked) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (Failure const&) {
    fail(exception);
    return true;
  } catch (GivenUp const&) {
    return true;
  } catch (Error const&) {
    if (isOver_) return true;  // how they end
    if (search_ == nullptr || isHooked) return false;
    fail(exception);
    return true;
  } catch (std::exception const&) {
    if (search_ == nullptr || isHooked) return false;
    fail(exception);
    return true;
  } catch (...) {
    fail(exception);
    return true;
  }
}

inline std::uint64_t Scheduler::choose(std::uint64_t n) {
  if (n == 0) throw std::invalid_argument("tincan: choose(0) has nothing to choose from");
  return search_ == nullptr || isOver_ ? 0 : search_->choose(n);
}

inline std::string Scheduler::loopSentence() {
  auto const deliveries = log_.deliveries();
  auto const isSame = [&](std::size_t a, std::size_t b) {
    Delivery const& one = deliveries[a];
    Delivery const& other = deliveries[b];
    return one.from == other.from && one.to == other.to && one.channel == other.channel;
  };
  std::size_t const count = deliveries.size();
  std::size_t period = 1;
  for (; period < 64 && period * 3 < count; ++period) {
    bool repeats = true;
    for (std::size_t i = count - 2 * period; repeats && i < count; ++i) {
      repeats = isSame(i, i - period);
    }
    if (repeats) break;
  }
  std::string sentence = "there is no end: after " + std::to_string(maxSteps_) + " steps ";
  if (count == 0) return sentence + "no message has been handled";
  bool const isLoop = period < 64 && period * 3 < count;
  sentence += isLoop ? "these go round" : "the last were";
  for (std::size_t i = count - (std::min<std::size_t>)(isLoop ? period : 8, count); i < count;
       ++i) {
    sentence += (sentence.back() == ')' ? ", " : ": ") + std::string("'") + deliveries[i].channel +
                "' (" + deliveries[i].from + " > " + deliveries[i].to + ")";
  }
  return sentence;
}

}  // namespace tincan::inline v0::testing::detail
