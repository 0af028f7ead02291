// tincan/testing/catch_strings.hpp - how Catch2 2.13 and 3 print what a test compares
#pragma once

#if __has_include(<catch2/catch_tostring.hpp>)
#include <catch2/catch_tostring.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <span>
#include <string>

#include <tincan/detail/base/printable.hpp>
#include <tincan/error.hpp>
#include <tincan/reports.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/recording.hpp>
#include <tincan/testing/records.hpp>

namespace tincan::inline abi0::testing::detail {

/// Says it like "window > main: ping (1, text)".
inline std::string describe(Delivery const& delivery) {
  std::string text = delivery.from + " > " + delivery.to + ": " + delivery.channel;
  if (!delivery.text.empty()) text += " (" + delivery.text + ")";
  return tincan::detail::printable(text);
}

}  // namespace tincan::inline abi0::testing::detail

namespace Catch {

/// Prints "NoListener".
template <>
struct StringMaker<tincan::Errc> {
  static std::string convert(tincan::Errc code) { return std::string(tincan::toString(code)); }
};

/// Prints "Queued".
template <>
struct StringMaker<tincan::SendResult> {
  static std::string convert(tincan::SendResult result) {
    switch (result) {
      case tincan::SendResult::Queued: return "Queued";
      case tincan::SendResult::Closed: return "Closed";
      case tincan::SendResult::Full: return "Full";
    }
    return "SendResult";
  }
};

/// Prints "window > main: ping (1, text)".
template <>
struct StringMaker<tincan::testing::Delivery> {
  static std::string convert(tincan::testing::Delivery const& delivery) {
    return tincan::testing::detail::describe(delivery);
  }
};

/// Prints a line for each delivery.
template <>
struct StringMaker<std::span<tincan::testing::Delivery const>> {
  static std::string convert(std::span<tincan::testing::Delivery const> log) {
    if (log.empty()) return "no deliveries";
    std::string text;
    for (auto const& one : log) {
      text += "\n  " + std::to_string(one.number) + ". " + tincan::testing::detail::describe(one);
    }
    return text;
  }
};
/// Prints a line for each of the records, as for deliveries.
template <>
struct StringMaker<tincan::testing::Records> {
  static std::string convert(tincan::testing::Records const& records) {
    return StringMaker<std::span<tincan::testing::Delivery const>>::convert(records);
  }
};

/// Prints "ok, complete, 6 schedules", or what failed, and how to run it again.
template <>
struct StringMaker<tincan::testing::Result> {
  static std::string convert(tincan::testing::Result const& result) {
    std::string const count = std::to_string(result.schedules) + " schedules";
    if (result.ok && result.complete) return "ok, complete, " + count;
    if (result.ok) {
      std::string const why = result.incomplete.empty() ? "" : " (" + result.incomplete + ")";
      return "ok, not complete" + why + ", " + count;
    }
    std::string text = "failed after " + count + ": " + result.failure;
    return result.minimal.empty() ? text : text + " (TINCAN_SIM_REPLAY='" + result.minimal + "')";
  }
};

/// Prints "window > main: 3. ping".
template <>
struct StringMaker<tincan::testing::Recording::Entry> {
  static std::string convert(tincan::testing::Recording::Entry const& entry) {
    return tincan::detail::printable(entry.from + " > " + entry.to + ": " +
                                     std::to_string(entry.number) + ". " + entry.channel);
  }
};

}  // namespace Catch
