// tests/unit/channel_name.cpp - a channel's name with its hash
#include <algorithm>

#include "support.hpp"

using namespace test;
using tincan::ChannelName;
using tincan::detail::ChannelNameAccess;

TEST_CASE("a literal and the same name at run time are one channel") {
  for (std::size_t size = 0; size < 40; ++size) {
    std::string const text(size, 'x');
    ChannelName const name(text);
    REQUIRE(name == ChannelName(std::string_view(text)));
    REQUIRE(name == ChannelName(text.c_str()));
    REQUIRE(name.name() == text);
  }
  std::string const text = "asynchronous-message";
  REQUIRE(ChannelName("asynchronous-message") == ChannelName(text));
  static_assert(ChannelName("a") == ChannelName("a"));
  static_assert(!(ChannelName("a") == ChannelName("b")));
  static_assert(ChannelName("abc").name() == "abc");
}

TEST_CASE("names that differ by one byte, or by their length, differ") {
  std::vector<std::uint64_t> hashes;
  for (std::size_t size = 0; size < 20; ++size) {
    for (std::size_t at = 0; at < std::max<std::size_t>(size, 1); ++at) {
      std::string text(size, '\0');
      if (size > 0) text[at] = '\1';
      hashes.push_back(ChannelNameAccess::hash(ChannelName(text)));
    }
  }
  std::sort(hashes.begin(), hashes.end());
  REQUIRE(std::adjacent_find(hashes.begin(), hashes.end()) == hashes.end());
}

TEST_CASE("any bytes are a name, the empty one too, and no name is special") {
  tincan::Bus bus;
  Log got;
  Log const names = {"",
                     std::string(1, '\0'),
                     std::string("a\0b", 3),
                     "error",
                     "newListener",
                     "\xff\xfe",
                     std::string(10'000, 'x'),
                     "__proto__",
                     "a",
                     "a\n"};
  for (auto const& name : names) {
    bus.main().on(name, [&](tincan::Event& event) { got.emplace_back(event.channel().name()); });
  }
  for (auto const& name : names) bus.main().peer().send(name);
  bus.main().peer().send("");
  bus.main().peer().send("error");
  bus.main().poll();
  Log expected = names;
  expected.push_back("");
  expected.push_back("error");
  REQUIRE(got == expected);
}

TEST_CASE("a null pointer is no name") {
  char const* const null = nullptr;
  REQUIRE_THROWS_AS(ChannelName(null), std::invalid_argument);
}

TEST_CASE("the bus keeps a copy of a name that was made at run time") {
  tincan::Bus bus;
  std::string channel, listened = "temporary name of some length";
  bus.main().on(listened, [&](tincan::Event& event) { channel = event.channel().name(); });
  listened.assign(listened.size(), '-');
  std::string sent = "temporary name of some length";
  bus.main().peer().send(sent);
  auto future = bus.main().peer().request("nobody listens to " + sent);
  sent.assign(sent.size(), '+');
  bus.main().poll();
  REQUIRE(channel == "temporary name of some length");
  REQUIRE(contains(whatOf([&] { future.get(); }), "nobody listens to temporary name"));
}

TEST_CASE("two names with one hash are not confused") {
  ChannelName const a = ChannelNameAccess::make("a", 42), b = ChannelNameAccess::make("b", 42);
  ChannelName const longer = ChannelNameAccess::make("aa", 42);
  REQUIRE_FALSE(a == b);
  REQUIRE_FALSE(a == longer);

  tincan::Bus bus;
  Log got;
  bus.main().on(a, [&](std::string const& text) { got.push_back("a " + text); });
  bus.main().on(b, [&](int number) { got.push_back("b " + std::to_string(number)); });
  tincan::Peer const main = bus.main().peer();
  for (int i = 0; i < 3; ++i) {
    main.send(a, "text");
    main.send(b, 1);
    main.send(longer, 1);
  }
  bus.main().poll();
  REQUIRE(got == Log{"a text", "b 1", "a text", "b 1", "a text", "b 1"});
  REQUIRE(bus.stats().deadLetters.at(tincan::Errc::NoListener) == 3);
  REQUIRE(bus.main().listenerCount(a) == 1);
  bus.main().removeAllListeners(a);
  REQUIRE(bus.main().listenerCount(a) == 0);
  REQUIRE(bus.main().listenerCount(b) == 1);
}

TEST_CASE("a hundred names in one bucket are not confused") {
  tincan::Bus bus;
  std::vector<int> got;
  Log names;
  for (int i = 0; i < 100; ++i) names.push_back("name " + std::to_string(i));
  // Also 0 and the largest hash.
  for (std::uint64_t const hash : {std::uint64_t{0}, std::uint64_t{64}, UINT64_MAX}) {
    got.clear();
    for (int i = 0; i < 100; ++i) {
      bus.main().on(ChannelNameAccess::make(names[static_cast<std::size_t>(i)], hash),
                    [&, i] { got.push_back(i); });
    }
    for (auto const& name : names) bus.main().peer().send(ChannelNameAccess::make(name, hash));
    bus.main().poll();
    REQUIRE(got.size() == 100);
    for (int i = 0; i < 100; ++i) REQUIRE(got[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("more names than a sender keeps still arrive") {
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  std::uint64_t const count = 66'000;  // it keeps 65,536
  for (std::uint64_t i = 0; i < count; ++i) main.send(std::to_string(i));
  auto last = main.request("the last one");
  auto cancelled = main.request("another");
  cancelled.cancel();
  REQUIRE(contains(whatOf([&] { cancelled.get(); }), "another"));
  std::string got;
  bus.main().on("65999", [&](tincan::Event& event) { got = event.channel().name(); });
  REQUIRE(bus.main().poll() == count + 2);
  REQUIRE(got == "65999");
  REQUIRE(contains(whatOf([&] { last.get(); }), "the last one"));
}
