// tincan/testing/detail/explore/checkpoint.hpp - the file from which an interrupted exploration goes on
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include <tincan/testing/detail/search/checkpoint_text.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// The file of Options::checkpoint. It is written every second, replaced as a whole, and removed at the end.
///
///   Errors    std::invalid_argument if there is a file that is no checkpoint, or one of another exploration;
///             std::runtime_error if it cannot be written.
class Checkpoint {
 public:
  explicit Checkpoint(Options const& options) : options_(options) {
    using Strategy = Options::Strategy;
    bool const canGoOn =
        options.strategy != Strategy::Bounded && options.strategy != Strategy::Replay;
    if (isWanted() && !canGoOn)
      complain("is of no use: neither Bounded nor Replay goes on from one");
  }

  bool isWanted() const noexcept { return !options_.checkpoint.empty(); }

  /// Opens the file; nothing if there is none. What it says of the options is read.
  std::optional<CheckpointReader> open() const {
    if (!isWanted()) return std::nullopt;
    std::ifstream file(options_.checkpoint, std::ios::binary);
    if (!file) return std::nullopt;
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    CheckpointReader reader(text);
    std::string title;
    if (text.starts_with(std::to_string(std::string(Title).size()))) reader.string(title);
    if (title != Title) complain("is no checkpoint");
    for (std::uint64_t const expected : numbers()) {
      std::uint64_t number = 0;
      reader.number(number);
      if (number != expected) complain("is of an exploration with other options");
    }
    return reader;
  }

  /// Whether it is time to write the file again.
  bool isDue() const { return isWanted() && Clock::now() - written_ >= std::chrono::seconds(1); }

  /// Writes what save(writer) writes.
  template <class Save>
  void write(Save&& save) {
    CheckpointWriter writer;
    writer.string(Title);
    for (std::uint64_t const number : numbers()) writer.number(number);
    save(writer);
    std::string const fresh = options_.checkpoint + ".new";
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << writer.text();
    file.close();
    if (!file || std::rename(fresh.c_str(), options_.checkpoint.c_str()) != 0) {
      throw std::runtime_error("tincan: the checkpoint '" + options_.checkpoint +
                               "' cannot be written");
    }
    written_ = Clock::now();
  }

  /// Removes the file: the exploration has come to its end.
  void remove() const noexcept {
    if (isWanted()) std::remove(options_.checkpoint.c_str());
  }

  [[noreturn]] void complain(std::string const& why) const {
    throw std::invalid_argument("tincan: the checkpoint '" + options_.checkpoint + "' " + why);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr char const* Title = "tincan checkpoint 1";

  /// What decides about the runs, besides the test.
  std::array<std::uint64_t, 6> numbers() const {
    return {static_cast<std::uint64_t>(options_.strategy),
            options_.seed,
            options_.maxSteps,
            options_.bound,
            options_.crashes,
            options_.timeouts};
  }

  Options const& options_;
  Clock::time_point written_ = Clock::now();
};

}  // namespace tincan::inline abi0::testing::detail
