// tincan/testing/recording.hpp - in which order each endpoint got its messages
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
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
  explicit Recording(std::vector<Entry> entries);

  /// All entries, in an order in which they can have been handled one after another.
  std::vector<Entry> const& entries() const noexcept;
  /// The entries of what that endpoint got, in its order.
  std::vector<Entry> of(std::string_view receiver) const;

  /// A text for a file, with one line for each entry: "window" > "main" 3 "ping". Bytes outside of
  /// ASCII, quotes and backslashes are written as \x and two digits.
  std::string text() const;

  /// Reads what text() has written. Throws std::invalid_argument, with the number of the line.
  static Recording parse(std::string_view text);

  friend bool operator==(Recording const&, Recording const&) = default;

 private:
  static constexpr std::string_view FirstLine = "tincan recording 1\n";
  static constexpr std::string_view Digits = "0123456789abcdef";

  static void quote(std::string& text, std::string_view name);

  [[noreturn]] static void complain(std::size_t line, std::string const& why);

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

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/recording.ipp>
#endif
