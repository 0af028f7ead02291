// tests/debug/program.cpp - some of everything that a debugger is to print
#include <tincan/tincan.hpp>

#include <cstdlib>
#include <string>

namespace {

struct Point {
  int x, y;
};

}  // namespace

void stopHere();
void stopHere() {}

int main() {
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  auto window = bus.attach("window");
  window.poll();
  auto gone = bus.attach("gone");
  gone.close();
  tincan::Peer const peer = window.peer();
  tincan::Peer const nobody;
  tincan::ChannelName const channel("a channel");
  tincan::Value const number(42), text("a text"), point(Point{1, 2}), large(std::string(100, 'x'));
  tincan::Value const nothing{};
  main.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
  auto const ready = window.request<int>("ask");
  main.poll();
  auto const waits = window.request<int>("ask");
  tincan::Future<int> const none;
  stopHere();
  return EXIT_SUCCESS;
}
