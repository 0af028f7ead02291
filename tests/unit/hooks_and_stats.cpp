// tests/unit/hooks_and_stats.cpp - what a bus tells about itself
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>

#include "allocations.hpp"
#include "support.hpp"

#if defined(__linux__)
#include <unistd.h>
#endif

using namespace test;
using tincan::Errc;
using tincan::SendResult;

#if defined(__linux__)
namespace {
/// What is written to stderr while it lives.
class CapturedErrors {
 public:
  CapturedErrors() : file_(std::tmpfile()), before_(dup(2)) {
    std::fflush(stderr);
    dup2(fileno(file_), 2);
  }
  CapturedErrors(CapturedErrors const&) = delete;
  CapturedErrors& operator=(CapturedErrors const&) = delete;
  ~CapturedErrors() {
    restore();
    std::fclose(file_);
  }

  std::string text() {
    restore();
    std::rewind(file_);
    std::string text;
    for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
      text.push_back(static_cast<char>(c));
    }
    return text;
  }

 private:
  void restore() {
    if (before_ < 0) return;
    std::fflush(stderr);
    dup2(before_, 2);
    close(std::exchange(before_, -1));
  }

  std::FILE* file_;
  int before_;
};
}  // namespace

TEST_CASE("10: without an onError hook an error is one line on stderr") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  window.on("x", [](int number) {
    if (number == 0) throw std::runtime_error("oh");
    throw 42;
  });
  CapturedErrors errors;
  window.peer().send("x", 0);
  window.peer().send("x", 1);
  window.poll();
  std::string const text = errors.text();
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 2);
  REQUIRE(contains(text, "'x'"));
  REQUIRE(contains(text, "'window'"));
  REQUIRE(contains(text, "oh"));
}

TEST_CASE("10: what is thrown is one short line on stderr, whatever it says") {
  tincan::Bus bus;
  bus.main().on("lines", [] { throw std::runtime_error("two\nlines\x1b"); });
  bus.main().on("long", [] { throw std::runtime_error(std::string(100'000, 'x')); });
  CapturedErrors errors;
  bus.main().peer().send("lines");
  bus.main().peer().send("long");
  bus.main().poll();
  std::string const text = errors.text();
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 2);
  REQUIRE(contains(text, "two\\nlines\\x1b"));
  REQUIRE(text.size() < 2000);
}

TEST_CASE("10: an exception may say nothing at all") {
  struct Mute : std::exception {
    char const* what() const noexcept override { return nullptr; }
  };
  tincan::Bus bus;
  bus.main().post([] { throw Mute(); });
  CapturedErrors errors;
  bus.main().poll();
  REQUIRE(contains(errors.text(), "an exception whose what() is null"));
}

TEST_CASE(
    "10: without memory to say what was thrown the line on stderr says so, and blames no hook") {
  if (!test::countsAllocations()) return;
  tincan::Bus bus;
  bus.main().on(test::LongName, [] {
    test::failAllocation(1, true);
    throw 1;
  });
  bus.main().peer().send(test::LongName);
  CapturedErrors errors;
  bus.main().poll();
  test::failAllocation(0);
  REQUIRE(errors.text() == "tincan: an exception is lost: there is no memory to say which\n");
}

TEST_CASE("10: without an onError hook an error is one line, whatever bytes there are in names") {
  tincan::Bus bus;
  CapturedErrors errors;
  auto window = bus.attach(std::string("r\0s", 3));
  std::string const name("a\0b", 3);
  bus.main().on(name, [] { throw std::runtime_error("two\nlines"); });
  window.send(name);
  bus.main().poll();
  REQUIRE(errors.text() == "tincan: 'main' threw on 'a\\x00b' from 'r\\x00s': two\\nlines\n");
}

TEST_CASE("an onError hook that is taken away gives the line back") {
  tincan::Bus bus;
  bus.main().on("x", [] { throw std::runtime_error("oh"); });
  int hooked = 0;
  bus.onError([&](tincan::ErrorReport const&) { ++hooked; });
  CapturedErrors errors;
  bus.main().peer().send("x");
  bus.main().poll();
  bus.onError({});
  bus.main().peer().send("x");
  bus.main().poll();
  std::string const text = errors.text();
  REQUIRE(hooked == 1);
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 1);
}

TEST_CASE("without a hook the first dead letter of each kind, channel and endpoint is one line") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  bus.main().on("typed", [](int) {});
  bus.main().allow("denied", {"nobody"});
  CapturedErrors errors;
  for (int i = 0; i < 3; ++i) {
    window.send("unheard");
    window.send("typed", "text");
    window.send("denied");
    window.peer().send("unheard");
  }
  bus.main().poll();
  window.poll();
  std::string const text = errors.text();
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 4);
  REQUIRE(contains(text, "'unheard': nobody listens at 'main'"));
  REQUIRE(contains(text, "'unheard': nobody listens at 'window'"));
  REQUIRE(contains(text, "expected (int), got (std::string)"));
  REQUIRE(contains(text, "'denied': 'main' does not take this channel from this sender"));
}

