// tests/unit/delivery.cpp - behaviour 1 to 6
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

TEST_CASE("the seed program prints ping, pong, ping, pong") {
  Log printed;
  tincan::Bus bus;
  tincan::Main& ipcMain = bus.main();
  std::mutex mutex;
  auto const print = [&](std::string const& line) {
    std::lock_guard const lock(mutex);
    printed.push_back(line);
  };
  ipcMain.on("asynchronous-message", [&](tincan::Event& event, std::string const& arg) {
    print(arg);
    event.sender.send("asynchronous-reply", "pong");
  });
  ipcMain.on("synchronous-message", [&](tincan::Event& event, std::string const& arg) {
    print(arg);
    event.returnValue = "pong";
  });
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    print(ipc.sendSync<std::string>("synchronous-message", "ping"));
    ipc.on("asynchronous-reply", [&](std::string const& arg) {
      print(arg);
      bus.close();
    });
    ipc.send("asynchronous-message", "ping");
    ipc.run();
  });
  ipcMain.run();
  window.join();
  REQUIRE(printed == Log{"ping", "pong", "ping", "pong"});
}

TEST_CASE("1: a listener runs on its endpoint's thread, never on the sender's stack") {
  tincan::Bus bus;
  std::thread::id handler;
  bus.main().on("x", [&] { handler = std::this_thread::get_id(); });
  std::thread sender([peer = bus.main().peer()] { peer.send("x"); });
  sender.join();
  REQUIRE(handler == std::thread::id());
  REQUIRE(bus.main().poll() == 1);
  REQUIRE(handler == std::this_thread::get_id());
}

TEST_CASE("1: a message to oneself waits for the next poll") {
  tincan::Bus bus;
  tincan::Peer const self = bus.main().peer();
  int calls = 0;
  bus.main().on("x", [&] {
    ++calls;
    self.send("x");
  });
  self.send("x");
  REQUIRE(calls == 0);
  for (int i = 1; i <= 200; ++i) {
    REQUIRE(bus.main().poll() == 1);
    REQUIRE(calls == i);
  }
}

TEST_CASE("2: messages arrive in the order they were sent, across channels and verbs") {
  tincan::Bus bus;
  Log log;
  auto const note = [&](char const* what) { log.push_back(what); };
  bus.main().on("a", [&] { note("a"); });
  bus.main().on("b", [&](tincan::Event& event, int) {
    note("b");
    event.returnValue = 1;
  });
  bus.main().on("d", [&](tincan::Event& event, std::string const&) {
    note("d");
    event.returnValue = 2;
  });
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 100; ++i) {
      ipc.send("a");
      auto future = ipc.request<int>("b", i);
      bus.main().post([&] { note("post"); });
      ipc.sendSync<int>("d", "x");
      ipc.main().send("a");
    }
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  Log expected;
  for (int i = 0; i < 100; ++i) {
    for (char const* what : {"a", "b", "post", "d", "a"}) expected.push_back(what);
  }
  REQUIRE(log == expected);
}

TEST_CASE("2: a hundred thousand messages on two channels keep their order") {
  tincan::Bus bus;
  int next = 0;
  bool inOrder = true;
  auto const check = [&](int number) { inOrder = inOrder && number == next++; };
  bus.main().on("even", check);
  bus.main().on("odd", check);
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 100'000; ++i) ipc.send(i % 2 == 0 ? "even" : "odd", i);
    bus.main().quit();
  });
  bus.main().run();
  REQUIRE(next == 100'000);
  REQUIRE(inOrder);
}

TEST_CASE("2: answers are there in the order of the requests") {
  tincan::Bus bus;
  bus.main().on("x", [](tincan::Event& event, int number) { event.returnValue = number; });
  bool inOrder = true;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 1000; ++i) {
      auto first = ipc.request<int>("x", 1);
      auto second = ipc.request<int>("x", 2);
      inOrder = inOrder && second.get() == 2 && first.ready() && first.get() == 1;
    }
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(inOrder);
}

