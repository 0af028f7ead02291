// tincan/testing/detail/simulate/last_words.hpp - what a test says when its process ends in the middle of a run
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/doing.hpp>
#include <tincan/testing/detail/simulate/run_stacks.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/stack.hpp>

#if defined(TINCAN_DETAIL_OWN_STACKS)
#include <tincan/testing/detail/report/raw_text.hpp>
#endif

namespace tincan::inline abi0::testing::detail {

/// While it lives, the calling thread makes that run. The last one made is the one that is told of.
///
///   Threads   One; say() also in a signal handler on that thread.
class LastWords {
 public:
  /// `search`: null if the run is not explored. `stacks`: null if only the test's own stack is used.
  LastWords(SimulatedRun const& run, ScheduleSearch const* search,
            RunStacks const* stacks = nullptr) noexcept
      : run_(run), search_(search), stacks_(stacks), before_(std::exchange(current(), this)) {}
  LastWords(LastWords const&) = delete;
  LastWords& operator=(LastWords const&) = delete;
  ~LastWords() { current() = before_; }

  /// Those of the calling thread; null: it makes no run.
  static LastWords const*& current() noexcept {
    static constinit thread_local LastWords const* words = nullptr;
    return words;
  }

  /// A number that changes with each step.
  std::uint64_t happened() const noexcept { return run_.happened; }

  /// Whether the address belongs to what runs over the end of the running stack.
  bool isBeyondStack(void const* address) const noexcept {
    Stack const* const stack = stacks_ == nullptr ? nullptr : stacks_->runningStack();
    return stack != nullptr && stack->isBeyondEnd(address);
  }

#if defined(TINCAN_DETAIL_OWN_STACKS)
  /// Writes what has happened to the test, where, the messages so far, and how to run it again.
  void say(std::string_view what) const noexcept {
    RawText text;
    text << "tincan: " << what << " in ";
    addPlace(text);
    if (search_ != nullptr) text << ", in schedule " << search_->schedules() + 1;
    text << "\n";
    addOrder(text);
    if (search_ == nullptr) return;
    text << "This one alone: TINCAN_SIM_REPLAY='";
    addToken(text);
    text << "'\n";
  }
#endif

 private:
#if defined(TINCAN_DETAIL_OWN_STACKS)
  static constexpr std::size_t MostMessages = 50;

  void addPlace(RawText& text) const noexcept {
    std::string_view const name =
        run_.doing.endpoint == nullptr ? std::string_view() : run_.doing.endpoint->core->name;
    switch (run_.doing.what) {
      case Doing::What::Test: text << "the test's own code"; return;
      case Doing::What::Message: text << "a handler of '"; break;
      case Doing::What::Other: text << "a posted function or a continuation of '"; break;
      case Doing::What::Timer: text << "a timer of '"; break;
      case Doing::What::Body: text << "the body of '"; break;
      case Doing::What::Continues: text << "code that had waited, of '"; break;
    }
    if (run_.doing.what == Doing::What::Message) {
      std::string_view last;
      run_.log.each([&](auto, auto, std::string_view channel, auto) { last = channel; });
      text.quote(last) << "' at '";
    }
    text.quote(name) << "'";
  }

  void addOrder(RawText& text) const noexcept {
    std::size_t const count = run_.log.size();
    std::size_t number = 0;
    run_.log.each([&](std::string_view from, std::string_view to, std::string_view channel,
                      std::string_view arguments) {
      if (number++ == 0 && count > MostMessages) {
        text << "... " << count - MostMessages << " messages\n";
      }
      if (number + MostMessages <= count) return;
      text << number << "  ";
      text.quote(from.empty() ? "(nobody)" : from) << " > ";
      text.quote(to) << ": ";
      text.quote(channel) << (arguments.empty() ? "" : " ");
      text.quote(arguments) << "\n";
    });
  }

  /// As toScheduleToken() does: steps, then choices.
  void addToken(RawText& text) const noexcept {
    bool isFirst = true;
    for (bool const areChoices : {false, true}) {
      for (Deviation const& deviation : search_->path()) {
        if (deviation.choice != areChoices) continue;
        text << (std::exchange(isFirst, false) ? "" : ",") << (areChoices ? "c" : "");
        text << deviation.place << ":" << deviation.value;
      }
    }
    if (isFirst) text << "-";
  }
#endif

  SimulatedRun const& run_;
  ScheduleSearch const* const search_;
  RunStacks const* const stacks_;
  LastWords const* const before_;
};

}  // namespace tincan::inline abi0::testing::detail