TEST_CASE("an ordinary end says nothing, nor does a dead letter that has a hook") {
  tincan::Bus bus;
  CapturedErrors errors;
  {
    auto window = bus.attach("window");
    window.peer().send("x");
  }
  auto left = bus.main().peer().request("y");
  left.cancel();
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  bus.main().peer().send("nobody");
  bus.main().poll();
  bus.close();
  REQUIRE(errors.text().empty());
}

TEST_CASE("a name with line breaks, or a very long one, is still one short line") {
  tincan::Bus bus;
  CapturedErrors errors;
  bus.main().peer().send("a\nb\r");
  bus.main().peer().send(std::string("zero\0\xff", 6));
  std::string many = "x";  // so that no place to cut at is between two characters
  for (int i = 0; i < 50'000; ++i) many += "\xc3\xa4";
  bus.main().peer().send(many);
  bus.main().poll();
  std::string const text = errors.text();
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 3);
  REQUIRE(contains(text, R"('a\nb\x0d': nobody)"));
  REQUIRE(contains(text, R"('zero\x00\xff': nobody)"));
  REQUIRE_FALSE(contains(text, R"(\xc3)"));
  REQUIRE_FALSE(contains(text, R"(\xa4)"));
  REQUIRE(text.size() < 2000);
}

TEST_CASE("the first dead letter of each channel is a line, however many channels there are") {
  tincan::Bus bus;
  CapturedErrors errors;
  for (int i = 0; i < 3000; ++i) bus.main().peer().send(std::to_string(i));
  bus.main().poll();
  std::string const text = errors.text();
  REQUIRE(std::count(text.begin(), text.end(), '\n') == 3000);
  REQUIRE(bus.stats().deadLetters.at(tincan::Errc::NoListener) == 3000);
}

TEST_CASE("a dead letter says in one sentence what has happened") {
  std::map<tincan::Errc, std::string> what;
  test::Bus bus;
  auto window = bus.attach("window");
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) { what[letter.reason] = letter.what; });
  bus.main().on("typed", [](int, std::string const&) {});
  bus.main().allow("denied", {"nobody"});
  window.send("unheard");
  window.send("typed", 1, 2.5);
  window.send("denied");
  auto invoked = window.invoke("unhandled");
  auto cancelled = window.request("cancelled");
  cancelled.cancel();
  auto late = window.within(std::chrono::nanoseconds(1)).request("late");
  REQUIRE(codeOf([&] { return late.get(), 0; }) == tincan::Errc::Timeout);
  bus.main().poll();
  auto tight = bus.attach("tight", {1, tincan::Overflow::Fail});
  tight.peer().send("first");
  tight.peer().send("full");
  tight.close();
  using tincan::Errc;
  REQUIRE(what.at(Errc::NoListener) == "'unheard': nobody listens at 'main'");
  REQUIRE(contains(what.at(Errc::TypeMismatch), "expected (int, std::string), got (int, double)"));
  REQUIRE(contains(what.at(Errc::Denied), "'denied': 'main' does not take"));
  REQUIRE(contains(what.at(Errc::NoHandler), "No handler registered for 'unhandled'"));
  REQUIRE(contains(what.at(Errc::Cancelled), "'cancelled'"));
  REQUIRE(contains(what.at(Errc::Timeout), "'late'"));
  REQUIRE(contains(what.at(Errc::Full), "'full': the inbox of 'tight' is full"));
  REQUIRE(contains(what.at(Errc::Closed), "'first'"));
}

