// tincan/channel_name.hpp - layer 0 - a channel's name with its hash
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace tincan {

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

struct ChannelNameAccess;

}  // namespace detail

/// The name of a channel: a view of its bytes and their hash. Any bytes, the empty name too; no name
/// is special.
///
///   Lifetime  A view: what it was made from must outlive it. The bus copies what it keeps, so a
///             temporary std::string as an argument is fine.
class ChannelName {
 public:
  /// From a string literal: hashed by the compiler. A char array that is no constant does not
  /// compile here; pass std::string_view(array).
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a name is written as a literal.
  consteval ChannelName(char const (&literal)[N])
      : data_(literal),
        size_(static_cast<std::uint32_t>(N - 1)),
        isLiteral_(true),
        hash_(detail::hashName({literal, N - 1})) {}

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
}  // namespace tincan
