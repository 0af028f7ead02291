// tincan/detail/text/texts.hpp - what is printed of the library's types, with whichever library formats numbers
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include <tincan/error.hpp>
#include <tincan/reports.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// The types that format.hpp and std_format.hpp print.
template <class T>
concept PrintedType =
    std::same_as<T, Errc> || std::same_as<T, SendResult> || std::same_as<T, Error> ||
    std::same_as<T, Value> || std::same_as<T, DeadLetter> || std::same_as<T, Stats>;

/// The texts of those types. `Formatting::text(v)` is what its library prints of a number, a bool, a char or a string.
template <class Formatting>
struct Texts {
  /// The name: "Timeout".
  static std::string of(Errc code) { return std::string(toString(code)); }
  /// The enumerator's own name: "Queued".
  static std::string of(SendResult result) {
    switch (result) {
      case SendResult::Queued: return "Queued";
      case SendResult::Closed: return "Closed";
      case SendResult::Full: return "Full";
    }
    return "SendResult";
  }
  /// The code and the sentence: "Timeout: 'x': 'main' did not answer in time".
  static std::string of(Error const& error) { return of(error.code()) + ": " + error.what(); }
  /// "Closed: 'x' from 'window' to 'main'".
  static std::string of(DeadLetter const& letter) {
    return of(letter.reason) + ": '" + letter.channel + "' from '" + letter.from + "' to '" +
           letter.to + "'";
  }
  /// "sent 3, handled 1, pending 0, max depth 2, late answers 0, dead letters 2 (Closed 2)".
  static std::string of(Stats const& stats) {
    std::uint64_t dead = 0;
    std::string reasons;
    for (auto const& [reason, count] : stats.deadLetters) {
      dead += count;
      reasons += (reasons.empty() ? " (" : ", ") + of(reason) + " " + std::to_string(count);
    }
    if (!reasons.empty()) reasons += ")";
    return "sent " + std::to_string(stats.sent) + ", handled " + std::to_string(stats.handled) +
           ", pending " + std::to_string(stats.pending) + ", max depth " +
           std::to_string(stats.maxDepth) + ", late answers " + std::to_string(stats.lateAnswers) +
           ", dead letters " + std::to_string(dead) + reasons;
  }
  /// A number, a bool, a char or a string as itself; of others the type: "<Point>".
  static std::string of(Value const& value) {
    std::string text;
    if (tryEach<std::string, bool, char, signed char, unsigned char, short, unsigned short, int,
                unsigned, long, unsigned long, long long, unsigned long long, float, double,
                long double>(value, text)) {
      return text;
    }
    return "<" + std::string(value.typeName()) + ">";
  }

 private:
  template <class... T>
  static bool tryEach(Value const& value, std::string& text) {
    return ((value.holds<T>() && (text = Formatting::text(value.get<T>()), true)) || ...);
  }
};

}  // namespace tincan::inline abi0::detail
