// tincan/channel_name.hpp - a channel's name with its hash
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tincan::inline v0 {

namespace detail {

constexpr std::uint64_t mixHash(std::uint64_t a) noexcept {
  // The finaliser of splitmix64 (Vigna, https://prng.di.unimi.it/splitmix64.c, public domain).
  a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9u;
  a = (a ^ (a >> 27)) * 0x94d049bb133111ebu;
  return a ^ (a >> 31);
}

/// Up to eight bytes as one number, little-endian on every machine, so that a literal hashed by the
/// compiler and the same name hashed at run time agree.
constexpr std::uint64_t loadBytes(char const* bytes, std::size_t count) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; ++i) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return word;
}

constexpr std::uint64_t hashName(std::string_view name) noexcept {
  std::uint64_t hash = mixHash(name.size() + 0x9e3779b97f4a7c15u);
  char const* at = name.data();
  std::size_t left = name.size();
  for (; left >= 8; at += 8, left -= 8) hash = mixHash(hash ^ loadBytes(at, 8));
  if (left > 0) hash = mixHash(hash ^ loadBytes(at, left));
  return hash;
}

/// What a char array says: up to its first NUL, or all of it if there is none.
template <std::size_t N>
[[gnu::always_inline]] constexpr std::string_view textOf(char const (&array)[N]) noexcept {
  if (std::is_constant_evaluated()) {
    std::size_t size = 0;
    while (size < N && array[size] != '\0') ++size;
    return {array, size};
  }
  // The builtin: compilers fold it for a literal.
  void const* const end = __builtin_memchr(array, 0, N);
  return {array,
          end == nullptr ? N : static_cast<std::size_t>(static_cast<char const*>(end) - array)};
}

/// hashName() of so many bytes, as one expression without a loop: for a literal the optimiser leaves
/// only its value.
template <std::size_t Size>
[[gnu::always_inline]] inline std::uint64_t hashUnrolled(char const* name) noexcept {
  auto const word = [](char const* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof(bytes));
    return bytes;
  };
  return [&]<std::size_t... Word, std::size_t... Byte>(std::index_sequence<Word...>,
                                                       std::index_sequence<Byte...>) {
    std::uint64_t hash = mixHash(Size + 0x9e3779b97f4a7c15u);
    ((hash = mixHash(hash ^ word(name + 8 * Word))), ...);
    if constexpr (sizeof...(Byte) > 0) {
      char const* const last = name + 8 * sizeof...(Word);
      hash = mixHash(hash ^ ((static_cast<std::uint64_t>(static_cast<unsigned char>(last[Byte]))
                              << (8 * Byte)) |
                             ...));
    }
    return hash;
  }
  (std::make_index_sequence<Size / 8>{}, std::make_index_sequence<Size % 8>{});
}

struct ChannelNameAccess;

}  // namespace detail

/// The name of a channel: a view of its bytes and their hash. Any bytes, the empty name too; no name
/// is special.
///
///   Lifetime  A view: what it was made from must outlive it. The bus copies what it keeps, so a
///             temporary std::string as an argument is fine.
class ChannelName {
 public:
  /// From a string literal, or what stands for one (`isOn ? "on" : "off"`, a constant array): hashed
  /// by the compiler, if that knows the bytes and optimises; else here. An array ends at its first
  /// NUL.
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a name is written as a literal.
  [[gnu::always_inline]] constexpr ChannelName(char const (&text)[N]) noexcept
      : ChannelName(detail::textOf(text), hashOf(text)) {}

  /// From a char array that may change.
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor)
  ChannelName(char (&text)[N]) noexcept : ChannelName(detail::textOf(text)) {}

  /// From a C string: hashed here. Throws std::invalid_argument for a null pointer.
  template <class Pointer>
  requires std::same_as<Pointer, char const*> || std::same_as<Pointer, char*>
  // NOLINTNEXTLINE(google-explicit-constructor)
  ChannelName(Pointer const& text) : ChannelName(checked(text)) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  ChannelName(std::string_view text)
      : data_(text.data()),
        size_(checkedSize(text.size())),
        isLiteral_(false),
        hash_(detail::hashName(text)) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  ChannelName(std::string const& text) : ChannelName(std::string_view(text)) {}

  constexpr std::string_view name() const noexcept { return {data_, size_}; }

  friend constexpr bool operator==(ChannelName const& a, ChannelName const& b) noexcept {
    return a.hash_ == b.hash_ && a.name() == b.name();
  }

 private:
  friend struct detail::ChannelNameAccess;

  constexpr ChannelName(char const* data, std::uint32_t size, bool isLiteral,
                        std::uint64_t hash) noexcept
      : data_(data), size_(size), isLiteral_(isLiteral), hash_(hash) {}

  /// Of an array. It counts as a literal where the compiler knows the hash, and so the bytes: not one
  /// of two literals that a condition picks, and no array that is filled at run time.
  [[gnu::always_inline]] constexpr ChannelName(std::string_view text, std::uint64_t hash) noexcept
      : ChannelName(text.data(), static_cast<std::uint32_t>(text.size()),
                    std::is_constant_evaluated() || __builtin_constant_p(hash), hash) {}

  template <std::size_t N>
  [[gnu::always_inline]] static constexpr std::uint64_t hashOf(char const (&text)[N]) noexcept {
    constexpr std::size_t MostUnrolled = 256;
    std::string_view const name = detail::textOf(text);
    if constexpr (N <= MostUnrolled && std::endian::native == std::endian::little) {
      if (!std::is_constant_evaluated() && __builtin_constant_p(text[0]) && name.size() == N - 1) {
        return detail::hashUnrolled<N - 1>(text);
      }
    }
    return detail::hashName(name);
  }

  static std::string_view checked(char const* text) {
    if (text == nullptr) throw std::invalid_argument("tincan: a channel name is a null pointer");
    return text;
  }

  static std::uint32_t checkedSize(std::size_t size) {
    if (size > UINT32_MAX) throw std::length_error("tincan: a channel name is longer than 4 GiB");
    return static_cast<std::uint32_t>(size);
  }

  char const* data_;
  std::uint32_t size_;
  bool isLiteral_;
  std::uint64_t hash_;
};

namespace detail {

/// What the bus needs of a name and its users do not; tests use it to make two names collide.
struct ChannelNameAccess {
  static constexpr std::uint64_t hash(ChannelName const& name) noexcept { return name.hash_; }
  static constexpr bool isLiteral(ChannelName const& name) noexcept { return name.isLiteral_; }
  static constexpr ChannelName make(std::string_view text, std::uint64_t hash) noexcept {
    return ChannelName(text.data(), static_cast<std::uint32_t>(text.size()), false, hash);
  }
};

}  // namespace detail
}  // namespace tincan::inline v0
