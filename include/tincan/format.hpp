// tincan/format.hpp - prints the library's types with fmt
//
// Not in the umbrella header: fmt is for those who use it.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/error.hpp>
#include <tincan/reports.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// The enumerator's own name.
constexpr std::string_view nameOf(SendResult result) noexcept {
  switch (result) {
    case SendResult::Queued: return "Queued";
    case SendResult::Closed: return "Closed";
    case SendResult::Full: return "Full";
  }
  return "SendResult";
}

/// The text that fmt makes of a value, for the test kit: it prints so what has no operator<<.
template <class T>
requires(fmt::is_formattable<T>::value) std::string formatted(PrintTag, T const& value) {
  return fmt::format("{}", value);
}

}  // namespace tincan::inline abi0::detail

/// Prints an Errc as its name: "Timeout".
template <>
struct fmt::formatter<tincan::Errc> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(tincan::Errc code, Context& context) const {
    return fmt::formatter<std::string_view>::format(tincan::toString(code), context);
  }
};

/// Prints a SendResult as its name: "Queued".
template <>
struct fmt::formatter<tincan::SendResult> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(tincan::SendResult result, Context& context) const {
    return fmt::formatter<std::string_view>::format(tincan::detail::nameOf(result), context);
  }
};

/// Prints an Error as its code and its sentence: "Timeout: 'x': 'main' did not answer in time".
template <>
struct fmt::formatter<tincan::Error> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(tincan::Error const& error, Context& context) const {
    std::string const text = fmt::format("{}: {}", error.code(), error.what());
    return fmt::formatter<std::string_view>::format(text, context);
  }
};

/// Prints a Value that is a number, a bool, a char or a string; of others the type: "<Point>".
template <>
struct fmt::formatter<tincan::Value> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(tincan::Value const& value, Context& context) const {
    return fmt::formatter<std::string_view>::format(text(value), context);
  }

 private:
  template <class... T>
  static bool tryEach(tincan::Value const& value, std::string& text) {
    return ((value.holds<T>() && (text = fmt::format("{}", value.get<T>()), true)) || ...);
  }
  static std::string text(tincan::Value const& value) {
    std::string text;
    if (tryEach<std::string, bool, char, signed char, unsigned char, short, unsigned short, int,
                unsigned, long, unsigned long, long long, unsigned long long, float, double,
                long double>(value, text)) {
      return text;
    }
    return fmt::format("<{}>", value.typeName());
  }
};

/// Prints a DeadLetter: "Closed: 'x' from 'window' to 'main'".
template <>
struct fmt::formatter<tincan::DeadLetter> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(tincan::DeadLetter const& letter, Context& context) const {
    std::string const text = fmt::format("{}: '{}' from '{}' to '{}'", letter.reason,
                                         letter.channel, letter.from, letter.to);
    return fmt::formatter<std::string_view>::format(text, context);
  }
};

/// Prints Stats: "sent 3, handled 1, pending 0, max depth 2, late answers 0, dead letters 2 (Closed 2)".
template <>
struct fmt::formatter<tincan::Stats> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(tincan::Stats const& stats, Context& context) const {
    std::uint64_t dead = 0;
    std::string reasons;
    for (auto const& [reason, count] : stats.deadLetters) {
      dead += count;
      reasons += fmt::format("{}{} {}", reasons.empty() ? " (" : ", ", reason, count);
    }
    if (!reasons.empty()) reasons += ")";
    std::string const text = fmt::format(
        "sent {}, handled {}, pending {}, max depth {}, late answers {}, dead letters {}{}",
        stats.sent, stats.handled, stats.pending, stats.maxDepth, stats.lateAnswers, dead, reasons);
    return fmt::formatter<std::string_view>::format(text, context);
  }
};
