// tests/path/path.cpp - which functions a verb enters, one after another
//
// Compiled with -finstrument-functions, it prints a line for each function of the library that is
// entered: the name of what is measured, and the function's address. path.sh makes a table of it.
#include <tincan/testing.hpp>
#include <tincan/tincan.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <thread>
#include "../joining_thread.hpp"

namespace {

constexpr std::size_t Most = 4096;

struct Log {
  void* functions[Most];
  std::size_t count = 0;
  bool isOn = false;
  bool isSlow = false;  // each function takes a while, so that the other thread is done by then
};
thread_local Log entered;

/// Measures what is done in its life.
class Measured {
 public:
  explicit Measured(char const* what, bool isSlow = false) : what_(what) {
    entered.count = 0;
    entered.isSlow = isSlow;
    entered.isOn = true;
  }
  ~Measured() {
    entered.isOn = false;
    for (std::size_t i = 0; i < entered.count; ++i)
      std::printf("%s %p\n", what_, entered.functions[i]);
  }

 private:
  char const* what_;
};

/// A name as a compiler that optimises makes it of a literal, and this one of a constant.
constexpr tincan::ChannelName Number = "number";
constexpr tincan::ChannelName Double = "double";

void sendAndPoll() {
  tincan::Bus bus;
  auto& main = bus.main();
  auto renderer = bus.attach("renderer");
  int sum = 0;
  main.on(Number, [&](tincan::Event&, int number) { sum += number; });
  tincan::Peer const peer = renderer.main();
  for (int i = 0; i < 3; ++i) {  // the first ones meet lanes and names that are not there yet
    renderer.poll();
    peer.send(Number, i);
    main.poll();
  }
  {
    Measured const measured("send");
    peer.send(Number, 4);
  }
  {
    Measured const measured("poll");
    main.poll();
  }
}

void sendSync() {
  tincan::Bus bus;
  auto& main = bus.main();
  std::atomic<bool> isOver{false};
  main.on(Double, [](tincan::Event& event, int number) { event.returnValue = 2 * number; });
  test::JoiningThread asking([&] {
    {
      auto renderer = bus.attach("renderer");
      tincan::Peer const peer = renderer.main();
      for (int i = 0; i < 3; ++i) {
        renderer.poll();
        peer.sendSync<int>(Double, i);
      }
      Measured const measured("sendSync", true);
      peer.sendSync<int>(Double, 4);
    }
    isOver = true;
  });
  while (!isOver) main.poll();
}

void step() {
  tincan::testing::Simulation simulation;
  auto& main = simulation.bus().main();
  auto renderer = simulation.bus().attach("renderer");
  main.on(Number, [](tincan::Event&, int) {});
  for (int i = 0; i < 5; ++i) renderer.main().send(Number, i);
  for (int i = 0; i < 3; ++i) simulation.step();
  Measured const measured("step");
  simulation.step();
}

}  // namespace

extern "C" {
[[gnu::no_instrument_function]] void __cyg_profile_func_enter(void* function, void*);
[[gnu::no_instrument_function]] void __cyg_profile_func_exit(void*, void*);

void __cyg_profile_func_enter(void* function, void*) {
  if (!entered.isOn || entered.count == Most) return;
  entered.functions[entered.count++] = function;
  if (!entered.isSlow) return;
  entered.isOn = false;
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  entered.isOn = true;
}
void __cyg_profile_func_exit(void*, void*) {}
}

int main() {
  sendAndPoll();
  sendSync();
  step();
}