namespace {

/// Main, which is told of numbered causes and effects, and stops after so many effects.
struct Judge {
  Judge(tincan::Bus& bus, int rounds) {
    bus.main().on("cause", [this](int number) { causes = number; });
    bus.main().on("effect", [this, &bus, rounds](int number) {
      causeFirst = causeFirst && causes >= number;
      if (++effects == rounds) bus.main().quit();
    });
  }

  int causes = 0, effects = 0;
  bool causeFirst = true;
};

}  // namespace

TEST_CASE("3: what led to a message is handled before it, through a third endpoint") {
  constexpr int Rounds = 3000;
  tincan::Bus bus;
  Judge judge(bus, Rounds);
  auto b = bus.spawn("b", [](tincan::Renderer& ipc) {
    ipc.on("b", [&](int number) { ipc.send("effect", number); });
    ipc.run();
  });
  auto a = bus.spawn("a", [peer = b.peer()](tincan::Renderer& ipc) {
    for (int i = 1; i <= Rounds; ++i) {
      ipc.send("cause", i);
      peer.send("b", i);
    }
  });
  bus.main().run();
  REQUIRE(judge.causeFirst);
}

TEST_CASE("3: what led to a message is handled before it, through an answer") {
  constexpr int Rounds = 1000;
  tincan::Bus bus;
  Judge judge(bus, Rounds);
  auto a = bus.spawn("a", [](tincan::Renderer& ipc) {
    ipc.on("ask", [&](tincan::Event& event, int number) {
      ipc.send("cause", number);
      event.returnValue = number;
    });
    ipc.run();
  });
  auto b = bus.spawn("b", [peer = a.peer()](tincan::Renderer& ipc) {
    for (int i = 1; i <= Rounds; ++i) ipc.send("effect", peer.sendSync<int>("ask", i));
  });
  bus.main().run();
  REQUIRE(judge.causeFirst);
}

TEST_CASE("3: what led to a message is handled before it, through a posted function") {
  constexpr int Rounds = 1000;
  tincan::Bus bus;
  Judge judge(bus, Rounds);
  auto b = bus.attach("b");
  std::thread owner([&] { b.run(); });
  auto a = bus.spawn("a", [&](tincan::Renderer& ipc) {
    for (int i = 1; i <= Rounds; ++i) {
      ipc.send("cause", i);
      b.post([&, i] { b.send("effect", i); });
    }
  });
  bus.main().run();
  b.quit();
  owner.join();
  REQUIRE(judge.causeFirst);
}

TEST_CASE("4: arguments are captured before send returns") {
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  std::string got;
  bus.main().on("x", [&](std::string const& text) { got = text; });

  std::string text(100, 'a');
  main.send("x", text);
  text = "changed";
  bus.main().poll();
  REQUIRE(got == std::string(100, 'a'));

  std::string_view view = text;
  main.send("x", view);
  text = "CHANGED";
  bus.main().poll();
  REQUIRE(got == "changed");

  char buffer[] = "buffer";
  main.send("x", buffer);
  buffer[0] = 'X';
  bus.main().poll();
  REQUIRE(got == "buffer");

  main.send("x", std::move(text));
  bus.main().poll();
  REQUIRE(got == "CHANGED");
}

