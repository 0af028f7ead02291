// tincan/detail/message/name_table.hpp - the channel names that an endpoint has sent on
//
// A message carries a pointer to a record instead of a name and its hash: eight bytes, and most
// names are compared by address.
//
//   Threads   The sender's. A record is never changed, so receivers may read it.
//   Progress  Allocates for a name that is new. Names made at run time beyond `MostKept` of them, or
//             `MostBytes` of text in all, are not kept: their records travel with the message, which
//             deletes them.
//   Lifetime  Records live as long as the table, which lives as long as any lane of its endpoint.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/name_index.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/row.hpp>

namespace tincan::inline abi0::detail {

/// A name as messages refer to it.
struct NameRecord {
  std::uint64_t hash;
  // What it was made from, if that is a literal, else null and 1; only compared.
  char const* literal;
  std::uint64_t literalSize;  // see ChannelNameAccess::sizeAndKind()
  char const* data;
  std::uint32_t size;
  bool isKept;  // false: whoever takes the message deletes the record

  std::string_view view() const noexcept { return {data, size}; }
  ChannelName name() const noexcept { return ChannelNameAccess::make(view(), hash); }
};

/// Makes a record that owns its bytes, in one allocation, for DeleteRecord. Throws std::bad_alloc.
[[nodiscard]] NameRecord* makeRecord(ChannelName const& name, bool isKept);

/// Ends what makeRecord() has made.
struct DeleteRecord {
  void operator()(NameRecord const* record) const noexcept {
    ::operator delete(const_cast<NameRecord*>(record));
  }
};

class NameTable {
 public:
  NameTable() noexcept;
  NameTable(NameTable const&) = delete;
  NameTable& operator=(NameTable const&) = delete;

  /// The record of a literal that was sent on lately, else null. The name comes in parts, see
  /// ChannelNameAccess::join().
  [[gnu::always_inline]] NameRecord const* recentLiteral(char const* data,
                                                         std::uint64_t sizeAndKind,
                                                         std::uint64_t hash) const noexcept {
    NameRecord const* const recent = recent_[hash % Recent];
    // A literal's bytes never change, so its address and size are enough.
    return recent->literal == data && recent->literalSize == sizeAndKind ? recent : nullptr;
  }
  /// The record of any name that was sent on lately, else null. The name comes in parts, see
  /// ChannelNameAccess::join().
  NameRecord const* recent(char const* data, std::uint64_t sizeAndKind,
                           std::uint64_t hash) const noexcept {
    NameRecord const* const literal = recentLiteral(data, sizeAndKind, hash);
    if (literal != nullptr) [[likely]]
      return literal;
    NameRecord const* const recent = recent_[hash % Recent];
    bool const isThat = recent->hash == hash && recent->size == sizeAndKind >> 1 &&
                        sameBytes(recent->data, data, recent->size);
    return isThat ? recent : nullptr;
  }

  /// The record of that name, made if there is none; a record that is not kept belongs to the caller.
  /// Throws std::bad_alloc, and then nothing has happened.
  [[nodiscard]] NameRecord const* find(ChannelName const& name) {
    std::uint64_t const hash = ChannelNameAccess::hash(name);
    std::string_view const text = name.name();
    NameRecord const* const found = recent(text.data(), ChannelNameAccess::sizeAndKind(name), hash);
    if (found != nullptr) [[likely]]
      return found;
    return findAll(name, hash);
  }

 private:
  static constexpr std::size_t Recent = 64;
  // What stands at a place of recent_ where no name has been: its hash belongs to another place.
  static constexpr NameRecord NoneHere[2] = {{0, nullptr, 1, nullptr, 0, true},
                                             {1, nullptr, 1, nullptr, 0, true}};
  static constexpr std::size_t MostKept = 65'536;
  static constexpr std::size_t MostBytes = std::size_t{4} << 20;

  [[nodiscard]] NameRecord const* findAll(ChannelName const& name, std::uint64_t hash);

  bool mayKeep(ChannelName const& name) const noexcept;

  NameRecord const* add(ChannelName const& name);

  void grow();

  NameRecord const* recent_[Recent];
  NameIndex<NameRecord const> index_{};
  Row<Owned<NameRecord const, DeleteRecord>> records_{};
  std::size_t bytes_ = 0;  // of the names in them
};

}  // namespace tincan::inline abi0::detail
