// tincan/testing/detail/report/operation_table.hpp - operations that overlap, each as a bar beside its text
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tincan::inline abi0::testing::detail {

/// What is shown of an operation. Its beginning and its end are numbers of events, the end 0 if it has none.
struct OperationRow {
  std::string who, what, result;
  std::uint64_t begin, end;
};

/// A line for each operation: who, a bar from its beginning to its end, what, and the result. The bars have a column for
/// each event of the operations shown.
inline std::string operationTable(std::span<OperationRow const> rows) {
  std::vector<std::uint64_t> events;
  std::size_t widest = 0;
  for (OperationRow const& row : rows) {
    events.push_back(row.begin);
    if (row.end != 0) events.push_back(row.end);
    widest = (std::max)(widest, row.who.size());
  }
  std::sort(events.begin(), events.end());
  auto const column = [&](std::uint64_t event) {
    return static_cast<std::size_t>(std::lower_bound(events.begin(), events.end(), event) -
                                    events.begin());
  };
  std::string text;
  for (OperationRow const& row : rows) {
    std::string bar(events.size(), ' ');
    std::size_t const begin = column(row.begin);
    std::size_t const end = row.end == 0 ? events.size() : column(row.end);
    std::fill(bar.begin() + static_cast<std::ptrdiff_t>(begin),
              bar.begin() + static_cast<std::ptrdiff_t>(end), '-');
    bar[begin] = '[';
    if (row.end != 0) bar[end] = ']';
    text += row.who + std::string(widest - row.who.size(), ' ') + "  " + bar + "  " + row.what;
    if (!row.result.empty()) text += " -> " + row.result;
    text += row.end == 0 ? " (has not returned)\n" : "\n";
  }
  return text;
}

}  // namespace tincan::inline abi0::testing::detail