TEST_CASE("4: an exception from capturing leaves send, and nothing was sent") {
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  Log log;
  bus.main().on("before", [&] { log.push_back("before"); });
  bus.main().on("after", [&] { log.push_back("after"); });
  bus.main().on("x", [&] { log.push_back("x"); });
  Fragile fragile;
  struct Large {
    Fragile inside;
    char room[100];
  } large{};
  struct ForExtra {  // more than the cell of a request has room for
    Fragile inside;
    char room[35];
  } forExtra{};

  int const alive = Counted::alive;
  for (int i = 0; i < 200; ++i) {  // across the borders of chunks
    main.send("before");
    Fragile::armed = true;
    REQUIRE_THROWS_AS(main.send("x", Counted(1), fragile), std::runtime_error);
    REQUIRE_THROWS_AS(main.send("x", large, Counted(1)), std::runtime_error);
    REQUIRE_THROWS_AS(main.request("x", fragile), std::runtime_error);
    REQUIRE_THROWS_AS(main.request("x", forExtra), std::runtime_error);
    REQUIRE_THROWS_AS(main.request("x", large), std::runtime_error);
    Fragile::armed = false;
    main.send("after");
  }
  REQUIRE(bus.stats().sent == 400);
  REQUIRE(bus.main().poll() == 400);
  REQUIRE(log.size() == 400);
  REQUIRE(log[0] == "before");
  REQUIRE(log[399] == "after");
  REQUIRE(Counted::alive == alive);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("4: an exception from capturing leaves sendSync") {
  tincan::Bus bus;
  bus.main().on("x", [](tincan::Event& event) { event.returnValue = 1; });
  Fragile fragile;
  Fragile::armed = true;
  bool threw = false;
  int afterwards = 0;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    try {
      ipc.sendSync("x", fragile);
    } catch (std::runtime_error const& error) {
      threw = std::string(error.what()) == "fragile";
    }
    Fragile::armed = false;
    afterwards = ipc.sendSync<int>("x", fragile);
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(threw);
  REQUIRE(afterwards == 1);
  REQUIRE(bus.stats().sent == 1);
}

TEST_CASE("5: a message that nobody listens for is a dead letter, not kept for later listeners") {
  tincan::Bus bus;
  Reports const reports(bus);
  bus.main().poll();  // from now on this thread speaks for main
  bus.main().peer().send("x", 1);
  REQUIRE(bus.main().poll() == 1);
  bool called = false;
  bus.main().on("x", [&] { called = true; });
  REQUIRE(bus.main().poll() == 0);
  REQUIRE_FALSE(called);
  REQUIRE(reports.deadLetters() == Log{"NoListener x main>main"});
  REQUIRE(bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::NoListener, 1}});
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("5: arguments of other types are a dead letter") {
  tincan::Bus bus;
  Reports const reports(bus);
  bool called = false;
  bus.main().on("x", [&](std::string const&) { called = true; });
  bus.main().peer().send("x", 1);
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE_FALSE(called);
  REQUIRE(reports.deadLetters().size() == 2);
  REQUIRE(reports.errors().empty());
  REQUIRE(bus.stats().deadLetters.at(Errc::TypeMismatch) == 2);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("5: what one listener can take is no dead letter, and the others are errors") {
  tincan::Bus bus;
  Reports const reports(bus);
  int taken = 0;
  bus.main().on("x", [&](std::string const&) {});
  bus.main().on("x", [&](int number) { taken = number; });
  bus.main().peer().send("x", 7);
  bus.main().poll();
  REQUIRE(taken == 7);
  REQUIRE(reports.deadLetters().empty());
  REQUIRE(reports.errors().size() == 1);
  REQUIRE(contains(reports.errors()[0], "std::string"));
  REQUIRE(contains(reports.errors()[0], "int"));
  REQUIRE(bus.stats().handled == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("6: messages sent to a renderer before its first poll wait for it") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.peer().send("x", 1);
  window.peer().send("x", 2);
  std::vector<int> got;
  window.on("x", [&](int number) { got.push_back(number); });
  REQUIRE(bus.stats().pending == 2);
  REQUIRE(window.poll() == 2);
  REQUIRE(got == std::vector{1, 2});
}

TEST_CASE("6: a thread's renderer gets what was sent while it was setting itself up") {
  tincan::Bus bus;
  Latch sent(1);
  std::vector<int> got;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    sent.wait();
    ipc.on("x", [&](int number) { got.push_back(number); });
    ipc.run();
  });
  for (int i = 0; i < 300; ++i) window.peer().send("x", i);
  sent.count_down();
  { auto const end = std::move(window); }
  REQUIRE(got.size() == 300);
  REQUIRE(got.back() == 299);
}

TEST_CASE("6: messages sent just before a renderer ends still arrive") {
  tincan::Bus bus;
  int got = 0;
  bus.main().on("x", [&](tincan::Event& event, int number) {
    got += number;
    REQUIRE(event.sender.name() == "window");
    REQUIRE_FALSE(event.sender.alive());
    REQUIRE(event.sender.send("y") == SendResult::Closed);
  });
  bus.spawn("window",
            [](tincan::Renderer& ipc) {
              for (int i = 0; i < 200; ++i) ipc.send("x", 1);
            })
      .join();
  REQUIRE(bus.main().poll() == 200);
  REQUIRE(got == 200);
}