TEST_CASE(
    "a dead letter inside the dead-letter hook is counted, and the hook is not called for it") {
  tincan::Bus bus(tincan::BusOptions{{2, tincan::Overflow::DropOldest}});
  auto window = bus.attach("window");
  auto tight = bus.attach("tight", {1, tincan::Overflow::DropOldest});
  window.poll();
  Log letters;
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) {
    letters.push_back(letter.channel);
    window.send("log", letter.channel);
    tight.peer().send("log", letter.channel);
  });
  for (int i = 0; i < 5; ++i) window.send("x", i);
  for (int i = 0; i < 5; ++i) tight.peer().send("y", i);
  bus.onDeadLetter({});
  REQUIRE(letters.size() >= 3);
  REQUIRE(letters.size() <= 8);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("each thread has its own dead letters, also while another one is in the hook") {
  tincan::Bus bus;
  std::atomic<int> calls{0};
  Latch both(2);
  bus.onDeadLetter([&](tincan::DeadLetter const&) {
    ++calls;
    both.arrive_and_wait();
  });
  auto gone = bus.attach("gone");
  tincan::Peer const peer = gone.peer();
  gone.close();
  std::thread other([&] { peer.send("x"); });
  peer.send("x");
  other.join();
  bus.onDeadLetter({});
  REQUIRE(calls == 2);
}

TEST_CASE(
    "an error inside the onError hook is a line on stderr, and the hook is not called for it") {
  tincan::Bus bus;
  bus.main().on("x", [] { throw std::runtime_error("outer"); });
  bus.main().on("y", [] { throw std::runtime_error("inner"); });
  int calls = 0;
  bus.onError([&](tincan::ErrorReport const&) {
    ++calls;
    bus.main().peer().send("y");
    bus.main().poll();
  });
  CapturedErrors errors;
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(calls == 1);
  REQUIRE(contains(errors.text(), "inner"));
}

TEST_CASE("a hook that throws harms nobody") {
  tincan::Bus bus;
  bus.onError([](tincan::ErrorReport const&) { throw 1; });
  bus.onDeadLetter([](tincan::DeadLetter const&) { throw 2; });
  int calls = 0;
  bus.main().on("x", [] { throw 3; });
  bus.main().on("x", [&] { ++calls; });
  CapturedErrors errors;
  bus.main().peer().send("x");
  bus.main().peer().send("nobody");
  bus.main().peer().send("x");
  REQUIRE(bus.main().poll() == 3);
  REQUIRE(errors.text() ==
          "tincan: the onError hook threw\ntincan: the onDeadLetter hook threw\n"
          "tincan: the onError hook threw\n");
  REQUIRE(calls == 2);
  REQUIRE(addsUp(bus.stats()));
}
#endif

TEST_CASE("an error report carries the exception itself") {
  tincan::Bus bus;
  tincan::ErrorReport report;
  bus.onError([&](tincan::ErrorReport const& got) { report = got; });
  auto window = bus.attach("window");
  window.poll();
  bus.main().on("x", [] { throw 42; });
  window.send("x");
  bus.main().poll();
  REQUIRE(report.channel == "x");
  REQUIRE(report.from == "window");
  REQUIRE(report.to == "main");
  REQUIRE_THROWS_AS(std::rethrow_exception(report.exception), int);
}

