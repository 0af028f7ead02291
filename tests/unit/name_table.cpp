// tests/unit/name_table.cpp - the channel names that an endpoint has sent on
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/message/name_table.hpp>

#include "catch.hpp"

namespace {

using tincan::ChannelName;
using tincan::detail::ChannelNameAccess;
using tincan::detail::NameRecord;
using tincan::detail::NameTable;
using Unkept = std::unique_ptr<NameRecord const, tincan::detail::DeleteRecord>;

}  // namespace

TEST_CASE("name table: one record for a name, however it is written") {
  NameTable table;
  std::string const text = "status";
  NameRecord const* const record = table.find("status");
  CHECK(record->view() == "status");
  CHECK(record->name() == ChannelName("status"));
  CHECK(record->isKept);
  CHECK(table.find(text) == record);
  CHECK(table.find(text.c_str()) == record);
  CHECK(table.find("status") == record);
  CHECK(table.find("statu") != record);
  CHECK(table.find("") != record);
}

TEST_CASE("name table: a record has bytes of its own") {
  NameTable table;
  std::string text = "made at run time";
  NameRecord const* const record = table.find(text);
  text[0] = 'f';
  CHECK(record->view() == "made at run time");
  CHECK(table.find(text) != record);
  CHECK(table.find("made at run time") == record);
}

TEST_CASE("name table: names whose hashes are equal have records of their own") {
  NameTable table;
  std::vector<std::string> texts;
  std::set<NameRecord const*> records;
  for (int i = 0; i < 100; ++i) texts.push_back("name " + std::to_string(i));
  auto const find = [&](std::string const& text) {
    return table.find(ChannelNameAccess::make(text, 42));
  };
  for (std::string const& text : texts) {
    REQUIRE(records.insert(find(text)).second);
    REQUIRE(find(text)->view() == text);
  }
  for (std::string const& text : texts) REQUIRE(records.contains(find(text)));
  CHECK(records.size() == texts.size());
}

TEST_CASE("name table: of very many names those that come last are not kept, but literals are") {
  NameTable table;
  constexpr int Kept = 65'536;
  for (int i = 0; i < Kept; ++i) REQUIRE(table.find(std::to_string(i))->isKept);
  NameRecord const* const early = table.find("7");
  CHECK(early->isKept);
  Unkept const late(table.find(std::string("late")));
  CHECK_FALSE(late->isKept);
  CHECK(late->view() == "late");
  Unkept const again(table.find(std::string("late")));
  CHECK(again.get() != late.get());
  CHECK(table.find(std::to_string(Kept - 1))->isKept);
  constexpr ChannelName literal("a literal");
  CHECK(table.find(literal)->isKept);
  CHECK(table.find(literal) == table.find(literal));
}

TEST_CASE("name table: of very long names those are not kept that are 4 MiB in all") {
  NameTable table;
  std::string const mebibyte(std::size_t{1} << 20, 'x');
  for (char const last : {'a', 'b', 'c', 'd'}) {
    std::string text = mebibyte;
    text.back() = last;
    REQUIRE(table.find(text)->isKept);
    REQUIRE(table.find(text)->isKept);
  }
  Unkept const record(table.find(std::string("x")));
  CHECK_FALSE(record->isKept);
}
