// tests/model/explore.hpp - runs a scenario in all orders with few preemptions, then in random ones
#pragma once

#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string_view>

#include "model_platform.hpp"

namespace model {

/// What a claim about a scenario is made with: stops and shows the history if it is false.
#define MODEL_REQUIRE(...) RL_ASSERT((__VA_ARGS__))

/// A scenario has thread(unsigned), and before() and after(), which run alone.
template <class Derived, int Threads, class PlatformType>
struct Scenario : rl::test_suite<Derived, Threads> {
  static_assert(Threads <= MostThreads);
  using Platform = PlatformType;
  Scenario() { Platform::begin(); }
};

/// Relacy's own search, but not in two for each block that is freed: memory is reused late, always.
template <rl::thread_id_t Threads>
class BoundSearch
    : public rl::tree_search_scheduler<BoundSearch<Threads>,
                                       rl::context_bound_scheduler_thread_info<Threads>, Threads> {
  using Base = rl::tree_search_scheduler<BoundSearch,
                                         rl::context_bound_scheduler_thread_info<Threads>, Threads>;

 public:
  using ThreadInfo = typename Base::thread_info_t;

  BoundSearch(rl::test_params& params, typename Base::shared_context_t& context,
              rl::thread_id_t dynamic)
      : Base(params, context, dynamic) {}

  // The names that the base class calls.
  rl::thread_id_t iteration_begin_impl() {
    preemptions_ = this->params_.context_bound;
    return Base::iteration_begin_impl();
  }
  bool iteration_end_impl() {
    if (Base::iteration_end_impl()) return true;
    if (this->iter_ < this->params_.iteration_count) return false;
    cut = true;
    return true;
  }
  bool can_switch(ThreadInfo&) { return preemptions_ != 0; }
  void on_switch(ThreadInfo& thread) {
    if (thread.state_ == rl::thread_state_running) --preemptions_;
  }
  unsigned rand_impl(unsigned limit, rl::sched_type type) {
    return type == rl::sched_type_mem_realloc ? 0 : Base::rand_impl(limit, type);
  }
  double iteration_count_approx() { return 1; }

  /// The last search ended at the number of executions, not at the end.
  inline static bool cut = false;

 private:
  unsigned preemptions_ = 0;
};

/// --quick: 100,000 executions of a search at most, and a fifth of that of one by chance. --most <number>: as --quick,
/// with that number. --only <text>: scenarios whose name contains it. --first: nothing after
/// the first failure. --trace: the history of an execution that fails.
class Explorer {
 public:
  Explorer(int count, char** arguments) {
    for (int i = 1; i < count; ++i) {
      std::string_view const argument = arguments[i];
      if (argument == "--quick") {
        most_ = 100'000;
      } else if (argument == "--most" && i + 1 < count) {
        most_ = std::strtoull(arguments[++i], nullptr, 10);
        if (most_ == 0) std::exit(2);
      } else if (argument == "--trace") {
        trace_ = true;
      } else if (argument == "--first") {
        first_ = true;
      } else if (argument == "--only" && i + 1 < count) {
        only_ = arguments[++i];
      } else {
        std::fprintf(stderr,
                     "usage: %s [--quick] [--most <number>] [--first] [--trace] [--only <text>]\n",
                     arguments[0]);
        std::exit(2);
      }
    }
  }

  /// Explores the scenario; `preemptions` is how many the search has, at least in the long form.
  template <class Suite>
  void run(char const* name, unsigned preemptions = 2) {
    if (std::strstr(name, only_) == nullptr || (first_ && failures_ != 0)) return;
    constexpr auto Threads = Suite::params::thread_count;
    rl::test_params bound;
    bound.search_type = rl::sched_bound;
    bound.context_bound = preemptions;
    bound.iteration_count = most_ != 0 ? most_ : UINT64_MAX;
    BoundSearch<Threads>::cut = false;
    bool const fine = explore<Suite, BoundSearch<Threads>>(name, bound);
    rl::test_params random;
    random.search_type = rl::sched_random;
    random.iteration_count = most_ != 0 ? (most_ + 4) / 5 : 1'000'000;
    if (fine) explore<Suite, rl::random_scheduler<Threads>>(name, random);
  }

  int result() const {
    if (runs_ == 0) std::fprintf(stderr, "no such scenario\n");
    return failures_ == 0 && runs_ != 0 ? 0 : 1;
  }

 private:
  template <class Suite, class Search>
  bool explore(char const* name, rl::test_params& params) {
    std::ostream nowhere(nullptr);
    params.output_stream = &nowhere;
    params.progress_stream = &nowhere;
    auto const start = std::chrono::steady_clock::now();
    rl::ostringstream state;
    auto const result = rl::run_test<Suite, Search>(params, state, false);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - start;
    bool const random = params.search_type == rl::sched_random;
    bool const fine = result == rl::test_result_success;
    char search[40];
    if (random) {
      std::snprintf(search, sizeof search, "random");
    } else {
      bool const cut = BoundSearch<Suite::params::thread_count>::cut;
      std::snprintf(search, sizeof search, "%u preemptions, %s", params.context_bound,
                    cut || !fine ? "cut off" : "all");
    }
    std::printf("%-52s %-22s %9llu executions %6.1f s  %s\n", name, search,
                static_cast<unsigned long long>(params.stop_iteration), took.count(),
                fine ? "ok" : rl::test_result_str(result));
    std::fflush(stdout);
    ++runs_;
    if (fine) return true;
    ++failures_;
    if (trace_) {  // once more, and tell
      params.initial_state = state.str();
      params.collect_history = true;
      params.output_stream = &std::cout;
      rl::ostringstream ignored;
      rl::run_test<Suite, Search>(params, ignored, true);
    }
    return false;
  }

  std::uint64_t most_ = 0;  // executions of a search; 0: the long form
  bool first_ = false;
  bool trace_ = false;
  char const* only_ = "";
  int runs_ = 0;
  int failures_ = 0;
};

}  // namespace model
