// tincan/testing/detail/search/token.hpp - a run as a short text: how it differs from the usual one
//
// "3:1,7:2,c0:4" is the run in which step 3 was the possible step with index 1, step 7 the one with
// index 2, and data choice 0 had the value 4; all else was 0. Steps and data choices are counted
// from 0, each for itself. "-" is the usual run.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tincan::inline abi0::testing::detail {

struct Deviation {
  bool choice;  // of data
  std::uint64_t place, value;

  /// Steps come first, then choices.
  friend auto operator<=>(Deviation const&, Deviation const&) = default;
};
using Deviations = std::vector<Deviation>;

/// Reads tokens. Throws std::invalid_argument, which shows what is wrong with which part.
class ScheduleTokenParser {
 public:
  static Deviations parse(std::string_view token) {
    Deviations deviations;
    if (token.empty() || token == "-") return deviations;
    for (std::size_t begin = 0; begin <= token.size();) {
      std::size_t const comma = (std::min)(token.find(',', begin), token.size());
      deviations.push_back(part(token, token.substr(begin, comma - begin)));
      begin = comma + 1;
    }
    std::sort(deviations.begin(), deviations.end());
    auto const same = [](Deviation const& one, Deviation const& other) {
      return one.choice == other.choice && one.place == other.place;
    };
    if (std::adjacent_find(deviations.begin(), deviations.end(), same) != deviations.end()) {
      complain(token, "it has one place twice");
    }
    return deviations;
  }

 private:
  static Deviation part(std::string_view token, std::string_view text) {
    bool const choice = text.starts_with('c');
    std::string_view const rest = text.substr(choice ? 1 : 0);
    std::size_t const colon = rest.find(':');
    if (colon == std::string_view::npos) {
      complain(token, "'" + std::string{text} + "' is not step:index or c<choice>:value");
    }
    return {choice, number(token, rest.substr(0, colon)), number(token, rest.substr(colon + 1))};
  }

  static std::uint64_t number(std::string_view token, std::string_view text) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
      complain(token, "'" + std::string{text} + "' is not a number");
    }
    return value;
  }

  [[noreturn]] static void complain(std::string_view token, std::string const& why) {
    throw std::invalid_argument("The replay token '" + std::string{token} +
                                "' cannot be read: " + why + ".");
  }
};

inline std::string toScheduleToken(Deviations const& deviations) {
  std::string token;
  for (Deviation const& deviation : deviations) {
    if (!token.empty()) token += ',';
    if (deviation.choice) token += 'c';
    token += std::to_string(deviation.place) + ':' + std::to_string(deviation.value);
  }
  return token.empty() ? "-" : token;
}

}  // namespace tincan::inline abi0::testing::detail
