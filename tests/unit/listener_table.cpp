// tests/unit/listener_table.cpp - who listens to a channel and who handles its calls
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/message/listener_table.hpp>

#include "catch.hpp"

namespace {

using tincan::detail::ArgumentsOf;
using tincan::detail::ChannelEntry;
using tincan::detail::HandlerNode;
using tincan::detail::HandlerOps;
using tincan::detail::ListenerNode;
using tincan::detail::ListenerOps;
using tincan::detail::ListenerTable;

/// The operations of listeners that take a T, and are not called here.
template <class T>
constexpr ListenerOps takers{
    {&ArgumentsOf<T>::ops, 0, 0, 0, nullptr, nullptr}, nullptr, nullptr, nullptr, nullptr};

/// Says when it ends.
struct EndingListener final : ListenerNode {
  EndingListener(ListenerOps const& of, std::function<void()> function)
      : ListenerNode(of), atEnd(std::move(function)) {}
  ~EndingListener() override { atEnd(); }
  std::function<void()> atEnd;
};
struct EndingHandler final : HandlerNode {
  explicit EndingHandler(std::function<void()> function)
      : HandlerNode(none), atEnd(std::move(function)) {}
  ~EndingHandler() override { atEnd(); }
  static constexpr HandlerOps none{};
  std::function<void()> atEnd;
};

struct TableUnderTest {
  /// A listener that takes what has these operations; the table owns it.
  ListenerNode& listen(tincan::ChannelName const& name, ListenerOps const& ops = takers<int>,
                       bool isOnce = false) {
    auto node = std::make_shared<EndingListener>(ops, [this] { ++ended; });
    ListenerNode& added = *node;
    added.isOnce = isOnce;
    table.add(name, std::move(node));
    return added;
  }
  HandlerNode& handle(tincan::ChannelName const& name) {
    auto node = std::make_shared<EndingHandler>([this] { ++ended; });
    HandlerNode& added = *node;
    table.setHandler(name, std::move(node));
    return added;
  }
  ChannelEntry& entry(tincan::ChannelName const& name) { return *table.find(name); }

  int ended = 0;
  std::uint64_t version = 0;
  ListenerTable table{version};
};

}  // namespace

TEST_CASE("listener table: listeners are in the order of registration") {
  TableUnderTest test;
  CHECK(test.table.find("x") == nullptr);
  ListenerNode& first = test.listen("x");
  ListenerNode& second = test.listen("x");
  test.listen("y");
  ChannelEntry& entry = test.entry("x");
  REQUIRE(entry.count() == 2);
  CHECK(entry.listeners[0].get() == &first);
  CHECK(entry.listeners[1].get() == &second);
  CHECK(first.entry == &entry);
  CHECK(test.table.channels() == std::vector<std::string>{"x", "y"});
}

TEST_CASE("listener table: what is removed ends at once, and only once") {
  TableUnderTest test;
  ListenerNode& node = test.listen("x");
  CHECK(test.table.remove(node));
  CHECK(test.ended == 1);
  CHECK(test.entry("x").isUnused());
  HandlerNode& handler = test.handle("x");
  CHECK(test.entry("x").liveHandler() == &handler);
  CHECK(test.table.remove(handler));
  CHECK(test.entry("x").liveHandler() == nullptr);
  CHECK(test.ended == 2);
}

TEST_CASE("listener table: what is removed in a dispatch ends with the outermost one") {
  TableUnderTest test;
  ListenerNode& node = test.listen("x");
  HandlerNode& handler = test.handle("x");
  {
    ListenerTable::DeferDestruction const outer(&test.table);
    {
      ListenerTable::DeferDestruction const inner(&test.table);
      CHECK(test.table.remove(node));
      CHECK_FALSE(test.table.remove(node));
      CHECK(test.table.remove(handler));
      test.handle("x");  // in the place of one that may still run
    }
    CHECK(test.ended == 0);
    CHECK(test.entry("x").count() == 0);
    CHECK(test.entry("x").liveHandler() != &handler);
  }
  CHECK(test.ended == 2);
  CHECK(test.entry("x").liveHandler() != nullptr);
  ListenerTable::DeferDestruction const ofNoTable(nullptr);
}

TEST_CASE("listener table: one removes all listeners of a channel, or of all, and handlers stay") {
  TableUnderTest test;
  for (int i = 0; i < 2; ++i) test.listen("x"), test.listen("y");
  test.handle("y");
  test.table.removeAll(test.entry("x"));
  CHECK(test.table.channels() == std::vector<std::string>{"y"});
  test.table.removeAll();
  CHECK(test.table.channels().empty());
  CHECK(test.ended == 4);
  CHECK(test.entry("y").liveHandler() != nullptr);
  test.entry("x").admit(
      tincan::detail::ChannelEntry::Admission([](tincan::Peer const&) { return true; }));
  test.table.clear();
  CHECK(test.ended == 5);
  CHECK(test.entry("x").admits == nullptr);
}

TEST_CASE("listener table: the arguments that all listeners take as they are") {
  TableUnderTest test;
  auto const* const ints = &ArgumentsOf<int>::ops;
  ListenerNode& first = test.listen("x");
  CHECK(test.entry("x").exact == ints);
  CHECK(test.entry("x").alone == &first);
  ListenerNode& second = test.listen("x");
  CHECK(test.entry("x").exact == ints);
  CHECK(test.entry("x").alone == nullptr);
  CHECK(test.table.remove(second));
  CHECK(test.entry("x").alone == &first);
  test.listen("x", takers<std::string>);
  CHECK(test.entry("x").exact == nullptr);
  test.listen("once", takers<int>, true);
  CHECK(test.entry("once").exact == nullptr);
  CHECK(test.entry("once").alone == nullptr);
}

TEST_CASE("listener table: the version changes when entries come or go") {
  TableUnderTest test;
  ListenerNode& node = test.listen("x");
  std::uint64_t const before = test.version;
  test.listen("x");
  CHECK(test.table.remove(node));
  CHECK(test.version == before);
  test.listen("y");
  CHECK(test.version != before);
}

TEST_CASE("listener table: channels that come and go do not fill it") {
  TableUnderTest test;
  ListenerNode& stays = test.listen("stays");
  for (int i = 0; i < 10'000; ++i) {
    CHECK(test.table.remove(test.listen("reply " + std::to_string(i))));
  }
  CHECK(test.entry("stays").listeners.front().get() == &stays);
  int known = 0;
  for (int i = 0; i < 10'000; ++i) {
    known += test.table.find("reply " + std::to_string(i)) != nullptr ? 1 : 0;
  }
  CHECK(known < 100);
  CHECK(test.ended == 10'000);
}

TEST_CASE("listener table: a node that somebody holds knows that the table has ended") {
  std::shared_ptr<ListenerNode> held;
  {
    TableUnderTest test;
    test.listen("x");
    held = test.entry("x").listeners.front();
    static_cast<EndingListener&>(*held).atEnd = [] {};
    CHECK(held->isLive);
  }
  CHECK_FALSE(held->isLive);
}
