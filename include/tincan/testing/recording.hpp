// tincan/testing/recording.hpp - in which order each endpoint got its messages
#pragma once

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tincan::inline abi0::testing {

/// The messages of a run, as a Recorder has noted them: send, sendSync, request, invoke and
/// postMessage; no posts, answers and quits. Endpoints are called by their names; of several with one
/// name the second is "window#2", in the order of their making, and threads without an endpoint are
/// "(no endpoint)".
class Recording {
 public:
  struct Entry {
    std::string from, to;
    std::uint64_t number;  ///< of what `to` got from `from`, from 1
    std::string channel;

    friend bool operator==(Entry const&, Entry const&) = default;
  };

  Recording() = default;
  explicit Recording(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  /// All entries, in an order in which they can have been handled one after another.
  std::vector<Entry> const& entries() const noexcept { return entries_; }
  /// The entries of what that endpoint got, in its order.
  std::vector<Entry> of(std::string_view receiver) const {
    std::vector<Entry> chosen;
    for (Entry const& entry : entries_) {
      if (entry.to == receiver) chosen.push_back(entry);
    }
    return chosen;
  }

  /// A text for a file, with one line for each entry: "window" > "main" 3 "ping". Bytes outside of
  /// ASCII, quotes and backslashes are written as \x and two digits.
  std::string text() const {
    std::string text(FirstLine);
    for (Entry const& entry : entries_) {
      quote(text, entry.from);
      text += " > ";
      quote(text, entry.to);
      text += " " + std::to_string(entry.number) + " ";
      quote(text, entry.channel);
      text += "\n";
    }
    return text;
  }

  /// Reads what text() has written. Throws std::invalid_argument, with the number of the line.
  static Recording parse(std::string_view text) {
    if (!text.starts_with(FirstLine)) complain(1, "it does not begin with 'tincan recording 1'");
    text.remove_prefix(FirstLine.size());
    Recording recording;
    for (std::size_t line = 2; !text.empty(); ++line) {
      std::size_t const end = text.find('\n');
      if (end == std::string_view::npos) complain(line, "the end of the line is missing");
      recording.entries_.push_back(Parser{text.substr(0, end), line}.entry());
      text.remove_prefix(end + 1);
    }
    return recording;
  }

  friend bool operator==(Recording const&, Recording const&) = default;

 private:
  static constexpr std::string_view FirstLine = "tincan recording 1\n";
  static constexpr std::string_view Digits = "0123456789abcdef";

  static void quote(std::string& text, std::string_view name) {
    text += '"';
    for (char const letter : name) {
      auto const byte = static_cast<unsigned char>(letter);
      bool const isPlain = byte >= ' ' && byte < 0x7f && letter != '"' && letter != '\\';
      if (isPlain) text += letter;
      else (text += "\\x") += {Digits[byte / 16], Digits[byte % 16]};
    }
    text += '"';
  }

  [[noreturn]] static void complain(std::size_t line, std::string const& why) {
    throw std::invalid_argument("tincan: line " + std::to_string(line) +
                                " of the recording cannot be read: " + why);
  }

  struct Parser {
    Entry entry() {
      Entry entry;
      entry.from = name();
      expect(" > ");
      entry.to = name();
      expect(" ");
      entry.number = number();
      expect(" ");
      entry.channel = name();
      if (!rest.empty()) complain(line, "there is more than the channel");
      return entry;
    }

    void expect(std::string_view text) {
      if (!rest.starts_with(text)) complain(line, "'" + std::string(text) + "' is missing");
      rest.remove_prefix(text.size());
    }

    std::uint64_t number() {
      std::uint64_t value = 0;
      auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
      if (error != std::errc{}) complain(line, "the number is missing");
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
      return value;
    }

    std::string name() {
      expect("\"");
      std::string name;
      while (!rest.empty() && rest.front() != '"') {
        if (rest.front() == '\\') {
          expect("\\x");
          name += static_cast<char>(digit() * 16 + digit());
        } else {
          name += rest.front();
          rest.remove_prefix(1);
        }
      }
      expect("\"");
      return name;
    }

    unsigned digit() {
      std::size_t const value = rest.empty() ? std::string_view::npos : Digits.find(rest.front());
      if (value == std::string_view::npos) complain(line, "a byte is no two hexadecimal digits");
      rest.remove_prefix(1);
      return static_cast<unsigned>(value);
    }

    std::string_view rest;
    std::size_t line;
  };

  std::vector<Entry> entries_;
};

}  // namespace tincan::inline abi0::testing
