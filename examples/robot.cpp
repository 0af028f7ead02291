// examples/robot.cpp - a robot on threads: its parts are tested, it drives, the lidar's cable breaks, it stops
//
//   robot [MEASUREMENTS]   as many as the lidar makes before that
#include "robot.hpp"

#include <cstdlib>
#include <iostream>
#include <memory>

#include "ctrl_c.hpp"

namespace {

/// Tells how the start has ended.
tincan::Task<> begin(tincan::Main& ipcMain, std::shared_ptr<example::Brain> brain) {
  try {
    if (co_await example::Brain::startUp(brain)) {
      std::cout << "ready\n";
      co_return;
    }
    std::cout << "a part is broken\n";
  } catch (tincan::Error const& error) {  // Timeout, or Closed
    std::cout << error.what() << '\n';
  }
  ipcMain.quit();
}

}  // namespace

int main(int count, char** arguments) {
  int const measurements = count > 1 ? std::atoi(arguments[1]) : 20;
  tincan::Bus bus;
  tincan::Main& ipcMain = bus.main();
  example::CtrlC const ctrlC(ipcMain);
  auto const motors = bus.spawn("motors", example::serveMotors);
  auto const lidar = bus.spawn(
      "lidar", [measurements](tincan::Renderer& ipc) { example::serveLidar(ipc, measurements); });
  auto const brain = std::make_shared<example::Brain>(ipcMain, lidar.peer(), motors.peer());

  ipcMain.post([&] { return begin(ipcMain, brain); });
  ipcMain.run();
  if (brain->isBlind()) std::cout << "blind, so it has stopped\n";
}