TEST_CASE("hooks may use the bus, and replace themselves") {
  tincan::Bus bus;
  int first = 0, second = 0, letters = 0;
  bus.onError([&](tincan::ErrorReport const&) {
    ++first;
    bus.onError([&](tincan::ErrorReport const&) { ++second; });
    REQUIRE(bus.stats().sent > 0);
    REQUIRE(bus.main().renderers().empty());
  });
  bus.onDeadLetter([&](tincan::DeadLetter const& letter) {
    if (++letters < 3) bus.main().peer().send("dead " + letter.channel);
  });
  bus.main().on("x", [] { throw 1; });
  bus.main().peer().send("x");
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(first == 1);
  REQUIRE(second == 1);
  bus.main().peer().send("letter");
  while (bus.main().poll() != 0) {
  }
  REQUIRE(letters == 3);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("a dead letter hook may close the bus") {
  tincan::Bus bus;
  bus.onDeadLetter([&](tincan::DeadLetter const&) { bus.close(); });
  for (int i = 0; i < 100; ++i) bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(bus.stats().pending == 0);
  REQUIRE(deadLettersOf(bus.stats()) == 100);
}

TEST_CASE("5: the counters add up at rest, whatever has happened") {
  tincan::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  auto const expect = [&](std::uint64_t sent, std::uint64_t handled, std::uint64_t pending) {
    tincan::Stats const stats = bus.stats();
    REQUIRE(stats.sent == sent);
    REQUIRE(stats.handled == handled);
    REQUIRE(stats.pending == pending);
    REQUIRE(addsUp(stats));
  };
  tincan::Peer const peer = window.peer();
  expect(0, 0, 0);
  window.on("x", [] {});
  window.on("throws", [] { throw 1; });
  window.on("typed", [](int) {});
  peer.send("x");
  expect(1, 0, 1);
  window.poll();
  expect(1, 1, 0);
  peer.send("throws");
  peer.send("typed", "text");
  peer.send("nobody");
  expect(4, 1, 3);
  window.poll();
  expect(4, 2, 0);
  // post, quit and answers do not count.
  window.post([] {});
  window.quit();
  window.run();
  expect(4, 2, 0);
  auto future = peer.request("x");
  expect(5, 2, 1);
  window.poll();
  expect(5, 3, 0);
  {
    auto cancelled = peer.request("x");
    cancelled.cancel();
  }
  expect(6, 3, 1);
  window.poll();
  expect(6, 3, 0);
  REQUIRE(bus.stats().deadLetters.at(Errc::Cancelled) == 1);
  Fragile const fragile;
  Fragile::armed = true;
  REQUIRE_THROWS(peer.send("x", fragile));
  Fragile::armed = false;
  expect(6, 3, 0);
  peer.send("x");
  peer.send("x");
  window.close();
  expect(8, 3, 0);
  peer.send("x");
  static_cast<void>(peer.request("x"));
  REQUIRE(codeOf([&] { peer.sendSync("x"); }) == Errc::Closed);
  expect(11, 3, 0);
  REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 5);
  REQUIRE(bus.main().broadcast("x") == 0);
  expect(11, 3, 0);
  REQUIRE(reports.deadLetters().size() == 8);
}

TEST_CASE("5: the counters keep what endpoints and threads that are gone have counted") {
  tincan::Bus bus;
  {
    auto window = bus.attach("window");
    window.on("x", [] {});
    std::thread([&] {
      for (int i = 0; i < 10; ++i) window.peer().send("x");
    }).join();
    window.poll(4);
  }
  tincan::Stats const stats = bus.stats();
  REQUIRE(stats.sent == 10);
  REQUIRE(stats.handled == 4);
  REQUIRE(stats.pending == 0);
  REQUIRE(stats.deadLetters.at(Errc::Closed) == 6);
  REQUIRE(stats.maxDepth == 10);
}

TEST_CASE("5: the counters add up after four threads have sent while a receiver came and went") {
  tincan::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  tincan::Peer const peer = window->peer();
  std::atomic<std::uint64_t> queued{0}, refused{0};
  Latch half(4);
  std::vector<std::thread> senders;
  for (int t = 0; t < 4; ++t) {
    senders.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        if (i == 1000) half.count_down();
        (peer.send("x", std::string(50, 'x')) == SendResult::Queued ? queued : refused) += 1;
      }
    });
  }
  window->on("x", [] {});
  while (!half.try_wait()) window->poll();
  window.reset();
  for (auto& sender : senders) sender.join();
  tincan::Stats const stats = bus.stats();
  REQUIRE(stats.sent == 8000);
  REQUIRE(queued + refused == 8000);
  REQUIRE(stats.pending == 0);
  REQUIRE(addsUp(stats));
  REQUIRE(stats.handled <= queued);
}

TEST_CASE("maxDepth is the most that waited in one inbox") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.on("x", [] {});
  for (int i = 0; i < 150; ++i) window.peer().send("x");
  window.poll();
  for (int i = 0; i < 20; ++i) window.peer().send("x");
  window.poll();
  REQUIRE(bus.stats().maxDepth == 150);
}
