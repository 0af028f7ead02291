// examples/robot.hpp - a robot that stops when it no longer knows where it goes
//
//   main, the brain               "lidar"                     "motors"
//     invoke "self-test" -------->  answers
//     invoke "self-test" ------------------------------------>  answers
//     <-- sendLatest "distance" --  every 10 ms
//     send "drive" ------------------------------------------>  drives; and stops by itself, if it is not
//     <-------------------------------- sendLatest "speed" ---  told to go on within 100 ms
//
// Nothing here knows a thread or a clock: robot.cpp runs it on threads, robot_test.cpp in virtual time.
#pragma once

#include <tincan/tincan.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace example {

using namespace std::chrono_literals;

// ---- the parts, each the whole life of a thread -------------------------------------------------

constexpr auto watchdogTime = 100ms;

inline void serveMotors(tincan::Renderer& ipc) {
  int speed = 0;
  tincan::Timer watchdog;
  auto const setSpeed = [&](int wanted) {
    speed = wanted;  // here it would go to the hardware
    ipc.sendLatest("speed", speed);
  };
  ipc.handle("self-test", [&] { return speed == 0; });
  ipc.on("drive", [&](int wanted) {
    watchdog.cancel();
    watchdog = ipc.after(watchdogTime, [=] { setSpeed(0); });
    setSpeed(wanted);
  });
  ipc.run();
  speed = 0;  // whoever ends the program leaves nothing running
}

/// Measures so many times, and then its cable breaks.
inline void serveLidar(tincan::Renderer& ipc, int measurements) {
  ipc.handle("self-test", [] { return true; });
  ipc.on("begin", [&] {
    ipc.every(10ms, [&] {
      if (measurements-- == 0) return ipc.close();
      ipc.sendLatest("distance", 10 * measurements);  // only the newest one matters
    });
  });
  ipc.run();
}

// ---- the brain ----------------------------------------------------------------------------------

/// What main knows, and what it does about it. Lives in a shared_ptr: its listeners end with it.
class Brain {
 public:
  Brain(tincan::Main& ipcMain, tincan::Peer lidar, tincan::Peer motors)
      : ipc_(ipcMain), lidar_(std::move(lidar)), motors_(std::move(motors)) {}

  /// Tests all parts at the same time, which may take a second, and then begins. False: one of them is broken.
  /// Throws Timeout, or Closed, if a part does not answer.
  static tincan::Task<bool> startUp(std::shared_ptr<Brain> brain) {
    auto const [lidarIsFine, motorsAreFine] =
        co_await tincan::all(brain->lidar_.within(1s).invoke<bool>("self-test"),
                             brain->motors_.within(1s).invoke<bool>("self-test"));
    if (!lidarIsFine || !motorsAreFine) co_return false;
    brain->ipc_.on("distance", brain, &Brain::see);
    brain->ipc_.on("speed", brain, &Brain::drives);
    brain->lidar_.onClose(brain, &Brain::goesBlind);
    brain->motors_.onClose(brain, &Brain::losesMotors);
    brain->lidar_.send("begin");
    co_return true;
  }

  int speed() const { return speed_; }
  bool isBlind() const { return isBlind_; }

 private:
  void see(int centimetres) {
    speed_ = centimetres > 50 ? 10 : 1;
    motors_.send("drive", speed_);
  }
  void drives(int speed) {
    speed_ = speed;
    endIfStranded();
  }
  void goesBlind() {  // comes after all that the lidar has sent
    isBlind_ = true;
    endIfStranded();
  }
  void losesMotors() {
    hasMotors_ = false;
    drives(0);
  }
  void endIfStranded() {
    if (speed_ == 0 && (isBlind_ || !hasMotors_)) ipc_.quit();
  }

  tincan::Main& ipc_;
  tincan::Peer lidar_, motors_;
  int speed_ = 0;
  bool isBlind_ = false, hasMotors_ = true;
};

}  // namespace example
