// tincan/testing/detail/report/raw_text.hpp - writes to stderr from where nothing else may be called
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <unistd.h>

namespace tincan::inline abi0::testing::detail {

/// Text on its way to stderr. A signal handler may use it: it allocates nothing and takes no lock.
class RawText {
 public:
  RawText() = default;
  RawText(RawText const&) = delete;
  RawText& operator=(RawText const&) = delete;
  ~RawText() { flush(); }

  RawText& operator<<(std::string_view text) noexcept {
    for (char const byte : text) add(byte);
    return *this;
  }
  RawText& operator<<(std::uint64_t number) noexcept {
    char digits[20];
    std::size_t count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    while (count != 0) add(digits[--count]);
    return *this;
  }
  /// Adds a text of the test's in one line, cut if it is long.
  RawText& quote(std::string_view text) noexcept {
    constexpr std::size_t Longest = 100;
    for (char const byte : text.substr(0, Longest)) {
      add(static_cast<unsigned char>(byte) < ' ' || byte == 0x7f ? '?' : byte);
    }
    return text.size() > Longest ? *this << "..." : *this;
  }

  void flush() noexcept {
    for (std::size_t done = 0; done < size_;) {
      auto const written = write(STDERR_FILENO, text_ + done, size_ - done);
      if (written <= 0) break;
      done += static_cast<std::size_t>(written);
    }
    size_ = 0;
  }

 private:
  void add(char byte) noexcept {
    if (size_ == sizeof(text_)) flush();
    text_[size_++] = byte;
  }

  char text_[512];
  std::size_t size_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
