// tests/consumer/main.cpp - the first program of the README, built the way a user would build it
#include <iostream>
#include <tincan/tincan.hpp>

int main() {
  tincan::Bus bus;
  tincan::Main& ipcMain = bus.main();
  ipcMain.on("asynchronous-message", [](tincan::Event& event, std::string const& arg) {
    std::cout << arg << '\n';  // prints "ping"
    event.sender.send("asynchronous-reply", "pong");
  });
  ipcMain.on("synchronous-message", [](tincan::Event& event, std::string const& arg) {
    std::cout << arg << '\n';  // prints "ping"
    event.returnValue = "pong";
  });

  auto window = bus.spawn("window", [&bus](tincan::Renderer& ipc) {  // a thread of its own
    std::cout << ipc.sendSync<std::string>("synchronous-message", "ping") << '\n';  // prints "pong"
    ipc.on("asynchronous-reply",
           [&bus](std::string const& arg) {  // the event parameter may be left out
             std::cout << arg << '\n';       // prints "pong"
             bus.close();
           });
    ipc.send("asynchronous-message", "ping");
    ipc.run();
  });
  ipcMain.run();  // until bus.close()
}
