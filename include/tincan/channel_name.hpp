// tincan/channel_name.hpp - a channel's name with its hash
//
//   Threads   Any; a name is never changed.
//   Lifetime  A name is a view: what it was made from must outlive it.
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

namespace tincan::inline abi0 {

namespace detail {

/// Spreads every bit over all of them: the finaliser of splitmix64 (Vigna,
/// https://prng.di.unimi.it/splitmix64.c, public domain).
constexpr std::uint64_t mixHash(std::uint64_t a) noexcept {
  a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9u;
  a = (a ^ (a >> 27)) * 0x94d049bb133111ebu;
  return a ^ (a >> 31);
}

/// Reads up to eight bytes as one number, little-endian on every machine, so that a literal hashed
/// by the compiler and the same name hashed at run time agree.
constexpr std::uint64_t loadBytes(char const* bytes, std::size_t count) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < count; ++i) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return word;
}

/// Reads eight bytes as one number, in the order of the machine.
inline std::uint64_t loadWord(char const* bytes) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

/// Compares as many bytes on both sides. Names are short, and a call of memcmp costs more than that.
inline bool sameBytes(char const* a, char const* b, std::size_t size) noexcept {
  if (a == b) return true;
  if (size < sizeof(std::uint64_t)) {
    for (; size > 0; --size) {
      if (a[size - 1] != b[size - 1]) return false;
    }
    return true;
  }
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if (loadWord(a + at) != loadWord(b + at)) return false;
  }
  return loadWord(a + size - 8) == loadWord(b + size - 8);  // overlaps
}

/// The hash of a name, one word of it after the other; anybody can make up names with equal ones.
constexpr std::uint64_t hashName(std::string_view name) noexcept {
  std::uint64_t hash = mixHash(name.size() + 0x9e3779b97f4a7c15u);
  char const* at = name.data();
  std::size_t left = name.size();
  for (; left >= 8; at += 8, left -= 8) hash = mixHash(hash ^ loadBytes(at, 8));
  if (left > 0) hash = mixHash(hash ^ loadBytes(at, left));
  return hash;
}

/// The text in a char array: up to its first NUL, or all of it if there is none.
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

/// Computes hashName() of `Size` bytes in one expression without a loop: for a literal the optimiser
/// leaves only its value. On a little-endian machine.
template <std::size_t Size>
[[gnu::always_inline]] inline std::uint64_t hashUnrolled(char const* name) noexcept {
  return [&]<std::size_t... Word, std::size_t... Byte>(std::index_sequence<Word...>,
                                                       std::index_sequence<Byte...>) {
    std::uint64_t hash = mixHash(Size + 0x9e3779b97f4a7c15u);
    ((hash = mixHash(hash ^ loadWord(name + 8 * Word))), ...);
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

/// The name of a channel: a view of its bytes and their hash. Any bytes are a name, the empty one too,
/// and no name is special.
///
///   Lifetime  A view: what it was made from must outlive it. The bus copies what it keeps, so a
///             temporary std::string as an argument is fine.
class ChannelName {
 public:
  /// Takes a string literal, or what stands for one (`isOn ? "on" : "off"`, a constant array). Hashed
  /// by the compiler, if that knows the bytes and optimises; else here. Ends at its first NUL.
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor): a name is written as a literal.
  [[gnu::always_inline]] constexpr ChannelName(char const (&text)[N]) noexcept
      : ChannelName(detail::textOf(text), hashOf(text)) {}

  /// Takes a char array that may change later: the name is what it says now, up to its first NUL.
  template <std::size_t N>
  // NOLINTNEXTLINE(google-explicit-constructor)
  ChannelName(char (&text)[N]) noexcept : ChannelName(detail::textOf(text)) {}

  /// Takes a C string. Throws std::invalid_argument for a null pointer.
  template <class Pointer>
  requires std::same_as<Pointer, char const*> || std::same_as<Pointer, char*>
  // NOLINTNEXTLINE(google-explicit-constructor)
  ChannelName(Pointer const& text) : ChannelName(notNull(text)) {}

  /// Takes any bytes. Throws std::length_error for more than 4 GiB.
  // NOLINTNEXTLINE(google-explicit-constructor)
  ChannelName(std::string_view text)
      : data_(text.data()),
        size_(narrow(text.size())),
        isLiteral_(false),
        hash_(detail::hashName(text)) {}

  /// Takes any bytes of a string, which must outlive the name. Throws std::length_error for more than 4 GiB.
  // NOLINTNEXTLINE(google-explicit-constructor)
  ChannelName(std::string const& text) : ChannelName(std::string_view(text)) {}

  /// The bytes of the name: a view of what it was made from, without a NUL at its end.
  constexpr std::string_view name() const noexcept { return {data_, size_}; }

  /// True if the bytes are the same, wherever they lie.
  friend constexpr bool operator==(ChannelName const& a, ChannelName const& b) noexcept {
    return a.hash_ == b.hash_ && a.name() == b.name();
  }

 private:
  friend struct detail::ChannelNameAccess;

  constexpr ChannelName(char const* data, std::uint32_t size, bool isLiteral,
                        std::uint64_t hash) noexcept
      : data_(data), size_(size), isLiteral_(isLiteral), hash_(hash) {}

  /// Takes an array. It counts as a literal where the compiler knows the hash, and so the bytes: not
  /// one of two literals that a condition picks, and no array that is filled at run time.
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

  static std::string_view notNull(char const* text) {
    if (text == nullptr) throw std::invalid_argument("tincan: a channel name is a null pointer");
    return text;
  }

  static std::uint32_t narrow(std::size_t size) {
    if (size > UINT32_MAX) throw std::length_error("tincan: a channel name is longer than 4 GiB");
    return static_cast<std::uint32_t>(size);
  }

  char const* data_;
  std::uint32_t size_;
  bool isLiteral_;
  std::uint64_t hash_;
};

namespace detail {

/// Shows what the bus needs of a name and its users do not. Tests make two names collide by it.
struct ChannelNameAccess {
  static constexpr std::uint64_t hash(ChannelName const& name) noexcept { return name.hash_; }
  static constexpr bool isLiteral(ChannelName const& name) noexcept { return name.isLiteral_; }
  static constexpr char const* data(ChannelName const& name) noexcept { return name.data_; }
  /// The size, and whether it is a literal, in one number.
  static constexpr std::uint64_t sizeAndKind(ChannelName const& name) noexcept {
    return std::uint64_t{name.size_} << 1 | (name.isLiteral_ ? 1 : 0);
  }
  /// The name of those parts.
  static constexpr ChannelName join(char const* data, std::uint64_t sizeAndKind,
                                    std::uint64_t hash) noexcept {
    return ChannelName(data, static_cast<std::uint32_t>(sizeAndKind >> 1), (sizeAndKind & 1) != 0,
                       hash);
  }
  static constexpr ChannelName make(std::string_view text, std::uint64_t hash) noexcept {
    return ChannelName(text.data(), static_cast<std::uint32_t>(text.size()), false, hash);
  }
};

}  // namespace detail
}  // namespace tincan::inline abi0
