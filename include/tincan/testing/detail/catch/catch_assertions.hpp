// tincan/testing/detail/catch/catch_assertions.hpp - notices what CHECK finds in a handler, with Catch2 2.13 and 3
#pragma once

#if __has_include(<catch2/catch_assertion_result.hpp>)
#define TINCAN_DETAIL_CATCH3 1
#include <catch2/catch_assertion_result.hpp>
#include <catch2/interfaces/catch_interfaces_capture.hpp>
#include <catch2/internal/catch_context.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <tincan/testing/detail/simulate/assertion_watch.hpp>

namespace tincan::inline abi0::testing::detail {

#if defined(TINCAN_DETAIL_CATCH3)

/// Asks Catch2 for its last assertion, and for the last that is worth a line.
class CatchAssertions {
 public:
  static void watch(bool) { see(); }
  static std::uint64_t failures() { return see(); }
  static std::string describe() {
    auto const* const last = lastResult();
    return last == nullptr ? std::string() : std::string(last->getExpressionInMacro());
  }

 private:
  static Catch::AssertionResult const* lastResult() {
    auto const* const capture = Catch::getCurrentContext().getResultCapture();
    return capture == nullptr ? nullptr : capture->getLastResult();
  }
  /// Counts a failure that was not there before: another one, or the next after one that passed.
  static std::uint64_t see() {
    static std::uint64_t count = 0;
    static std::size_t knownFailure = 0;
    static bool hadPassed = true;
    auto const* const last = lastResult();
    bool const hasPassed =
        last == nullptr || Catch::getCurrentContext().getResultCapture()->lastAssertionPassed();
    std::size_t failure = 0;
    if (last != nullptr && !last->succeeded()) {
      std::hash<std::string> const hash;
      failure = (hash(std::string(last->getExpandedExpression())) ^ last->getSourceInfo().line) | 1;
    }
    bool const isOther = failure != std::exchange(knownFailure, failure);
    bool const isNext = std::exchange(hadPassed, hasPassed) && !hasPassed;
    if (failure != 0 && (isOther || isNext)) ++count;
    return count;
  }
};

#else

/// Stands before what Catch2 collects its results with, and counts those that are failures.
class CatchAssertions final : public Catch::IResultCapture {
 public:
  static void watch(bool begins) {
    CatchAssertions& self = get();
    if (begins ? self.depth_++ != 0 : --self.depth_ != 0) return;
    auto& context = Catch::getCurrentMutableContext();
    if (begins) self.real_ = context.getResultCapture();
    if (self.real_ != nullptr) context.setResultCapture(begins ? &self : self.real_);
  }
  static std::uint64_t failures() { return get().failures_; }
  static std::string describe() { return get().last_; }

  bool sectionStarted(Catch::SectionInfo const& info, Catch::Counts& assertions) override {
    return real_->sectionStarted(info, assertions);
  }
  void sectionEnded(Catch::SectionEndInfo const& info) override { real_->sectionEnded(info); }
  void sectionEndedEarly(Catch::SectionEndInfo const& info) override {
    real_->sectionEndedEarly(info);
  }
  auto acquireGeneratorTracker(Catch::StringRef name, Catch::SourceLineInfo const& line)
      -> Catch::IGeneratorTracker& override {
    return real_->acquireGeneratorTracker(name, line);
  }
#if defined(CATCH_CONFIG_ENABLE_BENCHMARKING)
  void benchmarkPreparing(std::string const& name) override { real_->benchmarkPreparing(name); }
  void benchmarkStarting(Catch::BenchmarkInfo const& info) override {
    real_->benchmarkStarting(info);
  }
  void benchmarkEnded(Catch::BenchmarkStats<> const& stats) override {
    real_->benchmarkEnded(stats);
  }
  void benchmarkFailed(std::string const& error) override { real_->benchmarkFailed(error); }
#endif
  void pushScopedMessage(Catch::MessageInfo const& message) override {
    real_->pushScopedMessage(message);
  }
  void popScopedMessage(Catch::MessageInfo const& message) override {
    real_->popScopedMessage(message);
  }
  void emplaceUnscopedMessage(Catch::MessageBuilder const& builder) override {
    real_->emplaceUnscopedMessage(builder);
  }
  void handleFatalErrorCondition(Catch::StringRef message) override {
    real_->handleFatalErrorCondition(message);
  }
  void handleExpr(Catch::AssertionInfo const& info, Catch::ITransientExpression const& expression,
                  Catch::AssertionReaction& reaction) override {
    real_->handleExpr(info, expression, reaction);
    count(info);
  }
  void handleMessage(Catch::AssertionInfo const& info, Catch::ResultWas::OfType type,
                     Catch::StringRef const& message, Catch::AssertionReaction& reaction) override {
    real_->handleMessage(info, type, message, reaction);
    count(info);
  }
  void handleUnexpectedExceptionNotThrown(Catch::AssertionInfo const& info,
                                          Catch::AssertionReaction& reaction) override {
    real_->handleUnexpectedExceptionNotThrown(info, reaction);
    count(info);
  }
  void handleUnexpectedInflightException(Catch::AssertionInfo const& info,
                                         std::string const& message,
                                         Catch::AssertionReaction& reaction) override {
    real_->handleUnexpectedInflightException(info, message, reaction);
    count(info);
  }
  void handleIncomplete(Catch::AssertionInfo const& info) override {
    real_->handleIncomplete(info);
  }
  void handleNonExpr(Catch::AssertionInfo const& info, Catch::ResultWas::OfType type,
                     Catch::AssertionReaction& reaction) override {
    real_->handleNonExpr(info, type, reaction);
    count(info);
  }
  bool lastAssertionPassed() override { return real_->lastAssertionPassed(); }
  void assertionPassed() override { real_->assertionPassed(); }
  std::string getCurrentTestName() const override { return real_->getCurrentTestName(); }
  Catch::AssertionResult const* getLastResult() const override { return real_->getLastResult(); }
  void exceptionEarlyReported() override { real_->exceptionEarlyReported(); }

 private:
  static CatchAssertions& get() {
    static CatchAssertions self;
    return self;
  }
  void count(Catch::AssertionInfo const& info) {
    if (real_->lastAssertionPassed()) return;
    ++failures_;
    last_ = std::string(info.macroName) + "( " + std::string(info.capturedExpression) + " )";
  }

  Catch::IResultCapture* real_ = nullptr;
  unsigned depth_ = 0;
  std::uint64_t failures_ = 0;
  std::string last_{};  // of those
};

#endif

/// True: the simulation asks Catch2.
inline bool const areAssertionsWatched = [] {
  AssertionSource::get() = {&CatchAssertions::watch, &CatchAssertions::failures,
                            &CatchAssertions::describe};
  return true;
}();

}  // namespace tincan::inline abi0::testing::detail
