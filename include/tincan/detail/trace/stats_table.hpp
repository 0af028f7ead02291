// tincan/detail/trace/stats_table.hpp - what a trace adds up to, as a table for people
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <tincan/detail/trace/trace_log.hpp>
#include <tincan/detail/trace/trace_stats.hpp>

namespace tincan::inline abi0::detail {

/// Writes TraceStats in columns: the median, the 99th percentile and the longest of what took its time.
class StatsTable {
 public:
  StatsTable(TraceLog const& log, std::vector<TraceStats> const& stats) {
    rows_.push_back({"endpoint", "channel", "sent", "handled", "lost", "waited 50%", "99%",
                     "longest", "handled 50%", "99%", "longest", "answered 50%", "99%", "longest"});
    for (TraceStats const& one : stats) {
      bool const hasName = one.channel != TraceEvent::NoPlace;
      Row row{log.endpoints[one.at], hasName ? log.channels[one.channel] : "(functions)",
              std::to_string(one.sent), std::to_string(one.handled.sorted.size()),
              std::to_string(one.lost)};
      std::size_t column = 5;
      for (Durations const* const some : {&one.waited, &one.handled, &one.answered}) {
        for (double const percent : {50.0, 99.0, 100.0}) {
          row[column++] = some->sorted.empty() ? "-" : duration(some->percentile(percent));
        }
      }
      rows_.push_back(std::move(row));
    }
  }

  std::string text() const {
    std::array<std::size_t, Columns> widths{};
    for (Row const& row : rows_) {
      for (std::size_t i = 0; i < Columns; ++i) widths[i] = (std::max)(widths[i], row[i].size());
    }
    std::string text;
    for (Row const& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < Columns; ++i) {
        std::string const space(widths[i] - row[i].size(), ' ');
        line += (i == 0 ? "" : "  ") + (i < Names ? row[i] + space : space + row[i]);
      }
      text += line + "\n";
    }
    return text;
  }

 private:
  static constexpr std::size_t Columns = 14, Names = 2;  // the first ones stand on the left
  using Row = std::array<std::string, Columns>;

  /// "812 ns", "1.3 us", "47 ms": two digits or more.
  static std::string duration(std::int64_t nanoseconds) {
    constexpr std::array<char const*, 4> Units{"ns", "us", "ms", "s"};
    auto value = static_cast<double>(nanoseconds);
    std::size_t unit = 0;
    for (; value >= 999.5 && unit + 1 < Units.size(); ++unit) value /= 1000;
    char text[32];
    std::snprintf(text, sizeof text, "%.*f %s", unit > 0 && value < 9.95 ? 1 : 0, value,
                  Units[unit]);
    return text;
  }

  std::vector<Row> rows_{};
};

}  // namespace tincan::inline abi0::detail
