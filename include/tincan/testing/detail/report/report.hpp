// tincan/testing/detail/report/report.hpp - a run as a table and as a sequence diagram
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/detail/base/printable.hpp>
#include <tincan/detail/trace/mermaid_text.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// A note of something else that happened: a crash, a deadline, a failure, another value of something watched.
struct Note {
  std::uint64_t after;   ///< the number of the delivery before it, 0: none
  std::string endpoint;  ///< whom it concerns; empty: all
  std::string text;
  std::string watch{};   ///< what the text is the value of; empty: nothing
  bool mayHide = false;  ///< it is one of many, which a long run does not show

  std::string sentence() const { return watch.empty() ? text : watch + " = " + text; }
};

/// Shows deliveries and notes in the order in which they happened; of a long run only its beginning and
/// its end.
class Report {
 public:
  static constexpr std::size_t Many = 50, Few = 5;

  /// The deliveries are sorted by their numbers. `mostAtAnEnd`: so many lines a long run has at its beginning, and at its
  /// end.
  Report(std::span<Delivery const> deliveries, std::span<Note const> notes,
         std::size_t mostAtAnEnd = Many)
      : deliveries_(deliveries), notes_(notes), mostAtAnEnd_(mostAtAnEnd) {
    for (Delivery const& delivery : deliveries_) {
      column(delivery.from);
      column(delivery.to);
    }
    for (Note const& note : notes_) {
      if (!note.endpoint.empty()) column(note.endpoint);
    }
  }

