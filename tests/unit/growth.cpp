// tests/unit/growth.cpp - behaviour 29: what many names, receivers, endpoints and scopes cost
//
// The cost of n of them is compared with that of eight times as many, the best of three each, or with
// TINCAN_TESTS_QUICK the only one: where each costs the logarithm of their number the ratio is about 10,
// where each costs their number, 64.
#include <algorithm>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "allocations.hpp"
#include "amounts.hpp"
#include "support.hpp"

using namespace test;
using tincan::ChannelName;
using tincan::detail::ChannelNameAccess;

namespace {

constexpr double Limit = 32;
int const Turns = amounts::isQuick() ? 1 : 3;

/// Of all threads, so that what else the machine does hardly counts.
double processorSeconds() {
  timespec used{};
  REQUIRE(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

/// How much more work(8 * few) takes than work(few). What else runs on the machine can make that more,
/// never less: measured again if it is too much.
template <class Work>
double ratioOf(int few, Work&& work) {
  auto const best = [&](int count) {
    double least = 1e9;
    for (int turn = 0; turn < Turns; ++turn) {
      double const start = processorSeconds();
      work(count);
      least = (std::min)(least, processorSeconds() - start);
    }
    return least;
  };
  double ratio = 1e9;
  for (int attempt = 0; attempt < 5 && ratio >= Limit; ++attempt) {
    double const first = best(few);
    ratio = (std::min)(ratio, best(8 * few) / first);
  }
  return ratio;
}

std::vector<tincan::Renderer> attachMany(tincan::Bus& bus, int count, char const* name = "r") {
  std::vector<tincan::Renderer> renderers;
  for (int i = 0; i < count; ++i) renderers.push_back(bus.attach(name));
  return renderers;
}
/// This thread polls each of them.
std::vector<tincan::Renderer> pollMany(tincan::Bus& bus, int count) {
  auto renderers = attachMany(bus, count);
  for (auto& renderer : renderers) renderer.poll();
  return renderers;
}

/// A main that counts "x", and many renderers; this thread has polled all of them.
struct Crowd {
  explicit Crowd(int count) {
    main.on("x", [this] { ++got; });
    main.poll();
    renderers = pollMany(bus, count);
  }

  tincan::Bus bus;
  tincan::Main& main = bus.main();
  int got = 0;
  std::vector<tincan::Renderer> renderers;
};

/// Each of them sends one number, from the first one on.
void sendNumbers(std::vector<tincan::Renderer>& renderers, int first) {
  for (auto& renderer : renderers) renderer.send("x", first++);
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back("name " + std::to_string(i));
  return names;
}

/// Listens, sends, handles and removes, with the hash that hashOf(i) says.
template <class HashOf>
void useNames(int count, HashOf&& hashOf) {
  auto const names = numbered(count);
  std::vector<ChannelName> channels;
  for (auto const& name : names)
    channels.push_back(ChannelNameAccess::make(name, hashOf(channels.size())));
  tincan::Bus bus;
  auto window = bus.attach("window");
  int got = 0;
  std::vector<tincan::Listener> listeners;
  for (auto const& channel : channels) {
    listeners.push_back(bus.main().on(channel, [&got] { ++got; }));
  }
  for (int round = 0; round < 2; ++round) {
    for (auto const& channel : channels) window.send(channel);
    bus.main().poll();
  }
  for (auto const& channel : channels) got += bus.main().listenerCount(channel) == 1 ? 1 : 0;
  for (auto const& listener : listeners) got += bus.main().off(listener) ? 1 : 0;
  if (got != 4 * count) throw std::logic_error("not all were handled, found and removed");
}

}  // namespace

TEST_CASE("growth: names of one hash") {
  REQUIRE(ratioOf(250, [](int count) { useNames(count, [](std::size_t) { return 42u; }); }) <
          Limit);
}

TEST_CASE("growth: names whose hashes fall into one place of a table") {
  REQUIRE(ratioOf(250, [](int count) {
            useNames(count, [](std::size_t i) { return std::uint64_t{i} << 32; });
          }) < Limit);
}

TEST_CASE("growth: names of one hash in a scope, with handlers") {
  REQUIRE(ratioOf(250, [](int count) {
            auto const names = numbered(count);
            tincan::Bus bus;
            auto window = bus.attach("window");
            auto scope = bus.main().from(window.peer());
            for (auto const& name : names)
              scope.handle(ChannelNameAccess::make(name, 7), [] { return 1; });
            for (auto const& name : names) {
              auto const answer = window.invoke<int>(ChannelNameAccess::make(name, 7));
            }
            bus.main().poll();
            for (auto const& name : names) scope.removeHandler(ChannelNameAccess::make(name, 7));
          }) < Limit);
}

TEST_CASE("growth: the first message to each of many, who then end one by one") {
  REQUIRE(ratioOf(250, [](int count) {
            tincan::Bus bus;
            bus.main().poll();
            auto renderers = attachMany(bus, count);
            for (auto& renderer : renderers) renderer.peer().send("x");
            for (auto& renderer : renderers) renderer.peer().send("x");
            while (!renderers.empty()) {
              renderers.pop_back();
              auto last = bus.attach("last");
              last.peer().send("x");
            }
          }) < Limit);
}

TEST_CASE("growth: many endpoints are made, found by their names, and end") {
  REQUIRE(ratioOf(500, [](int count) {
            auto const names = numbered(count);
            tincan::Bus bus;
            std::vector<tincan::Renderer> renderers;
            for (auto const& name : names) renderers.push_back(bus.attach(name));
            std::size_t found = 0;
            for (auto const& name : names) found += bus.main().renderer(name).has_value() ? 1 : 0;
            for (auto const& name : names) found += renderers[0].peer(name).has_value() ? 1 : 0;
            while (!renderers.empty()) renderers.pop_back();
            if (found != 2 * names.size()) throw std::logic_error("not all were found");
          }) < Limit);
}

TEST_CASE("growth: many endpoints of one name, found and closed one by one") {
  REQUIRE(ratioOf(500, [](int count) {
            tincan::Bus bus;
            auto renderers = attachMany(bus, count, "one");
            for (auto& renderer : renderers) {
              if (bus.main().renderer("one") != renderer.peer()) throw std::logic_error("another");
              renderer.close();
            }
          }) < Limit);
}

TEST_CASE("growth: many scopes, whose renderers close one by one") {
  REQUIRE(ratioOf(250, [](int count) {
            tincan::Bus bus;
            std::vector<tincan::Renderer> renderers;
            int got = 0;
            for (int i = 0; i < count; ++i) {
              renderers.push_back(bus.attach("r"));
              bus.main().from(renderers.back().peer()).on("x", [&got] { ++got; });
            }
            for (auto& renderer : renderers) renderer.send("x");
            bus.main().poll();
            for (auto& renderer : renderers) {
              renderer.send("x");
              renderer.close();
              bus.main().poll(1);
            }
            if (got != 2 * count) throw std::logic_error("not all were handled in a scope");
          }) < Limit);
}

TEST_CASE("growth: a sender keeps so much of the names that it has sent on, and no more") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  bus.main().poll();
  std::int64_t const before = allocatedBytes();
  for (int i = 0; i < 64; ++i) {
    main.send(std::string(1'000'000, static_cast<char>('0' + i)));
    bus.main().poll();
  }
  REQUIRE(allocatedBytes() - before < 6'000'000);
}

TEST_CASE("found by name: the oldest that is open, whatever has ended before and between") {
  test::Bus bus;
  auto first = bus.attach("a");
  auto other = bus.attach("b");
  auto second = bus.attach("a");
  std::optional<tincan::Renderer> third(bus.attach("a"));
  tincan::Peer const held = second.peer();
  REQUIRE(bus.main().renderer("a") == first.peer());
  first.close();
  REQUIRE(bus.main().renderer("a") == held);
  second.close();
  REQUIRE(bus.main().renderer("a") == third->peer());
  REQUIRE(other.peer("a") == third->peer());
  third.reset();
  REQUIRE_FALSE(bus.main().renderer("a").has_value());
  REQUIRE_FALSE(bus.main().renderer("main").has_value());
  REQUIRE_FALSE(bus.main().renderer("").has_value());
  auto nameless = bus.attach();
  REQUIRE(bus.main().renderer("") == nameless.peer());
  REQUIRE(bus.main().renderers() == std::vector<tincan::Peer>{other.peer(), nameless.peer()});
  bus.close();
  REQUIRE_FALSE(bus.main().renderer("b").has_value());
}

TEST_CASE("29: growth: handles of many endpoints that this thread has not polled send") {
  REQUIRE(ratioOf(250, [](int count) {
            tincan::Bus bus;
            auto renderers = attachMany(bus, count);
            for (auto& renderer : renderers) renderer.main().send("x");
            while (!renderers.empty()) renderers.pop_back();
            REQUIRE(bus.stats().pending == static_cast<std::uint64_t>(count));
          }) < Limit);
}

TEST_CASE("29: growth: a thread with many endpoints sends on two other buses in turn") {
  tincan::Bus one, two;
  std::thread([&] {
    one.main().poll();
    two.main().poll();
  }).join();
  std::uint64_t sent = 0;
  REQUIRE(ratioOf(250, [&](int count) {
            tincan::Bus bus;
            auto renderers = pollMany(bus, count);
            for (int i = 0; i < count; ++i) {
              one.main().peer().send("x");
              two.main().peer().send("x");
              ++sent;
            }
          }) < Limit);
  REQUIRE(one.stats().pending == sent);
  REQUIRE(two.stats().pending == sent);
}

TEST_CASE("29: growth: a thread with many endpoints that runs none posts at a port") {
  bool const isPolled = GENERATE(false, true);
  REQUIRE(ratioOf(250, [&](int count) {
            tincan::Bus bus;
            auto renderers = attachMany(bus, count);
            if (isPolled) {
              for (auto& renderer : renderers) renderer.poll();
            }
            tincan::MessageChannel channel;
            for (auto& renderer : renderers) {
              channel.port1.postMessage(1);
              renderer.close();
            }
            int got = 0;
            channel.port2.on("message", [&](int) { ++got; });
            channel.port2.start(bus.main());
            bus.main().poll();
            REQUIRE(got == count);
          }) < Limit);
}

TEST_CASE("29: growth: scopes of many that have sent by handles before their first poll end") {
  REQUIRE(ratioOf(100, [](int count) {
            tincan::Bus bus;
            int got = 0;
            bus.onDeadLetter([](tincan::DeadLetter const&) {});
            auto renderers = attachMany(bus, count);
            for (auto& renderer : renderers) {
              bus.main().from(renderer.peer()).on("x", [&got] { ++got; });
              renderer.main().send("x");
            }
            for (auto& renderer : renderers) renderer.close();
            bus.main().poll();
            bus.main().poll();
            REQUIRE(got == count);
          }) < Limit);
}

TEST_CASE("29: growth: a message is kept beside those of many other senders") {
  constexpr int Each = 50;
  REQUIRE(ratioOf(250, [](int count) {
            Crowd crowd(count);
            crowd.main.keepLast("x");
            sendNumbers(crowd.renderers, 0);
            crowd.main.poll();
            for (int i = 0; i < Each * count; ++i) {
              crowd.renderers.back().send("x", i);
              if (i % Each == 0) crowd.main.poll();
            }
            crowd.main.poll();
            REQUIRE(crowd.got == (Each + 1) * count);
          }) < Limit);
}

TEST_CASE("29: growth: many are watched, and end or are left alone") {
  REQUIRE(ratioOf(500, [](int count) {
            Crowd crowd(count);
            int gone = 0;
            std::vector<tincan::Listener> listeners;
            for (auto& peer : crowd.main.renderers()) {
              peer.onClose([&] { ++gone; });
              listeners.push_back(peer.onClose([] {}));
            }
            for (auto const& listener : listeners) REQUIRE(listener.remove());
            for (auto& renderer : crowd.renderers) {
              renderer.close();
              crowd.main.poll();
            }
            REQUIRE(gone == count);
          }) < Limit);
}

TEST_CASE("29: growth: the newest only, on many channels") {
  bool const isPolled = GENERATE(false, true);
  REQUIRE(ratioOf(250, [&](int count) {
            auto const names = numbered(count);
            tincan::Bus bus;
            bus.onDeadLetter([](tincan::DeadLetter const&) {});
            auto window = bus.attach("window");
            if (isPolled) window.poll();
            tincan::Peer const byHandle = window.main();
            for (auto const& name : names) {
              for (int i = 0; i < 3; ++i) window.sendLatest(name, i);
              byHandle.sendLatest(name, 3);
            }
            REQUIRE(bus.stats().pending == static_cast<std::size_t>(count));
          }) < Limit);
}

TEST_CASE("29: growth: listeners whose objects have ended") {
  struct Object {
    void listen() {}
  };
  REQUIRE(ratioOf(500, [](int count) {
            tincan::Bus bus;
            for (int i = 0; i < count; ++i) {
              bus.main().on("x", std::make_shared<Object>(), &Object::listen);
            }
            REQUIRE(bus.main().listenerCount("x") == 0);
          }) < Limit);
}

TEST_CASE("29: growth: guests come, send and end where many stay") {
  REQUIRE(ratioOf(250, [](int count) {
            Crowd crowd(count);
            for (auto& renderer : crowd.renderers) renderer.send("x");
            crowd.main.poll();
            for (int i = 0; i < count; ++i) {
              auto guest = crowd.bus.attach("guest");
              guest.poll();
              guest.send("x");
              crowd.main.poll();
            }
            REQUIRE(crowd.got == 2 * count);
          }) < Limit);
}

TEST_CASE("29: growth: many have ended whose messages are handled one by one") {
  bool const hasScopes = GENERATE(false, true);
  REQUIRE(ratioOf(250, [&](int count) {
            tincan::Bus bus;
            int got = 0;
            auto const shared = std::make_shared<int>();
            bus.main().on("x", [] {});
            bus.main().poll();
            auto renderers = pollMany(bus, count);
            for (auto& renderer : renderers) {
              if (hasScopes) bus.main().from(renderer.peer()).on("x", [shared] {});
              renderer.send("x");
            }
            renderers.clear();
            for (int i = 0; i < count; ++i) got += static_cast<int>(bus.main().poll(1));
            REQUIRE(got == count);
            bus.main().poll();
            REQUIRE(shared.use_count() == 1);
          }) < Limit);
}

TEST_CASE("29: growth: what many have sent is handled one by one") {
  bool const isWoken = GENERATE(false, true);
  REQUIRE(ratioOf(250, [&](int count) {
            tincan::Bus bus;
            std::vector<int> got;
            bus.main().on("x", [&](int i) { got.push_back(i); });
            bus.main().poll();
            if (isWoken) bus.main().onWake([] {});
            auto renderers = pollMany(bus, count);
            sendNumbers(renderers, 0);
            for (int i = 0; i < count; ++i) REQUIRE(bus.main().poll(1) == 1);
            REQUIRE(bus.main().poll(1) == 0);
            REQUIRE(got.size() == static_cast<std::size_t>(count));
            REQUIRE(std::is_sorted(got.begin(), got.end()));
          }) < Limit);
}

TEST_CASE("29: growth: a handler takes what many have sent one by one") {
  REQUIRE(ratioOf(250, [](int count) {
            Crowd crowd(count);
            crowd.main.on("all", [&] {
              while (crowd.main.poll(1) != 0) {
              }
            });
            char const* channel = "all";
            for (auto& renderer : crowd.renderers) renderer.send(std::exchange(channel, "x"));
            crowd.main.poll();
            REQUIRE(crowd.got == count - 1);
          }) < Limit);
}

TEST_CASE("29: growth: runs are quit where many are silent") {
  REQUIRE(ratioOf(1000, [](int count) {
            Crowd crowd(count);
            for (auto& renderer : crowd.renderers) renderer.send("x");
            for (int i = 0; i < count; ++i) {
              crowd.main.quit();
              crowd.main.run();
            }
            REQUIRE(crowd.got == count);
          }) < Limit);
}

TEST_CASE("29: growth: answers are kept that had no room in an inbox") {
  auto const ratio = ratioOf(2000, [](int count) {
    auto const slots =
        std::make_unique<tincan::detail::AnswerSlot[]>(static_cast<std::size_t>(count));
    tincan::detail::Notices notices;
    tincan::detail::KeptWork kept(notices);
    int taken = 0;
    for (int i = 0; i < count; ++i) {
      if (!kept.keep(&slots[static_cast<std::size_t>(i)])) throw std::logic_error("it is not kept");
    }
    auto const work = kept.take();
    for (auto const* slot = work.answers; slot != nullptr; slot = slot->nextFree) ++taken;
    if (taken != count) throw std::logic_error("not all were kept");
  });
  CHECK(ratio < Limit);
}

TEST_CASE("what was left by a poll of one message, and what came since, is handled by the next") {
  constexpr int Many = 40;
  test::Bus bus;
  std::vector<int> got;
  bus.main().on("x", [&](int i) { got.push_back(i); });
  bus.main().poll();
  auto renderers = pollMany(bus, Many);
  sendNumbers(renderers, 0);
  REQUIRE(bus.main().poll(1) == 1);
  sendNumbers(renderers, Many);
  REQUIRE(bus.main().poll(Many / 2) == Many / 2);
  renderers.clear();
  auto late = bus.attach("late");
  late.poll();
  late.send("x", 2 * Many);
  REQUIRE(bus.main().poll() == 2 * Many - Many / 2);
  REQUIRE(bus.main().poll() == 0);
  REQUIRE(got.size() == 2 * Many + 1);
  REQUIRE(std::is_sorted(got.begin(), got.end()));
  REQUIRE(bus.stats().pending == 0);
}
