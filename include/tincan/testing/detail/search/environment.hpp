// tincan/testing/detail/search/environment.hpp - options that come from outside the program
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// The variables TINCAN_SIM_STRATEGY, _SEED, _MAXSCHEDULES or _MAX_SCHEDULES, _MAXSTEPS or _MAX_STEPS, _BOUND,
/// _REPLAY, _PAGE, _CORES, _CHECKPOINT, _CRASHES, _TIMEOUTS, _STACK, _HANG and _TIME (in seconds), _ALLOWDEAD or _ALLOW_DEAD (names with
/// commas between them).
class Environment {
 public:
  /// The options with what the environment says instead. A replay token alone means Replay, without a checkpoint. Throws
  /// std::invalid_argument for a value that is none.
  static Options override(Options options) {
    auto const token = value({"REPLAY"});
    if (token.has_value()) {
      options.replay = token->text;
      options.strategy = Options::Strategy::Replay;
    }
    if (auto const name = value({"STRATEGY"})) options.strategy = strategy(*name);
    number({"SEED"}, options.seed);
    number({"MAXSCHEDULES", "MAX_SCHEDULES"}, options.maxSchedules);
    number({"MAXSTEPS", "MAX_STEPS"}, options.maxSteps);
    number({"BOUND"}, options.bound);
    number({"CORES"}, options.cores);
    number({"CRASHES"}, options.crashes);
    number({"TIMEOUTS"}, options.timeouts);
    number({"STACK"}, options.stack);
    seconds({"HANG"}, options.hang);
    seconds({"TIME"}, options.time);
    if (auto const name = value({"CHECKPOINT"})) options.checkpoint = name->text;
    if (auto const name = value({"PAGE"})) options.page = name->text;
    if (auto const names = value({"ALLOWDEAD", "ALLOW_DEAD"})) {
      options.allowDead = list(names->text);
    }
    // A token says what to do by itself.
    if (!options.replay.empty() && options.strategy == Options::Strategy::Exhaustive) {
      options.strategy = Options::Strategy::Replay;
    }
    // The file is about a search, not about this one run: it stays as it is.
    if (token.has_value() && options.strategy == Options::Strategy::Replay) {
      options.checkpoint.clear();
    }
    return options;
  }

 private:
  struct Variable {
    std::string name, text;
  };

  static std::optional<Variable> value(std::initializer_list<char const*> spellings) {
    for (char const* const spelling : spellings) {
      std::string const name = std::string{"TINCAN_SIM_"} + spelling;
      char const* const text = std::getenv(name.c_str());
      if (text != nullptr && *text != '\0') return Variable{name, text};
    }
    return std::nullopt;
  }

  static Options::Strategy strategy(Variable const& variable) {
    std::string lower = variable.text;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    if (lower == "exhaustive") return Options::Strategy::Exhaustive;
    if (lower == "bounded") return Options::Strategy::Bounded;
    if (lower == "random") return Options::Strategy::Random;
    if (lower == "pct") return Options::Strategy::Pct;
    if (lower == "replay") return Options::Strategy::Replay;
    complain(variable, "one of Exhaustive, Bounded, Random, Pct, Replay");
  }

  static std::vector<std::string> list(std::string const& text) {
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin <= text.size();) {
      std::size_t const comma = (std::min)(text.find(',', begin), text.size());
      if (comma != begin) names.push_back(text.substr(begin, comma - begin));
      begin = comma + 1;
    }
    return names;
  }

  template <class Number>
  static void number(std::initializer_list<char const*> spellings, Number& field) {
    auto const variable = value(spellings);
    if (!variable) return;
    std::string const& text = variable->text;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), field);
    if (error != std::errc{} || end != text.data() + text.size()) {
      complain(*variable,
               "a number from 0 to " + std::to_string((std::numeric_limits<Number>::max)()));
    }
  }

  static void seconds(std::initializer_list<char const*> spellings, std::chrono::seconds& field) {
    auto count = static_cast<std::uint32_t>(field.count());
    number(spellings, count);
    field = std::chrono::seconds(count);
  }

  [[noreturn]] static void complain(Variable const& variable, std::string const& expected) {
    throw std::invalid_argument("The environment variable " + variable.name + " is '" +
                                variable.text + "', expected " + expected + ".");
  }
};

}  // namespace tincan::inline abi0::testing::detail