TEST_CASE("6: so do messages of a thread without an endpoint") {
  tincan::Bus bus;
  int got = 0;
  bus.main().on("x", [&](tincan::Event& event) {
    ++got;
    REQUIRE(event.sender.name().empty());
    REQUIRE_FALSE(event.sender.alive());
    REQUIRE(event.sender == tincan::Peer());
    REQUIRE(event.sender.send("y") == SendResult::Closed);
  });
  std::thread([peer = bus.main().peer()] {
    for (int i = 0; i < 200; ++i) peer.send("x");
  }).join();
  REQUIRE(bus.main().poll() == 200);
  REQUIRE(got == 200);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("a message goes to every renderer, and broadcast tells how many took it") {
  tincan::Bus bus;
  auto a = bus.attach("a");
  auto b = bus.attach("b");
  auto c = bus.attach("c");
  int got = 0;
  for (auto* renderer : {&a, &b, &c}) {
    renderer->on("x", [&](std::string const& text) { got += text == "hello" ? 1 : 0; });
  }
  b.close();
  std::string const text = "hello";
  REQUIRE(bus.main().broadcast("x", text) == 2);
  a.poll();
  c.poll();
  REQUIRE(got == 2);
  REQUIRE(bus.main().renderers().size() == 2);
  REQUIRE(bus.main().renderer("c").has_value());
  REQUIRE_FALSE(bus.main().renderer("b").has_value());
  REQUIRE_FALSE(bus.main().renderer("main").has_value());
  REQUIRE(a.peer("c") == c.peer());
  REQUIRE_FALSE(a.peer("main").has_value());
}

TEST_CASE("messages of any size arrive whole") {
  tincan::Bus bus;
  std::string got;
  bus.main().on("x", [&](std::string& text) { got = std::move(text); });
  for (std::size_t size : {0u, 1u, 15u, 16u, 39u, 40u, 41u, 64u, 65'535u, 65'536u, 3'145'729u}) {
    bus.main().peer().send("x", std::string(size, 'x'));
    bus.main().poll();
    REQUIRE(got == std::string(size, 'x'));
  }
}

namespace {
template <std::size_t Size>
struct alignas(Size >= 64 ? 64 : 1) Bytes {
  unsigned char data[Size];
};

template <std::size_t Size>
bool arrives(tincan::Bus& bus, tincan::Renderer& ipc) {
  Bytes<Size> bytes{};
  for (std::size_t i = 0; i < Size; ++i) bytes.data[i] = static_cast<unsigned char>(i + 1);
  bool isWhole = false;
  auto const compare = [&](tincan::Event& event, Bytes<Size> const& got) {
    isWhole = std::equal(got.data, got.data + Size, bytes.data) &&
              reinterpret_cast<std::uintptr_t>(&got) % alignof(Bytes<Size>) == 0;
    event.returnValue = got;
  };
  tincan::ScopedListener const listener = ipc.on("bytes", compare);
  ipc.peer().send("bytes", bytes);
  ipc.poll();
  bool const sendIsWhole = std::exchange(isWhole, false);
  auto future = bus.main().renderer("window")->request<Bytes<Size>>("bytes", bytes);
  ipc.poll();
  Bytes<Size> const answer = future.get();
  return sendIsWhole && isWhole && std::equal(answer.data, answer.data + Size, bytes.data);
}
}  // namespace

TEST_CASE("arguments and answers of every size around the borders of a cell arrive whole") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  REQUIRE(arrives<1>(bus, window));
  REQUIRE(arrives<31>(bus, window));
  REQUIRE(arrives<32>(bus, window));
  REQUIRE(arrives<33>(bus, window));
  REQUIRE(arrives<39>(bus, window));
  REQUIRE(arrives<40>(bus, window));
  REQUIRE(arrives<41>(bus, window));
  REQUIRE(arrives<48>(bus, window));
  REQUIRE(arrives<64>(bus, window));
  REQUIRE(arrives<4096>(bus, window));
}
