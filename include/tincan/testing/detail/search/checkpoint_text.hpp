// tincan/testing/detail/search/checkpoint_text.hpp - numbers and texts as they are kept in a file
#pragma once

#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace tincan::inline abi0::testing::detail {

/// Writes what a CheckpointReader reads, in the same order.
class CheckpointWriter {
 public:
  template <class Number>
  requires std::is_integral_v<Number>
  void number(Number number) { text_ += std::to_string(number) + ' '; }
  void string(std::string_view string) {
    number(string.size());
    text_.append(string) += '\n';
  }
  /// Writes how many there are, and then each(one).
  template <class Many, class Each>
  void all(Many const& many, Each&& each) {
    number(many.size());
    for (auto const& one : many) each(one);
    text_ += '\n';
  }

  std::string const& text() const noexcept { return text_; }

 private:
  std::string text_{};
};

/// Reads what a CheckpointWriter has written.
///
///   Errors    Throws std::invalid_argument if it is something else.
class CheckpointReader {
 public:
  explicit CheckpointReader(std::string text) : text_(std::move(text)) {}

  template <class Number>
  void number(Number& number) {
    while (position_ < text_.size() && text_[position_] == '\n') ++position_;
    char const* const end = text_.data() + text_.size();
    auto const [after, error] = std::from_chars(text_.data() + position_, end, number);
    if (error != std::errc{} || after == end || *after != ' ') complain();
    position_ = static_cast<std::size_t>(after - text_.data()) + 1;
  }
  void flag(bool& flag) {
    unsigned value = 0;
    number(value);
    if (value > 1) complain();
    flag = value == 1;
  }
  void string(std::string& string) {
    std::size_t size = 0;
    number(size);
    if (size >= text_.size() - position_) complain();
    string = text_.substr(position_, size);
    position_ += size + 1;
  }
  /// Calls each() as often as something was written there.
  template <class Each>
  void all(Each&& each) {
    std::size_t count = 0;
    number(count);
    if (count > text_.size()) complain();
    for (; count > 0; --count) each();
  }

  [[noreturn]] static void complain() {
    throw std::invalid_argument("it is no checkpoint, or is damaged");
  }

 private:
  std::string text_;
  std::size_t position_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
