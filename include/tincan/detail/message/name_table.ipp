// tincan/detail/message/name_table.ipp - the channel names that an endpoint has sent on: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/name_index.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/message/name_table.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE NameRecord* makeRecord(ChannelName const& name, bool isKept) {
  std::string_view const text = name.name();
  void* const memory = ::operator new(sizeof(NameRecord) + text.size());
  char* const bytes = static_cast<char*>(memory) + sizeof(NameRecord);
  text.copy(bytes, text.size());
  bool const isLiteral = ChannelNameAccess::isLiteral(name);
  return ::new (memory) NameRecord{ChannelNameAccess::hash(name),
                                   isLiteral ? text.data() : nullptr,
                                   isLiteral ? ChannelNameAccess::sizeAndKind(name) : 1,
                                   bytes,
                                   static_cast<std::uint32_t>(text.size()),
                                   isKept};
}

TINCAN_INLINE NameTable::NameTable() noexcept {
  for (NameRecord const*& record : recent_) record = &NoneHere[0];
  recent_[0] = &NoneHere[1];
}

[[gnu::noinline]] TINCAN_INLINE NameRecord const* NameTable::findAll(ChannelName const& name,
                                                                     std::uint64_t hash) {
  NameRecord const* record = index_.find(hash, name.name());
  if (record == nullptr) {
    if (!mayKeep(name)) return makeRecord(name, false);
    record = add(name);
  }
  return recent_[hash % Recent] = record;
}

TINCAN_INLINE bool NameTable::mayKeep(ChannelName const& name) const noexcept {
  return ChannelNameAccess::isLiteral(name) ||
         (records_.size() < MostKept && bytes_ + name.name().size() <= MostBytes);
}

TINCAN_INLINE NameRecord const* NameTable::add(ChannelName const& name) {
  if (!index_.hasRoom()) grow();
  if (records_.size() == records_.capacity()) records_.reserve(records_.size() * 2 + 16);
  Owned<NameRecord const, DeleteRecord> record(makeRecord(name, true));
  index_.insert(record.get());
  bytes_ += name.name().size();
  records_.push_back(std::move(record));
  return records_.back().get();
}

TINCAN_INLINE void NameTable::grow() {
  NameIndex<NameRecord const> larger(records_.size() + 1);
  for (auto const& record : records_) larger.insert(record.get());
  index_ = std::move(larger);
}

}  // namespace tincan::inline abi0::detail
