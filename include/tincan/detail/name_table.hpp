// tincan/detail/name_table.hpp - layer 1 - the channel names that an endpoint has sent on
//
// A message carries a pointer to a record instead of a name and its hash: eight bytes, and most
// names are compared by address.
//
//   Threads   The sender's. A record is never changed, so receivers may read it.
//   Progress  Allocates for a name that is new. Names made at run time beyond `MostKept` are not
//             kept: their records travel with the message, which deletes them.
//   Lifetime  Records live as long as the table, which lives as long as any lane of its endpoint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <tincan/channel_name.hpp>

namespace tincan::detail {

/// Names are short, and a call of memcmp costs more than the comparison.
inline bool sameBytes(char const* a, char const* b, std::size_t size) noexcept {
  if (a == b) return true;
  auto const word = [](char const* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof(bytes));
    return bytes;
  };
  if (size < sizeof(std::uint64_t)) {
    for (; size > 0; --size) {
      if (a[size - 1] != b[size - 1]) return false;
    }
    return true;
  }
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if (word(a + at) != word(b + at)) return false;
  }
  return word(a + size - 8) == word(b + size - 8);  // overlaps
}

struct NameRecord {
  std::uint64_t hash;
  char const* literal;  // what it was made from, if that is a literal; only compared
  char const* data;
  std::uint32_t size;
  bool isKept;  // false: whoever takes the message deletes the record

  std::string_view view() const noexcept { return {data, size}; }
  ChannelName name() const noexcept { return ChannelNameAccess::make(view(), hash); }

  bool is(std::uint64_t otherHash, std::string_view other) const noexcept {
    return hash == otherHash && size == other.size() && sameBytes(data, other.data(), size);
  }
};

/// A record that owns its bytes, in one allocation.
inline NameRecord* makeRecord(ChannelName const& name, bool isKept) {
  std::string_view const text = name.name();
  void* const memory = ::operator new(sizeof(NameRecord) + text.size());
  char* const bytes = static_cast<char*>(memory) + sizeof(NameRecord);
  text.copy(bytes, text.size());
  return ::new (memory) NameRecord{ChannelNameAccess::hash(name),
                                   ChannelNameAccess::isLiteral(name) ? text.data() : nullptr,
                                   bytes, static_cast<std::uint32_t>(text.size()), isKept};
}

struct DeleteRecord {
  void operator()(NameRecord const* record) const noexcept {
    ::operator delete(const_cast<NameRecord*>(record));
  }
};

class NameTable {
 public:
  NameRecord const* find(ChannelName const& name) {
    std::uint64_t const hash = ChannelNameAccess::hash(name);
    NameRecord const* const recent = recent_[hash % Recent];
    // A literal's bytes never change, so its address and hash are enough.
    bool const isThat =
        recent != nullptr && recent->hash == hash &&
        ((recent->literal == name.name().data() && recent->size == name.name().size() &&
          ChannelNameAccess::isLiteral(name)) ||
         recent->is(hash, name.name()));
    if (isThat) [[likely]]
      return recent;
    return findAll(name, hash);
  }

 private:
  static constexpr std::size_t Recent = 64;
  static constexpr std::size_t MostKept = 65536;

  NameRecord const* findAll(ChannelName const& name, std::uint64_t hash) {
    if (!places_.empty()) {
      for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
        NameRecord const* const record = places_[at];
        if (record == nullptr) break;
        if (record->is(hash, name.name())) return recent_[hash % Recent] = record;
      }
    }
    bool const isKept = ChannelNameAccess::isLiteral(name) || records_.size() < MostKept;
    if (!isKept) return makeRecord(name, false);
    if ((records_.size() + 1) * 2 > places_.size()) grow();
    records_.emplace_back(makeRecord(name, true));
    insert(records_.back().get());
    return recent_[hash % Recent] = records_.back().get();
  }

  std::size_t mask() const noexcept { return places_.size() - 1; }

  void insert(NameRecord const* record) noexcept {
    std::size_t at = record->hash & mask();
    while (places_[at] != nullptr) at = (at + 1) & mask();
    places_[at] = record;
  }

  void grow() {
    std::vector<NameRecord const*> larger(places_.empty() ? 16 : places_.size() * 2);
    records_.reserve(larger.size());
    places_.swap(larger);
    for (auto const& record : records_) insert(record.get());
  }

  NameRecord const* recent_[Recent] = {};
  std::vector<NameRecord const*> places_;  // open addressing, at most half full
  std::vector<std::unique_ptr<NameRecord const, DeleteRecord>> records_;
};

}  // namespace tincan::detail
