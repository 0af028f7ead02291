// tincan/testing/recording.hpp - in which order each endpoint got its messages
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tincan::inline abi0::testing {

/// What the endpoints of a run took and saw, as a Recorder has noted it: messages (send, sendSync, request, invoke and
/// postMessage), posted functions and messages of ports, answers that something follows, timers, deadlines that passed,
/// and what the code of an endpoint finds where it looks: whether an answer is ready, a peer alive, a request cancelled.
/// No quits. Endpoints are called by their names; of several with one name the second is "window#2", in the order of
/// their making, and threads without an endpoint are "(no endpoint)".
class Recording {
 public:
  /// One thing that an endpoint took or saw.
  struct Entry {
    /// `to` is the name of the endpoint that took or saw it, `from` that of the sender; but see What.
    std::string from{}, to{};
    std::uint64_t number{};  ///< of what `to` got from `from`, from 1
    std::string channel{};   ///< empty if it is no message
    /// What it was. A look has two kinds, one for each thing that it may find; `from` is where the code of `to` looks.
    enum class What : std::uint8_t {
      Message,    ///< of whatever verb
      Post,       ///< a posted function, or a message of a port
      Answer,     ///< one that something follows
      Ready,      ///< the answer of `from` is there
      NotReady,   ///< the answer of `from` is not there yet
      Alive,      ///< `from` is open
      Ended,      ///< `from` is closed
      Cancelled,  ///< nobody waits any more for the answer to the request of `from`
      Awaited,    ///< somebody waits for the answer to the request of `from`
      Deadline,   ///< of a wait or a runFor of `to`, which is also `from`
      Timer       ///< of `to`, which is also `from`
    } what = What::Message;

    /// Whether it is something that code has found where it looked.
    bool isLook() const noexcept { return what >= What::Ready && what <= What::Awaited; }

    /// True if all fields are equal.
    friend bool operator==(Entry const&, Entry const&) = default;
  };

  /// Has no entries, and is not full.
  Recording() = default;
  /// `isFull`: there are all entries that a Recorder notes; else it may have messages alone.
  explicit Recording(std::vector<Entry> entries, bool isFull = false);

  /// All entries, in an order in which they can have been handled one after another.
  std::vector<Entry> const& entries() const noexcept;
  /// True if there are all entries that a Recorder notes; false if there may be messages alone.
  bool isFull() const noexcept { return isFull_; }
  /// The entries of what that endpoint got, in its order.
  std::vector<Entry> of(std::string_view receiver) const;

  /// A text for a file, with one line for each entry: "window" > "main" 3 "ping". Bytes outside of
  /// ASCII, quotes and backslashes are written as a backslash, an x and two digits.
  std::string text() const;

  /// Reads what text() has written. Throws std::invalid_argument, with the number of the line.
  static Recording parse(std::string_view text);

  /// True if both have the same entries in the same order, and both are full or none is.
  friend bool operator==(Recording const&, Recording const&) = default;

 private:
  static constexpr std::string_view FirstLine = "tincan recording 1\n";
  static constexpr std::string_view FirstLineOfFull = "tincan recording 2\n";
  static constexpr std::string_view Words[] = {"",           " post",     " answer", " ready",
                                               " not ready", " alive",    " ended",  " cancelled",
                                               " awaited",   " deadline", " timer"};
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
      for (std::size_t i = 1; i < std::size(Words); ++i) {
        if (rest != Words[i]) continue;
        entry.what = static_cast<Entry::What>(i);
        rest = {};
      }
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
          unsigned const high = digit();
          name += static_cast<char>(high * 16 + digit());
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

  std::vector<Entry> entries_{};
  bool isFull_ = false;
};

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/recording.ipp>
#endif
