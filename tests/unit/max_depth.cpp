// tests/unit/max_depth.cpp - what counts as waiting
#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Future;

TEST_CASE_METHOD(MainAndWindow,
                 "5: functions that are posted or called do not count for maxDepth") {
  main.on("x", [] {});
  SECTION("alone, by the endpoint") {
    for (int i = 0; i < 10; ++i) main.post([] {});
    main.poll();
    CHECK(bus.stats().maxDepth == 0);
  }
  SECTION("alone, by a handle") {
    for (int i = 0; i < 10; ++i) ipc.main().post([] {});
    auto const called = ipc.main().call([] {});
    main.poll();
    CHECK(bus.stats().maxDepth == 0);
  }
  SECTION("beside a message") {
    for (int i = 0; i < 10; ++i) ipc.main().post([] {});
    ipc.send("x");
    main.poll();
    CHECK(bus.stats().maxDepth == 1);
  }
}

TEST_CASE_METHOD(MainAndWindow, "5: answers and quits do not count for maxDepth") {
  main.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
  for (int i = 0; i < 10; ++i) {
    ipc.request<int>("ask").then(ipc, [&](Future<int>) { ++calls; });
    main.poll();
  }
  for (int i = 0; i < 10; ++i) main.quit();
  ipc.poll();
  main.poll();
  CHECK(calls == 10);
  CHECK(bus.stats().maxDepth == 1);
}

TEST_CASE("5: nor do functions that a poll has left, among many senders") {
  tincan::Bus bus;
  std::vector<tincan::Renderer> senders;
  for (int i = 0; i < 20; ++i) senders.push_back(bus.attach());
  bus.main().on("x", [] {});
  int posted = 0;
  for (int i = 0; i < 100; ++i) {
    for (auto& sender : senders) sender.main().post([&] { ++posted; });
  }
  bus.main().poll(1);
  senders[0].send("x");
  bus.main().poll();
  CHECK(posted == 2000);
  CHECK(bus.stats().maxDepth == 1);
}
