// tincan/testing/detail/simulate/assertion_watch.hpp - notices an assertion that fails and does not throw
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include <tincan/testing/detail/simulate/run_state.hpp>
#include <tincan/testing/failure.hpp>

namespace tincan::inline abi0::testing::detail {

/// Ends a run in which an assertion of the test's framework has failed; the framework has said it already.
class FailedAssertion : public Failure {
 public:
  using Failure::Failure;
};

/// The way to a test framework, which tincan/testing/catch.hpp sets. Without one nothing is noticed.
struct AssertionSource {
  static AssertionSource& get() noexcept {
    static constinit AssertionSource source;
    return source;
  }

  void (*watch)(bool begins) = nullptr;  // a run begins, or ends
  std::uint64_t (*failures)() = nullptr;
  std::string (*describe)() = nullptr;  // the last of them
};

/// Looks after each step of a run.
class AssertionWatch {
 public:
  AssertionWatch() = default;
  AssertionWatch(AssertionWatch&& other) noexcept
      : source_(std::exchange(other.source_, nullptr)), known_(other.known_) {}
  AssertionWatch& operator=(AssertionWatch&& other) noexcept {
    source_ = std::exchange(other.source_, nullptr);
    known_ = other.known_;
    return *this;
  }

  /// Whether the calling thread is one that the framework knows nothing of. Nothing is noticed there.
  static bool& isOff() noexcept {
    static constinit thread_local bool isOff = false;
    return isOff;
  }

  void begin() {
    if (AssertionSource::get().watch == nullptr || isOff()) return;
    source_ = &AssertionSource::get();
    source_->watch(true);
    known_ = source_->failures();
  }
  void end() {
    if (AssertionSource const* const source = std::exchange(source_, nullptr)) source->watch(false);
  }

  void look(RunState& state) {
    if (source_ == nullptr) return;
    std::uint64_t const now = source_->failures();
    if (std::exchange(known_, now) == now || state.failure != nullptr) return;
    state.fail(std::make_exception_ptr(
        FailedAssertion("an assertion of the test fails: " + source_->describe())));
  }

 private:
  AssertionSource const* source_ = nullptr;
  std::uint64_t known_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