  /// A line for each delivery, in the column of the endpoint that got it: "sender: channel text". Long
  /// texts are cut, control characters escaped.
  std::string table() const {
    std::vector<Row> rows{header()};
    forEach([&](Delivery const& delivery) { rows.push_back(row(delivery)); },
            [&](Note const& note) { rows.push_back(row(note)); },
            [&](std::size_t hidden) {
              rows.push_back({{}, more(hidden)});
            });
    std::vector<std::size_t> widths(names_.size() + 1, 0);
    for (Row const& row : rows) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        widths[i] = (std::max)(widths[i], width(row.cells[i]));
      }
    }
    std::string text;
    for (Row const& row : rows) text += print(row, widths);
    return text;
  }

  /// A sequence diagram in the language of Mermaid.
  std::string mermaid() const {
    std::string text = "sequenceDiagram\n";
    for (std::size_t i = 0; i < names_.size(); ++i) {
      text += "  participant p" + std::to_string(i) + " as " +
              tincan::detail::mermaidText(display(names_[i])) + "\n";
    }
    forEach(
        [&](Delivery const& delivery) {
          text += "  p" + std::to_string(column(delivery.from)) + "->>p" +
                  std::to_string(column(delivery.to)) + ": " + std::to_string(delivery.number) +
                  ". " + tincan::detail::mermaidText(message(delivery)) + "\n";
        },
        [&](Note const& note) {
          if (names_.empty()) return;
          text += "  Note over " + span(note) + ": " +
                  tincan::detail::mermaidText(note.sentence()) + "\n";
        },
        [&](std::size_t hidden) {
          text +=
              "  Note over " + span({}) + ": " + tincan::detail::mermaidText(more(hidden)) + "\n";
        });
    return text;
  }

 private:
  static constexpr std::size_t Longest = 48;  // of a cell

  struct Row {
    std::vector<std::string> cells;  // the number, then one for each endpoint
    std::string across;              // instead of cells
  };

  template <class OnDelivery, class OnNote, class OnHidden>
  void forEach(OnDelivery onDelivery, OnNote onNote, OnHidden onHidden) const {
    auto const mayHide = [](Note const& note) { return note.mayHide; };
    std::size_t const count = deliveries_.size() + static_cast<std::size_t>(std::count_if(
                                                       notes_.begin(), notes_.end(), mayHide));
    bool const hides = count > 2 * mostAtAnEnd_ + 1;
    std::size_t at = 0;  // among what may be hidden
    auto const isShown = [&] {
      std::size_t const mine = at++;
      if (!hides || mine < mostAtAnEnd_ || mine >= count - mostAtAnEnd_) return true;
      if (mine == mostAtAnEnd_) onHidden(count - 2 * mostAtAnEnd_);
      return false;
    };
    auto note = notes_.begin();
    auto const show = [&] {
      if (!note->mayHide || isShown()) onNote(*note);
      ++note;
    };
    for (Delivery const& delivery : deliveries_) {
      while (note != notes_.end() && note->after < delivery.number) show();
      if (isShown()) onDelivery(delivery);
    }
    while (note != notes_.end()) show();
  }

  std::size_t column(std::string const& name) {
    auto const found = std::find(names_.begin(), names_.end(), name);
    if (found != names_.end()) return static_cast<std::size_t>(found - names_.begin());
    names_.push_back(name);
    return names_.size() - 1;
  }
  std::size_t column(std::string const& name) const {
    return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
  }

  static std::string display(std::string const& name) { return name.empty() ? "(nobody)" : name; }

  static std::string more(std::size_t hidden) { return "... " + std::to_string(hidden) + " more"; }

  static std::string message(Delivery const& delivery) {
    return delivery.text.empty() ? delivery.channel : delivery.channel + " " + delivery.text;
  }

  // ---- the table --------------------------------------------------------------------------------

  Row header() const {
    Row row{{"#"}, {}};
    for (std::string const& name : names_) row.cells.push_back(printable(display(name)));
    return row;
  }

  Row row(Delivery const& delivery) const {
    Row row{std::vector<std::string>(names_.size() + 1), {}};
    row.cells[0] = std::to_string(delivery.number);
    row.cells[column(delivery.to) + 1] =
        printable(display(delivery.from) + ": " + message(delivery));
    return row;
  }

  Row row(Note const& note) const {
    if (note.endpoint.empty()) return {{}, "! " + printableLines(note.sentence())};
    Row row{std::vector<std::string>(names_.size() + 1), {}};
    row.cells[column(note.endpoint) + 1] = "! " + printable(note.sentence());
    return row;
  }

  static std::string print(Row const& row, std::vector<std::size_t> const& widths) {
    std::string line = row.across;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (i != 0) line += "  ";
      line += row.cells[i];
      line.append(widths[i] - width(row.cells[i]), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  }

  static std::size_t width(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
      return !tincan::detail::continuesCharacter(byte);
    }));
  }

  static std::string printable(std::string_view text, std::size_t longest = Longest) {
    std::size_t characters = 0;
    auto const end = std::find_if(text.begin(), text.end(), [&](char byte) {
      return !tincan::detail::continuesCharacter(byte) && ++characters > longest;
    });
    auto const size = static_cast<std::size_t>(end - text.begin());
    return tincan::detail::printable(text.substr(0, size)) + (size < text.size() ? "..." : "");
  }

  static std::string printableLines(std::string_view text) {
    std::string lines;
    for (std::size_t end = 0; end != std::string_view::npos;) {
      end = text.find('\n');
      lines += tincan::detail::printable(text.substr(0, end));
      if (end != std::string_view::npos) lines += '\n';
      text.remove_prefix(end == std::string_view::npos ? 0 : end + 1);
    }
    return lines;
  }

  // ---- the diagram ------------------------------------------------------------------------------

  std::string span(Note const& note) const {
    if (!note.endpoint.empty()) return "p" + std::to_string(column(note.endpoint));
    return names_.size() == 1 ? "p0" : "p0,p" + std::to_string(names_.size() - 1);
  }

  std::span<Delivery const> deliveries_;
  std::span<Note const> notes_;
  std::size_t const mostAtAnEnd_;
  std::vector<std::string> names_{};  // of the endpoints, in the order in which they appear
};

}  // namespace tincan::inline abi0::testing::detail
