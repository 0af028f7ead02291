// tests/electron/ipc_main.cpp - the cases of Electron's spec/api-ipc-main-spec.ts, between threads
#include <algorithm>

#include "turns.hpp"
#include "unit/support.hpp"

using namespace test;
using tincan::Errc;

// ---- ipc.sendSync -------------------------------------------------------------------------------

TEST_CASE(
    "electron ipcMain: ipc.sendSync: does not crash when reply is not sent and browser is "
    "destroyed") {
  tincan::Bus bus;
  tincan::Reply reply;
  std::optional<Errc> code;
  bus.main().once("send-sync-message", [&](tincan::Event& event) {
    reply = event.defer();
    bus.close();
  });
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    code = codeOf([&] { return ipc.sendSync("send-sync-message"); });
  });
  bus.main().run();
  window.join();
  REQUIRE(code == Errc::Closed);
  REQUIRE_FALSE(reply.set(nullptr));
}

TEST_CASE(
    "electron ipcMain: ipc.sendSync: does not crash when reply is not sent and browser is "
    "destroyed while the listener runs") {
  tincan::Bus bus;
  std::optional<tincan::Renderer> window = bus.attach("window");
  auto answer = std::make_optional(window->request<void>("send-sync-message"));
  std::vector<bool> saw;
  bus.main().once("send-sync-message", [&](tincan::Event& event) {
    saw.push_back(event.cancelled());
    answer.reset();
    window.reset();
    saw.push_back(event.cancelled());
    saw.push_back(event.returnValue.set(nullptr));
    saw.push_back(event.sender.alive());
  });
  REQUIRE(bus.main().poll() == 1);
  REQUIRE(saw == std::vector<bool>{false, true, false, false});
}

TEST_CASE(
    "electron ipcMain: ipc.sendSync: does not crash when reply is sent by multiple listeners") {
  tincan::Bus bus;
  std::vector<bool> first;
  for (int i = 0; i < 2; ++i) {
    bus.main().on("send-sync-message",
                  [&first, i](tincan::Event& event) { first.push_back(event.returnValue.set(i)); });
  }
  std::optional<int> answer;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    answer = ipc.sendSync<int>("send-sync-message");
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(answer == 0);
  REQUIRE(first == std::vector<bool>{true, false});
}

// ---- ipcMain.on ---------------------------------------------------------------------------------

TEST_CASE("electron ipcMain: ipcMain.on: is not used for internals") {
  // Nor while questions, calls and answers are under way. And there is no dummy for "error".
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto asked = window.request("nobody");
  auto called = window.invoke("nobody");
  bus.main().peer().send("error");
  REQUIRE(bus.main().channels().empty());
  takeTurns(bus.main(), window);
  REQUIRE(bus.main().channels().empty());
  REQUIRE(bus.main().listenerCount("error") == 0);
  bus.main().on("mine", [] {});
  REQUIRE(bus.main().channels() == Log{"mine"});
}

TEST_CASE("electron ipcMain: ipcMain.on: can be replied to") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  bus.main().on("test-echo", [](tincan::Event& event, std::string const& text) {
    event.reply("test-echo", text);
  });
  Log got;
  window.send("test-echo", "hello");
  window.on("test-echo", [&](tincan::Event& event, std::string const& text) {
    got.push_back(event.sender.name() + ": " + text);
  });
  takeTurns(bus.main(), window);
  REQUIRE(got == Log{"main: hello"});
}

// ---- ipcMain.removeAllListeners -----------------------------------------------------------------

TEST_CASE("electron ipcMain: ipcMain.removeAllListeners: removes only the given channel") {
  tincan::Bus bus;
  bus.main().on("channel1", [] {});
  bus.main().on("channel2", [] {});
  bus.main().handle("channel1", [] {});
  bus.main().removeAllListeners("channel1");
  REQUIRE(bus.main().channels() == Log{"channel2"});
  REQUIRE(bus.main().hasHandler("channel1"));
}

TEST_CASE(
    "electron ipcMain: ipcMain.removeAllListeners: removes all channels if no channel is "
    "specified") {
  tincan::Bus bus;
  bus.main().on("channel1", [] {});
  bus.main().on("channel2", [] {});
  bus.main().handle("channel1", [] {});
  bus.main().removeAllListeners();
  REQUIRE(bus.main().channels().empty());
  REQUIRE(bus.main().hasHandler("channel1"));
}
