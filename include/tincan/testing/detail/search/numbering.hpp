// tincan/testing/detail/search/numbering.hpp - small numbers for large ones
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include <tincan/detail/base/narrowed.hpp>

namespace tincan::inline abi0::testing::detail {

/// Numbers keys 0, 1, 2... in the order in which they are first asked for; never forgets one.
class Numbering {
 public:
  std::uint32_t of(std::uint64_t key) {
    if (key < small_.size()) [[likely]] {
      std::uint32_t const stored = small_[tincan::detail::narrowed<std::size_t>(key)];
      if (stored != 0) [[likely]]
        return stored - 1;
    }
    return ofAny(key);
  }
  /// The key that has that number.
  std::uint64_t key(std::uint32_t number) const noexcept { return keys_[number]; }

 private:
  static constexpr std::uint64_t Direct = 4096;  // keys below are looked up without hashing

  [[gnu::noinline]] std::uint32_t ofAny(std::uint64_t key) {
    if (key >= Direct) return number(large_.try_emplace(key, 0).first->second, key);
    auto const place = tincan::detail::narrowed<std::size_t>(key);
    if (place >= small_.size()) small_.resize(place + 1, 0);
    return number(small_[place], key);
  }

  std::uint32_t number(std::uint32_t& stored, std::uint64_t key) {
    if (stored == 0) {
      keys_.push_back(key);
      stored = static_cast<std::uint32_t>(keys_.size());
    }
    return stored - 1;
  }

  std::vector<std::uint32_t> small_{};  // the number + 1, 0: none yet
  std::unordered_map<std::uint64_t, std::uint32_t> large_{};
  std::vector<std::uint64_t> keys_{};  // by their numbers
};

}  // namespace tincan::inline abi0::testing::detail
